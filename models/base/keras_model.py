"""A model as Keras knows it: fit with callbacks and History, save and load_model."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.base import config as configuration
from models.base import fit_data, minibatches
from models.base.minibatches import Batch

Logs = dict[str, tf.Tensor]  # scalars by name
UNMEASURED = (
    "losses on held-out images say nothing of a GAN: draw samples in a callback, or "
    "measure checkpoints with eval.py"
)
UNUSED = {
    "validation_data": UNMEASURED,
    "validation_split": UNMEASURED,
    "class_weight": "its losses have no weights",
    "sample_weight": "its losses have no weights",
}


class KerasModel(keras.Model):
    """Fits, saves and loads what a GenerativeModel declares."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        keras.saving.register_keras_serializable("models")(cls)

    # Training.

    @tf.autograph.experimental.do_not_convert
    def train_step(self, batches: Any, total_steps: int = 0) -> Logs:
        """Runs one step: all updates of each player.

        Args:
            batches: a list of `batches_per_step` minibatches, or the only one. Each is
                a dict of what `reads` names, or a tuple in that order: images uint8 or
                floats in [-1, 1], [B, H, W, C]; labels integers [B].
            total_steps: of the whole run, where `paced`; 0: not known, rates stay.

        Returns:
            Scalars by name.

        Raises:
            ValueError: a minibatch does not fit the model, with its shapes.
        """
        return self.learn(minibatches.for_step(self, batches), total_steps)

    def learn(self, batches: Sequence[Batch], total_steps: int) -> Logs:
        """Runs `train_step` on checked minibatches, with images as floats."""
        raise NotImplementedError

    def compile(
        self, *args, run_eagerly=False, jit_compile=False, steps_per_execution=1, **more
    ) -> None:
        """Sets how `fit` runs, which calls it by itself; the arguments are Keras's.

        Raises:
            ValueError: an optimizer, a loss or metrics are given.
        """
        if args or more:
            raise ValueError(
                f"{minibatches.title(self)} has its own optimizers and losses, and "
                f"takes no {', '.join([*map(repr, args), *more])}: leave it out, and "
                "pass options such as g_lr to models.create"
            )
        super().compile(
            optimizer=None,
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
            steps_per_execution=steps_per_execution,
        )

    def fit(
        self,
        x: Any,
        y: Any = None,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        shuffle: bool = True,
        steps_per_epoch: int | None = None,
        **options: Any,
    ) -> keras.callbacks.History:
        """Trains as Keras does; learning rates do not follow the length of the run.

        Args:
            x: images, a dict of arrays by the names in `reads`, or a tf.data.Dataset
                of minibatches, each as `train_step` takes it.
            y: labels of the images, if the model reads them.
            batch_size: images in a minibatch of arrays; a dataset has its own size.
            epochs: passes over the data; what is left of arrays after the last whole
                step of an epoch is not used.
            verbose: as in Keras.
            callbacks: get the names that `train_step` logs, as means over the epoch.
            shuffle: whether arrays come in a new order in each epoch.
            steps_per_epoch: where an epoch of a dataset ends.
            options: further ones of Keras, such as `initial_epoch`.

        Raises:
            ValueError: data do not fit the model, or an option has no meaning here.
        """
        for name in UNUSED.keys() & options.keys():
            raise ValueError(f"{name} is of no use to this model: {UNUSED[name]}")
        if self.extra_batches() is not None:
            raise ValueError(
                f"critic_burst={self.config.critic_burst} takes minibatches between "
                "the steps, which fit does not give: use train.py, or critic_burst=1"
            )

        if isinstance(x, tf.data.Dataset):
            dataset = fit_data.of_dataset(self, x, steps_per_epoch)
        else:
            arrays = x if y is None else (x, y)
            dataset = fit_data.of_arrays(self, arrays, batch_size, shuffle)
        if not self.compiled:
            self.compile()
        return super().fit(
            fit_data.grouped(self, dataset),
            epochs=epochs,
            verbose=verbose,
            callbacks=[EpochMeans(), *keras.tree.flatten(callbacks or [])],
            shuffle=False,  # done
            steps_per_epoch=steps_per_epoch,
            **options,
        )

    def test_step(self, data: Any) -> Logs:
        raise ValueError(f"evaluate is of no use to this model: {UNMEASURED}")

    # Saving.

    def get_config(self) -> dict[str, Any]:
        return {
            "image_shape": self.image_shape,
            "num_classes": self.num_classes,
            "seed": self.seed,
            "config": dataclasses.asdict(self.config),
            "averaged": self.averaged,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "KerasModel":
        options = configuration.configure(cls.Config, config["config"])
        return cls(**{**config, "config": options})

    def get_build_config(self) -> None:
        """Returns None: a new model has all its weights."""

    def get_compile_config(self) -> None:
        """Returns None: `fit` compiles by itself."""

    def state(self) -> dict[str, tf.Variable]:
        """Returns what a checkpoint holds beside the networks, by name."""
        slots = {
            f"{name}_optimizer_{i}": variable
            for name, player in self.players.items()
            for i, variable in enumerate(player.optimizer.variables)
        }
        return {"rng": self.rng.state, **self.extras(), **slots}

    def save_own_variables(self, store: Any) -> None:
        for name, variable in self.state().items():
            store[name] = variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        for name, variable in self.state().items():
            variable.assign(store[name])


class EpochMeans(keras.callbacks.Callback):
    """Gives the callbacks after it the mean of an epoch's steps, not the last step."""

    def on_epoch_begin(self, epoch, logs=None):
        self.steps = []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(logs)

    def on_epoch_end(self, epoch, logs=None):
        logs |= {name: float(np.mean([s[name] for s in self.steps])) for name in logs}
