"""Many steps in one compiled call; knows a GenerativeModel, no GAN by name."""

import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from common.errors import UserError
from models.base import pixels
from models.base.generative import Batch, GenerativeModel, Logs
from training import cluster

# A call lasts about this long at most, so that a signal is answered in time.
SECONDS_PER_CALL = 1.0


class NotFiniteError(UserError):
    """A loss or a weight is no number any more."""

    def __init__(self, what: str, step: int):
        super().__init__(f"{what} at step {step:,}")
        self.step = step


class Loop:
    """Steps of a model over an endless dataset, traced once."""

    def __init__(
        self,
        model: GenerativeModel,
        dataset: Any,
        strategy: tf.distribute.Strategy,
        jit_compile: bool = False,
        steps_per_call: int = 50,
        total_steps: int = 0,
        workers: cluster.Workers | None = None,
    ):
        self.model = model
        self.strategy = strategy
        self.workers = workers or cluster.Workers()
        self.steps_per_call = steps_per_call
        self.total_steps = total_steps
        self.iterator = iter(dataset)
        self.names: list[str] = []
        self.traces = 0
        self.seconds_per_step = float("inf")  # the first call is one step
        self.seconds = self.waited = 0.0  # in calls, and for data; see `data_wait`
        self.train_step = tf.function(
            self._train_step, autograph=False, jit_compile=jit_compile or None
        )
        self.extra_step = tf.function(
            self._extra_step, autograph=False, jit_compile=jit_compile or None
        )
        self.call = tf.function(self._call, autograph=False)
        self.all_finite = tf.function(self._all_finite, autograph=False)

    def _train_step(self, batches: list[Batch]) -> Logs:
        dtype = keras.config.floatx()
        floats = [pixels.rescale(batch, dtype) for batch in batches]
        return self.model.train_step(floats, self.total_steps)

    def _extra_step(self, batch: Batch) -> None:
        self.model.extra_step(pixels.rescale(batch, keras.config.floatx()))

    def _extra_steps(self, count: tf.Tensor) -> None:
        """Runs the model's extra updates before a step, each on the next minibatch."""

        def extra(done: tf.Tensor) -> tf.Tensor:
            self.strategy.run(self.extra_step, args=(next(self.iterator),))
            return done + 1

        tf.while_loop(lambda done: done < count, extra, (tf.constant(0),))

    def _minibatches(self) -> tuple[list[Batch], tf.Tensor]:
        """Takes a step's minibatches; returns them and the seconds of waiting."""
        start = tf.timestamp()
        with tf.control_dependencies([start]):
            batches = [next(self.iterator) for _ in range(self.model.batches_per_step)]
        with tf.control_dependencies(tf.nest.flatten(batches, expand_composites=True)):
            return batches, tf.timestamp() - start

    def _step(self) -> tuple[tf.Tensor, tf.Tensor]:
        """Runs a step; returns its logs, replicas' means [n], and its wait for data."""
        extra = self.model.extra_batches()
        if extra is not None:
            self._extra_steps(extra)
        batches, waited = self._minibatches()
        # What needs no data would begin at once, and compete with its gathering.
        with tf.control_dependencies([waited]):
            logs = self.strategy.run(self.train_step, args=(batches,))
        self.names = list(logs)
        mean = tf.distribute.ReduceOp.MEAN
        values = [self.strategy.reduce(mean, logs[k], axis=None) for k in logs]
        logs = tf.stack([tf.cast(value, tf.float32) for value in values])
        return logs, waited

    def _call(self, steps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Runs up to `steps` steps, until a log is not finite.

        Returns:
            Steps done, the last one's logs, and the seconds for which data was awaited.
        """
        self.traces += 1

        def unfinished(done: tf.Tensor, logs: tf.Tensor, _: tf.Tensor) -> tf.Tensor:
            return (done < steps) & tf.reduce_all(tf.math.is_finite(logs))

        def step(done: tf.Tensor, _: tf.Tensor, waited: tf.Tensor) -> tuple:
            logs, seconds = self._step()
            return done + 1, logs, waited + seconds

        return tf.while_loop(
            unfinished,
            step,
            (tf.constant(0), tf.zeros([0]), tf.constant(0.0, tf.float64)),
            shape_invariants=tuple(map(tf.TensorShape, ([], [None], []))),
            parallel_iterations=1,
        )

    def advance(self, step: int, limit: int) -> tuple[int, dict[str, float]]:
        """Trains from `step` to at most `limit`; returns the step reached and its logs.

        All workers do the steps that the chief can afford.

        Raises:
            NotFiniteError: names the first number that is not finite, and its step.
        """
        affordable = max(1, int(SECONDS_PER_CALL / self.seconds_per_step))
        steps = min(limit - step, self.steps_per_call, affordable)
        steps = self.workers.of_chief(steps)
        start = time.monotonic()
        done, values, waited = self.call(tf.constant(steps))
        step += int(done)
        seconds = time.monotonic() - start
        self.seconds_per_step = seconds / int(done)
        self.seconds, self.waited = self.seconds + seconds, self.waited + float(waited)
        logs = dict(zip(self.names, values.numpy().tolist(), strict=True))
        for name, value in logs.items():
            if not np.isfinite(value):
                raise NotFiniteError(f"{name} is {value}", step)
        return step, logs

    def data_wait(self) -> float:
        """Returns the share of time spent waiting for data since the last call, 0 to 1.

        The minibatches of `extra_steps` are not counted.
        """
        share = self.waited / self.seconds if self.seconds else 0.0
        self.seconds = self.waited = 0.0
        return share

    def _all_finite(self) -> tf.Tensor:
        finite = [
            tf.reduce_all(tf.math.is_finite(v.value))
            for network in self.model.networks.values()
            for v in network.weights
        ]
        return tf.reduce_all(tf.stack(finite))

    def check_weights(self, step: int) -> None:
        """Raises NotFiniteError if a weight is not finite, naming it and the step."""
        if self.all_finite():
            return
        for name, network in self.model.networks.items():
            for v in network.weights:
                if not np.all(np.isfinite(v.numpy())):
                    raise NotFiniteError(f"{name}/{v.path} is not finite", step)
