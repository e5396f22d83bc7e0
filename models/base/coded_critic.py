"""Discriminators that also predict the codes or labels an image was made from."""

from collections.abc import Sequence

import tensorflow as tf

from models.base import objectives
from models.base.codes import Code
from models.base.critic import Critic
from models.base.generative import Batch, Logs


class CodedCritic(Critic):
    """A discriminator with a head for each code beside its logit.

    It says [B, 1 + numbers of the codes]: a logit, then for a categorical code its
    logits, for a continuous one the mean of a normal distribution of deviation 1.
    """

    def __init__(self, codes: Sequence[Code]):
        self.codes = codes
        self.outputs = 1 + sum(code.size for code in codes)

    def mean(self, d: tf.Tensor) -> tf.Tensor:
        return objectives.batch_mean(d[:, :1])

    def code_losses(self, d: tf.Tensor, batch: Batch) -> Logs:
        """Returns E[-log q(c | image)] of each code by its name, without constants.

        The codes are those in the batch's `z`.
        """
        losses = {}
        start = 1
        for code in self.codes:
            read = d[:, start : start + code.size]  # [B, size]
            true = batch["z"][:, code.span]
            if code.kind == "categorical":
                loss = tf.nn.softmax_cross_entropy_with_logits(true, read)  # [B]
            else:
                loss = tf.reduce_sum(tf.square(true - read), axis=1) / 2
            losses[code.name] = objectives.batch_mean(loss)
            start += code.size
        return losses
