"""Small image files, folders and archives of them."""

import io
import tarfile

from PIL import Image


def flat(*levels, size=(16, 16), format="PNG"):
    """An image file of flat squares side by side, one of each level or colour."""
    width, height = size
    image = Image.new("RGB", (width * len(levels), height))
    for i, level in enumerate(levels):
        colour = (level,) * 3 if isinstance(level, int) else level
        image.paste(colour, (width * i, 0, width * (i + 1), height))
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def files_below(folder, contents):
    """Writes {path: bytes} below a folder."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def tarred(path, contents):
    """A tar archive of {name: bytes}, or of TarInfo objects without content."""
    mode = "w:gz" if path.name.endswith("gz") else "w"
    with tarfile.open(path, mode) as archive:
        for member, content in contents.items():
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
