"""TFRecord files of tf.train.Example, written and read without TensorFlow.

Workers that load TensorFlow take 400 MB each, workers that load this take 40. A record
is framed as: length (uint64), masked CRC-32C of the length, data, masked CRC-32C of the
data. The data is an Example in protobuf's wire format. All of it is little-endian.

Every field has the same length in every example of a dataset (labels are padded
varints, which the format allows), so example i of a shard lies at i * Layout.stride and
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
FEATURES = MAP_ENTRY = KEY = BYTES_LIST = VALUES = b"\x0a"  # field 1
VALUE = b"\x12"  # field 2
INT64_LIST = b"\x1a"  # field 3


class Span(NamedTuple):
    """Where the values of one feature lie within a record."""

    start: int
    length: int


def varint(number: int, width: int = 1) -> bytes:
    """A base-128 varint, padded to at least `width` bytes."""
    groups: list[int] = []
    while number or len(groups) < width:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups[-1] &= 0x7F
    return bytes(groups)


def checksum(*pieces: bytes) -> bytes:
    """TFRecord's checksum of data in pieces: CRC-32C, rotated and offset."""
    crc = functools.reduce(google_crc32c.extend, pieces, 0)
    return MASKED.pack(((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def field(tag: bytes, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return tag + varint(len(payload)) + payload


@dataclass(frozen=True)
class Layout:
    """The one form that all examples of a dataset have."""

    image_bytes: int  # of each image
    classes: int = 0
    attributes: int = 0
    images: tuple[str, ...] = ("image",)

    @cached_property
    def label_bytes(self) -> int:
        """Bytes of the largest label's varint."""
        return len(varint(max(self.classes - 1, 0))) if self.classes else 0

    @cached_property
    def _template(self) -> tuple[bytes, dict[str, Span]]:
        """An example of zeros, and where its values lie in the record."""
        entries = []
        sizes = {
            "attributes": (INT64_LIST, self.attributes),
            **dict.fromkeys(self.images, (BYTES_LIST, self.image_bytes)),
            "label": (INT64_LIST, self.label_bytes),
        }
        ends = {}
        for key, (kind, size) in sizes.items():
            if size:
                feature = field(kind, field(VALUES, bytes(size)))
                entry = field(KEY, key.encode()) + field(VALUE, feature)
                entries.append(field(MAP_ENTRY, entry))
                ends[key] = sum(map(len, entries))
        data = field(FEATURES, b"".join(entries))
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
        """Bytes from one record to the next."""
        return HEADER_BYTES + len(self._template[0]) + FOOTER_BYTES

    @property
    def spans(self) -> dict[str, Span]:
        """Where each feature's values lie within a record."""
        return self._template[1]

    def record(self, images: bytes, label: int = 0, attributes: bytes = b"") -> bytes:
        """One framed example: its images one after the other, attributes of 0 and 1."""
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
        template, at = self._template[0], 0
        found = []
        for key, (start, length) in self.spans.items():
            found.append((key, length, template[at : start - HEADER_BYTES]))
            at = start - HEADER_BYTES + length
        return found

    def _split(self, images: bytes) -> dict[str, bytes]:
        """Each image's bytes; what is over stays with the last."""
        if len(self.images) == 1:
            return {self.images[0]: images}
        starts = [i * self.image_bytes for i in range(len(self.images))]
        ends = [*starts[1:], len(images)]
        return {
            key: images[start:end]
            for key, start, end in zip(self.images, starts, ends, strict=True)
        }


def crc32c(path: Path) -> int:
    """The CRC-32C of a whole file."""
    crc = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            crc = google_crc32c.extend(crc, block)
    return crc
