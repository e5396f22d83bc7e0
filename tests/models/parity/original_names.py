"""What the original code calls its variants, scalars and outputs, and ours."""

import re

import numpy as np
import tensorflow as tf

VARIANTS = {
    "dcgan": ("dcgan", {}),
    "lsgan": ("lsgan", {}),
    "wgan": ("wgan", {}),
    "wgan_clip_first": ("wgan", {"clip_order": "before"}),
    "wgan_gp_good": ("wgan-gp", {}),
    "wgan_gp_dcgan": ("wgan-gp", {"net": "dcgan"}),
    "ebgan_pt0.1": ("ebgan", {}),
    "ebgan_pt0": ("ebgan", {"pt_weight": 0.0}),
    "ebgan_margin60": ("ebgan", {"margin": 60.0}),
    "began": ("began", {}),
    "began_k0.5": ("began", {"k0": 0.5}),
    "dragan": ("dragan", {}),
    "coulombgan": ("coulomb", {}),
}
# The original's names for scalars, where lower case is not enough.
SCALARS = {
    "C_loss": "d_loss",
    "D_real_energy": "d_real",
    "D_fake_energy": "d_fake",
    "D_fake_hinge": "d_loss_fake",
}
# What a network puts out, by the original's name: (which input, which output).
OUTPUTS = {
    "D_real": ("real", 0),
    "D_fake": ("fake", 0),
    "D_real_logits": ("real", 0),
    "D_fake_logits": ("fake", 0),
    "C_real": ("real", 0),
    "C_fake": ("fake", 0),
    "x_recon_real": ("real", 0),
    "x_recon_fake": ("fake", 0),
    "D_real_latent": ("real", 1),
    "D_fake_latent": ("fake", 1),
    "C_xhat": ("x_hat", 0),
    "D_xhat_logits": ("x_hat", 0),
}
# Scalars that are differences, and what of our logs they are taken from.
TAKEN_FROM = {
    "D_fake_hinge": ("d_fake",),
    "W_dist": ("d_real", "d_fake"),
    "C_loss": ("d_real", "d_fake"),
    "balance": ("d_real", "d_fake"),
}


def named(known: dict[str, tf.Tensor], key: str) -> np.ndarray:
    """A tensor by the original's name; those of the penalty are its C_... or D_..."""
    if key.endswith("_prob"):
        return tf.sigmoid(known[key.replace("_prob", "_logits")]).numpy()
    inner = re.sub("^[CD]_", "", key)
    return known[key if key in known else inner].numpy()


def magnitude(key: str, logs: dict[str, tf.Tensor]) -> float:
    """The largest number that a scalar is a difference of; 0: it is none.

    Where both are nearly equal, their relative errors are large in the difference.
    """
    return max((abs(float(logs[k])) for k in TAKEN_FROM.get(key, ())), default=0.0)


def rate(published: float | str, own: float) -> float:
    """A file's learning rate; where it is a text ("schedule: ..."), the model's own."""
    return own if isinstance(published, str) else published
