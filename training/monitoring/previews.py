"""What TensorBoard shows of a run beside its scalars: images and histograms."""

import functools

import keras
import numpy as np
import tensorflow as tf

from datasets.info import Info
from datasets.pipeline import loader
from models.base.generative import Batch, GenerativeModel, Logs
from training.monitoring import logs
from training.settings import Settings

GRID = 16  # images of the fixed probe in a grid
TRANSLATED = 4  # images that a translator shows
REAL = {"image": "real", "a": "real_a", "b": "real_b"}


class Pictures:
    """The same examples through a whole run."""

    def __init__(self, model: GenerativeModel, info: Info, settings: Settings):
        self.model, self.info, self.settings = model, info, settings

    @functools.cached_property
    def fixed(self) -> Batch:
        """Examples with their images as floats.

        Of a translation they are held out; of other models they are the first
        minibatch.
        """
        if self.model.directions:
            batch = loader.preview(self.info, TRANSLATED)
        else:
            s, reads = self.settings, self.model.reads
            batches = loader.batches(self.info, s.batch_size, s.seed, reads=reads)
            batch = next(iter(batches))
        return loader.rescale(batch, keras.config.floatx())

    @property
    def real(self) -> np.ndarray | None:
        """As many real images as `draw` gives samples; None: a translator's."""
        return self.fixed["image"][:GRID].numpy() if "image" in self.fixed else None

    def first(self, to: logs.Logs) -> None:
        """Real images, at step 0."""
        if self.model.of_points:
            return
        for key, name in REAL.items():
            if key in self.fixed:
                to.images(0, name, self.fixed[key][:GRID])

    def draw(
        self, to: logs.Logs, step: int
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """The fixed examples' images, and histograms.

        Returns:
            The probe's samples [N, H, W, C], None of a translator; what is in the
            histograms.
        """
        few = {key: value[:GRID] for key, value in self.fixed.items()}
        drawn = as_floats(self.model.pictures(few))
        if not self.model.of_points:
            for name, images in drawn.items():
                to.images(step, name, images)
        watched = as_floats(self.model.histograms(self.fixed))
        to.histograms(step, watched)
        return drawn.get("samples"), watched


def as_floats(tensors: Logs) -> dict[str, np.ndarray]:
    """As float32, whatever the precision that they were computed in."""
    return {name: tf.cast(x, "float32").numpy() for name, x in tensors.items()}
