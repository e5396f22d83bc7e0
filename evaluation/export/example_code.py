"""The Python examples of a model card, which run in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# By prior: its name, and code that draws from it with `rng`, a NumPy generator.
PRIORS = {
    "normal": ("N(0, 1)", "z = rng.standard_normal(({n}, {size}))"),
    "uniform": ("U(-1, 1)", "z = rng.uniform(-1, 1, ({n}, {size}))"),
    "unit": ("U(0, 1)", "z = rng.uniform(0, 1, ({n}, {size}))"),
    "sphere": (
        "uniform on the sphere of radius sqrt({size})",
        "z = rng.standard_normal(({n}, {size}))\n"
        "z *= {size}**0.5 / np.linalg.norm(z, axis=1, keepdims=True)",
    ),
}
IMAGE_COUNT = 16  # that the examples generate


def examples(model: Any, networks: Sequence[str]) -> str:
    """Returns Markdown with examples that run one after the other.

    Args:
        model: a GenerativeModel.
        networks: names of its .keras files; the first one is loaded.
    """
    translates = model.kind == "translations"
    x = "x" if translates else "z"
    inputs = blank_image(model) if translates else latents(model)
    parts = [python(inputs)]
    if networks:
        name = networks[0].partition(".")[0]
        loads = f'{name} = keras.models.load_model("{networks[0]}")'
        code = python(f"import keras\n\n{loads}\nimages = {name}({x})")
        parts += ["With Keras:", code]
    parts += ["With TensorFlow:", python(saved_model(model))]
    return "\n\n".join([*parts, f"Its signatures: {', '.join(signatures(model))}."])


def saved_model(model: Any) -> str:
    """Returns code that gets images from the SavedModel."""
    if model.kind == "translations":
        calls = [f'images = loaded.translate(x, "{d}")' for d in model.directions]
    else:
        calls = [
            "images = loaded.generate(z)",
            f"images = loaded.generate(seed=7, n={IMAGE_COUNT})  # of random latents",
        ]
    loads = 'loaded = tf.saved_model.load("saved_model")'
    return "\n".join(["import tensorflow as tf\n", loads, *calls])


def signatures(model: Any) -> list[str]:
    """Returns the SavedModel's signatures, with their arguments."""
    if model.kind == "translations":
        return [f"`translate_{d}(images)`" for d in model.directions]
    return ["`generate(z)`", "`generate_seeded(seed, n)`"]


def latents(model: Any) -> str:
    """Returns code that draws latents `z` with NumPy."""
    n = IMAGE_COUNT
    _, noise = PRIORS[model.config.z]
    lines = [
        "import numpy as np\n",
        "rng = np.random.default_rng(0)",
        noise.format(n=n, size=model.config.z_dim),
    ]

    for code in model.codes:
        if code.kind == "categorical":
            values = f"np.eye({code.size})[rng.integers({code.size}, size={n})]"
        else:
            values = f"rng.uniform(-1, 1, ({n}, {code.size}))"
        lines.append(f"{code.name} = {values}")

    names = ", ".join(["z", *(code.name for code in model.codes)])
    return "\n".join([*lines, f'z = np.concatenate([{names}], 1).astype("float32")'])


def blank_image(model: Any) -> str:
    """Returns code that makes a blank image `x` with NumPy."""
    shape = (1, *model.image_shape)
    return f'import numpy as np\n\nx = np.zeros({shape}, "float32")  # yours'


def python(code: str) -> str:
    """Returns code as a Markdown block."""
    return f"```python\n{code}\n```"
