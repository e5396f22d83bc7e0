"""A kept study of two entries under two seeds, with numbers made by hand."""

import json

import fake_metrics
from run_config import ENTRY, PROTOCOL

from evaluation.findings import readings
from training.study import protocol

LENGTH = {"batch_size": 30, "steps": 20, "images": 600, "evaluated": [10, 20]}
CONTENT = PROTOCOL | {
    "dataset": PROTOCOL["dataset"] | {"count": 100},  # 3 whole batches: 90 an epoch
    "seeds": [3, 4],
    "entries": {"a": ENTRY | LENGTH, "b": ENTRY | LENGTH},
}
FIDS = {"a-seed3": (9, 2), "b-seed3": (9, 4), "a-seed4": (9, 3), "b-seed4": (9, 3.5)}
MARK = {"step": 15, "mark": "not finite", "since": 15, "cause": "d_loss is nan"}
LINES = [{"step": 5, "loss": 7.0}, {"step": 20, "loss": 1.0}]


class Kept:
    """Writes a kept study, and opens it."""

    def __init__(self, directory):
        self.directory = directory
        (directory / readings.LOGS).mkdir(parents=True)
        protocol.Protocol(CONTENT).save(directory)
        self.by_run = {run: {10: a, 20: b} for run, (a, b) in FIDS.items()}
        for run in FIDS:
            self.log(run, LINES)
        self.save()

    def log(self, run, lines):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.directory / readings.LOGS / f"{run}.jsonl").write_text(text)

    def save(self):
        content = {
            run: fake_metrics.series(
                {step: {"fid": value} for step, value in by_step.items()}, {"fid": 0.5}
            ).to_json()
            for run, by_step in self.by_run.items()
        }
        (self.directory / "metrics.json").write_text(json.dumps(content))

    def open(self, unit="steps"):
        return readings.KeptStudy(self.directory, unit)
