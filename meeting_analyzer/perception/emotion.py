"""The apparent expression of every face of a frame, as one batch."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from .. import models
from ..errors import ModelError
from ..types import EMOTIONS, Face, Image, label_of
from .align import Framing, Gray, framed
from .runtime import Model

UNCERTAIN_BELOW = "uncertain_below"
FRAMING = "framing"
OUTPUT = "apparent"


class EmotionClassifier:
    """The emotion CNN of models/emotion.onnx.

    The file says itself how faces are framed and under which confidence a label is "uncertain" (its `metadata_props`).
    Raises ModelError when it is missing, damaged, not loadable or lacks these.
    """

    def __init__(self, threads: int = 1) -> None:
        self._model = Model.shipped(models.EMOTION, threads)
        try:
            framing = json.loads(self._model.metadata[FRAMING])
            self._framing = Framing(_point(framing["left_eye"]), _point(framing["right_eye"]))
            self.uncertain_below = float(self._model.metadata[UNCERTAIN_BELOW])
            self._side, width = self._model.input_shape
        except (KeyError, TypeError, ValueError) as error:
            raise self._unusable(f"is no emotion model of this product ({error!r} in its input or metadata)") from error
        if self._side != width:
            raise self._unusable(f"takes faces of {width}x{self._side} pixels, not square ones")

    def classify(self, image: Image, faces: Sequence[Face]) -> list[Face]:
        """The faces, in order, with emotion (probabilities of EMOTIONS), label and confidence set.

        image: the BGR frame whose pixels the faces count. A face under 8 pixels or without extent stays unclassified.
        """
        return self.classify_crops(faces, self.crops(image, faces))

    def crops(self, image: Image, faces: Sequence[Face]) -> list[Gray | None]:
        """What the model sees of each face: gray uint8 (side, side), or None for one that cannot be framed."""
        return [framed(image, face, self._framing, self._side) for face in faces]

    def classify_crops(self, faces: Sequence[Face], crops: Sequence[Gray | None]) -> list[Face]:
        """Like `classify`, for crops made before."""
        chosen = [i for i, crop in enumerate(crops) if crop is not None]
        result = list(faces)
        if not chosen:
            return result
        (probabilities,) = self._model.run(np.stack([crop for crop in crops if crop is not None]), (OUTPUT,))
        for i, row in zip(chosen, probabilities.astype(np.float64), strict=True):
            if row.shape != (len(EMOTIONS),) or not np.isfinite(row).all() or row.sum() <= 0:
                raise self._unusable(f"gives no probabilities of {len(EMOTIONS)} classes")
            result[i] = self.labelled(faces[i], tuple(float(p) for p in row / row.sum()))
        return result

    def labelled(self, face: Face, emotion: tuple[float, ...]) -> Face:
        """The face with these probabilities of EMOTIONS, and the label and the confidence that follow from them."""
        label, confidence = label_of(emotion, self.uncertain_below)
        return face.labelled(emotion, label, confidence)

    def describe(self) -> str:
        """The model's file, version and training run, for reports."""
        facts = [self._model.metadata.get(key) for key in ("version", "training_run")]
        return " · ".join((models.EMOTION, *(fact for fact in facts if fact)))

    def _unusable(self, why: str) -> ModelError:
        return ModelError(f"The model file {self._model.path} {why}: {models.REINSTALL}.")


def _point(values: Sequence[float]) -> tuple[float, float]:
    x, y = values
    return float(x), float(y)
