"""What TensorBoard shows of a run beside its scalars: images and histograms."""

import functools

import keras
import numpy as np
import tensorflow as tf

from datasets.info import Info
from datasets.pipeline import loader
from models.base import pixels
from models.base.generative import Batch, GenerativeModel, Logs
from training import loop
from training.monitoring import logs
from training.settings import Settings

PROBED = 16  # images of the fixed probe in a grid
TRANSLATIONS = 4  # images that a translator shows
REAL_NAMES = {"image": "real", "a": "real_a", "b": "real_b"}


class Previews:
    """The same examples through a whole run."""

    def __init__(self, model: GenerativeModel, info: Info, settings: Settings):
        self.model, self.info, self.settings = model, info, settings

    @functools.cached_property
    def fixed(self) -> Batch:
        """Examples with their images as floats.

        Of a translation they are held out; of other models they are the first
        minibatch.
        """
        if self.model.kind == "translations":
            batch = loader.preview(self.info, TRANSLATIONS)
        else:
            s, reads = self.settings, self.model.reads
            batches = loader.batches(self.info, s.batch_size, s.seed, reads=reads)
            batch = next(iter(batches))
        return pixels.rescale(batch, keras.config.floatx())

    @property
    def real(self) -> np.ndarray | None:
        """As many real images as `draw` gives samples; None: a translator's."""
        return self.fixed["image"][:PROBED].numpy() if "image" in self.fixed else None

    def first(self, to: logs.RunLog) -> None:
        """Shows real images, and what the model draws before its first update."""
        if self.model.kind != "points":
            for key, name in REAL_NAMES.items():
                if key in self.fixed:
                    to.images(0, name, self.fixed[key][:PROBED])
        self.draw(to, 0)

    def draw(
        self, to: logs.RunLog, step: int
    ) -> tuple[np.ndarray | None, dict[str, np.ndarray]]:
        """Shows the fixed examples' images, and histograms.

        Returns:
            The probe's samples [N, H, W, C], None of a translator; what is in the
            histograms.

        Raises:
            NotFiniteError: an image is not finite; its weights may still be.
        """
        few = {key: value[:PROBED] for key, value in self.fixed.items()}
        pictures = as_floats(self.model.pictures(few))
        for name, images in pictures.items():
            if not np.all(np.isfinite(images)):
                raise loop.NotFiniteError(f"a pixel of {name} is not finite", step)

        if self.model.kind != "points":
            for name, images in pictures.items():
                to.images(step, name, images)

        histograms = as_floats(self.model.histograms(self.fixed))
        to.histograms(step, histograms)
        return pictures.get("samples"), histograms


def as_floats(tensors: Logs) -> dict[str, np.ndarray]:
    """Returns tensors as float32, whatever precision they were computed in."""
    return {name: tf.cast(x, "float32").numpy() for name, x in tensors.items()}
