"""Two virtual devices; what is found is printed as JSON.

`two_devices.py train DATASET_DIRECTORY SUMMARY_DIRECTORY` trains a run on both.
`two_devices.py compare` compares steps on one and on both, in float64.

A program, because virtual devices are made before TensorFlow's first operation.
"""

import json
import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))
import models
from datasets import info
from training import runs
from training import train as training
from training.settings import Settings

ROWS, SHAPE = 8, (28, 28, 1)
OVERRIDES = {"z_dim": 8, "g_width": 1 / 32, "d_width": 1 / 32}
HINGE = {"ebgan": {"margin": 60.0}}  # a hinge that is active, on the global mean


def train(data, summary, steps):
    """A run as train.py makes it; the second call resumes it."""
    settings = Settings(
        "ebgan", OVERRIDES, steps=steps, batch_size=ROWS, strategy="mirrored"
    )
    run = runs.Run(pathlib.Path(summary), "mirrored")
    finished = training.train(settings, info.load(pathlib.Path(data)), run)
    return {
        "finished": finished,
        "replicas": run.config["replicas"],
        "checkpoints": run.checkpoints(),
        "logged": [line["step"] for line in run.metrics()],
    }


def create(name):
    return models.create(name, SHAPE, **OVERRIDES, **HINGE.get(name, {}))


def half(tensor, strategy):
    """The tensor's rows, spread over the replicas."""
    share = ROWS // strategy.num_replicas_in_sync

    def rows(context):
        i = context.replica_id_in_sync_group
        return tensor[i * share : (i + 1) * share]

    return strategy.experimental_distribute_values_from_function(rows)


def steps(name, strategy):
    """The model after two steps on given images and noise, and its last logs."""
    with strategy.scope():
        model = create(name)
    rng = np.random.default_rng(0)
    mean = tf.distribute.ReduceOp.MEAN

    @tf.function(autograph=False)
    def step(batch):
        logs = strategy.run(model.discriminator_step, args=(batch,))
        logs |= strategy.run(model.generator_step, args=(batch,))
        return {k: strategy.reduce(mean, v, axis=None) for k, v in logs.items()}

    for _ in range(2):
        image = rng.uniform(-1, 1, (ROWS, *SHAPE))
        batch = {"image": image, "z": rng.standard_normal((ROWS, 8))}
        logs = step({k: half(tf.constant(v), strategy) for k, v in batch.items()})
    return model, logs


def difference(a, b):
    """The largest difference, relative to the largest number."""
    a, b = np.asarray(a), np.asarray(b)
    return float(np.abs(a - b).max() / max(1e-12, np.abs(a).max()))


def compare():
    """One device against two, and the two replicas against each other."""
    keras.config.set_floatx("float64")
    mirrored = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    results = {}
    for name in models.MODELS:
        one, one_logs = steps(name, tf.distribute.get_strategy())
        two, two_logs = steps(name, mirrored)
        pairs = [
            (v.value, mirrored.experimental_local_results(w.value))
            for key, network in one.networks.items()
            for v, w in zip(network.weights, two.networks[key].weights, strict=True)
        ]
        z = mirrored.run(lambda model: model.latent(4), args=(two,))
        first, second = mirrored.experimental_local_results(z)
        results[name] = {
            "weights": max(difference(v, w[0]) for v, w in pairs),
            "replicas": max(difference(w[0], w[1]) for _, w in pairs),
            "logs": max(difference(one_logs[k], two_logs[k]) for k in one_logs),
            "noise": difference(first, second),
        }
    return results


def main(task, *directories):
    cpu = tf.config.list_physical_devices("CPU")[0]
    two_cpus = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two_cpus)
    if task == "train":
        print(json.dumps([train(*directories, steps) for steps in (6, 8)]))
    else:
        print(json.dumps(compare()))


if __name__ == "__main__":
    main(*sys.argv[1:])
