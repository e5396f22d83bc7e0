"""Trains one run from its settings; goes on with it where it stopped."""

import contextlib
import pathlib
import tempfile
from collections.abc import Callable, Iterator

from common.errors import UserError
from datasets.info import Info
from datasets.pipeline import shard_check
from training import cluster, devices, runs, trainer
from training.monitoring import metrics_interface
from training.settings import Settings


def train(
    settings: Settings,
    info: Info,
    run: runs.Run,
    renew: bool = False,
    prepare: Callable[[], metrics_interface.Evaluator] | None = None,
) -> bool:
    """Trains a run to its end, or until a signal.

    What `prepare` returns measures every `eval_every` steps and at the end. It is
    called once TensorFlow is configured, by the chief alone.

    Returns:
        Whether the run is finished; if not, the same call goes on with it, and ends
        bit-equal to one that was never stopped.

    Raises:
        UserError: what the user can mend, a number that is not finite among it.
    """
    goes_on = run.config_file.exists() and not renew
    before = run.config if goes_on else None
    threads = before["environment"].get("intra_op_threads", 0) if before else 0
    devices.use_threads(settings.threads or threads)
    devices.configure(settings.precision, settings.deterministic)
    strategy, workers = cluster.start(settings.strategy)
    try:
        with workers.watched():
            shard_check.verify(info)
            workers.check_alike(f"{settings} {info.fingerprint}")
            evaluator = None
            if prepare and workers.chief and settings.eval_every:
                evaluator = prepare()
            watch = before["watch"] if before else None
            with own_run(run, workers) as own:
                with strategy.scope():  # not the rest, where the chief works alone
                    part = trainer.Trainer(
                        settings, info, own, strategy, workers, evaluator, watch
                    )
                with own.locked():
                    if renew:
                        own.clear()
                    own.check(part.config)
                    part.resume(run.checkpoint_directory)
                    own.adopt(part.config)
                    return part.train()
    except cluster.LostError as error:
        last = max(run.checkpoints(), default=None)
        raise UserError(
            f"{error}, and may say why; the last checkpoint is {last or 'none'}: run "
            "the same command on every worker again"
        ) from error


@contextlib.contextmanager
def own_run(run: runs.Run, workers: cluster.Workers) -> Iterator[runs.Run]:
    """Yields the run for the chief; what another worker logs is not kept."""
    if workers.chief:
        yield run
    else:
        with tempfile.TemporaryDirectory() as scratch:
            yield runs.Run(pathlib.Path(scratch), run.name)
