"""A history of generated images: Shrivastava et al., 2017, arXiv:1612.07828."""

from collections.abc import Sequence

import tensorflow as tf

from models.base import objectives


class ImagePool:
    """The last images that went in, of which half of what comes out is drawn.

    While it fills, images pass through. Then each passes through with probability 1/2,
    or else takes a random place in the pool and what was there comes out.
    """

    def __init__(self, size: int, image_shape: tuple[int, int, int], dtype: str):
        self.images = tf.Variable(
            tf.zeros((size, *image_shape), dtype), trainable=False
        )
        self.count = tf.Variable(0, trainable=False)  # images in it so far
        self.size = size

    def state(self, name: str) -> dict[str, tf.Variable]:
        """Returns what a checkpoint must hold of it."""
        return {f"{name}_images": self.images, f"{name}_count": self.count}

    def exchange(self, images: tf.Tensor, seed: Sequence[int | tf.Tensor]) -> tf.Tensor:
        """Returns images [b, H, W, C] for images; two integers decide which.

        The pool is of the global batch: replicas, given the same seed, keep it equal.
        """
        context = tf.distribute.get_replica_context()
        every = objectives.gather_batch(images)  # [B, H, W, C]
        rows = images.shape[0] * context.num_replicas_in_sync
        seed = tf.stack([tf.cast(number, tf.int64) for number in seed])
        chance, place = tf.unstack(tf.random.stateless_uniform((2, rows), seed))
        place = tf.cast(place * self.size, tf.int32)
        out = [self.exchange_one(every[i], chance[i], place[i]) for i in range(rows)]
        start = context.replica_id_in_sync_group * images.shape[0]
        return tf.stack(out)[start : start + images.shape[0]]

    def exchange_one(
        self, image: tf.Tensor, chance: tf.Tensor, place: tf.Tensor
    ) -> tf.Tensor:
        """Returns what comes out for one image [H, W, C]."""
        filling = self.count < self.size
        place = tf.where(filling, self.count.value(), place)
        kept = filling | (chance < 0.5)
        old = tf.gather(self.images, place)
        new = tf.where(kept, image, old)[tf.newaxis]
        self.images.scatter_update(tf.IndexedSlices(new, place[tf.newaxis]))
        self.count.assign(tf.minimum(self.count + 1, self.size))
        return tf.where(filling | ~kept, image, old)
