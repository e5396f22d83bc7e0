"""Repeats the recipe of the original code's numbers and lists where we differ.

`parity.py float64 FILE...` prints JSON: per file, the differences found
and how many numbers were compared. It is a program because Keras's float type is that
of a process. The files and the recipe: tests/reference/README.md.
"""

import json
import math
import os
import pathlib
import re
import sys
from unittest import mock

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # as where the numbers are from

import keras
import numpy as np
import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).parents[3]))
from differences import Differences
from original_names import OUTPUTS, SCALARS, VARIANTS, magnitude, named, rate

import models
from models.base import generative, objectives

EXACT = 1e-6  # relative, in float64
CLOSE = 1e-3  # relative, of gradients in float32
ALIKE = 1e-2  # of arrays in float32, for which the files have no tolerance
NOTHING = 1e-12  # a gradient that is zero in theory, in float64
STILL = 1e-8  # what rounding moves a variable by that has no gradient


def created(layer: keras.layers.Layer) -> int:
    """When a layer was made, in the order of its network's code."""
    output = layer.output[0] if isinstance(layer.output, list) else layer.output
    return int(re.search(r"(\d*)$", output.name)[0] or 0)


class FixedNoise:
    """The loss's noise of the recipe, point 3, in place of a random generator.

    One stream gives an array for each call of a loss, the same ones in every loss.
    """

    def __init__(self, precision: str):
        self.precision, self.drawn = precision, {}
        self.stream = np.random.default_rng(3)

    def uniform(self, shape, minval=0.0, maxval=1.0, dtype=None):
        key = tuple(int(n) for n in shape)
        if key not in self.drawn:
            values = self.stream.uniform(minval, maxval, key).astype("float32")
            self.drawn[key] = tf.constant(values, self.precision)
        return self.drawn[key]


class Parity:
    """One reference file, one model with its weights and inputs, one comparison."""

    def __init__(self, path: pathlib.Path):
        self.reference = json.loads(path.read_text())
        self.precision = keras.config.floatx()
        self.double = self.precision == "float64"
        self.block = self.reference["float64"]
        self.differences = Differences()
        name, overrides = VARIANTS[self.reference["variant"]]
        self.model = models.create(name, (64, 64, 3), **overrides)
        self.model.rng = self.noise = FixedNoise(self.precision)
        self.pair_variables()
        self.set_weights()
        rows = self.reference["batch_size"]
        x = np.random.default_rng(1).uniform(-1, 1, (rows, 64, 64, 3))
        z = np.random.default_rng(2).standard_normal((rows, self.model.config.z_dim))
        self.batch = {
            key: tf.constant(value.astype("float32"), self.precision)
            for key, value in (("image", x), ("z", z))
        }

    def pair_variables(self) -> None:
        """Pairs our variables with the original's, which has beta before gamma."""
        rank = {"kernel": 0, "weights": 0, "beta": 1, "bias": 1, "biases": 1}
        self.pairs, self.moving = [], []
        entries = self.reference["trainable_variables"]
        for role, network in (
            ("G", self.model.generator),
            ("D", self.model.discriminator),
        ):
            ours = [
                sorted(layer.trainable_variables, key=lambda v: rank.get(v.name, 2))
                for layer in sorted(network.layers, key=created)
            ]
            ours = [v for layer in ours for v in layer]
            theirs = [e for e in entries if e["role"] == role]
            shapes = [list(v.shape) for v in ours]
            assert shapes == [e["shape"] for e in theirs], (shapes, theirs)
            self.pairs += zip(ours, theirs, strict=True)
            self.moving += [
                v
                for layer in sorted(network.layers, key=created)
                for v in layer.non_trainable_variables
            ]
        counts = self.reference["parameters"]
        for role, network in (
            ("G", self.model.generator),
            ("D", self.model.discriminator),
        ):
            ours = sum(math.prod(v.shape) for v in network.trainable_variables)
            self.differences.check(f"parameters of {role}", ours, counts[role], 0.0)

    def set_weights(self) -> None:
        """Weights of the recipe, point 1."""
        for variable, entry in self.pairs:
            if entry["init"] == "normal":
                draw = np.random.default_rng(entry["rng_seed"])
                value = draw.standard_normal(entry["shape"]).astype("float32")
                variable.assign(value * np.float32(0.02))
            else:
                ones = entry["init"] == "ones"
                variable.assign(np.full(entry["shape"], float(ones)))
        self.initial = {e["index"]: v.numpy() for v, e in self.pairs}

    def rtol(self, stage: str) -> float | None:
        """The tolerance of a stage; None: chaotic in this precision."""
        if self.double:
            return EXACT
        return self.reference["float32_tolerance"][stage]["rtol"]

    def run(self) -> Differences:
        """Three steps, everything compared."""
        self.inference("G_inference_at_init")
        self.gradients()
        self.stage("init", arrays=True)
        for step in (1, 2, 3):
            self.model.update_d(self.batch)
            if step == 1:
                self.stage("after_D_step_1")
                self.largest_weight()
            self.model.update_g(self.batch)
            self.stage(f"after_step_{step}", arrays=step == 1 and self.double)
            if step != 2:
                self.variables(step)
        if self.double:
            self.inference("G_inference_after_step_3")
        return self.differences

    def stage(self, name: str, arrays: bool = False) -> None:
        """Compares a pure evaluation in training mode with the file's."""
        rtol = self.rtol(name)
        if rtol is None:
            return
        known, logs = self.tensors() if arrays else {}, self.scalars()
        for key, theirs in self.block[name].items():
            what = f"{name}.{key}"
            if not isinstance(theirs, dict):
                ours = logs.get(SCALARS.get(key, key.lower()), math.nan)
                close = rtol * magnitude(key, logs)
                self.differences.check(what, ours, theirs, rtol, close)
            elif arrays:
                ours = named(known, key)
                close = rtol if self.double else max(rtol, ALIKE)
                self.differences.check_array(what, ours, theirs, close)

    def d_loss(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """D's loss and its parts; nothing is updated."""
        model = self.model
        fake = model.run(model.generator, self.batch["z"])
        return model.d_loss(self.batch, fake)

    def g_loss(self) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """G's loss and its parts; nothing is updated."""
        model = self.model
        fake = model.run(model.generator, self.batch["z"], move_averages=True)
        return model.g_loss(self.batch, fake)

    def scalars(self) -> dict[str, tf.Tensor]:
        """Every scalar of both updates; nothing is updated."""
        model, extras = self.model, self.model.extras().values()
        before = [variable.read_value() for variable in extras]
        with keras.StatelessScope():
            d_loss, d_logs = self.d_loss()
            g_loss, g_logs = self.g_loss()
            logs = {"d_loss": d_loss, "g_loss": g_loss, **d_logs, **g_logs}
            with mock.patch.object(model.players["discriminator"], "apply"):
                logs = model.apply_d([], logs)
        for variable, value in zip(extras, before, strict=True):
            variable.assign(value)
        for key, player in model.players.items():
            logs[f"{key[0]}_lr"] = player.optimizer.learning_rate.value
        mean, variance = tf.nn.moments(self.batch["image"], axes=[0, 1, 2, 3])
        return logs | {"x_mean": mean, "x_var": variance, "x_std": tf.sqrt(variance)}

    def tensors(self) -> dict[str, tf.Tensor]:
        """What goes into and comes out of the networks, by the original's names."""
        model, real = self.model, self.batch["image"]
        fake = generative.forward(model.generator, self.batch["z"])
        known = {"G": fake, "fake": fake, "real": real}
        if hasattr(model, "potentials"):
            p_real, p_fake = model.potentials(real, fake)
            known |= {"P_real": p_real, "P_fake": p_fake}
        if self.noise.drawn:
            known |= self.penalised()
        put_out = {
            side: generative.forward(model.discriminator, known[side])
            for side in ("real", "fake", "x_hat")
            if side in known
        }
        for key, (side, index) in OUTPUTS.items():
            outputs = put_out.get(side)
            both = isinstance(outputs, (tuple, list))
            if outputs is not None and (both or index == 0):
                known[key] = outputs[index] if both else outputs
        return known

    def penalised(self) -> dict[str, tf.Tensor]:
        """What the gradient penalty sees and computes."""
        seen = {}

        def gradient(judge, images):
            seen["x_hat"] = seen["xhat"] = images
            seen["xhat_grad"] = slope(judge, images)
            return seen["xhat_grad"]

        def penalty(gradient, axes):
            seen["xhat_grad_norm"] = tf.sqrt(tf.reduce_sum(gradient**2, axis=axes))
            return mean_square(gradient, axes)

        slope, mean_square = objectives.input_gradient, objectives.gradient_penalty
        patch = mock.patch.object
        with (
            keras.StatelessScope(),
            patch(objectives, "input_gradient", gradient),
            patch(objectives, "gradient_penalty", penalty),
        ):
            self.d_loss()
        rows, side = self.batch["image"].shape[:2]
        drawn = self.noise.drawn
        column, image = drawn.get((rows, 1, 1, 1)), drawn.get((rows, side, side, 3))
        if image is None:  # WGAN-GP
            return seen | {"eps": column}
        deviation = self.scalars()["x_std"]
        noise = self.model.config.noise * deviation * image
        return seen | {"eps": image, "alpha": column, "noise": noise}

    def gradients(self) -> None:
        """Gradients of both losses at the initial weights."""
        for key, objective in (
            ("dD_loss_dD", self.d_loss),
            ("dG_loss_dG", self.g_loss),
        ):
            entries = {e["index"]: e for e in self.block["gradients_at_init"][key]}
            pairs = [(v, e) for v, e in self.pairs if e["index"] in entries]
            with keras.StatelessScope(), tf.GradientTape() as tape:
                loss, _ = objective()
            gradients = tape.gradient(loss, [v.value for v, _ in pairs])
            for gradient, (_, entry) in zip(gradients, pairs, strict=True):
                if not self.double and self.ill_conditioned(entry):
                    continue
                theirs = entries[entry["index"]]
                what = f"gradient of {entry['name']}"
                rtol = EXACT if self.double else self.gradient_rtol(entry["name"])
                l2 = np.linalg.norm(gradient)
                self.differences.check(f"{what}.l2", l2, theirs["l2"], rtol, NOTHING)
                if self.double:
                    scale = l2 / np.sqrt(gradient.numpy().size)
                    largest = np.abs(gradient).max()
                    first = np.ravel(gradient)[: len(theirs["first4"])]
                    self.differences.check(
                        what, largest, theirs["max_abs"], rtol, NOTHING
                    )
                    self.differences.check(
                        what, first, theirs["first4"], rtol, rtol * scale + NOTHING
                    )

    def gradient_rtol(self, name: str) -> float:
        """The rule for gradients in float32 of the reference's README.md."""
        variant = self.reference["variant"]
        last = variant == "coulombgan" and name.endswith("G/Conv2d_transpose_3/biases")
        return 10 * CLOSE if last or variant == "wgan_gp_good" else CLOSE

    def variables(self, step: int) -> None:
        """Weights and moving averages after a step."""
        for (variable, entry), theirs in zip(
            self.pairs, self.block[f"variables_after_step_{step}"], strict=True
        ):
            delta = variable.numpy() - self.initial[entry["index"]]
            if self.double:
                self.exact_variable(variable, entry, theirs, delta)
            elif step == 1 and not self.ill_conditioned(entry):
                self.close_variable(variable, entry, theirs, delta)
        if self.double:
            averages = self.block[f"moving_averages_after_step_{step}"]
            for variable, theirs in zip(self.moving, averages, strict=True):
                what = f"{theirs['name']} after step {step}"
                self.differences.check_array(what, variable.numpy(), theirs, EXACT)

    def ill_conditioned(self, entry: dict) -> bool:
        return entry["name"] in self.reference["ill_conditioned_variables"]

    def exact_variable(self, variable, entry, theirs, delta) -> None:
        check, what, value = self.differences.check, entry["name"], variable.numpy()
        if theirs["delta_l2"] < STILL:
            check(f"{what} moves", np.linalg.norm(delta), 0.0, 0.0, STILL)
            return
        check(f"{what}.l2", np.linalg.norm(value), theirs["l2"], EXACT)
        check(f"{what}.delta_l2", np.linalg.norm(delta), theirs["delta_l2"], EXACT)
        if "first8" in theirs:
            largest = theirs["delta_max_abs"]
            check(f"{what}.delta_max_abs", np.abs(delta).max(), largest, EXACT)
            self.differences.check_array(what, value, theirs, EXACT)

    def close_variable(self, variable, entry, theirs, delta) -> None:
        """The rules for float32 of the reference's README.md."""
        lr = self.rate_of(entry["role"])
        wgan_generator = "WGAN" in type(self.model).__name__ and entry["role"] == "G"
        check, what, value = self.differences.check, entry["name"], variable.numpy()
        check(f"{what}.l2", np.linalg.norm(value), theirs["l2"], 1e-3)
        delta_rtol = 1e-2 if wgan_generator else 1e-3
        check(f"{what}.delta_l2", np.linalg.norm(delta), theirs["delta_l2"], delta_rtol)
        check(f"{what}.mean", value.mean(), theirs["mean"], 0.0, lr)
        first = np.ravel(value)[: len(theirs["first8"])]
        check(f"{what}.first8", first, theirs["first8"], 0.0, 0.05 * lr, may_differ=1)
        check(f"{what}.first8", first, theirs["first8"], 0.0, 2.05 * lr)

    def rate_of(self, role: str) -> float:
        """The learning rate of G or D in the first step."""
        d, g = self.reference["optimizers"]
        optimizer, player = (g, "generator") if role == "G" else (d, "discriminator")
        own = self.model.players[player].learning_rate
        return rate(optimizer["learning_rate"], own)

    def largest_weight(self) -> None:
        theirs = self.block.get("critic_max_abs_after_D_step_1")
        if theirs is not None:
            weights = self.model.discriminator.trainable_variables
            ours = max(np.abs(v.numpy()).max() for v in weights)
            rtol = EXACT if self.double else 1e-5
            self.differences.check("critic_max_abs", ours, theirs, rtol)

    def inference(self, key: str) -> None:
        """G with its moving averages."""
        ours = self.model(self.batch["z"]).numpy()
        rtol = self.rtol("init")
        self.differences.check_array(key, ours, self.block[key], rtol)


def main(precision: str, *paths: str) -> None:
    """Prints the comparisons as JSON, by the files' names."""
    keras.config.set_floatx(precision)
    results = {}
    for path in map(pathlib.Path, paths):
        try:
            differences = Parity(path).run()
            found, compared = differences.found, differences.compared
        except Exception as error:  # a variant that does not run differs
            found, compared = [f"{type(error).__name__}: {error}"], 0
        results[path.stem] = {"differences": found, "compared": compared}
    print(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
