"""Named configurations: what the sources publish, one row each.

`python train.py --recipe ID --name RUN` trains one. Every value that a row does not
name is the model's default, which is tf.gans-comparison's.
"""

from dataclasses import dataclass, field
from typing import Any

from errors import UserError


@dataclass(frozen=True)
class Recipe:
    """A published configuration and what its author says came of it."""

    source: str  # repository or paper, section
    model: str
    dataset: str
    image_size: int
    finding: str
    overrides: dict[str, Any] = field(default_factory=dict)
    batch_size: int = 128
    num_epochs: float = 20.0


RECIPES = {
    "celeba-dcgan": Recipe(
        source="tf.gans-comparison, DCGAN, G_lr=2e-4",
        model="dcgan",
        dataset="celeba",
        image_size=64,
        finding="shown at 50k steps; a higher generator rate gives better results",
    ),
    "celeba-dcgan-g1e-3": Recipe(
        source="tf.gans-comparison, DCGAN, G_lr=1e-3",
        model="dcgan",
        dataset="celeba",
        image_size=64,
        overrides={"g_lr": 1e-3},
        finding="better than 2e-4, but the generator sometimes collapses",
    ),
    "celeba-dcgan-slow-d": Recipe(
        source="tf.gans-comparison, DCGAN, suggestion D_lr=5e-5, G_lr=2e-4",
        model="dcgan",
        dataset="celeba",
        image_size=64,
        overrides={"d_lr": 5e-5, "g_lr": 2e-4},
        finding="suggested as more stable; no picture is shown",
    ),
    "celeba-ebgan": Recipe(
        source="tf.gans-comparison, EBGAN, pt weight = 0.1",
        model="ebgan",
        dataset="celeba",
        image_size=64,
        finding="somewhat better than without the pulling-away term",
    ),
    "celeba-ebgan-nopt": Recipe(
        source="tf.gans-comparison, EBGAN, No pt loss",
        model="ebgan",
        dataset="celeba",
        image_size=64,
        overrides={"pt_weight": 0.0},
        finding="no mode collapse was seen without the term; PT shrinks by itself",
    ),
    "celeba-wgan": Recipe(
        source="tf.gans-comparison, WGAN",
        model="wgan",
        dataset="celeba",
        image_size=64,
        finding="the results are not impressive; the theory is",
    ),
    "celeba-wgan-paper": Recipe(
        source="arXiv:1701.07875, algorithm 1",
        model="wgan",
        dataset="celeba",
        image_size=64,
        overrides={"n_critic": 5, "d_lr": 5e-5, "fresh_z": True, "accumulator": 0.0},
        batch_size=64,
        finding="the paper's settings, which it used on LSUN bedrooms",
    ),
}


def find(name: str) -> Recipe:
    """The recipe of that name; a UserError lists them."""
    if name not in RECIPES:
        raise UserError(f"unknown recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]
