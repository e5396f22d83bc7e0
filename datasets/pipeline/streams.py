"""What a model may read, and where in a dataset the values of a batch come from."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.errors import UserError
from datasets import splits
from datasets.info import Info

PAIRS, DOMAINS = ("source", "target"), ("a", "b")
# What a dataset has, what a key asks for, and which datasets have that.
HAS = {"single": "single images", "paired": "pairs", "unpaired": "two domains"}
NEEDS = {
    "image": "single images",
    "label": "labels",
    **dict.fromkeys(PAIRS, "pairs"),
    **dict.fromkeys(DOMAINS, "two domains"),
}
SUCH_AS = {
    "image": "such as celeba",
    "label": "such as mnist, or a folder whose subfolders are classes",
    "attributes": "such as celeba with its list of attributes",
    **dict.fromkeys(PAIRS, "such as facades, or `python download.py paired NAME`"),
    **dict.fromkeys(
        DOMAINS, "such as horse2zebra, facades, or `python download.py unpaired NAME`"
    ),
}


@dataclass(frozen=True)
class Stream:
    """One of the orders in which a batch's values come."""

    info: Info  # narrowed to its part
    features: dict[str, str]  # key in the batch -> feature of the record
    salt: int  # streams of different salts have different orders

    def per_epoch(self, batch_size: int) -> int:
        """Whole batches in an epoch; what remains is dropped."""
        return self.info.count // batch_size


def of(info: Info, reads: Sequence[str]) -> list[Stream]:
    """The streams that carry some keys; UserError for a key that the dataset lacks."""
    for key in reads:
        if key not in info.keys:
            raise lacking(info, key)
    if info.kind == "unpaired":
        sides = [(info.part(f"train{s}"), {s.lower(): "image"}) for s in splits.SIDES]
    else:
        part = info.part("train") if "train" in info.parts else info
        own = {key: key for key in info.layout.spans}
        sides = [(part, {**own, "a": "source"}), (part, {"b": "target"})]
    wanted = [
        Stream(part, {key: has[key] for key in reads if key in has}, salt)
        for salt, (part, has) in enumerate(sides)
    ]
    return [stream for stream in wanted if stream.features]


def lacking(info: Info, key: str) -> UserError:
    """What to tell someone whose model reads a key that the dataset does not have."""
    needed = NEEDS.get(key, key)
    beside = info.kind == "single" and key not in (*PAIRS, *DOMAINS)
    has = f"no {needed}" if beside else HAS[info.kind]
    return UserError(
        f"dataset {info.dataset} has {has} and the model needs {needed}: choose "
        f"another --dataset ({SUCH_AS[key]}) or another --model"
    )
