"""The datasets that are known by name, as a plain table."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.errors import UserError
from datasets import paths
from datasets.class_names import (
    CLOTHES_CLASSES,
    DIGIT_CLASSES,
    EMNIST,
    FINE_CLASSES,
    OBJECT_CLASSES,
)
from datasets.info import Info

LSUN_SCENES = (
    "bedroom", "bridge", "church_outdoor", "classroom", "conference_room",
    "dining_room", "kitchen", "living_room", "restaurant", "tower",
)  # fmt: skip
LSUN_OBJECTS = (
    "airplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair",
    "cow", "dining_table", "dog", "horse", "motorbike", "person", "potted_plant",
    "sheep", "sofa", "train", "tv-monitor",
)  # fmt: skip
LSUN = {
    **{category: f"{category}_train_lmdb.zip" for category in LSUN_SCENES},
    **{category: f"{category}.zip" for category in LSUN_OBJECTS},
}
PIX2PIX_URL = "http://efrosgans.eecs.berkeley.edu/pix2pix/datasets"
PAIRED = {  # name -> terms
    "facades": "CMP Facade Database, Tylecek and Sara 2013, no licence stated",
    "edges2shoes": "UT Zappos50K, Yu and Grauman 2014, non-commercial research only",
    "edges2handbags": "Zhu et al. 2016, no licence stated",
    "maps": "Isola et al. 2017, no licence stated",
    "cityscapes": "Cordts et al. 2016, non-commercial research only",
}
UNPAIRED = {  # name -> file
    **{
        name: f"{name}.zip"
        for name in (
            "horse2zebra", "apple2orange", "monet2photo", "cezanne2photo",
            "ukiyoe2photo", "vangogh2photo", "iphone2dslr_flower",
        )
    },
    "summer2winter": "summer2winter_yosemite.zip",
}  # fmt: skip
FULL_NAMES = {"summer2winter_yosemite": "summer2winter"}
RING_CENTRES = [
    [0.8 * math.cos(math.tau * k / 8), 0.8 * math.sin(math.tau * k / 8)]
    for k in range(8)
]
GRID_CENTRES = [[x * 0.4, y * 0.4] for x in range(-2, 3) for y in range(-2, 3)]
IDX_FILES = (
    "t10k-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz",
)  # fmt: skip
# The folder of image files below raw/, by which the format of the user's own is known.
IMAGE_FOLDER = "images"
FORMAT_FOLDERS = {"paired": "pairs", "unpaired": "domains"}


@dataclass(frozen=True)
class Entry:
    """A dataset as it is known before any of its files is there."""

    name: str
    format: str  # a key of sources.FORMATS
    image_size: int = 64
    channels: int = 3
    crop: str = "square"
    split: str = "all"
    classes: tuple[str, ...] = ()
    builder: str = ""  # in TensorFlow Datasets, which knows addresses and SHA-256
    files: tuple[str, ...] = ()  # the builder's files to download, small ones first
    unpacked: bool = False  # whether archives are unpacked after the download
    terms: str = "the user's own images"
    dtype: str = "uint8"  # float32: points, whose bytes are taken as they are
    truth: dict[str, Any] = field(default_factory=dict)  # of synthetic data: info.py
    url: str = ""  # address of the only file, where TFDS does not know it

    @property
    def folder(self) -> str:
        """The folder of image files below raw/; a zip of them has its name too."""
        return FORMAT_FOLDERS.get(self.format, IMAGE_FOLDER)

    @property
    def images(self) -> tuple[str, ...]:
        """The keys of a record's images."""
        return ("source", "target") if self.format == "paired" else ("image",)


CATALOGUE = {
    entry.name: entry
    for entry in (
        Entry(
            "digits", "digits", 32, 1, "squash", "all", DIGIT_CLASSES,
            terms="UCI optical recognition of handwritten digits, CC BY 4.0",
        ),
        Entry(
            "mnist", "idx", 28, 1, "squash", "train", DIGIT_CLASSES, "mnist",
            IDX_FILES, terms="Yann LeCun and Corinna Cortes, CC BY-SA 3.0",
        ),
        Entry(  # the usual radius 2 and deviation 0.02, times 0.4
            "ring8", "points", 1, 2, "none", "all", tuple(map(str, range(8))),
            terms="generated", dtype="float32",
            truth={"centres": RING_CENTRES, "deviation": 0.008},
        ),
        Entry(  # the usual spacing 2 and deviation 0.05, times 0.2
            "grid25", "points", 1, 2, "none", "all", tuple(map(str, range(25))),
            terms="generated", dtype="float32",
            truth={"centres": GRID_CENTRES, "deviation": 0.01},
        ),
        Entry(
            "stacked_mnist", "stacked", 28, 3, "squash", "train",
            tuple(f"{number:03d}" for number in range(1000)),
            terms="as the digits that it is made of", truth={"stacked": 3},
        ),
        Entry(
            "fashion_mnist", "idx", 28, 1, "squash", "train", CLOTHES_CLASSES,
            "fashion_mnist", IDX_FILES, terms="Zalando SE, MIT",
        ),
        Entry(
            "cifar10", "cifar", 32, 3, "squash", "train", OBJECT_CLASSES, "cifar10",
            ("cifar-10-binary.tar.gz",),
            terms="Krizhevsky 2009, no licence stated",
        ),
        Entry(
            "cifar100", "cifar", 32, 3, "squash", "train", FINE_CLASSES, "cifar100",
            ("cifar-100-binary.tar.gz",),
            terms="Krizhevsky 2009, no licence stated",
        ),
        *(
            Entry(
                f"emnist-{name}", "idx", 28, 1, "squash", "train", classes,
                terms="Cohen et al. 2017, no licence stated",
            )
            for name, classes in EMNIST.items()
        ),
        Entry(
            "celeba", "celeba", 64, 3, "center128", "all", (), "celeb_a",
            ("list_attr_celeba.txt", "img_align_celeba.zip"),
            terms="Liu et al. 2015, non-commercial research only",
        ),
        *(
            Entry(
                name, "paired", 256, 3, "squash", "train", (), "", (f"{name}.tar.gz",),
                unpacked=True, terms=terms, url=f"{PIX2PIX_URL}/{name}.tar.gz",
            )
            for name, terms in PAIRED.items()
        ),
        *(
            Entry(
                name, "unpaired", 256, 3, "squash", "train", (), "cycle_gan", (file,),
                terms="Zhu et al. 2017, no licence stated",
            )
            for name, file in UNPAIRED.items()
        ),
        Entry(
            "simpsons", "pictures", 128, 3, "squash", terms="no licence stated",
        ),
        Entry(
            "pokemon", "pictures", 128, 3, "squash", terms="no licence stated",
        ),
        *(
            Entry(
                f"lsun-{category}", "lsun", 64, 3, "center128", "train", (), "lsun",
                (file,), unpacked=True, terms="Yu et al. 2015, no licence stated",
            )
            for category, file in LSUN.items()
        ),
    )
}  # fmt: skip
ALL_NAMES = ", ".join(
    [name for name in CATALOGUE if not name.startswith("lsun-")] + ["lsun/CATEGORY"]
)
# Names that the user's own images cannot have.
RESERVED = {*CATALOGUE, *FULL_NAMES, "folder", "paired", "unpaired", "lsun"}


def entry(name: str, data_dir: Path) -> Entry:
    """Returns the catalogue's entry, or one for images that the user has added.

    Raises:
        UserError: no dataset has this name.
    """
    name = stored_name(name)
    paths.check_name(name)
    if name in CATALOGUE:
        return CATALOGUE[name]

    local = paths.names(data_dir)
    if name in local:
        return own_entry(name, own_format(name, data_dir))

    names = ", ".join([ALL_NAMES, *sorted(local - set(CATALOGUE))])
    raise UserError(
        f"no dataset {name!r}: known are {names}; your own images become one with "
        f"`python download.py folder {name} --source DIR`"
    )


def own_entry(name: str, format: str) -> Entry:
    """Returns the entry of the user's own images: pictures, paired or unpaired."""
    if format == "pictures":
        return Entry(name, format)
    return Entry(name, format, 256, crop="squash", split="train")


def own_format(name: str, data_dir: Path) -> str:
    """Returns the format of the user's raw files or, if they are gone, of shards."""
    raw = paths.raw(data_dir, name)
    for format, folder in FORMAT_FOLDERS.items():
        if (raw / folder).is_dir() or (raw / f"{folder}.zip").is_file():
            return format

    if not raw.is_dir():
        for size in paths.sizes(data_dir, name):
            kind = Info.load(paths.converted(data_dir, name, size)).kind
            return kind if kind in FORMAT_FOLDERS else "pictures"
    return "pictures"


def stored_name(name: str) -> str:
    """Returns a dataset's name on disk: `lsun/bedroom` is lsun-bedroom there."""
    group, _, category = name.partition("/")
    if group != "lsun":
        return FULL_NAMES.get(name, name)
    if category not in LSUN:
        raise UserError(
            f"no LSUN category {category!r}: give lsun/CATEGORY, one of "
            f"{', '.join(LSUN)}"
        )
    return f"{group}-{category}"
