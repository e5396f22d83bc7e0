"""Trains one run from its settings; resumes it where it stopped."""

import contextlib
import dataclasses
import pathlib
import sys
import tempfile
import time
from typing import Any

import tensorflow as tf
import tqdm

import models
from datasets import info as dataset_info
from datasets import pipeline
from errors import UserError
from models.base import GenerativeModel
from training import checkpoints, devices, logs, loop, pictures, runs, signals
from training.settings import Settings


def train(
    settings: Settings, info: dataset_info.Info, run: runs.Run, renew: bool = False
) -> bool:
    """Trains a run to its end, or until a signal.

    Returns:
        Whether the run is finished; if not, the same call goes on with it, and ends
        bit-equal to one that was never stopped.

    Raises:
        UserError: what the user can mend, a number that is not finite among it.
    """
    devices.configure(settings.precision, settings.deterministic)
    strategy = devices.strategy(settings.strategy)
    pipeline.verify(info)
    with strategy.scope(), contextlib.ExitStack() as stack:
        taken = run.checkpoint_directory
        if devices.worker(strategy):  # reads the chief's checkpoints, keeps nothing
            scratch = stack.enter_context(tempfile.TemporaryDirectory())
            run = runs.Run(pathlib.Path(scratch), run.name)
        trainer = Trainer(settings, info, run, strategy)
        stack.enter_context(run.locked())
        if renew:
            run.clear()
        run.adopt(trainer.config)
        trainer.resume(taken)
        return trainer.train()


def create(settings: Settings, info: dataset_info.Info) -> GenerativeModel:
    """The model for a dataset; hyper-parameters that do not fit are the user's."""
    shape, classes, seed = info.shape, len(info.classes), settings.seed
    pipeline.check_reads(info, models.model_class(settings.model).reads)
    try:
        return models.create(settings.model, shape, classes, seed, **settings.overrides)
    except ValueError as error:
        raise UserError(str(error)) from error
    except tf.errors.ResourceExhaustedError as error:
        raise UserError(
            f"{settings.model} with {settings.overrides} does not fit in memory: "
            "choose smaller networks (--set)"
        ) from error


class Trainer:
    """One process's part of a run."""

    def __init__(
        self,
        settings: Settings,
        info: dataset_info.Info,
        run: runs.Run,
        strategy: tf.distribute.Strategy,
    ):
        self.settings, self.info, self.run = settings, info, run
        self.strategy = strategy
        self.jit_compile = devices.jit_compile(settings.xla)
        self.model = create(settings, info)
        settings.check_batch(self.model.least_batch)
        self.dataset(0)  # refuses a batch that does not fit before anything is written
        self.steps = settings.total_steps(
            pipeline.batches_per_epoch(info, settings.batch_size, self.model.reads),
            self.model.batches_before,
        )
        self.model.total_steps = self.steps
        self.pictures = pictures.Pictures(self.model, info, settings)
        self.saved_step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.checkpoint = checkpoints.everything(self.model, self.saved_step)
        self.step = 0
        self.config = self.resolve()

    def resolve(self) -> dict[str, Any]:
        """Everything that the run is, for config.json."""
        return {
            "model": self.settings.model,
            "config": dataclasses.asdict(self.model.config),
            "image_shape": list(self.info.shape),
            "num_classes": len(self.info.classes),
            "dataset": {
                "name": self.info.dataset,
                "count": self.info.count,
                "fingerprint": self.info.fingerprint,
            },
            "steps": self.steps,
            **({"rates_reach_0_at": self.steps} if self.model.paced else {}),
            "replicas": self.strategy.num_replicas_in_sync,
            **self.settings.what(),
            "watch": self.settings.how(),
            "environment": devices.environment(self.jit_compile),
        }

    def resume(self, directory: pathlib.Path) -> None:
        """Restores the newest checkpoint in a directory, if there is one.

        Every worker continues the chief's noise, each in a part of its own.
        """
        checkpoints.sweep(self.run.checkpoint_directory)
        for self.step in checkpoints.steps(directory)[-1:]:
            identity = self.run.identity
            checkpoints.restore(self.checkpoint, directory, self.step, identity)
        if self.step > self.steps:
            raise UserError(
                f"run {self.run.name!r} has a checkpoint at step {self.step:,}, beyond "
                f"its {self.steps:,} steps: remove it, or give more --steps"
            )
        self.model.rng.skip(devices.worker(self.strategy) << 48)

    def dataset(self, start: int) -> Any:
        """Minibatches from the one with number `start`, spread over the replicas."""

        def local(context: tf.distribute.InputContext) -> tf.data.Dataset:
            here = context.num_replicas_in_sync // context.num_input_pipelines
            return pipeline.batches(
                self.info,
                self.settings.batch_size,
                self.settings.seed,
                start=start,
                reads=self.model.reads,
                slices=context.num_replicas_in_sync,
                first_slice=context.input_pipeline_id * here,
                local_slices=here,
            )

        return self.strategy.distribute_datasets_from_function(local)

    def train(self) -> bool:
        """Steps until the end or a signal; whether it is the end."""
        steps = loop.Loop(
            self.model,
            self.dataset(self.model.batches_before(self.step)),
            self.strategy,
            self.jit_compile,
            self.settings.steps_per_call,
        )
        self.logs = logs.Logs(self.run, self.step)
        self.since = (self.step, time.monotonic())  # what the rate is counted from
        try:
            with signals.Interruption() as interruption, self.bar() as bar:
                if self.step == 0:
                    self.logs.configuration(self.config)
                    self.pictures.first(self.logs)
                while self.step < self.steps and not interruption:
                    self.advance(steps, bar)
                if self.step not in self.run.checkpoints():
                    self.save(steps)
        except loop.NotFiniteError as error:
            last = max(self.run.checkpoints(), default=None)
            raise loop.NotFiniteError(
                f"{error}; the last checkpoint is {last or 'none'}: try "
                "other hyper-parameters, such as lower rates, under another --name"
            ) from error
        finally:
            self.logs.close()
        return self.step == self.steps

    def bar(self) -> tqdm.tqdm:
        """A progress bar; silent where there is no terminal."""
        return tqdm.tqdm(
            desc=self.run.name,
            total=self.steps,
            initial=self.step,
            unit="step",
            disable=None,
        )

    def advance(self, steps: loop.Loop, bar: tqdm.tqdm) -> None:
        """One call of the loop, and what is due after it."""
        before = self.step
        self.step, values = steps.advance(before, self.next_event())
        bar.update(self.step - before)
        if self.due(self.settings.log_step):
            self.log(values, bar)
        if self.due(self.settings.sample_step):
            steps.check_weights(self.step)
            self.pictures.draw(self.logs, self.step)
        if self.due(self.settings.ckpt_step):
            self.save(steps)

    def next_event(self) -> int:
        """The next step after which something is due."""
        s = self.settings
        intervals = (s.log_step, s.sample_step, s.ckpt_step)
        return min(self.steps, *((self.step // n + 1) * n for n in intervals))

    def due(self, interval: int) -> bool:
        """Whether something of this interval is due now; at the end it is."""
        return self.step % interval == 0 or self.step == self.steps

    def log(self, values: dict[str, float], bar: tqdm.tqdm) -> None:
        """Scalars to the files and to the terminal."""
        seconds = time.monotonic() - self.since[1]
        now, before = map(self.model.batches_before, (self.step, self.since[0]))
        images = (now - before) * self.settings.batch_size
        self.since = (self.step, time.monotonic())
        values = {**values, "images_per_second": round(images / seconds, 1)}
        self.logs.scalars(self.step, values)
        text = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        bar.set_postfix_str(text)
        if bar.disable:
            bar.write(f"step {self.step:,} of {self.steps:,}  {text}", sys.stderr)

    def save(self, steps: loop.Loop) -> None:
        """A checkpoint, unless a weight is no number any more."""
        steps.check_weights(self.step)
        self.saved_step.assign(self.step)
        checkpoints.save(
            self.checkpoint,
            self.run.checkpoint_directory,
            self.step,
            self.settings.keep,
            self.run.identity,
        )
        self.logs.flush()
