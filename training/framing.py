"""python -m training.framing: where the eyes lie in FER2013's crops, so that the runtime can cut faces the same way.

FER2013's crops are tighter than what a face detector was trained on, so each is enlarged and set into a grey margin.
The product's own short-range detector looks, because what it reports is what the runtime aligns by.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import EXIT_OK, AnalyzerError
from meeting_analyzer.perception import align
from meeting_analyzer.perception.base import FaceDetector
from meeting_analyzer.perception.blazeface import BlazeFace
from meeting_analyzer.types import Face

from .data import SIDE, DataError, load
from .run import write_atomically

MEASURED = Path(__file__).with_name("framing.json")


@dataclass(frozen=True, slots=True)
class Framing:
    """Mean and standard deviation of the eye centres as fractions 0..1 of the crop; left is left in the image."""

    left_eye: tuple[float, float]
    right_eye: tuple[float, float]
    left_deviation: tuple[float, float]
    right_deviation: tuple[float, float]
    faces: int  # each counted twice: as it is and mirrored
    found: int
    split: str


def read_framing(path: Path = MEASURED) -> Framing:
    """The framing that was measured last; raises DataError when the file cannot be read."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()}
        return Framing(**fields)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} cannot be read ({error}): run python -m training.framing.") from error


def eyes(
    images: NDArray[np.uint8], detector: FaceDetector, enlarge: int = 4, margin: float = 0.25, batch: int = 64
) -> NDArray[np.float64]:
    """Eye centres (N, 2, 2) as fractions of each crop, image-left eye first, x before y; NaN where no face is found.

    images are uint8 (N, 48, 48); the margin is a fraction of the crop's side on every edge.
    """
    points = np.full((len(images), 2, 2), np.nan)
    for index, face in enumerate(_found(images, detector, enlarge, margin, batch)):
        if face is not None:
            points[index] = np.array(face.keypoints[:2]) / (SIDE * enlarge)
    return points


def _found(
    images: NDArray[np.uint8], detector: FaceDetector, enlarge: int, margin: float, batch: int
) -> Iterator[Face | None]:
    """The first face in each image, in pixels of the enlarged image without its margin."""
    side, pad = SIDE * enlarge, round(SIDE * enlarge * margin)
    for start in range(0, len(images), batch):
        crops = []
        for image in images[start : start + batch]:
            large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
            padded = cv2.copyMakeBorder(large, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=128)
            crops.append(np.asarray(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR), np.uint8))
        for faces in detector.detect(crops):
            yield faces[0].shifted(-pad, -pad) if faces else None


def product_framings(
    images: NDArray[np.uint8], detector: FaceDetector, framing: Framing, enlarge: int = 4, margin: float = 0.25
) -> NDArray[np.float32]:
    """How the runtime would cut each image out anew: (N, 2, 3) transforms between pixel centres, NaN without a face.

    images are uint8 (N, 48, 48). What a model sees at run time differs from FER2013's own crops by the detector's
    errors and by everybody being upright and of one size; a model trained on both reads both.
    """
    target = align.Framing(framing.left_eye, framing.right_eye)
    result = np.full((len(images), 2, 3), np.nan, np.float32)
    for index, face in enumerate(_found(images, detector, enlarge, margin, 64)):
        matrix = None if face is None else align.transform(face, target, SIDE)
        if matrix is not None:
            linear = matrix[:, :2] * enlarge
            result[index] = np.column_stack([linear, matrix[:, 2] + linear.sum(axis=1) / 2 - 0.5])
    return result


def measure(images: NDArray[np.uint8], detector: FaceDetector, split: str) -> Framing:
    """Mean eye positions over the faces that are found; raises DataError when there are none.

    Each face is seen as it is and mirrored, as in training: what is left of asymmetry is the detector's own, which it
    has at run time too.
    """
    both = np.concatenate([images, images[:, :, ::-1]])
    points = eyes(both, detector)
    found = points[~np.isnan(points).any(axis=(1, 2))]
    if not len(found):
        raise DataError(f"No face is found in the split {split}: the framing cannot be measured on it.")
    mean, deviation = found.mean(axis=0).round(4).tolist(), found.std(axis=0).round(4).tolist()
    return Framing(
        tuple(mean[0]), tuple(mean[1]), tuple(deviation[0]), tuple(deviation[1]), len(both), len(found), split
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.framing", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--split", default="train", help="default: %(default)s")
    parse.add_argument("--every", type=int, default=1, help="measure only every n-th face; default: %(default)s")
    parse.add_argument("--out", type=Path, default=MEASURED, help="JSON file; default: the one the export reads")
    options = parse.parse_args(arguments)
    if options.every < 1:
        parse.error("--every must be at least 1")
    try:
        faces = load(options.data, options.split)
        framing = measure(faces.images[:: options.every], BlazeFace("short", threads=1), options.split)
    except AnalyzerError as error:
        print(f"training.framing: {error}", file=sys.stderr)
        return error.exit_code
    text = json.dumps(asdict(framing), indent=2)
    write_atomically(options.out, text + "\n")
    print(text)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
