"""Small converted datasets, and a run that was trained on one."""

import numpy as np
from fake_run import FakeModel, FakeRun

from datasets import tfrecord
from datasets.info import Info, Shard
from models.base import pixels

SIDE = 8


def converted(
    data_dir,
    name,
    images,
    *,
    labels=None,
    classes=(),
    rows=None,
    attributes=(),
    tests=0,
):
    """Images [n, SIDE, SIDE, C] in [-1, 1], the last `tests` of them held out.

    `labels` are [n], `rows` the attributes' 0 and 1, [n, attributes].
    """
    shape = images.shape[1:]
    directory = data_dir / name / f"{shape[0]}px"
    directory.mkdir(parents=True, exist_ok=True)
    layout = tfrecord.RecordLayout(int(np.prod(shape)), len(classes), len(attributes))
    levels = pixels.to_uint8(images)
    trained = len(images) - tests
    shards = []
    for part, positions in (
        ("train", np.arange(trained)[: trained // 3]),
        ("train", np.arange(trained)[trained // 3 :]),
        ("test", np.arange(trained, len(images))),
    ):
        path = directory / f"{name}-{len(shards)}.tfrecord"
        path.write_bytes(
            b"".join(
                layout.record(
                    levels[k].tobytes(),
                    0 if labels is None else int(labels[k]),
                    b"" if rows is None else bytes(rows[k].tolist()),
                )
                for k in positions
            )
        )
        crc = tfrecord.crc32c(path)
        if len(positions):
            shards.append(Shard(path.name, len(positions), crc, part))
    made = Info(
        name, "all", trained, 0, shape, tuple(classes), tuple(attributes), "none",
        "antialias", 0, "", "", tuple(shards), directory,
    )  # fmt: skip
    made.save()
    return made


def trained_on(made, kind=FakeModel, **options):
    """A run as train.py would leave it."""
    dataset = {
        "name": made.dataset, "count": made.count, "fingerprint": made.fingerprint
    }  # fmt: skip
    config = {"seed": 0, "image_shape": list(made.shape), "dataset": dataset}
    return FakeRun(image_shape=made.shape, kind=kind, config=config, **options)


def faces(male, smiling, seed=0):
    """Images [n, SIDE, SIDE, 3]: levels [n] of red at the left, of green below."""
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 0.1, (len(male), SIDE, SIDE, 3))
    images[:, :, : SIDE // 2, 0] += np.reshape(male, (-1, 1, 1))
    images[:, SIDE // 2 :, :, 1] += np.reshape(smiling, (-1, 1, 1))
    return np.clip(images, -1, 1).astype(np.float32)


def faces_dataset(data_dir, count=600, **options):
    """Faces with the attributes `Male` and `Smiling`, each of half of them."""
    rows = np.random.default_rng(1).integers(0, 2, (count, 2))
    images = faces(*(1.6 * rows.T - 0.8))
    names = ("Male", "Smiling")
    return converted(data_dir, "faces", images, rows=rows, attributes=names, **options)


class FaceModel(FakeModel):
    """The first number of a latent makes a face male, the second makes it smile."""

    def draw(self, z):
        self.seen.append(z)
        return faces(np.tanh(3 * z[:, 0]), np.tanh(3 * z[:, 1]))
