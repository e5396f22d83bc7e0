"""The keys of an LMDB file, read from its tree's pages and nothing else.

The lmdb package's cursor reads every value in passing, and it trusts the file: damage
to the tree ends the process. Here the values stay unread and each number is checked, so
that lmdb can be trusted with the values afterwards.

A page begins with its number, its kind and where its pointers to nodes end. A branch's
nodes have the numbers of further pages. A leaf's have a key and either its value or,
where that is long, the number of the value's first page (LMDB 0.9, mdb.c).
"""

import os
import struct
from collections.abc import Iterator

META = struct.Struct("<128xQ8xQ")  # the tree's first page, number of the transaction
HEADER = struct.Struct("<Q2xHH2x")  # the page's number, its kind, the pointers' end
NODE = struct.Struct("<HHHH")  # two halves of a number, flags, the key's length
NUMBER = struct.Struct("<Q")
KINDS = 0xF
BRANCH, LEAF = 1, 2
LONG = 1  # flag of a node: the value has pages of its own
NONE = (1 << 64) - 1  # the first page of an empty tree


class DamagedError(ValueError):
    """What is wrong with a tree."""


def keys(descriptor: int, page_bytes: int, transaction: int) -> Iterator[bytes]:
    """The keys in order, as a transaction left them."""
    pages = os.fstat(descriptor).st_size // page_bytes
    metas = [META.unpack(os.pread(descriptor, META.size, at)) for at in (0, page_bytes)]
    waiting = [root for root, number in metas if number == transaction and root != NONE]
    seen = 0
    while waiting:
        number = waiting.pop()
        seen += 1
        if number >= pages or seen > pages:
            raise DamagedError(f"page {number:,} of {pages:,}, the {seen:,}th to read")
        page = os.pread(descriptor, page_bytes, number * page_bytes)
        try:
            kind, nodes = contents(page, number)
            if kind == LEAF:
                yield from leaf_keys(page, nodes, pages)
            else:
                waiting += reversed([child(page, at) for at in nodes])
        except struct.error as error:
            raise DamagedError(f"in page {number:,}") from error


def contents(page: bytes, number: int) -> tuple[int, tuple[int, ...]]:
    """A page's kind and where its nodes begin."""
    found, flags, end = HEADER.unpack_from(page)
    kind, count = flags & KINDS, (end - HEADER.size) // 2
    if found != number or kind not in {BRANCH, LEAF} or count < (2, 1)[kind == LEAF]:
        raise DamagedError(f"page {number:,} is not of the tree")
    return kind, struct.unpack_from(f"<{count}H", page, HEADER.size)


def child(page: bytes, at: int) -> int:
    """The page that a branch's node points to."""
    low, middle, high, _ = NODE.unpack_from(page, at)
    return low | middle << 16 | high << 32


def leaf_keys(page: bytes, nodes: tuple[int, ...], pages: int) -> Iterator[bytes]:
    """A leaf's keys, when their values lie within the leaf or the file."""
    for at in nodes:
        low, high, flags, length = NODE.unpack_from(page, at)
        value, size = at + NODE.size + length, low | high << 16
        end, limit = value + size, len(page)
        if flags == LONG:
            (first,) = NUMBER.unpack_from(page, value)
            end, limit = first * len(page) + HEADER.size + size, pages * len(page)
        if flags not in {0, LONG}:
            raise DamagedError(f"node {at} ends at {end:,} of {limit:,}")
        yield page[at + NODE.size : value]
