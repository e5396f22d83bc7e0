import collections

import numpy as np
import pytest
import tensorflow as tf

from common.errors import UserError
from datasets.pipeline import loader

COUNT = 31  # of the examples of `info`


def taken(info, batch_size, batches, **options):
    """The numbers of the examples in the first batches, [batches, n]."""
    dataset = loader.batches(info, batch_size, **{"seed": 0} | options)
    return np.stack([x["image"][:, 0, 0, 0] for x in dataset.take(batches)])


def test_a_batch_carries_what_was_asked_for(info):
    reads = ("label", "image", "attributes")
    dataset = loader.batches(info, 5, seed=3, reads=reads)
    assert dataset.element_spec == {
        "image": tf.TensorSpec([5, 4, 4, 3], tf.uint8),
        "label": tf.TensorSpec([5], tf.int64),
        "attributes": tf.TensorSpec([5, 2], tf.int64),
    }
    for batch in dataset.take(20):
        numbers = batch["image"].numpy()[:, 0, 0, 0].astype(int)
        assert (batch["image"] == numbers[:, None, None, None]).numpy().all()
        assert batch["label"].numpy().tolist() == (200 + numbers).tolist()
        assert batch["attributes"][:, 0].numpy().tolist() == (numbers % 2).tolist()
        assert (batch["attributes"][:, 1] == 1).numpy().all()


@pytest.mark.parametrize("batch_size", [1, 4, 31])
def test_every_epoch_is_a_permutation_but_for_the_remainder(info, batch_size):
    per_epoch = loader.batches_per_epoch(info, batch_size)
    for epoch in taken(info, batch_size, 5 * per_epoch).reshape(5, -1):
        assert len(set(epoch.tolist())) == len(epoch) == per_epoch * batch_size


def test_epochs_and_seeds_differ(info):
    first, second = taken(info, 31, 2)
    assert (first != second).any()
    assert (first != taken(info, 31, 1, seed=1)[0]).any()


def test_the_order_is_as_it_always_was(info):
    # Runs on disk go on from a position in it.
    assert taken(info, 5, 2, seed=7, start=12).tolist() == [
        [22, 19, 3, 9, 12], [27, 25, 18, 8, 29],
    ]  # fmt: skip


def permutations(count, epochs):
    orders = tf.data.Dataset.range(epochs).map(
        lambda epoch: loader.permutation(count, 7, epoch)
    )
    return next(iter(orders.batch(epochs))).numpy()


def test_the_permutation_is_uniform():
    count, epochs = 20, 4000
    orders = permutations(count, epochs)
    # Each example is equally often at each place. The chi-square statistic of a place
    # has 19 degrees of freedom: 50 is exceeded once in 8,000, of 20 places.
    for place in orders.T:
        counts = np.bincount(place, minlength=count)
        assert ((counts - epochs / count) ** 2 / (epochs / count)).sum() < 50
    # Neighbours in a shard follow each other as often as any two: 1 in 20.
    follows = (np.diff(orders) == 1).sum()
    expected = epochs * (count - 1) / count
    assert abs(follows - expected) < 5 * expected**0.5


def test_all_orders_are_equally_likely():
    counts = collections.Counter(map(tuple, permutations(3, 3000)))
    assert len(counts) == 6
    assert sum((n - 500) ** 2 / 500 for n in counts.values()) < 25  # 5 d.o.f.


@pytest.mark.parametrize("start", [1, 6, 7, 20])
def test_a_start_is_the_same_as_skipping(info, start):
    whole = taken(info, 4, 30)
    np.testing.assert_array_equal(
        taken(info, 4, 30 - start, start=start), whole[start:]
    )


def test_two_replicas_slices_are_the_one_replicas_batch(info):
    whole = taken(info, 6, 8)
    both = taken(info, 6, 16, slices=2, local_slices=2)
    np.testing.assert_array_equal(both.reshape(8, 6), whole)
    later = taken(info, 6, 4, slices=2, local_slices=2, start=3)
    np.testing.assert_array_equal(later.reshape(2, 6), whole[3:5])
    second = taken(info, 6, 5, slices=2, first_slice=1, start=3)
    np.testing.assert_array_equal(second, whole[3:, 3:])


def test_the_same_order_in_another_call(info):
    np.testing.assert_array_equal(taken(info, 4, 20), taken(info, 4, 20))


@pytest.mark.parametrize("batch_size", [0, 32])
def test_a_batch_larger_than_the_dataset_is_refused(info, batch_size):
    with pytest.raises(UserError, match=rf"batch size {batch_size} .* 31 examples"):
        loader.batches_per_epoch(info, batch_size)


def test_a_batch_that_replicas_cannot_share_is_refused(info):
    with pytest.raises(UserError, match="batch size 7 cannot be shared by 2"):
        loader.batches(info, 7, seed=0, slices=2)


def test_a_key_that_the_dataset_lacks_is_named(info):
    with pytest.raises(
        UserError, match="x has single images and the model needs pairs"
    ):
        loader.batches(info, 4, seed=0, reads=("image", "source"))
