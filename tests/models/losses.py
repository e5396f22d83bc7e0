"""Both losses of a GAN on a prepared minibatch, as its step computes them."""


def d_loss(model, batch):
    """D's loss and its parts, on a pass of G of its own."""
    return model.d_loss(batch, model.run(model.generator, batch["z"]))


def g_loss(model, batch):
    """G's loss and its parts, on a pass of G of its own."""
    return model.g_loss(batch, model.run(model.generator, batch["z"]))


def after_d(model, logs):
    """What a model adds to D's logs after an update that moves nothing."""
    model.players["discriminator"].apply = lambda gradients: None
    return model.apply_d([], logs)
