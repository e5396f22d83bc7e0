"""What eval.py evaluates: a study by its protocol, or named runs.

Named runs are a study as well: each of them is an entry under one seed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from common.errors import UserError
from evaluation import snapshots, step_selection
from evaluation.eval_options import EvalOptions
from evaluation.measure.plans import MetricFlags
from training import runs
from training.study.protocol import Protocol, load

if TYPE_CHECKING:
    from evaluation.step_selection import Moments

MOST_MEASURED = 10  # checkpoints of a named run


@dataclasses.dataclass(frozen=True)
class StudyRun:
    """One run of a study: an entry (a model, a recipe, a named run) under one seed."""

    entry: str
    seed: int
    run: runs.Run
    steps: int  # that it should reach
    measured: Sequence[int]  # steps of its checkpoints that have metrics


@dataclasses.dataclass(frozen=True)
class Lineup:
    """Runs that are drawn side by side, and what they show moment by moment."""

    members: Sequence[StudyRun]
    moments: Moments

    def build(
        self, ema: bool = False, statistics: str = ""
    ) -> list[snapshots.Snapshot]:
        """Builds each run's model, and loads no checkpoint yet.

        Raises:
            UserError: they are of several kinds, or cannot draw as they are asked to.
        """
        runs = [member.run for member in self.members]
        group = [snapshots.Snapshot(run, ema, statistics) for run in runs]
        snapshots.common_kind(group)
        return group


@dataclasses.dataclass(frozen=True)
class Study:
    """Runs to draw, to measure and to compare."""

    name: str
    directory: Path  # for its pictures, numbers and report
    lineups: Sequence[Lineup]
    planned: Mapping[str, int]  # how many runs of each entry there should be
    metric_flags: MetricFlags
    needs_metrics: bool  # or else they are left out where they cannot be measured
    statistics: str  # that batch norm works on; empty: what each run says
    protocol: Protocol | None = None  # none of named runs

    @property
    def members(self) -> list[StudyRun]:
        """All runs, lineup by lineup."""
        return [member for lineup in self.lineups for member in lineup.members]


def of_runs(group: Sequence[runs.Run], directory: Path, options: EvalOptions) -> Study:
    """Returns named runs as a study, all side by side.

    Raises:
        UserError: a run has no checkpoint, or not the step that is asked for.
    """
    chosen = step_selection.select(moments(group), options.step)
    members = []
    for place, run in enumerate(group):
        steps = sorted({checkpoints[place] for checkpoints in chosen.values()})
        measured = step_selection.evenly(steps, MOST_MEASURED)
        seed, wanted = run.config["seed"], run.config["steps"]
        members.append(StudyRun(run.name, seed, run, wanted, measured))
    return Study(
        name="+".join(run.name for run in group),
        directory=directory,
        lineups=[Lineup(members, chosen)],
        planned={run.name: 1 for run in group},
        metric_flags=options.metric_flags,
        needs_metrics=options.metric_flags != MetricFlags(),
        statistics=options.statistics,
    )


def moments(group: Sequence[runs.Run]) -> Moments:
    """Returns every step at which one of the runs has a checkpoint, and all of theirs.

    Raises:
        UserError: a run has none.
    """
    return step_selection.align([runs.saved(run) for run in group])


def of_protocol(folder: Path, directory: Path, options: EvalOptions) -> Study:
    """Returns the study of a folder, as far as it was trained, each run by itself.

    Raises:
        UserError: the protocol or a run was changed, or nothing is trained yet.
    """
    protocol = load(folder)
    members = started(protocol, folder)
    if not any(m.run.checkpoints() or m.run.not_finite for m in members):
        raise UserError(
            f"study {protocol.name!r} has no checkpoint yet: wait, or train it further"
        )
    flags = dataclasses.replace(
        MetricFlags.of(protocol.evaluation["flags"]),
        eval_seed=protocol.sample_seed,
        inception=options.inception,
    )
    return Study(
        name=protocol.name,
        directory=directory,
        lineups=[Lineup([m], {step: (step,) for step in m.measured}) for m in members],
        planned=dict.fromkeys(protocol.entries, len(protocol.seeds)),
        metric_flags=flags,
        needs_metrics=True,
        statistics=protocol.evaluation.get("statistics") or "",
        protocol=protocol,
    )


def started(protocol: Protocol, folder: Path) -> list[StudyRun]:
    """Returns the runs of a study that were started, which are what it says."""
    members = []
    for member in protocol.members():
        run = runs.Run(folder, member.name)
        if not run.config_file.exists():
            continue
        protocol.check(member, run)
        entry = protocol.entries[member.entry]
        steps = [step for step in run.checkpoints() if step in entry["evaluated"]]
        members.append(StudyRun(member.entry, member.seed, run, entry["steps"], steps))
    return members
