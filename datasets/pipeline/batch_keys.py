"""Which keys of a batch a model may read, and the part of a dataset that has each."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import UserError
from datasets import splits
from datasets.info import Info

PAIR_KEYS = ("source", "target")
DOMAIN_KEYS = ("a", "b")
# What a dataset has, what a key needs, and examples of datasets that have that.
HAS = {"single": "single images", "paired": "pairs", "unpaired": "two domains"}
NEEDS = {
    "image": "single images",
    "label": "labels",
    **dict.fromkeys(PAIR_KEYS, "pairs"),
    **dict.fromkeys(DOMAIN_KEYS, "two domains"),
}
SUCH_AS = {
    "image": "such as celeba",
    "label": "such as mnist, or a folder whose subfolders are classes",
    "attributes": "such as celeba with its list of attributes",
    **dict.fromkeys(PAIR_KEYS, "such as facades, or `python download.py paired NAME`"),
    **dict.fromkeys(
        DOMAIN_KEYS,
        "such as horse2zebra, facades, or `python download.py unpaired NAME`",
    ),
}


@dataclass(frozen=True)
class Stream:
    """Examples that are read in one order: all of a batch, or those of one domain."""

    info: Info  # narrowed to one part
    features: dict[str, str]  # key in the batch -> feature of the record
    salt: int  # streams of different salts have different orders

    def per_epoch(self, batch_size: int) -> int:
        """Returns the number of whole batches in an epoch; the rest is dropped."""
        return self.info.count // batch_size


def of(info: Info, reads: Sequence[str]) -> list[Stream]:
    """Returns the streams that have the keys; UserError for a key that is missing."""
    for key in reads:
        if key not in info.keys:
            raise missing_key(info, key)

    # Each stream's part and its features by key.
    sources: list[tuple[Info, dict[str, str]]]
    if info.kind == "unpaired":
        sources = [
            (info.part(f"train{domain}"), {domain.lower(): "image"})
            for domain in splits.DOMAINS
        ]
    else:
        part = info.part("train") if "train" in info.parts else info
        features = {key: key for key in info.layout.spans}
        sources = [(part, {**features, "a": "source"}), (part, {"b": "target"})]

    streams = [
        Stream(part, {key: features[key] for key in reads if key in features}, salt)
        for salt, (part, features) in enumerate(sources)
    ]
    return [stream for stream in streams if stream.features]


def missing_key(info: Info, key: str) -> UserError:
    """Returns the error for a model that reads a key that the dataset lacks."""
    needed = NEEDS.get(key, key)
    of_single_images = key not in (*PAIR_KEYS, *DOMAIN_KEYS)
    if info.kind == "single" and of_single_images:
        has = f"no {needed}"
    else:
        has = HAS[info.kind]
    return UserError(
        f"dataset {info.dataset} has {has} and the model needs {needed}: choose "
        f"another --dataset ({SUCH_AS[key]}) or another --model"
    )
