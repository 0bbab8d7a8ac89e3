"""What teachers answer, as a part of the targets: once to each face, or to every distorted copy of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from keras import ops
from numpy.typing import NDArray

from meeting_analyzer.errors import ModelError

from .calibration import Scaling
from .checkpoint import load_average
from .inference import FERPLUS_OUTPUT, PROBABILITIES, EmotionSession


def teach(models: Sequence[Path], images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What exported models answer to faces (N, 48, 48): distributions (N, 7) and (N, 8), the means of the models."""
    answers = [_answers(model, images) for model in models]
    seven, eight = (np.stack(heads).mean(axis=0) for heads in zip(*answers, strict=True))
    return seven, eight


def _answers(model: Path, images: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of face and mirrored face, as the heads were trained.

    The scaling by which the file was calibrated is taken out again, for it suits single labels and makes the FER+ head
    more certain than the voters were.
    """
    session = EmotionSession(model)
    properties = session.metadata()
    sides = session.run(images), session.run(np.ascontiguousarray(images[:, :, ::-1]))

    def distribution(output: str, head: str) -> NDArray[np.float64]:
        scaling = Scaling(*json.loads(properties[f"{head}_scaling"]))
        return np.asarray(np.mean([scaling.undone(side[output]) for side in sides], axis=0))

    try:
        return distribution(PROBABILITIES, "fer2013"), distribution(FERPLUS_OUTPUT, "ferplus")
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{model} cannot teach: give a file that python -m export.emotion wrote ({error!r})."
        ) from error


class Tutors:
    """Runs whose networks look at what the student looks at, however distorted and mixed.

    Beyer et al., "Knowledge distillation: A good teacher is patient and consistent" (CVPR 2022).
    """

    def __init__(self, folders: Sequence[Path], precision: str) -> None:
        self._models = [load_average(folder, precision)[0] for folder in folders]

    def __call__(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Distributions (N, 7) and (N, 8) for float32 pixels 0..255 (N, 48, 48), the means of all networks."""
        answers = [model.predict_on_batch(images) for model in self._models]
        seven, eight = (
            np.mean([ops.convert_to_numpy(ops.softmax(answer[head])) for answer in answers], axis=0)
            for head in ("fer2013", "ferplus")
        )
        return seven, eight
