"""DRAGAN, "On Convergence and Stability of GANs": Kodali et al., 2017.

arXiv:1705.07215. A penalty holds the slope of the discriminator's logit at 1 around the
real images.

Departs from the paper, as tf.gans-comparison does: the gradient's norm is taken over
image height alone (`norm=image` is the paper's), noise U[0, 1) of the images' own
deviation with a factor of either sign (`perturbation=one_sided`: the factor U[0, 1) of
the authors' code; `normal`: N(0, noise^2 I), which is the paper's N(0, c I), where c is
a variance), the perturbed images are clipped (`clip=false`), one z for both updates
(`fresh_z=true`).
"""

import dataclasses
from typing import Literal

import tensorflow as tf

from models.base import objectives
from models.base.adversarial import AdversarialModel
from models.networks import layers


class DRAGAN(AdversarialModel):
    """DCGAN's nets without batch norm, and a penalty around real data."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        g_norm: layers.Norm = "none"
        d_norm: layers.Norm = "none"
        d_lr: float = 1e-4
        g_lr: float = 1e-4
        beta_2: float = 0.9
        gp_weight: float = 10.0  # paper, section 2.4: lambda
        noise: float = 0.5  # tf.gans-comparison: C
        norm: Literal["height", "image"] = "height"
        perturbation: Literal["two_sided", "one_sided", "normal"] = "two_sided"
        clip: bool = True

    def real_loss(self, real_logits):
        """Returns E[-log D(x)]."""
        return objectives.cross_entropy(real_logits, 1.0)

    def fake_loss(self, fake_logits):
        """Returns E[-log(1 - D(G(z)))]."""
        return objectives.cross_entropy(fake_logits, 0.0)

    def perturbed(self, real):
        """Returns x^ = x + alpha C std(x) u, u ~ U[0, 1), alpha ~ U[-1, 1) per image.

        Other forms by `perturbation`, see above. [B, H, W, C].
        """
        c = self.config
        shape = tf.shape(real)
        if c.perturbation == "normal":
            x_hat = real + c.noise * self.rng.normal(shape, dtype=real.dtype)
        else:
            mean = objectives.batch_mean(real)
            deviation = tf.sqrt(objectives.batch_mean(tf.square(real - mean)))
            delta = c.noise * deviation * self.rng.uniform(shape, dtype=real.dtype)
            low = -1.0 if c.perturbation == "two_sided" else 0.0
            alpha = self.rng.uniform((shape[0], 1, 1, 1), low, 1.0, real.dtype)
            x_hat = real + alpha * delta

        black = -1.0 if c.pixels == "signed" else 0.0
        return tf.clip_by_value(x_hat, black, 1.0) if c.clip else x_hat

    def penalty(self, batch, real, fake, real_logits, fake_logits):
        """Returns lambda E[(|d logit/dx^| - 1)^2], the norm by `norm`."""
        axes = [1] if self.config.norm == "height" else [1, 2, 3]
        gradient = objectives.input_gradient(self.d, self.perturbed(real))
        gp = self.config.gp_weight * objectives.gradient_penalty(gradient, axes)
        return gp, {"gp": gp}

    def generator_loss(self, fake_logits, batch):
        """Returns E[-log D(G(z))]."""
        return objectives.cross_entropy(fake_logits, 1.0), {}
