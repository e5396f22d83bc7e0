"""What settings mean for a dataset: the model of a run, and its config.json."""

from typing import Any

import tensorflow as tf

import models
from common.errors import UserError
from datasets.info import Info
from datasets.pipeline import loader
from models.base import config
from models.base.generative import GenerativeModel
from training import config_changes, devices
from training.settings import Settings


def create_model(settings: Settings, info: Info) -> GenerativeModel:
    """Builds the model for a dataset; options that do not fit are a UserError."""
    shape, classes, seed = info.shape, len(info.classes), settings.seed
    loader.check_reads(info, models.model_class(settings.model).reads)
    try:
        return models.create(settings.model, shape, classes, seed, **settings.overrides)
    except ValueError as error:
        raise UserError(str(error)) from error
    except tf.errors.ResourceExhaustedError as error:
        raise UserError(
            f"{settings.model} with {settings.overrides} does not fit in memory: "
            "choose smaller networks (--set)"
        ) from error


def configuration(
    settings: Settings,
    info: Info,
    model: GenerativeModel,
    steps: int,
    replicas: int,
    evaluated: dict[str, Any] | None,
) -> dict[str, Any]:
    """Returns everything that a run is, of the form `run_files.RunConfig`.

    `evaluated` is the plan of its evaluations, if it has any.
    """
    dataset = {
        "name": info.dataset, "count": info.count, "fingerprint": info.fingerprint,
    }  # fmt: skip
    return {
        "model": settings.model,
        "config": config.saved(model.config),
        "image_shape": list(info.shape),
        "num_classes": len(info.classes),
        "dataset": dataset,
        "steps": steps,
        **({"rates_reach_0_at": steps} if model.paced else {}),
        "replicas": replicas,
        **settings.what(),
        **({config_changes.EVALUATED: evaluated} if evaluated else {}),
        "watch": settings.how(),
        "environment": devices.environment(devices.jit_compile(settings.xla)),
    }
