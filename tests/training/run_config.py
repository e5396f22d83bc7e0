"""A config.json and a protocol.json, of runs that were never trained."""

WATCH = {
    "num_epochs": 20.0,
    "log_step": 10,
    "sample_step": 20,
    "ckpt_step": 20,
    "eval_every": 0,
    "steps_per_call": 50,
    "keep": 0,
    "strategy": "auto",
}
CONFIG = {
    "model": "dcgan",
    "config": {"margin": 20.0},
    "image_shape": [28, 28, 1],
    "num_classes": 0,
    "dataset": {"name": "digits", "count": 64, "fingerprint": "f"},
    "steps": 100,
    "replicas": 1,
    "batch_size": 16,
    "seed": 0,
    "precision": "float32",
    "xla": "auto",
    "deterministic": False,
    "watch": WATCH,
    "environment": {"cores": 2},
}
# A study's member, and the entry and protocol that it belongs to.
MEMBER = CONFIG | {"model": "gan", "config": {"z_dim": 4}, "batch_size": 8, "steps": 10}
ENTRY = {
    **{key: MEMBER[key] for key in ("model", "config", "batch_size", "steps")},
    "evaluated": [5, 10],
}
EVALUATION = {
    "metric": "fid_random",
    "extractor_hash": "e",
    "real_images": 30,
    "flags": {"extractor": "random", "eval_samples": 30},
}
PROTOCOL = {
    "study": "s",
    "dataset": CONFIG["dataset"] | {"image_shape": [28, 28, 1]},
    "seeds": [0],
    "entries": {"gan": ENTRY},
    "training": {"precision": "float32"},
    "evaluation": EVALUATION,
    "watch": {"log_step": 5},
}
