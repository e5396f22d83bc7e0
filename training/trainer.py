"""One process's part of a run: it trains, logs, draws, measures and saves."""

import contextlib
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from common import files
from common.errors import UserError
from datasets.info import Info
from datasets.pipeline import loader
from training import (
    checkpoints,
    cluster,
    devices,
    loop,
    resolving,
    run_files,
    runs,
    saver,
    signals,
)
from training.monitoring import (
    logs,
    metrics_interface,
    previews,
    terminal,
    watchdog,
)
from training.settings import Settings

NONE = -1  # no checkpoint


class Trainer:
    """One process's part of a run."""

    def __init__(
        self,
        settings: Settings,
        info: Info,
        run: runs.Run,
        strategy: tf.distribute.Strategy,
        workers: cluster.Workers,
        evaluator: metrics_interface.Evaluator | None = None,
        watch: Mapping[str, Any] | None = None,
    ):
        """`watch` says how the run was watched until now, if it goes on."""
        self.settings = settings
        self.info = info
        self.run = run
        self.strategy = strategy
        self.workers = workers
        self.evaluator = evaluator

        self.model = resolving.create_model(settings, info)
        settings.check_batch(self.model.least_batch)
        self.dataset(0)  # refuses a batch that does not fit before anything is written
        self.steps = settings.total_steps(
            loader.batches_per_epoch(info, settings.batch_size, self.model.reads),
            self.model.batches_before,
        )
        self.settings = settings.with_intervals(self.steps, watch)

        self.previews = previews.Previews(self.model, info, settings)
        self.watchdog = watchdog.Watchdog(self.previews.real)
        self.saved_step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.checkpoint = checkpoints.everything(self.model, self.saved_step)
        self.variables = checkpoints.variables(self.checkpoint)
        self.step = 0
        self.config = resolving.configuration(
            self.settings,
            info,
            self.model,
            self.steps,
            strategy.num_replicas_in_sync,
            evaluator.plan if evaluator else None,
        )

    def resume(self, directory: pathlib.Path) -> None:
        """Restores the chief's newest checkpoint in a directory, if there is one.

        Every worker continues the chief's noise, each in a part of its own.
        """
        files.sweep(self.run.checkpoint_directory)
        steps = checkpoints.steps(directory)
        newest = self.workers.of_chief(max(steps, default=NONE))
        if newest != NONE:
            if newest not in steps:
                raise UserError(
                    f"checkpoint {newest} of the chief is not in {directory}: give all "
                    "workers a --summary_dir that they share"
                )
            self.step = newest
            identity = run_files.identity(self.config)
            checkpoints.restore(self.checkpoint, directory, self.step, identity)
            lines = [line for line in self.run.metrics() if line["step"] <= self.step]
            real = self.previews.real
            count = None if real is None else len(real)
            shape = self.info.shape
            samples = checkpoints.samples_of(directory, self.step, shape, count)
            self.watchdog.resume(lines, samples)

        if self.step > self.steps:
            raise UserError(
                f"run {self.run.name!r} has a checkpoint at step {self.step:,}, beyond "
                f"its {self.steps:,} steps: remove it, or give --steps {self.step}"
            )
        self.model.rng.skip(self.workers.index << 48)

    def dataset(self, start: int) -> Any:
        """Returns minibatches from number `start` on, spread over the replicas."""

        def local(context: tf.distribute.InputContext) -> tf.data.Dataset:
            here = context.num_replicas_in_sync // context.num_input_pipelines
            return loader.batches(
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
        """Trains until the end or a signal; returns whether it is the end."""
        with signals.Interruption() as interruption, contextlib.ExitStack() as stack:
            before = self.model.batches_before(self.step)
            log = logs.RunLog(self.run, self.settings.model, self.step, before)
            self.logs = stack.enter_context(contextlib.closing(log))
            self.saver = stack.enter_context(contextlib.closing(self.create_saver()))
            self.loop = self.create_loop(before)
            try:
                self.run_steps(interruption)
            except cluster.LostError:
                self.save_last()
                raise
            except loop.NotFiniteError as error:
                self.logs.mark(error.step, "not finite", error.step, str(error))
                last = max(self.saver.steps(), default=None)
                raise UserError(
                    f"{error}; the last checkpoint is {last or 'none'}: try other "
                    "hyper-parameters, such as lower rates, under another --name"
                ) from error
        return self.step == self.steps

    def create_loop(self, start: int) -> loop.Loop:
        """Returns the loop over minibatches from number `start` on."""
        return loop.Loop(
            self.model,
            self.dataset(start),
            self.strategy,
            devices.jit_compile(self.settings.xla),
            self.settings.steps_per_call,
            self.steps,
            self.workers,
        )

    def create_saver(self) -> saver.Saver:
        """Returns what saves this run's checkpoints."""
        return saver.Saver(
            self.checkpoint,
            self.run.checkpoint_directory,
            run_files.identity(self.config),
            self.settings.keep,
        )

    def run_steps(self, interruption: signals.Interruption) -> None:
        """Trains and saves until the end or a signal."""
        if self.workers.chief:
            for line in self.header():
                print(line, file=sys.stderr)
        with terminal.Bar(self.run.name, self.step, self.steps) as bar:
            if self.step == 0:
                chosen = self.settings.chosen(self.model.config)
                self.logs.configuration(self.config, chosen)
                self.previews.first(self.logs)

            while self.step < self.steps:
                if self.workers.anyone(interruption.requested):
                    break
                self.advance(bar)
            self.save_last()
            self.workers.leave()

    def header(self) -> list[str]:
        """Returns lines that say what is about to be trained."""
        return terminal.header(
            self.run, self.settings, self.info, self.model, self.config, self.step
        )

    def advance(self, bar: terminal.Bar) -> None:
        """Runs one call of the loop, and what is due after it."""
        s = self.settings
        before = self.step
        with self.workers.whole(self.variables):
            due = s.next_event(before, self.steps)
            self.step, values = self.loop.advance(before, due)
        bar.update(self.step - before)

        if self.due(s.log_step):
            rate = s.batch_size * self.logs.rate(self.model.batches_before(self.step))
            times = {
                "images_per_second": rate,
                terminal.DATA_WAIT: self.loop.data_wait(),
            }
            self.log(values | {k: round(v, 4) for k, v in times.items()}, bar)
        if self.workers.chief:
            self.record(bar)

    def record(self, bar: terminal.Bar) -> None:
        """Draws, measures and saves what is due after a call; the others wait."""
        s = self.settings
        if self.due(s.sample_step):
            self.loop.check_weights(self.step)
            self.watch(bar)

        if self.evaluator and self.due(s.eval_every):
            self.loop.check_weights(self.step)
            with self.logs.paused():
                numbers = self.evaluator.measure(self.model)
            if numbers:
                self.log(numbers, bar, "metrics")

        if self.due(s.ckpt_step):
            self.save()

    def due(self, interval: int) -> bool:
        """Returns whether something of this interval is due now; at the end it is."""
        return self.step % interval == 0 or self.step == self.steps

    def watch(self, bar: terminal.Bar) -> None:
        """Draws the pictures, and has the watchdog look at them."""
        samples, scores = self.previews.draw(self.logs, self.step)
        if collapse := self.watchdog.look(self.logs, self.step, samples, scores):
            text = f"has collapsed since step {collapse.since:,}: {collapse.cause}"
            bar.write(f"{self.run.name} {text}", sys.stderr)

    def log(
        self, values: dict[str, float], bar: terminal.Bar, group: str | None = None
    ) -> None:
        """Writes scalars to the files and to the terminal."""
        self.logs.scalars(self.step, values, group)
        bar.tell(self.step, values)

    def save_last(self) -> None:
        """Has the chief save this step, unless it has."""
        if self.workers.chief:
            if self.step not in self.saver.steps():
                self.save()
            self.saver.wait()

    def save(self) -> None:
        """Writes a checkpoint, unless a weight is not finite any more.

        The log until then is on the disk before it, as a resumed run needs it.
        """
        self.loop.check_weights(self.step)
        self.logs.flush()
        self.saved_step.assign(self.step)
        protected = self.watchdog.last_healthy([*self.saver.steps(), self.step])
        self.saver.save(self.step, self.watchdog.samples, protected)
