"""Named configurations: what the sources publish, one row each.

`python train.py --recipe ID --name RUN` trains one. Every value that a row does not
name is the model's default, which the model's file explains. Sources:

- tf.gans-comparison: CelebA and LSUN at 64 pixels, 20 epochs unless a row says else;
- GAN ZOO (Generative_Adversarial_Network/ZOO): MNIST at 28 pixels, the Simpsons at 128;
- GAN_package: MNIST at 28 and 64 pixels;
- GAN_Theories: CelebA at 64 pixels, 500,000 steps, rates halved every 50,000;
- the papers, by their arXiv number, where their settings differ.

tf.gans-comparison's pixels are those of `convert.py celeba --resize legacy`; the
Simpsons are the user's own: `download.py simpsons --source DIR`.

Not reproduced: what tf.gans-comparison and GAN_Theories do with the last batch (a
crash; never used), GAN_Theories' unshuffled walk, its `cifar` loader in BEGAN's program
and its VAE that builds its decoder twice, GAN ZOO's LSGAN discriminator that may be
trained in the generator's step, has one update for real images and one for fake ones,
and draws images with replacement; the unbiased moving variance of PyTorch. GAN ZOO's
MNIST has 55,000 images; here it has 60,000.
"""

from dataclasses import dataclass, field
from typing import Any

from common.errors import UserError


@dataclass(frozen=True)
class Recipe:
    """A published configuration and what its author says came of it."""

    model: str
    dataset: str
    image_size: int
    source: str  # repository or paper, section
    finding: str
    overrides: dict[str, Any] = field(default_factory=dict)
    batch_size: int = 128
    num_epochs: float = 20.0
    steps: int | None = None  # instead of num_epochs


# GAN ZOO: images in [0, 1] against tanh generators, z uniform, tf.layers' batch norm
# whose averages move in every pass.
ZOO = {"pixels": "unit", "z": "uniform", "bn_epsilon": 1e-3, "moving": "always"}
ZOO_EBGAN = ZOO | {"margin": 2.0, "pt_weight": 0.0, "d_lr": 2e-4, "g_lr": 2e-4}
ZOO_BEGAN = ZOO | {
    "net": "mnist_began",
    "energy": "batch_l2",
    "lambda_k": 0.01,
    "z_dim": 100,
    "d_lr": 2e-4,
    "g_lr": 2e-4,
    "lr_decay": 1.0,
}
# GAN_package: PyTorch's initialisation and Adam, gamma around zero.
PACKAGE = {
    "net": "conv4",
    "init": "torch_normal",
    "bn_gamma": "around_zero",
    "bn_momentum": 0.9,
    "moving": "always",
    "optimizer": "torch_adam",
}
SAME_REAL_BATCH = {"n_critic": 5, "fresh_x": False}
# GAN_Theories: 3x3 nets, each image stretched to [0, 1], batch norm without gamma and
# on batch statistics in sampling too, normal initialisation, Adam's defaults.
THEORIES = {
    "net": "conv3",
    "pixels": "stretched",
    "z": "uniform",
    "init": "normal",
    "bn_gamma": "none",
    "bn_epsilon": 1e-3,
    "sampling": "batch",
    "lr_decay": 0.5,
    "lr_decay_steps": 50_000,
    "beta_1": 0.9,
    "d_lr": 1e-4,
    "g_lr": 1e-4,
}
THEORIES_BEGAN = THEORIES | {"simultaneous": True, "z_dim": 100, "lr_floor": 0.0}
# The authors' pix2pix: one pass of G in a step, biases at 0, gammas around 1.
ISOLA = {"one_pass": True, "init": "normal", "bn_gamma": "around_one"}

# fmt: off
RECIPES = {
    # tf.gans-comparison
    "celeba-dcgan": Recipe(
        "dcgan", "celeba", 64,
        source="tf.gans-comparison, DCGAN, G_lr=2e-4",
        finding="shown at 50k steps; a higher generator rate gives better results",
    ),
    "celeba-dcgan-g1e-3": Recipe(
        "dcgan", "celeba", 64,
        source="tf.gans-comparison, DCGAN, G_lr=1e-3",
        overrides={"g_lr": 1e-3},
        finding="better than 2e-4, but the generator sometimes collapses",
    ),
    "celeba-dcgan-slow-d": Recipe(
        "dcgan", "celeba", 64,
        source="tf.gans-comparison, DCGAN, suggestion D_lr=5e-5, G_lr=2e-4",
        overrides={"d_lr": 5e-5, "g_lr": 2e-4},
        finding="suggested as more stable; no picture is shown",
    ),
    "celeba-ebgan": Recipe(
        "ebgan", "celeba", 64,
        source="tf.gans-comparison, EBGAN, pt weight = 0.1",
        finding="somewhat better than without the pulling-away term",
    ),
    "celeba-ebgan-nopt": Recipe(
        "ebgan", "celeba", 64,
        source="tf.gans-comparison, EBGAN, No pt loss",
        overrides={"pt_weight": 0.0},
        finding="no mode collapse was seen without the term; PT shrinks by itself",
    ),
    "celeba-lsgan-z100": Recipe(
        "lsgan", "celeba", 64,
        source="tf.gans-comparison, LSGAN, z_dim=100",
        overrides={"z_dim": 100},
        finding="better than with z_dim 1024, which the paper uses",
    ),
    "celeba-lsgan-z1024": Recipe(
        "lsgan", "celeba", 64,
        source="tf.gans-comparison, LSGAN, z_dim=1024",
        finding="worse than with z_dim 100; shown at 30k steps",
    ),
    "celeba-wgan": Recipe(
        "wgan", "celeba", 64,
        source="tf.gans-comparison, WGAN",
        finding="the results are not impressive; the theory is",
    ),
    "celeba-wgan-gp-dcgan": Recipe(
        "wgan-gp", "celeba", 64,
        source="tf.gans-comparison, WGAN-GP, DCGAN architecture",
        overrides={"net": "dcgan"},
        finding="shown at 30k steps; the ResNet is better",
    ),
    "celeba-wgan-gp-resnet": Recipe(
        "wgan-gp", "celeba", 64,
        source="tf.gans-comparison, WGAN-GP, ResNet architecture",
        batch_size=64,
        finding="best at 7k steps: it converges very fast, then gets worse",
    ),
    "celeba-began": Recipe(
        "began", "celeba", 64,
        source="tf.gans-comparison, BEGAN",
        batch_size=16,
        finding="the most impressive results, though details seem to vanish",
    ),
    "celeba-dragan": Recipe(
        "dragan", "celeba", 64,
        source="tf.gans-comparison, DRAGAN",
        finding="better than DCGAN, WGAN and WGAN-GP of the same architecture",
    ),
    "celeba-coulomb": Recipe(
        "coulomb", "celeba", 64,
        source="tf.gans-comparison, models/coulombgan.py",
        finding="not reported",
    ),
    # GAN ZOO
    "mnist-dcgan": Recipe(
        "dcgan", "mnist", 28,
        source="GAN ZOO, 1. GAN",
        overrides=ZOO | {"net": "mnist", "d_lr": 1e-3, "g_lr": 1.2e-3, "beta_1": 0.9},
        num_epochs=50,
        finding="samples are shown without a remark",
    ),
    "mnist-ebgan-nosqrt": Recipe(
        "ebgan", "mnist", 28,
        source="GAN ZOO, 2-1. EBGAN (without Square root)",
        overrides=ZOO_EBGAN | {"net": "mnist_dense", "energy": "mse"},
        num_epochs=200,
        finding="converges very fast, and died at epoch 81",
    ),
    "mnist-ebgan-l2": Recipe(
        "ebgan", "mnist", 28,
        source="GAN ZOO, 2-3. EBGAN with L2 Normalization",
        overrides=ZOO_EBGAN | {"net": "mnist", "energy": "batch_l2"},
        num_epochs=200,
        finding="converges far more slowly, with cleaner images",
    ),
    "mnist-began-gamma1.25": Recipe(
        "began", "mnist", 28,
        source="GAN ZOO, 3. BEGAN; its loop is missing, z is a guess",
        overrides=ZOO_BEGAN | {"gamma": 1.25},
        num_epochs=100,
        finding="gamma above 1 eases the collapse and costs quality; from epoch 75 on",
    ),
    "mnist-began-gamma0.5": Recipe(
        "began", "mnist", 28,
        source="GAN ZOO, 3. BEGAN, gamma below 1; the value is the paper's",
        overrides=ZOO_BEGAN | {"gamma": 0.5},
        num_epochs=100,
        finding="severe mode collapse with any gamma below 1",
    ),
    "mnist-wgan": Recipe(
        "wgan", "mnist", 28,
        source="GAN ZOO, 4. WGAN",
        overrides=ZOO
        | {
            "net": "mnist3",
            "optimizer": "adam",
            "d_lr": 1e-3,
            "g_lr": 3e-3,
            "clip": 0.2,
        },
        num_epochs=100,
        finding="samples are shown; means in place of the paper's sums",
    ),
    "mnist-lsgan-rmsprop": Recipe(
        "lsgan", "mnist", 28,
        source="GAN ZOO, 5. LSGAN, the rates that it recommends",
        overrides={
            "net": "mnist_lsgan",
            "pixels": "unit",
            "z_dim": 100,
            "optimizer": "keras_rmsprop",
            "rho": 0.5,
            "accumulator": 0.0,
            "d_lr": 5e-4,
            "g_lr": 2.5e-4,
            "scale": 1.0,
        },
        num_epochs=100,
        finding="recommended, for at least 20 to 25 epochs",
    ),
    "mnist-lsgan-adam": Recipe(
        "lsgan", "mnist", 28,
        source="GAN ZOO, 5. LSGAN, remark on Adam; the rates are of its RMSProp",
        overrides={
            "net": "mnist_lsgan",
            "g_norm": "batch",
            "d_norm": "batch",
            "pixels": "unit",
            "z_dim": 100,
            "bn_epsilon": 1e-3,
            "d_lr": 2e-4,
            "g_lr": 1e-4,
            "scale": 1.0,
        },
        num_epochs=100,
        finding="Adam did not do well, batch norm notwithstanding",
    ),
    "simpson-dcgan": Recipe(
        "dcgan", "simpsons", 128,
        source="GAN ZOO, DCGAN for Simpson",
        overrides=ZOO | {"net": "simpson", "d_lr": 4e-5, "g_lr": 4e-4},
        batch_size=100,
        num_epochs=600,
        finding="a timeline and a walk through latents are shown without a remark",
    ),
    "pokemon-dcgan": Recipe(
        "dcgan", "pokemon", 128,
        source="GAN ZOO, DCGAN for Pokemon; its code is lost, these are the Simpsons'",
        overrides=ZOO | {"net": "simpson", "d_lr": 4e-5, "g_lr": 4e-4},
        batch_size=100,
        num_epochs=600,
        finding="three samples are shown without a remark",
    ),
    # GAN_package
    "mnist-gan": Recipe(
        "gan", "mnist", 28,
        source="GAN_package, 0. simple GAN",
        batch_size=32,
        num_epochs=50,
        finding="not reported",
    ),
    "mnist64-dcgan": Recipe(
        "dcgan", "mnist", 64,
        source="GAN_package, 1. DCGAN",
        overrides=PACKAGE | {"d_loss_scale": 0.5, "sampling": "batch"},
        num_epochs=5,
        finding="not reported",
    ),
    "mnist64-wgan": Recipe(
        "wgan", "mnist", 64,
        source="GAN_package, 2. WGAN",
        overrides=PACKAGE
        | SAME_REAL_BATCH
        | {
            "z_dim": 128,
            "optimizer": "torch_rmsprop",
            "rho": 0.99,
            "accumulator": 0.0,
            "d_lr": 5e-5,
        },
        batch_size=64,
        num_epochs=5,
        finding="not reported",
    ),
    "mnist64-wgan-gp": Recipe(
        "wgan-gp", "mnist", 64,
        source="GAN_package, 3. WGAN-GP",
        overrides=PACKAGE
        | SAME_REAL_BATCH
        | {"g_width": 0.25, "d_width": 0.25, "d_lr": 1e-4, "sampling": "batch"},
        batch_size=64,
        num_epochs=100,
        finding="said to be more stable than WGAN, with good performance",
    ),
    # GAN_Theories
    "celeba-dcgan-halving": Recipe(
        "dcgan", "celeba", 64,
        source="GAN_Theories, DCGAN",
        overrides=THEORIES | {"fresh_z": True},
        batch_size=32,
        steps=500_000,
        finding="samples are shown without a remark",
    ),
    "celeba-ebgan-halving": Recipe(
        "ebgan", "celeba", 64,
        source="GAN_Theories, EBGAN",
        overrides=THEORIES
        | {
            "energy": "half_sum",
            "margin": 50.0,
            "pt_weight": 0.0,
            "simultaneous": True,
        },
        batch_size=32,
        steps=500_000,
        finding="not trained enough; it keeps to the faces more than DCGAN does",
    ),
    "celeba-wgan-halving": Recipe(
        "wgan", "celeba", 64,
        source="GAN_Theories, WGAN",
        overrides=THEORIES | {"n_critic": 5, "critic_burst": 100, "fresh_z": True},
        batch_size=32,
        steps=500_000,
        finding="not trained enough",
    ),
    "celeba-began-gamma0.75": Recipe(
        "began", "celeba", 64,
        source="GAN_Theories, BEGAN, gamma=0.75, learning rate of k 0.001",
        overrides=THEORIES_BEGAN | {"gamma": 0.75, "lambda_k": 0.001},
        batch_size=16,
        steps=500_000,
        finding="k becomes constant in the end, which is the balance",
    ),
    "celeba-began-gamma0.5": Recipe(
        "began", "celeba", 64,
        source="GAN_Theories, BEGAN, gamma=0.5, learning rate of k 0.002",
        overrides=THEORIES_BEGAN | {"gamma": 0.5, "lambda_k": 0.002},
        batch_size=16,
        steps=500_000,
        finding="a lower gamma gives less diverse images",
    ),
    "celeba-vae": Recipe(
        "vae", "celeba", 64,
        source="GAN_Theories, VAE",
        overrides={"pixels": "stretched"},
        batch_size=32,
        steps=500_000,
        finding="added for comparison; samples are shown without a remark",
    ),
    # The papers
    "mnist-gan-minimax": Recipe(
        "gan", "mnist", 28,
        source="arXiv:1406.2661, algorithm 1, on GAN_package's nets",
        overrides={
            "generator_objective": "saturating",
            "d_loss_scale": 1.0,
            "fresh_z": True,
        },
        batch_size=32,
        num_epochs=50,
        finding="early on this loss saturates, so the paper trains on log D(G(z))",
    ),
    "lsun-dcgan-paper": Recipe(
        "dcgan", "lsun/bedroom", 64,
        source="arXiv:1511.06434, section 4",
        overrides={
            "net": "dcgan_bn",
            "init": "normal",
            "z": "uniform",
            "fresh_z": True,
        },
        num_epochs=5,
        finding="after five epochs samples show signs of underfitting, not of memory",
    ),
    "lsun-lsgan-paper": Recipe(
        "lsgan", "lsun/bedroom", 112,
        source="arXiv:1611.04076, section 4",
        overrides={"fresh_z": True},
        batch_size=64,
        finding="images of better quality and more stable than with cross-entropy",
    ),
    "lsun-wgan-paper": Recipe(
        "wgan", "lsun/bedroom", 64,
        source="arXiv:1701.07875, algorithm 1",
        overrides={"n_critic": 5, "d_lr": 5e-5, "fresh_z": True, "accumulator": 0.0},
        batch_size=64,
        finding="the critic's loss follows the samples' quality; no mode collapse seen",
    ),
    "lsun-wgan-gp-paper": Recipe(
        "wgan-gp", "lsun/bedroom", 64,
        source="arXiv:1704.00028, algorithm 1",
        overrides={
            "n_critic": 5,
            "d_lr": 1e-4,
            "fresh_z": True,
            "branch_relu": False,
            "z_dim": 128,
        },
        batch_size=64,
        steps=200_000,
        finding="trains deep residual nets with hardly any tuning",
    ),
    "celeba-ebgan-paper": Recipe(
        "ebgan", "celeba", 64,
        source="arXiv:1609.03126, section 2 and appendix",
        overrides={"hinge": "sample", "fresh_z": True},
        finding="the pulling-away term makes samples differ",
    ),
    "celeba-began-paper": Recipe(
        "began", "celeba", 64,
        source="arXiv:1703.10717, sections 3 and 4; the paper has its own faces",
        overrides={"z": "uniform", "fresh_z": True, "k_after": "g", "skip": True},
        batch_size=16,
        finding="gamma trades diversity for quality; M follows convergence",
    ),
    "celeba-began-cs": Recipe(
        "began-cs", "celeba", 64,
        source="arXiv:1808.07258 and its authors' code",
        overrides={
            "net": "began_cs",
            "z": "uniform",
            "energy": "batch_l2",
            "k_after": "step",
            "beta_1": 0.9,
            "lr_decay": 1.0,
        },
        batch_size=64,
        num_epochs=300,
        finding="no mode collapse where BEGAN collapses after a time",
    ),
    "celeba-dragan-paper": Recipe(
        "dragan", "celeba", 64,
        source="arXiv:1705.07215, equation of the penalty, and its authors' code",
        overrides={
            "norm": "image",
            "perturbation": "one_sided",
            "clip": False,
            "fresh_z": True,
        },
        finding="fewer mode collapses and faster training than without a penalty",
    ),
    "celeba-coulomb-paper": Recipe(
        "coulomb", "celeba", 64,
        source="arXiv:1708.08819, appendix, and its authors' code",
        overrides={"d_lr": 5e-5, "g_lr": 1e-4, "simultaneous": True},
        finding="no mode collapse; the field has one Nash equilibrium",
    ),
    "mnist-vae-normal": Recipe(
        "vae", "mnist", 28,
        source="arXiv:1312.6114, section 3, on GAN_Theories' nets",
        overrides={"z": "normal"},
        batch_size=100,
        finding="the bound rises fast and does not overfit with more latents",
    ),
    "mnist-cgan": Recipe(
        "cgan", "mnist", 28,
        source="arXiv:1411.1784, section 4.1; with Adam instead of SGD",
        batch_size=100,
        finding="a proof of concept: below the other nets' likelihood estimates",
    ),
    "cifar10-acgan": Recipe(
        "acgan", "cifar10", 32,
        source="arXiv:1610.09585, appendix A, table 2",
        batch_size=100,
        steps=50_000,
        finding="classes are recognisable; more classes in one model are worse",
    ),
    "mnist-infogan": Recipe(
        "infogan", "mnist", 28,
        source="arXiv:1606.03657, appendix C.1; the length is a guess",
        num_epochs=50,
        finding="c1 finds the digits (5 % error as a classifier), c2 slant, c3 width",
    ),
    "facades-pix2pix": Recipe(
        "pix2pix", "facades", 256,
        source="GAN_package, 4. Pix2Pix",
        batch_size=1,
        num_epochs=200,
        finding="samples are shown without a remark",
    ),
    "edges2shoes-pix2pix": Recipe(
        "pix2pix", "edges2shoes", 256,
        source="arXiv:1611.07004, appendix 6.2",
        overrides=ISOLA | {"direction": "AtoB", "enlarge": 1.0, "flip": False},
        batch_size=4,
        num_epochs=15,
        finding="colours and textures that follow the edges",
    ),
    "maps-pix2pix": Recipe(
        "pix2pix", "maps", 256,
        source="arXiv:1611.07004, appendix 6.2; aerial photographs to maps",
        overrides=ISOLA | {"direction": "AtoB"},
        batch_size=1,
        num_epochs=200,
        finding="6.1 % of the maps and 18.9 % of the photographs fooled people",
    ),
    "cityscapes-pix2pix": Recipe(
        "pix2pix", "cityscapes", 256,
        source="arXiv:1611.07004, appendix 6.2; labels to photographs",
        overrides=ISOLA,
        batch_size=1,
        num_epochs=200,
        finding="L1 with the discriminator of pairs scores best: 0.66 of the pixels",
    ),
    "horse2zebra-cyclegan": Recipe(
        "cyclegan", "horse2zebra", 256,
        source="arXiv:1703.10593, section 4",
        overrides={"init": "normal", "identity_weight": 0.0},
        batch_size=1,
        num_epochs=200,
        finding="texture and colour change well, shapes hardly",
    ),
    "monet2photo-cyclegan": Recipe(
        "cyclegan", "monet2photo", 256,
        source="arXiv:1703.10593, section 5.2, with the identity loss",
        overrides={"init": "normal"},
        batch_size=1,
        num_epochs=200,
        finding="the identity loss keeps the colours",
    ),
    "maps-cyclegan": Recipe(
        "cyclegan", "maps", 256,
        source="arXiv:1703.10593, section 5.1, without the identity loss",
        overrides={"init": "normal", "identity_weight": 0.0},
        batch_size=1,
        num_epochs=200,
        finding="26.8 % of the photographs and 23.2 % of the maps fooled people",
    ),
}
# fmt: on


def table() -> str:
    """Returns all recipes as text: what each trains, its source, what came of it."""
    lines = []
    for name, row in RECIPES.items():
        length = f"{row.steps:,} steps" if row.steps else f"{row.num_epochs:g} epochs"
        trains = f"{row.model} on {row.dataset} at {row.image_size} px"
        lines += [
            f"{name:24} {trains}, batch {row.batch_size}, {length}",
            f"{'':26}{' '.join(f'{k}={v}' for k, v in row.overrides.items())}",
            f"{'':26}from {row.source}",
            f"{'':26}found: {row.finding}",
        ]
    return "\n".join(line for line in lines if line.strip())


def find(name: str) -> Recipe:
    """Returns the recipe of that name; a UserError lists them."""
    if name not in RECIPES:
        raise UserError(f"unknown recipe {name!r}; known: {', '.join(RECIPES)}")
    return RECIPES[name]
