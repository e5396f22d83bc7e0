"""WGAN-GP: Gulrajani et al., 2017, arXiv:1704.00028.

"Improved Training of Wasserstein GANs". The critic has no batch norm, for the penalty
is of each image: layer norm in `net=resnet`, none in `net=dcgan`, instance norm in
GAN_package's `net=conv4`.

Layer norm's variance is TensorFlow's `moments`, as in the original: the second
derivatives that the penalty needs hold its mean constant.

Departs from the paper, as tf.gans-comparison does: one critic step with five times the
learning rate instead of five steps (`n_critic=5, d_lr=1e-4` is the paper's), one z for
both updates (`fresh_z=true`), a ReLU after both convolutions of a residual branch
(`branch_relu=false`).
"""

import dataclasses
from typing import ClassVar, Literal

import tensorflow as tf

from models import networks
from models.base import objectives
from models.base.adversarial import AdversarialModel

D_NORMS = {"resnet": "layer", "conv4": "instance"}


class WGANGP(AdversarialModel):
    """A penalty holds the critic's slope at 1 between real and fake images."""

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Defaults of tf.gans-comparison."""

        net: Literal[*networks.CRITICS] = "resnet"
        d_lr: float = 5e-4  # algorithm 1: alpha 1e-4, times 5 in tf.gans-comparison
        g_lr: float = 1e-4  # algorithm 1: alpha
        beta_1: float = 0.0  # algorithm 1
        beta_2: float = 0.9  # algorithm 1
        gp_weight: float = 10.0  # algorithm 1: lambda
        branch_relu: bool = True  # see above

    NETS: ClassVar = {
        name: nets._replace(d_norm=D_NORMS.get(name, "none"))
        for name, nets in networks.CRITICS.items()
    }

    def real_loss(self, real_scores):
        """Returns -E[C(x)]."""
        return -objectives.batch_mean(real_scores)

    def fake_loss(self, fake_scores):
        """Returns E[C(G(z))]."""
        return objectives.batch_mean(fake_scores)

    def penalty(self, batch, real, fake, real_scores, fake_scores):
        """Returns lambda E[(|dC/dx^| - 1)^2], x^ = e x + (1 - e) G(z), e ~ U[0, 1)."""
        epsilon = self.rng.uniform((tf.shape(real)[0], 1, 1, 1), dtype=real.dtype)
        x_hat = epsilon * real + (1 - epsilon) * fake  # [B, H, W, C]
        gradient = objectives.input_gradient(self.d, x_hat)
        gp = self.config.gp_weight * objectives.gradient_penalty(gradient, [1, 2, 3])
        return gp, {"gp": gp}

    def generator_loss(self, fake_scores, batch):
        """Returns -E[C(G(z))]."""
        return -objectives.batch_mean(fake_scores), {}

    def apply_d(self, gradients, logs):
        logs = super().apply_d(gradients, logs)
        return logs | {"w_dist": logs["d_real"] - logs["d_fake"]}
