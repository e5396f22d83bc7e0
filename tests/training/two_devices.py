"""Two virtual devices; what is found is printed as JSON.

`two_devices.py train DATASET_DIRECTORY SUMMARY_DIRECTORY` trains a run on both.
`two_devices.py compare` compares steps on one and on both, in float64.
`two_devices.py strategies` takes the devices for GPUs, and counts replicas.

A program, because virtual devices are made before TensorFlow's first operation.
"""

import json
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework import tensor_util

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))
import models
from datasets.info import Info
from training import devices, run_training, runs
from training.settings import Settings

ROWS, SHAPE, CLASSES = 8, (28, 28, 1), 10
OVERRIDES = {"z_dim": 8, "g_width": 1 / 32, "d_width": 1 / 32, "dropout": 0.0}
BURST = {"n_critic": 1, "critic_burst": 3}
# Every model, and what else is of the global batch and not linear in its images: an
# active hinge on the mean energy, and norms and sums over the batch.
CASES = {name: (name, {}) for name in models.MODELS} | {
    "ebgan": ("ebgan", {"margin": 60.0}),
    "ebgan batch_l2": ("ebgan", {"margin": 60.0, "energy": "batch_l2"}),
    "ebgan half_sum": ("ebgan", {"margin": 9e9, "energy": "half_sum"}),
    "dragan image": ("dragan", {"norm": "image"}),
    "dcgan ema": ("dcgan", {"ema": 0.5}),
    # A bias before a norm has no gradient but noise, which Adam makes a step of.
    "pix2pix": ("pix2pix", {"norm": "none"}),
    "cyclegan": ("cyclegan", {"norm": "none", "net": "unet"}),
}
KEYS = ("image", "source", "target", "a", "b")
LABELS = np.arange(ROWS) % CLASSES


class SharedNoise:
    """Noise of the global batch, of which each replica takes its rows."""

    def draw(self, shape, sample, dtype):
        shape = tensor_util.constant_value_as_shape(tf.convert_to_tensor(shape))
        context = tf.distribute.get_replica_context()
        rows = ROWS // context.num_replicas_in_sync
        every = sample(np.random.default_rng(5), (ROWS, *shape[1:]))
        start = context.replica_id_in_sync_group * rows
        return tf.constant(every, dtype)[start : start + rows]

    def normal(self, shape, dtype):
        return self.draw(shape, lambda rng, n: rng.standard_normal(n), dtype)

    def uniform(self, shape, minval=0.0, maxval=1.0, dtype="float64"):
        sample = lambda rng, n: rng.uniform(minval, maxval, n)  # noqa: E731
        return self.draw(shape, sample, dtype)


def train(data, summary, steps):
    """A run as train.py makes it; the second call resumes it."""
    settings = Settings(
        "ebgan",
        fitting("ebgan") | BURST,
        steps=steps,
        batch_size=ROWS,
        strategy="mirrored",
        ckpt_step=5000,
        log_step=100,
    )
    run = runs.Run(pathlib.Path(summary), "mirrored")
    finished = run_training.train(settings, Info.load(pathlib.Path(data)), run)
    return {
        "finished": finished,
        "replicas": run.config["replicas"],
        "checkpoints": run.checkpoints(),
        "logged": [line["step"] for line in run.metrics() if "d_loss" in line],
    }


def fitting(name):
    """Of OVERRIDES what the model has."""
    fields = models.MODELS[name].Config.__dataclass_fields__
    return {key: value for key, value in OVERRIDES.items() if key in fields}


def half(tensor, strategy):
    """The tensor's rows, spread over the replicas."""
    share = ROWS // strategy.num_replicas_in_sync

    def rows(context):
        i = context.replica_id_in_sync_group
        return tensor[i * share : (i + 1) * share]

    return strategy.experimental_distribute_values_from_function(rows)


def steps(case, strategy):
    """The model after two steps on given images and noise, its last logs, and noise."""
    name, options = CASES[case]
    with strategy.scope():
        model = models.create(name, SHAPE, CLASSES, **fitting(name) | options)
    noise = strategy.run(model.rng.normal, args=((4,),))
    model.rng = SharedNoise()
    rng = np.random.default_rng(0)
    mean = tf.distribute.ReduceOp.MEAN

    @tf.function(autograph=False)
    def step(batch):
        logs = strategy.run(lambda x: model.train_step([x]), args=(batch,))
        return {k: strategy.reduce(mean, v, axis=None) for k, v in logs.items()}

    for _ in range(2):
        images = {key: rng.uniform(-1, 1, (ROWS, *SHAPE)) for key in KEYS}
        batch = {**images, "label": LABELS}
        logs = step({k: half(tf.constant(v), strategy) for k, v in batch.items()})
    return model, logs, noise


def difference(a, b):
    """The largest difference, relative to the largest number (at least 0.01)."""
    a, b = np.asarray(a), np.asarray(b)
    return float(np.abs(a - b).max() / max(0.01, np.abs(a).max()))


def compare():
    """One device against two, and the two replicas against each other."""
    keras.config.set_floatx("float64")
    mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    results = {}
    for case in CASES:
        one, one_logs, _ = steps(case, tf.distribute.get_strategy())
        two, two_logs, noise = steps(case, mirrored)
        pairs = [
            (v.value, mirrored.experimental_local_results(w.value))
            for key, network in one.networks.items()
            for v, w in zip(network.weights, two.networks[key].weights, strict=True)
        ]
        first, second = mirrored.experimental_local_results(noise)
        results[case] = {
            "weights": max(difference(v, w[0]) for v, w in pairs),
            "replicas": max(difference(w[0], w[1]) for _, w in pairs),
            "logs": max(difference(one_logs[k], two_logs[k]) for k in one_logs),
            "noise": difference(first, second),
        }
    return results


def strategies():
    """Replicas of each strategy by the number of GPUs, which are virtual CPUs here."""
    cpus = tf.config.list_logical_devices("CPU")
    replicas = {}
    for count in (1, 2):
        tf.config.list_logical_devices = lambda kind, n=count: cpus[:n]
        for name in ("auto", "one", "mirrored"):
            strategy = devices.strategy(name)
            replicas[f"{name} {count}"] = strategy.num_replicas_in_sync
    return replicas


def main(task, *directories):
    cpu = tf.config.list_physical_devices("CPU")[0]
    two_cpus = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two_cpus)
    if task == "train":
        print(json.dumps([train(*directories, steps) for steps in (6, 8)]))
    elif task == "strategies":
        print(json.dumps(strategies()))
    else:
        print(json.dumps(compare()))


if __name__ == "__main__":
    main(*sys.argv[1:])
