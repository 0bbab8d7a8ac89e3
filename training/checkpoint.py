"""A run's averaged weights, as calibration, export and the runs that it teaches use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from . import run as runs
from .network import Architecture, build


def architecture_of(settings: runs.Settings) -> Architecture:
    """The architecture a run's settings name; raises RunError where this code does not know it."""
    try:
        fields: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in settings.architecture.items()
        }
        return Architecture(**fields)
    except TypeError as error:
        raise runs.RunError(f"The run was made with an architecture this code does not know ({error}).") from error


def load_average(folder: Path, precision: str = "float32") -> tuple[keras.Model, runs.State]:
    """The averaged model of a run's newest checkpoint and how far it had come; raises RunError.

    precision is Keras' name of a policy, which becomes the global one.
    """
    settings = runs.read_settings(folder)
    checkpoint = runs.newest_checkpoint(folder)
    if checkpoint is None:
        raise runs.RunError(f"The run {folder} has no checkpoint yet: train first with python -m training.train.")
    keras.mixed_precision.set_global_policy(precision)
    model = build(architecture_of(settings))
    runs.load_weights(model, checkpoint / runs.AVERAGE)
    return model, runs.read_state(checkpoint)


def logits(model: keras.Model, images: NDArray[np.uint8], batch: int = 256) -> dict[str, NDArray[np.float32]]:
    """Both heads' logits of uint8 faces (N, 48, 48): `fer2013` (N, 7) and `ferplus` (N, 8)."""
    parts = [model.predict_on_batch(images[i : i + batch].astype(np.float32)) for i in range(0, len(images), batch)]
    return {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in parts[0]}
