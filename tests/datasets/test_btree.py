import os
import struct

import lmdb
import numpy as np
import pytest

from datasets import btree, database
from errors import UserError

PAGE = 4096


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A database of three levels, of short and long values, some taken out again."""
    path = tmp_path_factory.mktemp("lmdb") / "data.mdb"
    rng = np.random.default_rng(0)
    keys = [rng.bytes(int(rng.integers(1, 200))) for _ in range(3000)]
    with lmdb.open(str(path), subdir=False, map_size=64 << 20) as environment:
        for part in (keys, keys[::3], keys[::6]):
            with environment.begin(write=True) as transaction:
                for key in part:
                    if not transaction.delete(key):
                        transaction.put(key, bytes(int(rng.integers(0, 9000))))
        assert environment.stat()["depth"] == 3
    return path


def test_the_keys_are_those_that_lmdb_finds(file):
    with database.opened(file) as transaction:
        expected = [bytes(key) for key, _ in transaction.cursor()]
    assert len(expected) == 2500
    keys = database.keys(file)
    assert [keys.raw(i) for i in range(len(keys))] == expected


def test_no_value_is_read(file, monkeypatch):
    read = []
    pread = os.pread

    def counted(descriptor, length, offset):
        read.append(length)
        return pread(descriptor, length, offset)

    monkeypatch.setattr(btree.os, "pread", counted)
    database.keys(file)
    with database.opened(file) as transaction:
        tree = transaction.stat()
    assert tree["overflow_pages"] > 1000
    pages = tree["branch_pages"] + tree["leaf_pages"]
    assert sum(read) == pages * PAGE + 2 * btree.META.size


@pytest.fixture
def content(file):
    """The file's bytes, to be damaged."""
    return bytearray(file.read_bytes())


@pytest.fixture
def root(file, content):
    """Where the root page begins."""
    with database.opened(file) as transaction:
        number = transaction.id()
    metas = [btree.META.unpack_from(content, at) for at in (0, PAGE)]
    return next(PAGE * page for page, transaction in metas if transaction == number)


def damaged(content, tmp_path):
    """The error that the damaged bytes give."""
    path = tmp_path / "data.mdb"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"^{path} is damaged") as caught:
        database.keys(path)
    return str(caught.value)


def test_a_tree_that_bites_its_tail_ends(content, root, tmp_path):
    _, _, end = btree.HEADER.unpack_from(content, root)
    (last,) = struct.unpack_from("<H", content, root + end - 2)
    struct.pack_into("<I", content, root + last, root // PAGE)
    assert "th to read)" in damaged(content, tmp_path)


def test_a_page_beyond_the_file_is_named(content, root, tmp_path):
    (first,) = struct.unpack_from("<H", content, root + btree.HEADER.size)
    struct.pack_into("<I", content, root + first, 12_345_678)
    assert "page 12,345,678 of" in damaged(content, tmp_path)


def test_a_pointer_out_of_its_page_is_named(content, root, tmp_path):
    struct.pack_into("<H", content, root + btree.HEADER.size, PAGE - 1)
    assert f"in page {root // PAGE:,}" in damaged(content, tmp_path)


def test_a_branch_of_one_node_is_none(content, root, tmp_path):
    struct.pack_into("<H", content, root + 12, btree.HEADER.size + 2)
    assert f"page {root // PAGE:,} is not of the tree" in damaged(content, tmp_path)


@pytest.fixture
def long_node(content):
    """Where the node of a long value begins, and where its key ends."""
    for page in range(2 * PAGE, len(content), PAGE):
        number, kind, end = btree.HEADER.unpack_from(content, page)
        if (number * PAGE, kind) == (page, btree.LEAF):
            (at,) = struct.unpack_from("<H", content, page + end - 2)
            _, _, flags, length = btree.NODE.unpack_from(content, page + at)
            if flags == btree.LONG:
                return page + at, page + at + btree.NODE.size + length
    raise LookupError


@pytest.mark.parametrize("beyond", [0, 1])
def test_a_value_may_end_where_the_file_does(content, long_node, tmp_path, beyond):
    node, key_end = long_node
    size = PAGE - btree.HEADER.size + beyond
    struct.pack_into("<HH", content, node, size, 0)
    struct.pack_into("<Q", content, key_end, len(content) // PAGE - 1)
    if beyond:
        ends = f"ends at {len(content) + 1:,} of {len(content):,}"
        assert ends in damaged(content, tmp_path)
    else:
        (tmp_path / "data.mdb").write_bytes(content)
        assert len(database.keys(tmp_path / "data.mdb")) == 2500


def test_a_database_within_the_database_is_refused(content, long_node, tmp_path):
    struct.pack_into("<HHH", content, long_node[0], 4, 0, 2)
    assert "node" in damaged(content, tmp_path)


@pytest.mark.parametrize("what", ["number", "kind"])
def test_a_page_of_something_else_is_not_of_the_tree(content, root, tmp_path, what):
    at, value = {"number": (0, root // PAGE + 1), "kind": (10, 4)}[what]
    struct.pack_into("<H", content, root + at, value)
    assert f"page {root // PAGE:,} is not of the tree" in damaged(content, tmp_path)
