"""Does an exported detector see what MediaPipe sees? Measured on pictures, against TFLite and against the mediapipe
package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.perception.blazeface import Network, Placement, Variant
from meeting_analyzer.perception.package import PackageNetwork
from meeting_analyzer.perception.runtime import Model
from meeting_analyzer.types import Face, Image

from .tflite import Interpreter


def pictures(folder: Path, per_clip: int) -> list[Image]:
    """`per_clip` frames, evenly spread, of every clip (.mp4) in `folder`. Raises ValueError when there is none."""
    frames: list[Image] = []
    for path in sorted(folder.glob("*.mp4")):
        clip = list(_frames(path))
        frames += [clip[i] for i in np.linspace(0, len(clip) - 1, per_clip).astype(int)] if clip else []
    if not frames:
        raise ValueError(f"there is no clip (.mp4) with frames in {folder}")
    return frames


def _frames(path: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(path))
    while (read := capture.read())[0]:
        yield np.asarray(read[1], np.uint8)
    capture.release()


def tensor_difference(model: Model, tflite: Path, inputs: Sequence[Image], mean: float, scale: float) -> float:
    """Largest absolute difference of any output value from TFLite's, over `inputs` (uint8 BGR of the network's own
    size).

    The file's outputs are TFLite's first ones; those that it passes through a sigmoid are compared after it.
    """
    reference = Interpreter(tflite)
    worst = 0.0
    outputs = model.run(np.stack(inputs))
    for i, image in enumerate(inputs):
        rgb = (image[None, ..., ::-1].astype(np.float32) - mean) * np.float32(scale)
        for got, want in zip(outputs, reference.run(rgb)[: len(outputs)], strict=True):
            flat = want.reshape(got[i].shape)
            if got[i].ndim < 2:  # scores; beyond +-50 a float32 sigmoid is 0 or 1
                flat = 1 / (1 + np.exp(-np.clip(flat, -50, 50)))
            worst = max(worst, float(np.abs(got[i] - flat).max()))
    return worst


def mediapipe_sampling(crop: Image, target: Image) -> Placement:
    """The network's input as MediaPipe makes it: bilinear, the corner of a pixel taken for its centre
    (ImageToTensorCalculator)."""
    side = target.shape[0]
    height, width = crop.shape[:2]
    scale = side / max(height, width)
    x, y = (side - width * scale) / 2, (side - height * scale) / 2
    matrix = np.array([[scale, 0, x], [0, scale, y]])
    target[:] = cv2.warpAffine(crop, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return Placement((scale, scale), (x, y))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two detectors' faces lie apart: counts, greatest and mean differences in pixels, least IoU."""

    expected: int
    found: int
    box_max: float
    box_mean: float
    keypoint_max: float
    keypoint_mean: float
    score_max: float
    iou_min: float


def compare(expected: Sequence[Sequence[Face]], found: Sequence[Sequence[Face]]) -> Agreement:
    """Match faces by their order in each picture. Raises ValueError when there is nothing to compare."""
    pairs = [pair for one, other in zip(expected, found, strict=True) for pair in zip(one, other, strict=False)]
    if not pairs:
        raise ValueError("no face was found by both detectors")
    boxes = np.array([np.abs(np.subtract(a.box, b.box)).max() for a, b in pairs])
    points = np.array([np.abs(np.subtract(a.keypoints, b.keypoints)).max() for a, b in pairs])
    return Agreement(
        sum(map(len, expected)),
        sum(map(len, found)),
        float(boxes.max()),
        float(boxes.mean()),
        float(points.max()),
        float(points.mean()),
        max(abs(a.score - b.score) for a, b in pairs),
        min(a.box.iou(b.box) for a, b in pairs),
    )


def against_package(
    variant: Variant, model: Model, tflite: Path, frames: Sequence[Image]
) -> tuple[Agreement, Agreement]:
    """Final faces against the mediapipe package's: with MediaPipe's own sampling, and as the product samples.

    The second is against the package freed from its half-pixel shift, as `--engine package` reports. Raises ModelError.
    """
    package = PackageNetwork(variant, 0.5, tflite)
    try:
        raw, centred = [package.raw(frame) for frame in frames], package(frames)
    finally:
        package.close()
    exact = Network(variant, model, 0.5, mediapipe_sampling)(frames)
    return compare(raw, exact), compare(centred, Network(variant, model, 0.5)(frames))
