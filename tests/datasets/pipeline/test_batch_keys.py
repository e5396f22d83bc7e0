"""Batches of pairs and of two domains, and the examples that pictures show."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from common.errors import UserError
from datasets import tfrecord
from datasets.info import Info, Shard
from datasets.pipeline import loader, shard_check

OFFSET = 100  # of the target beside its source


def dataset(directory, images=("image",), classes=(), **parts):
    """4x4 images of flat levels in two shards per part, {part: levels}."""
    directory.mkdir(exist_ok=True)
    layout = tfrecord.RecordLayout(48, len(classes), images=images)
    shards = []
    for part, levels in parts.items():
        for half in np.array_split(levels, 2):
            path = directory / f"{part}-{len(shards)}.tfrecord"
            rows = (
                b"".join(bytes([level + OFFSET * i]) * 48 for i in range(len(images)))
                for level in half.tolist()
            )
            written = b"".join(layout.record(row, 1 if classes else 0) for row in rows)
            path.write_bytes(written)
            crc = tfrecord.crc32c(path)
            shards.append(Shard(path.name, len(half), crc, part))
    count = sum(len(levels) for part, levels in parts.items() if "train" in part)
    return Info(
        "x", "train", count, 0, (4, 4, 3), classes, (), "none", "antialias", 0, "", "",
        tuple(shards), directory, images=images,
    )  # fmt: skip


@pytest.fixture
def pairs(tmp_path):
    """12 training pairs, levels 0 to 11 and 100 to 111, and three for testing."""
    sides = ("source", "target")
    return dataset(
        tmp_path / "pairs", sides, train=np.arange(12), test=np.arange(50, 53)
    )


@pytest.fixture
def sides(tmp_path):
    """Domains of 5 and 9 images, and of two each for testing."""
    return dataset(
        tmp_path / "sides",
        trainA=np.arange(5),
        trainB=np.arange(100, 109),
        testA=np.arange(50, 52),
        testB=np.arange(150, 152),
    )


@pytest.fixture
def single(tmp_path):
    """Six labelled images, and two for testing, whose shards come first."""
    parts = {"test": np.arange(50, 52), "train": np.arange(6)}
    return dataset(tmp_path / "single", classes=("a", "b"), **parts)


def taken(info, batch_size, batches, reads, **options):
    """The levels of the first batches, {key: [batches, n]}."""
    found = loader.batches(info, batch_size, **{"seed": 0} | options, reads=reads)
    found = list(found.take(batches))
    return {key: np.stack([x[key][:, 0, 0, 0] for x in found]) for key in reads}


def test_source_and_target_are_of_the_same_pair(pairs):
    found = taken(pairs, 3, 40, ("target", "source"))
    np.testing.assert_array_equal(found["source"] + OFFSET, found["target"])
    for epoch in found["source"].reshape(10, 12):
        assert sorted(epoch) == list(range(12))


def test_the_sides_of_pairs_can_be_read_apart(pairs):
    found = taken(pairs, 3, 40, ("a", "b"))
    for key, first in (("a", 0), ("b", OFFSET)):
        for epoch in found[key].reshape(10, 12):
            assert sorted(epoch) == list(range(first, first + 12))
    # 120 pairs by chance: 10 expected, 30 exceeded once in 10^7.
    assert (found["a"] + OFFSET == found["b"]).sum() < 30


def test_each_domain_has_its_own_epochs(sides):
    found = taken(sides, 2, 40, ("a", "b"))
    for key, count, first in (("a", 5, 0), ("b", 9, 100)):
        per_epoch = count // 2
        whole = found[key][: 40 // per_epoch * per_epoch]
        for epoch in whole.reshape(-1, 2 * per_epoch):
            assert len(set(epoch.tolist())) == 2 * per_epoch
        assert set(found[key].ravel().tolist()) == set(range(first, first + count))


def test_the_domains_are_not_in_step(tmp_path):
    info = dataset(tmp_path, trainA=np.arange(30), trainB=np.arange(100, 130))
    found = taken(info, 30, 1, ("a", "b"))
    assert (found["a"] + OFFSET != found["b"]).any()


def test_one_domain_is_read_as_it_is_beside_the_other(sides):
    both = taken(sides, 2, 10, ("a", "b"))
    for key in "ab":
        np.testing.assert_array_equal(taken(sides, 2, 10, (key,))[key], both[key])


@pytest.mark.parametrize("start", [1, 2, 3, 4, 9, 23])
def test_a_start_is_the_same_as_skipping(sides, start):
    whole = taken(sides, 2, 30, ("a", "b"))
    late = taken(sides, 2, 30 - start, ("a", "b"), start=start)
    for key in "ab":
        np.testing.assert_array_equal(late[key], whole[key][start:])


@pytest.mark.parametrize("start", [0, 5])
def test_replicas_share_each_batch_of_both_domains(sides, start):
    whole = taken(sides, 4, 8, ("a", "b"), start=start)
    halves = [
        taken(sides, 4, 8, ("a", "b"), start=start, slices=2, first_slice=i)
        for i in range(2)
    ]
    for key in "ab":
        both = np.concatenate([half[key] for half in halves], axis=1)
        np.testing.assert_array_equal(both, whole[key])


def test_an_epoch_is_one_of_the_larger_domain(sides):
    assert loader.batches_per_epoch(sides, 2, ("a", "b")) == 4
    assert loader.batches_per_epoch(sides, 2, ("a",)) == 2


def test_a_batch_has_to_fit_the_smaller_domain(sides):
    with pytest.raises(UserError, match=r"batch size 6 .* 5 examples: .* 1 to 5"):
        loader.batches(sides, 6, seed=0, reads=("a", "b"))
    assert loader.batches_per_epoch(sides, 6, ("b",)) == 1


@pytest.mark.parametrize("reads", [("image",), ("image", "label")])
def test_nothing_that_is_held_out_is_trained_on(single, reads):
    found = loader.batches(single, 6, seed=0, reads=reads).take(20)
    assert max(batch["image"].numpy().max() for batch in found) == 5


def test_a_part_can_be_read_alone(pairs, sides):
    found = taken(pairs.part("test"), 3, 1, ("source", "target"))
    assert sorted(found["target"][0]) == [150, 151, 152]
    assert set(taken(sides.part("trainB"), 9, 1, ("image",))["image"][0]) == set(
        range(100, 109)
    )


LACKING = {
    ("single", "source"): "single images and the model needs pairs.*facades",
    ("single", "b"): "single images and the model needs two domains.*horse2zebra",
    ("single", "attributes"): "no attributes and the model needs attributes",
    ("pairs", "image"): "pairs and the model needs single images.*celeba",
    ("pairs", "label"): "pairs and the model needs labels",
    ("sides", "image"): "two domains and the model needs single images",
    ("sides", "target"): "two domains and the model needs pairs.*paired NAME",
    ("sides", "label"): "two domains and the model needs labels",
}


@pytest.mark.parametrize(("fixture", "key"), LACKING)
def test_a_model_that_the_dataset_does_not_fit_is_told(request, fixture, key):
    info = request.getfixturevalue(fixture)
    with pytest.raises(UserError, match=LACKING[fixture, key]):
        loader.check_reads(info, (key,))


def test_a_dataset_without_classes_has_no_labels(single):
    bare = dataclasses.replace(single, classes=())
    problem = r"x has no labels and the model needs labels: .*\(such as mnist.*--model"
    with pytest.raises(UserError, match=problem):
        loader.check_reads(bare, ("image", "label"))


def test_harm_to_a_part_that_is_held_out_is_noticed(sides):
    path = sides.directory / sides.shards[-1].name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(UserError, match=rf"{path.name} is damaged"):
        shard_check.verify(sides)


def test_the_first_examples_come_in_the_shards_order_and_again(single):
    found = loader.first_of(single.part("train"), 8, ("image", "label"))
    assert found["image"][:, 0, 0, 0].numpy().tolist() == [0, 1, 2, 3, 4, 5, 0, 1]
    assert found["image"].dtype == tf.uint8
    assert found["label"].numpy().tolist() == [1] * 8


def shown(info, count=3):
    found = loader.preview(info, count)
    return {
        key: x[:, 0, 0, 0].numpy().tolist() for key, x in found.items() if x.ndim > 1
    }


def test_what_is_held_out_is_shown(pairs, sides, single):
    left, right = [50, 51, 52], [150, 151, 152]
    assert shown(pairs) == {"source": left, "target": right, "a": left, "b": right}
    assert shown(sides) == {"a": [50, 51, 50], "b": [150, 151, 150]}
    assert shown(single) == {"image": [50, 51, 50]}
    assert loader.preview(single, 3)["label"].numpy().tolist() == [1, 1, 1]


def test_training_examples_are_shown_where_nothing_is_held_out(tmp_path):
    parts = {"trainA": np.arange(5), "trainB": np.arange(100, 109)}
    assert shown(dataset(tmp_path, **parts)) == {"a": [0, 1, 2], "b": [100, 101, 102]}
    bare = dataset(tmp_path, train=np.arange(7, 12))
    assert loader.preview(bare, 2).keys() == {"image"}
    assert shown(bare) == {"image": [7, 8, 9]}
