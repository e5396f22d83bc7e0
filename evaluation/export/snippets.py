"""What a model card tells to type: snippets that run in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Each prior in words, and drawn by `rng`, a NumPy generator.
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
ROWS = 16  # images that the snippets make


def loading(model: Any, networks: Sequence[str]) -> str:
    """Snippets that run one after the other in the folder of the card."""
    x = "x" if model.directions else "z"
    parts = [python(source(model) if model.directions else noise(model))]
    if networks:
        name = networks[0].partition(".")[0]
        loads = f'{name} = keras.models.load_model("{networks[0]}")'
        code = python(f"import keras\n\n{loads}\nimages = {name}({x})")
        parts += ["With Keras:", code]
    parts += ["With TensorFlow:", python(saved_model(model))]
    return "\n\n".join([*parts, f"Its signatures: {', '.join(signatures(model))}."])


def saved_model(model: Any) -> str:
    """Images by the SavedModel."""
    calls = [f'images = loaded.translate(x, "{d}")' for d in model.directions] or [
        "images = loaded.generate(z)",
        f"images = loaded.generate(seed=7, n={ROWS})  # of random latents",
    ]
    loads = 'loaded = tf.saved_model.load("saved_model")'
    return "\n".join(["import tensorflow as tf\n", loads, *calls])


def signatures(model: Any) -> list[str]:
    """The SavedModel's signatures, with what they take."""
    translations = [f"`translate_{d}(images)`" for d in model.directions]
    return translations or ["`generate(z)`", "`generate_seeded(seed, n)`"]


def noise(model: Any) -> str:
    """Latents by NumPy."""
    c = model.config
    drawn = PRIORS[c.z][1].format(n=ROWS, size=c.z_dim)
    lines = ["import numpy as np\n", "rng = np.random.default_rng(0)", drawn]
    for code in model.codes:
        if code.kind == "categorical":
            values = f"np.eye({code.size})[rng.integers({code.size}, size={ROWS})]"
        else:
            values = f"rng.uniform(-1, 1, ({ROWS}, {code.size}))"
        lines.append(f"{code.name} = {values}")
    names = ", ".join(["z", *(code.name for code in model.codes)])
    return "\n".join([*lines, f'z = np.concatenate([{names}], 1).astype("float32")'])


def source(model: Any) -> str:
    """A blank image by NumPy."""
    shape = (1, *model.image_shape)
    return f'import numpy as np\n\nx = np.zeros({shape}, "float32")  # yours'


def python(code: str) -> str:
    """A block of code."""
    return f"```python\n{code}\n```"
