"""The forms of a run's JSON files: config.json, identity.json, metrics.jsonl lines."""

import dataclasses
from typing import Annotated, Any, ClassVar, Literal

from common.forms import Count, Name, Range, Seconds
from training.settings import BOUNDS

MOST_CLASSES = 100_000

Seed = Annotated[int, BOUNDS["seed"]]
Batch = Annotated[int, BOUNDS["batch_size"]]
Steps = Annotated[int, BOUNDS["steps"]]
Threads = Annotated[int, BOUNDS["threads"]]
Side = Annotated[int, Range(1, 4096)]  # of an image; points are of one pixel
Shape = tuple[Side, Side, Annotated[int, Range(1, 4)]]
# A model's Config; what its values may be, models.create says.
Options = dict[str, str | bool | int | float]


@dataclasses.dataclass
class TrainingData:
    """The dataset that a run is trained on."""

    name: Name
    count: Count
    fingerprint: str


@dataclasses.dataclass
class Watch:
    """How a run is watched, and cut into calls."""

    num_epochs: float
    log_step: Steps
    sample_step: Steps
    ckpt_step: Steps
    eval_every: Count
    steps_per_call: Steps
    keep: Count
    strategy: str


@dataclasses.dataclass
class Environment:
    """What bits depend on besides the configuration, as far as it is read again."""

    intra_op_threads: Threads = 0
    gpu_indices: list[Count] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class RunConfig:
    """config.json: everything that a run is."""

    model: Name
    config: Options
    image_shape: Shape
    num_classes: Annotated[int, Range(0, MOST_CLASSES)]
    dataset: TrainingData
    steps: Steps
    replicas: Annotated[int, Range(1, 10_000)]
    batch_size: Batch
    seed: Seed
    precision: str
    xla: str
    deterministic: bool
    watch: Watch
    environment: Environment
    evaluated: dict[str, Any] | None = None
    rates_reach_0_at: Steps | None = None


@dataclasses.dataclass
class Identity:
    """identity.json: what a checkpoint is a checkpoint of."""

    step: Count
    model: Name
    config: Options
    image_shape: Shape


def identity(config: dict[str, Any]) -> dict[str, Any]:
    """Returns what checkpoints of a run with this config.json are of."""
    return {key: config[key] for key in ("model", "config", "image_shape")}


@dataclasses.dataclass
class LogLine:
    """A line of metrics.jsonl: scalars by name, or what befell the run."""

    step: Count
    time: Seconds
    mark: Literal["collapse", "not finite"] | None = None
    since: Count | None = None
    cause: str | None = None
    OTHERS: ClassVar[Any] = float
