"""Flag parsing, `error:` lines and exit codes of the four scripts."""

import contextlib
import errno
import logging
import os
import shlex
import sys
from collections.abc import Callable, Iterator

from absl import flags

from common.errors import UserError

USAGE_ERROR = 2
INTERRUPTED = 130
# Full disks, missing permissions and files in the way of folders are the user's to
# mend; other OSErrors are bugs.
MENDABLE = {
    errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG,
    errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG,
}  # fmt: skip


def run(main: Callable[[list[str]], None], usage: str) -> None:
    """Parses absl flags, calls `main(positional arguments)` and exits.

    A `UserError`, an unknown flag or a full or read-only disk becomes one `error:` line
    on stderr and exit status 2; anything else keeps its traceback.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)

    try:
        _, *arguments = parse_flags(sys.argv, usage)
        main(arguments)
    except UserError as error:
        fail(str(error))
    except KeyboardInterrupt:
        print(f"stopped; again: {shlex.join(['python', *sys.argv])}", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.errno not in MENDABLE:
            raise
        fail(
            f"{error.strerror}: {error.filename or 'while writing'}; nothing finished "
            "is lost: mend it and run the same command again"
        )


def parse_flags(argv: list[str], usage: str) -> list[str]:
    """Parses absl flags and returns the positional arguments, the script first.

    `--help` prints the script's own flags and exits with status 0.

    Raises:
        UserError: a flag is unknown or has a wrong value.
    """
    if {"--help", "-h", "--helpfull"} & set(argv):
        print(f"usage: {usage}\n{flags.FLAGS.main_module_help()}")
        sys.exit(0)
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        raise UserError(f"{error}; --help lists the flags") from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hides what C++ libraries print on stderr while they are imported."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def fail(message: str) -> None:
    """Prints one `error:` line and exits with status 2."""
    print("error: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(USAGE_ERROR)
