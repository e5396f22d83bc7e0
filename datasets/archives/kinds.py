"""Kinds of archives that are not read, told by how a file begins."""

from pathlib import Path

from common.errors import UserError

UNREADABLE = {
    b"7z\xbc\xaf\x27\x1c": ("a 7z", "7z x"),
    b"Rar!\x1a\x07": ("a rar", "unrar x"),
    b"\x28\xb5\x2f\xfd": ("a zstd", "tar --zstd -xf"),
}


def refuse_unreadable(path: Path) -> None:
    """Raises UserError for an archive of a kind that Python cannot read."""
    with path.open("rb") as file:
        start = file.read(8)
    for magic, (kind, command) in UNREADABLE.items():
        if start.startswith(magic):
            raise UserError(
                f"{path} is {kind} archive, which Python cannot read: unpack it with "
                f"`{command} {path.name}` and name the folder"
            )
