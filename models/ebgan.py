"""EBGAN: Zhao, Mathieu and LeCun, 2016, arXiv:1609.03126.

"Energy-based Generative Adversarial Network".

The energy is the norm of the reconstruction error, as in the paper; `energy=mse` is
its mean square, which takes a margin below 1.

Departs from the paper, as tf.gans-comparison does: the hinge acts on the batch's mean
energy (`hinge=sample` is the paper's), one z for both updates (`fresh_z=true`).
"""

import dataclasses
from typing import Literal

import tensorflow as tf

from models.base import objectives
from models.base.autoencoding import EnergyModel


class EBGAN(EnergyModel):
    """The discriminator is an autoencoder; its reconstruction error is an energy."""

    @dataclasses.dataclass(frozen=True)
    class Config(EnergyModel.Config):
        """Defaults of tf.gans-comparison."""

        d_lr: float = 1e-3
        g_lr: float = 1e-3
        margin: float = 20.0
        pt_weight: float = 0.1  # 0 switches the term off
        hinge: Literal["batch", "sample"] = "batch"

    least_batch = 2  # the pulling-away term is of pairs

    def real_loss(self, verdicts):
        """E[e(x)]."""
        return self.average(verdicts)

    def fake_loss(self, verdicts):
        """max(0, m - E[e(G(z))]), or E[max(0, m - e(G(z)))] by `hinge`."""
        margin = self.config.margin
        if self.config.hinge == "sample":
            return self.average(tf.nn.relu(margin - verdicts))
        return tf.nn.relu(margin - self.average(verdicts))

    def generator_loss(self, batch):
        """E[e(G(z))] + pt_weight PT(codes of G(z))."""
        energies, codes = self.encoded(self.generated(batch))
        pt = objectives.pull_away(codes)
        pt_loss = self.config.pt_weight * pt
        return self.average(energies) + pt_loss, {"pt": pt, "pt_loss": pt_loss}
