"""A study's runs, measured by its protocol: tables, CSV, Markdown and the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tqdm

from common import files
from common.errors import UserError
from datasets.info import Info
from evaluation import features, snapshots, training_data
from evaluation.measure import comparison, plans, results, run_metrics
from evaluation.memorisation import neighbours, search
from evaluation.report import commands, content, page, panels, run_page, tables
from training import runs
from training.study import protocol

SAMPLES, NEAREST = 4, 3  # of an entry, and training images nearest to each


def evaluate(
    summary: Path, directory: Path, data_dir: Path, inception: Path | None
) -> tuple[list[Path], list[content.Table]]:
    """Measures and draws the study of a folder; what was made, and its tables.

    What was measured before is taken over, so a killed evaluation goes on.

    Raises:
        UserError: the protocol or a run was changed, nothing is trained yet, or the
            data or the extractor are others than the protocol's.
    """
    written = protocol.load(summary)
    started = [
        (member, run)
        for member in written.members()
        if (run := runs.Run(summary, member.name)).config_file.exists()
    ]
    if not any(run.checkpoints() or run.not_finite for _, run in started):
        raise UserError(
            f"study {written.name!r} has no checkpoint yet: wait, or train it further"
        )
    for member, run in started:
        written.check(member, run)
    info = training_data.needed(started[0][1], data_dir)
    gallery = Gallery(written, info, started, directory, data_dir, inception)
    gallery.fill()
    planned = dict.fromkeys(written.entries, len(written.seeds))
    found = comparison.compare(gallery.outcomes, planned)
    shown = tables.titled(found, written.name)
    texts = {
        "table.csv": tables.as_csv(found),
        "table.md": "\n".join(map(tables.as_markdown, shown)),
        "index.html": page.html(gallery.page(shown)),
    }
    written_files = [files.write(directory / k, text) for k, text in texts.items()]
    return [directory / results.METRICS_FILE, *written_files], shown


class Gallery:
    """The runs of a study, looked at one after the other."""

    def __init__(
        self,
        written: protocol.Protocol,
        info: Info,
        started: Sequence[tuple[protocol.Member, runs.Run]],
        directory: Path,
        data_dir: Path,
        inception: Path | None,
    ):
        self.written, self.info, self.started = written, info, started
        self.directory, self.data_dir = directory, data_dir
        self.summary_dir = started[0][1].directory.parents[1]
        flags = plans.MetricFlags.of(written.evaluation["flags"])
        flags = dataclasses.replace(
            flags, eval_seed=written.sample_seed, inception=inception
        )
        self.measurer = run_metrics.measurer(info, flags, data_dir)
        plan = self.measurer.plan
        expected = written.evaluation["extractor_hash"]
        if self.measurer.extractor.digest != expected:
            raise UserError(
                f"the protocol measures by {plan.extractor} {expected[:12]}, and here "
                f"it is {self.measurer.extractor.digest[:12]}: bring back the one it "
                "began with, or start the study over with --renew"
            )
        self.file = results.MetricsFile(directory)
        self.outcomes: list[comparison.Outcome] = []
        self.tracks: list[content.Track] = []
        self.walks: list[content.Picture] = []
        self.samples: dict[str, np.ndarray] = {}  # of each entry's first seed

    def fill(self) -> None:
        """Measures and draws every run that was started."""
        for member, run in tqdm.tqdm(self.started, "runs", disable=None):
            planned = self.written.entries[member.entry]
            steps = [s for s in run.checkpoints() if s in planned["evaluated"]]
            snapshot = snapshots.Snapshot(run) if steps else None
            model = snapshot.model if snapshot else run.load_model()
            recorder = run_metrics.Recorder(run, model, self.measurer, self.file, steps)
            if snapshot:
                run_metrics.record(snapshot, recorder)
            recorder.save()
            place = member.entry, member.seed, planned["steps"]
            self.outcomes += run_metrics.outcomes(run, model, [recorder.series], *place)
            if snapshot:
                self.draw(snapshot, member, steps)

    def draw(
        self,
        snapshot: snapshots.Snapshot,
        member: protocol.Member,
        steps: Sequence[int],
    ) -> None:
        """A run's track; of an entry's first run also a walk and samples."""
        title, seed = f"{member.entry}, seed {member.seed}", self.written.sample_seed
        self.tracks.append(panels.track(snapshot, steps, seed, title))
        if member.entry not in self.samples:
            self.walks.append(panels.walk(snapshot, seed, title))
            z = np.asarray(snapshot.model.probe(panels.COMPANY, seed))
            self.samples[member.entry] = snapshot.draw(z)[:SAMPLES]

    def page(self, shown: Sequence[content.Table]) -> content.Page:
        """The report."""
        lines: dict[str, dict[str, list]] = {}
        for member, run in self.started:
            lines.setdefault(member.entry, {})[run.name] = run.metrics()
        marks = panels.marks(self.outcomes)
        return content.Page(
            f"Study {self.written.name}",
            self.about(),
            shown,
            panels.metric_panels(self.outcomes)
            + panels.scalar_panels(lines, ("diversity", "auc"), marks),
            panels.thinned(self.tracks),
            self.walks,
            self.neighbours(),
            [
                ("Protocol", runs.flat(self.written.content)),
                *run_page.certified(self.outcomes),
            ],
            commands.of_study(
                self.written, self.summary_dir, self.data_dir, self.directory.parent
            ),
        )

    def about(self) -> list[str]:
        """What was done, in words."""
        w, members = self.written, list(self.written.members())
        dataset = w.content["dataset"]
        said = [
            f"{len(w.entries)} entries under {len(w.seeds)} seeds on {dataset['name']} "
            f"({dataset['count']:,} images of {dataset['image_shape'][0]} px). The "
            f"protocol {w.hash[:12]} was written before training.",
            "Samples are the first ones of latents whose seed follows from the "
            "protocol's hash; the same for all models with the same prior.",
        ]
        jobs = w.content.get("watch", {}).get("jobs", 1)
        said.append(f"Minutes are of a training with {jobs} at a time on the machine.")
        done = sum(o.step == o.steps for o in self.outcomes)
        if done < len(members):
            said.append(f"{done} of {len(members)} runs have reached their end.")
        return said

    def neighbours(self) -> list[content.Picture]:
        """Each entry's first samples beside the training images nearest to them."""
        drawn = {k: x for k, x in self.samples.items() if np.isfinite(x).all()}
        if not drawn:
            return []
        seen_by = features.create(features.default(self.info), self.info, self.data_dir)
        spaces = {"pixels": search.pixels, seen_by.name: lambda x: seen_by(x).features}
        queries = np.concatenate(list(drawn.values()))
        found = search.nearest(queries, self.info, spaces, NEAREST)
        tiles = neighbours.pictures(self.info, found)
        pictures = []
        for number, (entry, samples) in enumerate(drawn.items()):
            own = slice(number * SAMPLES, (number + 1) * SAMPLES)
            columns = [samples[:, np.newaxis], *(near[own] for near in tiles.values())]
            rows = np.concatenate(columns, axis=1)  # [samples, 1 + 2 k, H, W, C]
            picture = panels.png(rows.reshape(-1, *rows.shape[2:]), rows.shape[1])
            title = f"{entry} and the nearest in {', in '.join(found)}"
            pictures.append(content.Picture(title, picture, title))
        return pictures
