"""Flag parsing, `error:` lines and exit codes of the four scripts."""

import contextlib
import logging
import os
import shlex
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType

from absl import flags

from common.errors import UserError

USAGE_ERROR = 2
# As a shell reports what a signal has ended.
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM
READER_GONE = 128 + signal.SIGPIPE


class Terminated(KeyboardInterrupt):
    """SIGTERM, where nothing else takes it."""


def run(main: Callable[[list[str]], None], usage: str) -> None:
    """Parses absl flags, calls `main(positional arguments)` and exits.

    A `UserError`, an unknown flag, and what the system refuses (a full or read-only
    disk, too many open files) become one `error:` line on stderr and exit status 2.
    Ctrl-C and SIGTERM say how to go on. Anything else keeps its traceback.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, terminate)

    try:
        _, *arguments = parse_flags(sys.argv, usage)
        main(arguments)
        sys.stdout.flush()
    except UserError as error:
        fail(str(error))
    except KeyboardInterrupt as stop:
        print(f"stopped; again: {shlex.join(['python', *sys.argv])}", file=sys.stderr)
        sys.exit(TERMINATED if isinstance(stop, Terminated) else INTERRUPTED)
    except BrokenPipeError:  # of `| head`, for example
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):  # nothing is left to fail at exit
            os.dup2(nowhere, stream.fileno())
        sys.exit(READER_GONE)
    except OSError as error:
        if error.errno is None:
            raise
        fail(
            f"{error.strerror}: {error.filename or 'while writing'}; nothing "
            "finished is lost: mend it and run the same command again"
        )


def terminate(number: int, frame: FrameType | None) -> None:
    """Ends the process as Ctrl-C does."""
    raise Terminated


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
