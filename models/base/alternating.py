"""Two players that move in turn, whatever they minimise."""

import dataclasses
from collections.abc import Sequence

import tensorflow as tf

from models.base.generative import Batch, Logs
from models.base.latent import LatentModel

BURST_STEPS, BURST_EVERY = 25, 500  # GAN_Theories and the code of WGAN's authors


class AlternatingModel(LatentModel):
    """A discriminator's updates, then one of the generator: a step."""

    @dataclasses.dataclass(frozen=True)
    class Config(LatentModel.Config):
        """How often and on what each of them moves; tf.gans-comparison's defaults."""

        n_critic: int = 1  # discriminator updates per step
        fresh_x: bool = True  # each of them on its own minibatch
        fresh_z: bool = False  # the generator's update draws its own z
        critic_burst: int = 1  # discriminator updates in steps < 25 and every 500th
        simultaneous: bool = False  # both gradients before either update

    @property
    def step(self) -> tf.Tensor:
        """Finished steps: generator updates."""
        return self.players["generator"].optimizer.iterations.value

    def discriminator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """What the discriminator minimises on a prepared minibatch, and its parts."""
        raise NotImplementedError

    def generator_loss(self, batch: Batch) -> tuple[tf.Tensor, Logs]:
        """What the generator minimises on `image` and `z`, and its parts."""
        raise NotImplementedError

    def before_discriminator_update(self) -> None:
        """Runs before each discriminator update."""

    def after_discriminator_update(self, logs: Logs) -> Logs:
        """Runs after each discriminator update (clipping); may add to its logs."""
        return {}

    def after_generator_update(self) -> None:
        """Runs after the generator's update (its moving average)."""

    def discriminator_step(self, batch: Batch) -> Logs:
        """One discriminator update."""
        player = self.players["discriminator"]
        self.before_discriminator_update()
        loss, logs = player.minimize(self.discriminator_loss, batch)
        logs = {"d_loss": loss, **logs}
        return logs | self.after_discriminator_update(logs)

    def generator_step(self, batch: Batch) -> Logs:
        """One generator update."""
        loss, logs = self.players["generator"].minimize(self.generator_loss, batch)
        self.after_generator_update()
        return {"g_loss": loss, **logs}

    @property
    def one_pass(self) -> bool:
        """Whether the last discriminator update and the generator's share a pass.

        The generator does not change between them; its second pass on the same z would
        give the same images.
        """
        return not self.config.fresh_z

    def fakes(self, batch: Batch, move_averages: bool = False) -> tf.Tensor:
        """The generator's images: those that the batch holds as `fake`, or new ones."""
        raise NotImplementedError

    def one_pass_step(self, batch: Batch) -> Logs:
        """A discriminator update and the generator's, on one pass of the generator."""
        player = self.players["generator"]
        with tf.GradientTape() as tape:
            batch = {**batch, "fake": self.fakes(batch, move_averages=True)}
            with tape.stop_recording():
                logs = self.discriminator_step(batch)
            loss, g_logs = self.generator_loss(batch)
        player.descend(tape, loss)
        self.after_generator_update()
        return logs | {"g_loss": loss, **g_logs}

    def simultaneous_step(self, batch: Batch) -> Logs:
        """Both updates, from gradients at the same weights."""
        g_batch = {**batch, "z": self.latent(batch)} if self.config.fresh_z else batch
        d_player, g_player = self.players["discriminator"], self.players["generator"]
        self.before_discriminator_update()
        with tf.GradientTape() as tape:
            d_loss, d_logs = self.discriminator_loss(batch)
        d_gradients = d_player.gradients(tape, d_loss)
        with tf.GradientTape() as tape:
            g_loss, g_logs = self.generator_loss(g_batch)
        g_gradients = g_player.gradients(tape, g_loss)
        d_player.optimizer.apply(d_gradients)
        g_player.optimizer.apply(g_gradients)
        logs = {"d_loss": d_loss, **d_logs}
        logs |= self.after_discriminator_update(logs)
        self.after_generator_update()
        return logs | {"g_loss": g_loss, **g_logs}

    @property
    def batches_per_step(self) -> int:
        return self.config.n_critic if self.config.fresh_x else 1

    def train_step(self, batches: Sequence[Batch]) -> Logs:
        c = self.config
        logs = self.decay_rates(self.step)
        if not c.fresh_x:
            batches = [*batches] * c.n_critic
        *others, last = batches
        for batch in others:
            logs |= self.discriminator_step(self.prepared(batch))
        return logs | self.last_step(self.prepared(last))

    def last_step(self, batch: Batch) -> Logs:
        """The step's last discriminator update, and the generator's."""
        if self.config.simultaneous:
            return self.simultaneous_step(batch)
        if self.one_pass:
            return self.one_pass_step(batch)
        logs = self.discriminator_step(batch)
        if self.config.fresh_z:
            batch = {**batch, "z": self.latent(batch)}
        return logs | self.generator_step(batch)

    @property
    def burst(self) -> int:
        """How many updates a burst has beyond `n_critic`."""
        return max(0, self.config.critic_burst - self.config.n_critic)

    def extra_batches(self) -> tf.Tensor | None:
        if not self.burst:
            return None
        due = (self.step < BURST_STEPS) | ((self.step + 1) % BURST_EVERY == 0)
        return tf.where(due, self.burst, 0)

    def extra_step(self, batch: Batch) -> None:
        self.decay_rates(self.step)
        self.discriminator_step(self.prepared(batch))

    def batches_before(self, step: int) -> int:
        bursts = min(step, BURST_STEPS) + step // BURST_EVERY
        return step * self.batches_per_step + bursts * self.burst
