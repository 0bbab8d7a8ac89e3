"""MediaPipe's face detector computed by the mediapipe package (`--engine package`): its Tasks API and a .tflite file.

mediapipe 0.10's wheels carry the .tflite files, 1.x's carry none: then the ones in models/ are used.
"""

from __future__ import annotations

import importlib
import os
import sys
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import ModelError
from ..models import model_path
from ..types import Face, Image
from .base import FaceDetector
from .blazeface import PASSES, FaceRange, Variant, ask_in_turn, make_face, passes_of, search_widest

INSTALL = '`pip install "meeting-analyzer[mediapipe]"`'


@contextmanager
def quiet() -> Iterator[None]:
    """Send what native code writes to stderr to nowhere; for short stretches, because it is so for the whole
    process."""
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


def _import() -> tuple[Any, Any, Any]:
    """mediapipe, its `tasks.python.vision` and `tasks.python`. Raises ModelError where it is not installed."""
    try:
        mediapipe = importlib.import_module("mediapipe")
        return (
            mediapipe,
            importlib.import_module("mediapipe.tasks.python.vision"),
            importlib.import_module("mediapipe.tasks.python"),
        )
    except ImportError as error:
        missing = error.name == "mediapipe"
        why = "is not installed" if missing else f"cannot be loaded ({error})"
        raise ModelError(f"The mediapipe package {why}: install it with {INSTALL} or use `--engine onnx`.") from error


def _tflite(variant: Variant, mediapipe: Any) -> Path:
    own = Path(mediapipe.__file__).parent / "modules" / "face_detection" / variant.tflite
    return own if own.is_file() else model_path(variant.tflite)


class PackageNetwork:
    """One variant, loaded by the package: crops in, faces out, one crop at a time."""

    def __init__(self, variant: Variant, min_score: float, tflite: Path | None = None) -> None:
        with quiet():
            mediapipe, vision, tasks = _import()
            path = tflite or _tflite(variant, mediapipe)
            try:
                # the bytes and not the path: mediapipe on Windows does not open every path
                base = tasks.BaseOptions(model_asset_buffer=path.read_bytes())
                self._detector = vision.FaceDetector.create_from_options(
                    vision.FaceDetectorOptions(base_options=base, min_detection_confidence=min_score)
                )
            except (OSError, RuntimeError, ValueError) as error:
                reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
                raise ModelError(
                    f"The mediapipe package cannot load {path} ({reason}): use `--engine onnx`."
                ) from error
            self.variant = variant
            self._mediapipe = mediapipe
            # also at exit, before modules are torn down
            self._finalizer = weakref.finalize(self, _close, self._detector)
            self.raw(np.zeros((variant.side, variant.side, 3), np.uint8))  # the first run writes to stderr as well

    def raw(self, crop: Image) -> list[Face]:
        """Faces exactly as the package reports them."""
        height, width = crop.shape[:2]
        faces = []
        rgb = cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        for found in self._detector.detect(image).detections:
            box = found.bounding_box
            values: list[float] = [box.origin_x, box.origin_y, box.origin_x + box.width, box.origin_y + box.height]
            for point in found.keypoints:
                values += [point.x * width, point.y * height]
            faces.append(make_face(values, found.categories[0].score, width, height))
        return sorted((face for face in faces if face is not None), key=lambda face: -face.score)

    def __call__(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Faces of each crop, best first, freed from the package's shift.

        Its sampling takes the corner of a pixel for the centre, so all it reports lies (s - 1) / 2 pixels too far right
        and down when it shrinks by s (measured by mirroring: models/mediapipe.md).
        """
        return [[self._centred(face, crop) for face in self.raw(crop)] for crop in crops]

    def _centred(self, face: Face, crop: Image) -> Face:
        height, width = crop.shape[:2]
        shift = (max(height, width) / self.variant.side - 1) / 2
        box = face.box.shifted(-round(shift), -round(shift)).clipped(width, height)
        return replace(face, box=box, keypoints=tuple((x - shift, y - shift) for x, y in face.keypoints))

    def close(self) -> None:
        """Release the package's threads. Idempotent."""
        self._finalizer()


def _close(detector: Any) -> None:
    with quiet():
        detector.close()


class PackageDetector(FaceDetector):
    """MediaPipe's face detector by the mediapipe package; face_range and min_score as for BlazeFace.

    The package offers no choice of threads. Raises ModelError when it is not installed or cannot load its model.
    """

    def __init__(self, face_range: FaceRange = "auto", min_score: float = 0.5) -> None:
        self.name = f"mediapipe (package, {face_range} range)"
        self._networks = [PackageNetwork(variant, min_score) for variant in PASSES[face_range]]
        self._passes = passes_of(self._networks)

    def detect(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Faces of each crop (BGR uint8, any size), best score first, in that crop's pixels; see FaceDetector."""
        return ask_in_turn(self._passes, crops)

    def search(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Like `detect`, by the widest range alone; see BlazeFace."""
        return search_widest(self._networks, crops)

    def close(self) -> None:
        """Release the package's threads. Idempotent."""
        for network in self._networks:
            network.close()
