"""Names of the members of archives."""


def is_outside(name: str) -> bool:
    """Returns whether a member's name leads out of the folder it is unpacked to."""
    name = name.replace("\\", "/")
    return name.startswith("/") or ".." in name.split("/") or name[1:2] == ":"
