"""What rules read is copied from the runs."""

import json

import numpy as np
from PIL import Image
from run_config import CONFIG, ENTRY, PROTOCOL

from evaluation.findings import keeping, readings
from training.study import protocol

CONTENT = PROTOCOL | {"seeds": [0, 1], "entries": {"a": ENTRY, "b": ENTRY}}


def samples(grey):
    return np.full((16, 8, 8, 1), grey, np.float32)


def test_protocol_logs_and_first_latents_are_kept(tmp_path):
    """Of the runs that were started; pictures of the first seed and last checkpoint."""
    folder, directory = tmp_path / "summary", tmp_path / "assets"
    protocol.Protocol(CONTENT).save(folder)
    for seed in (0, 1):
        for step, grey in ((10, -1.0), (20, 1.0)):
            checkpoint = folder / f"a-seed{seed}" / "checkpoints" / f"{step:08d}"
            checkpoint.mkdir(parents=True)
            np.save(checkpoint / "samples.npy", samples(grey))
        config = CONFIG | {"image_shape": [8, 8, 1]}
        (folder / f"a-seed{seed}" / "config.json").write_text(json.dumps(config))
        log = folder / f"a-seed{seed}" / "metrics.jsonl"
        log.write_text(json.dumps({"step": seed, "time": 1}) + "\n")

    kept = keeping.keep(folder, directory)
    names = [path.relative_to(directory).as_posix() for path in kept]
    assert names == [
        "protocol.json",
        "logs/a-seed0.jsonl",
        "a.png",
        "logs/a-seed1.jsonl",
    ]
    assert protocol.load(directory).hash == protocol.load(folder).hash
    assert json.loads((directory / readings.LOGS / "a-seed1.jsonl").read_text())
    assert np.asarray(Image.open(directory / "a.png")).min() > 200
