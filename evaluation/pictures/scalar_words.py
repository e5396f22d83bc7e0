"""What the numbers of metrics.jsonl are, in words, for titles and legends."""

import re
from typing import NamedTuple

SIDES = ("D", "G", "real", "fake")  # the first curves of a legend
SIDE_PARTS = {"d", "g", "real", "fake"}  # d_noise and g_noise share a panel: "noise"


class Words(NamedTuple):
    """The panel that a number is drawn in, and which of the panel's curves it is."""

    panel: str
    curve: str = ""  # "" where it is the only one
    alone: str = ""  # the title of a panel that has no other number
    is_share: bool = False  # whether it lies within 0 and 1

    @property
    def title(self) -> str:
        """The title of a panel of this number alone."""
        return self.alone or (
            f"{self.panel}: {self.curve}" if self.curve else self.panel
        )


WORDS = {
    "d_loss": Words("losses", "D", "D's loss"),
    "g_loss": Words("losses", "G", "G's loss"),
    "d_loss_real": Words("parts of D's loss", "real"),
    "d_loss_fake": Words("parts of D's loss", "fake"),
    "d_real": Words("D's mean output", "real"),
    "d_fake": Words("D's mean output", "fake"),
    "diversity": Words("diversity of samples (real images: 1)"),
    "movement": Words("how far samples move (distance of two real images: 1)"),
    "auc": Words("chance that D tells a real image from a fake one", is_share=True),
    "d_lr": Words("learning rates", "D", "D's learning rate"),
    "g_lr": Words("learning rates", "G", "G's learning rate"),
    "gp": Words("gradient penalty"),
    "w_dist": Words("estimate of the Wasserstein distance"),
    "balance": Words("BEGAN: balance, gamma L(x) - L(G(z))"),
    "m": Words("BEGAN: M, the measure of convergence"),
    "k": Words("BEGAN: k", is_share=True),
    "constraint": Words("BEGAN-CS: constraint on the codes"),
    "pt": Words("EBGAN: pull-away term"),
    "pt_loss": Words("EBGAN: pull-away term, weighted, in G's loss"),
    "class_real": Words("error of the classes that D reads", "real"),
    "class_fake": Words("error of the classes that D reads", "fake"),
    "g_class": Words("error of the classes that D reads", "G"),
    "loss": Words("VAE: loss", "sum"),
    "reconstruction_loss": Words("VAE: loss", "reconstruction"),
    "kl": Words("VAE: loss", "KL divergence"),
    "lr": Words("learning rate"),
    "g_gan": Words("G's adversarial loss"),
    "l1": Words("mean absolute error of G's images"),
}
# Names with a part that varies: a code, a direction, a domain, an extractor.
PATTERNS = {
    r"q_(.+)": ("InfoGAN: error of the codes that Q reads", "{}"),
    r"g_gan_(\w)to(\w)": ("G's adversarial loss", "{} to {}"),
    r"g_cycle_(\w)to(\w)": ("CycleGAN: error after there and back", "{} to {}"),
    r"g_identity_(\w)to(\w)": ("CycleGAN: error of keeping an image", "{} to {}"),
    r"d_([ab])": ("D's loss by domain", "real {}"),
    r"d_fake_([ab])": ("D's loss by domain", "fake {}"),
    r"fid_(.+)": ("FID ({}) during training", ""),
    r"kid_(.+)": ("KID ({}) during training", ""),
}


def words_of(scalar: str) -> Words:
    """Returns a number's words; one that is not known keeps its name."""
    if scalar in WORDS:
        return WORDS[scalar]
    for pattern, (panel, curve) in PATTERNS.items():
        if match := re.fullmatch(pattern, scalar):
            return Words(panel.format(*match.groups()), curve.format(*match.groups()))
    return Words(group(scalar), scalar, scalar)


def group(scalar: str) -> str:
    """Returns what a number is about, whichever side it is of: `d_noise` -> `noise`."""
    parts = re.split(r"[_/]", scalar)
    return "_".join(part for part in parts if part not in SIDE_PARTS) or parts[0]
