"""GANs whose discriminator also reads off an image the codes that it was made from."""

import dataclasses

import keras
import tensorflow as tf

from models import networks
from models.base import objectives
from models.base.adversarial import AdversarialModel
from models.base.generative import Batch, Logs


class CodedModel(AdversarialModel):
    """The non-saturating GAN with a head for each code beside the verdict.

    Verdicts are [B, 1 + numbers of the codes]: a logit, then for a categorical code its
    logits, for a continuous one the mean of a normal distribution of deviation 1.
    """

    @dataclasses.dataclass(frozen=True)
    class Config(AdversarialModel.Config):
        """Nothing of its own."""

    def create_networks(self, nets: networks.Nets) -> tuple[keras.Model, keras.Model]:
        outputs = 1 + sum(code.size for code in self.codes)
        return networks.create(
            nets, self.image_shape, self.config, self.inputs, outputs=outputs
        )

    def real_loss(self, verdicts):
        """E[-log D(x)]."""
        return objectives.cross_entropy(verdicts[:, :1], 1.0)

    def fake_loss(self, verdicts):
        """E[-log(1 - D(G(z, c)))]."""
        return objectives.cross_entropy(verdicts[:, :1], 0.0)

    def average(self, verdicts):
        return objectives.batch_mean(verdicts[:, :1])

    def code_losses(self, verdicts: tf.Tensor, batch: Batch) -> Logs:
        """E[-log q(c | image)] of each code by its name, without constants.

        The codes are those in the batch's `z`.
        """
        losses, start = {}, 1
        for code in self.codes:
            said, true = (
                verdicts[:, start : start + code.size],
                batch["z"][:, code.span],
            )
            start += code.size
            if code.kind == "categorical":
                loss = tf.nn.softmax_cross_entropy_with_logits(true, said)
            else:
                loss = tf.reduce_sum(tf.square(true - said), axis=1) / 2
            losses[code.name] = objectives.batch_mean(loss)
        return losses
