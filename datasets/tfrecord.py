"""TFRecord files of tf.train.Example, written and read without TensorFlow.

A worker that loads TensorFlow takes 400 MB, one that loads this takes 40. A record is
framed as: length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the
data. The data is an Example in protobuf's wire format. All of it is little-endian.

Every field has the same length in every example of a dataset (labels are padded
varints, which the format allows), so example i of a shard lies at i * stride and
readers need no index.
"""

import functools
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import google_crc32c

LENGTH_BYTES = 8
HEADER_BYTES = 12
FOOTER_BYTES = 4
MASKED = struct.Struct("<I")
BLOCK_BYTES = 1 << 20

# Wire-format tags: field number * 8 + wire type 2 (length-delimited).
FEATURES_TAG = MAP_ENTRY_TAG = KEY_TAG = b"\x0a"  # field 1
BYTES_LIST_TAG = VALUES_TAG = b"\x0a"  # field 1
VALUE_TAG = b"\x12"  # field 2
INT64_LIST_TAG = b"\x1a"  # field 3


class Span(NamedTuple):
    """The bytes of a record in which the values of one feature lie."""

    start: int
    length: int


def varint(number: int, width: int = 1) -> bytes:
    """Returns a base-128 varint, padded to at least `width` bytes.

    Raises:
        ValueError: the number is negative, which has no end in this encoding.
    """
    if number < 0:
        raise ValueError(f"{number} is negative: a varint is 0 or more")
    groups: list[int] = []
    while number or len(groups) < width:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups[-1] &= 0x7F
    return bytes(groups)


def checksum(*pieces: bytes) -> bytes:
    """Returns TFRecord's checksum of data in pieces: CRC-32C, rotated and offset."""
    crc = functools.reduce(google_crc32c.extend, pieces, 0)
    return MASKED.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def field(tag: bytes, payload: bytes) -> bytes:
    """Returns a length-delimited protobuf field."""
    return tag + varint(len(payload)) + payload


@dataclass(frozen=True)
class RecordLayout:
    """The layout that all records of a dataset have."""

    image_bytes: int  # of each image
    classes: int = 0
    attributes: int = 0
    images: tuple[str, ...] = ("image",)

    @cached_property
    def label_bytes(self) -> int:
        """The bytes of the largest label's varint."""
        return len(varint(max(self.classes - 1, 0))) if self.classes else 0

    @cached_property
    def _template(self) -> tuple[bytes, dict[str, Span]]:
        """An example of zeros, and where its values lie in the record."""
        sizes = {
            "attributes": (INT64_LIST_TAG, self.attributes),
            **dict.fromkeys(self.images, (BYTES_LIST_TAG, self.image_bytes)),
            "label": (INT64_LIST_TAG, self.label_bytes),
        }
        entries = []
        ends = {}
        for key, (tag, size) in sizes.items():
            if size:
                feature = field(tag, field(VALUES_TAG, bytes(size)))
                entry = field(KEY_TAG, key.encode()) + field(VALUE_TAG, feature)
                entries.append(field(MAP_ENTRY_TAG, entry))
                ends[key] = sum(map(len, entries))

        data = field(FEATURES_TAG, b"".join(entries))
        shift = HEADER_BYTES + len(data) - sum(map(len, entries))
        return data, {
            key: Span(shift + end - sizes[key][1], sizes[key][1])
            for key, end in ends.items()
        }

    @cached_property
    def header(self) -> bytes:
        """The record's length and its checksum."""
        length = struct.pack("<Q", len(self._template[0]))
        return length + checksum(length)

    @cached_property
    def stride(self) -> int:
        """The bytes from one record to the next."""
        return HEADER_BYTES + len(self._template[0]) + FOOTER_BYTES

    @property
    def spans(self) -> dict[str, Span]:
        """The bytes of each feature's values within a record, by key."""
        return self._template[1]

    def record(self, images: bytes, label: int = 0, attributes: bytes = b"") -> bytes:
        """Returns one framed example.

        Args:
            images: the bytes of its images, one after the other.
            label: the number of its class.
            attributes: a byte of 0 or 1 for each.

        Raises:
            ValueError: a feature has another length than the layout's.
        """
        values = {
            "attributes": attributes,
            **self._split(images),
            "label": varint(label, max(self.label_bytes, 1)),
        }

        pieces = []
        for key, length, before in self._fixed:
            if len(values[key]) != length:
                raise ValueError(f"{key} has {len(values[key])} bytes, not {length}")
            pieces += [before, values[key]]

        return b"".join([self.header, *pieces, checksum(*pieces)])

    @cached_property
    def _fixed(self) -> list[tuple[str, int, bytes]]:
        """Each feature's key and length, and the bytes before its values."""
        template = self._template[0]
        features = []
        at = 0
        for key, (start, length) in self.spans.items():
            features.append((key, length, template[at : start - HEADER_BYTES]))
            at = start - HEADER_BYTES + length
        return features

    def _split(self, images: bytes) -> dict[str, bytes]:
        """Returns each image's bytes; surplus bytes stay with the last."""
        if len(self.images) == 1:
            return {self.images[0]: images}
        starts = [i * self.image_bytes for i in range(len(self.images))]
        ends = [*starts[1:], len(images)]
        return {
            key: images[start:end]
            for key, start, end in zip(self.images, starts, ends, strict=True)
        }


def crc32c(path: Path) -> int:
    """Returns the CRC-32C of a whole file."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            crc = google_crc32c.extend(crc, block)
    return crc
