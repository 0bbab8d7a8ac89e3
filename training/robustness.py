"""python -m training.robustness: how an exported emotion model bears small, blurred, dark, turned and covered faces.

One distortion at a time, at five strengths, on the 48x48 faces of one split. Prints a Markdown table and draws the curves.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import EXIT_OK, AnalyzerError
from meeting_analyzer.models import EMOTION, model_path

from .data import SIDE, Faces, load
from .evaluate import Shown, score_outputs, shown
from .inference import EmotionSession
from .metrics import Metrics

Pixels = NDArray[np.uint8]
COVER = 128
"""Grey level of what covers a face."""
DIM_NOISE = 2.0
"""Standard deviation, in grey levels, of the noise that a sensor adds in the dark."""


@dataclass(frozen=True, slots=True)
class Distortion:
    """A name, the unit of its strengths, these from weak to strong, and what it does to one face at one strength."""

    name: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[Pixels, float, np.random.Generator], Pixels]


@dataclass(frozen=True, slots=True)
class Point:
    """The figures at one strength: metrics by label set and, with votes, what the product shows."""

    strength: float
    results: dict[str, Metrics]
    product: Shown | None


def smaller(face: Pixels, side: float, _: np.random.Generator) -> Pixels:
    """As from a face of `side` pixels: averaged down, and up again as the runtime enlarges."""
    small = cv2.resize(face, (int(side), int(side)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def blurred(face: Pixels, sigma: float, _: np.random.Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(face, (0, 0), sigma), np.uint8)


def darker(face: Pixels, light: float, rng: np.random.Generator) -> Pixels:
    """`light` percent of the light reaches the sensor, whose noise and whose whole numbers stay."""
    dim = face * (light / 100) + rng.normal(0, DIM_NOISE, face.shape)
    return np.asarray(np.clip(np.rint(dim), 0, 255), np.uint8)


def turned(face: Pixels, degrees: float, rng: np.random.Generator) -> Pixels:
    """Turned in the picture's plane, to either side: what is left when a detector's eye points are wrong."""
    middle = ((SIDE - 1) / 2, (SIDE - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees * rng.choice([-1, 1]), 1)
    return np.asarray(cv2.warpAffine(face, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def covered(face: Pixels, percent: float, rng: np.random.Generator) -> Pixels:
    """A grey square over `percent` of the picture, anywhere."""
    side = round(SIDE * (percent / 100) ** 0.5)
    top, left = rng.integers(0, SIDE - side + 1, 2)
    result = face.copy()
    result[top : top + side, left : left + side] = COVER
    return result


def masked(face: Pixels, percent: float, _: np.random.Generator) -> Pixels:
    """The lower `percent` of the picture covered, as by a mask or a hand."""
    result = face.copy()
    result[SIDE - round(SIDE * percent / 100) :] = COVER
    return result


DISTORTIONS = (
    Distortion("size", "px", (32, 24, 16, 12, 8), smaller),
    Distortion("blur", "px (sigma)", (0.5, 1, 1.5, 2, 3), blurred),
    Distortion("darkness", "% of the light", (50, 25, 12, 6, 3), darker),
    Distortion("rotation", "degrees", (5, 10, 20, 30, 45), turned),
    Distortion("occlusion", "% of the picture", (5, 10, 20, 30, 40), covered),
    Distortion("lower part covered", "% of the height", (10, 20, 30, 40, 50), masked),
)


def measure(
    session: EmotionSession, faces: Faces, distortion: Distortion | None = None, strength: float = 0.0
) -> Point:
    """The figures of a model on faces that were distorted so, or as they are."""
    images = faces.images
    if distortion is not None:
        rng = np.random.default_rng(0)
        images = np.stack([distortion.apply(face, strength, rng) for face in images])
    outputs = session.run(images)
    return Point(strength, score_outputs(outputs, faces), shown(session, outputs, faces))


def row(name: str, strength: str, point: Point) -> str:
    """One line of the Markdown table."""
    cells = [name, strength]
    cells += [f"{point.results[key].accuracy:.1%}" if key in point.results else "" for key in ("fer2013", "ferplus")]
    cells += ["", ""] if point.product is None else [f"{point.product.coverage:.1%}", f"{point.product.risk:.1%}"]
    return f"| {' | '.join(cells)} |"


HEAD = """| distortion | strength | FER2013 accuracy | FER+ accuracy | labelled | wrong among these |
|---|---|---|---|---|---|"""


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.robustness", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds the faces, in any known layout")
    parse.add_argument("--split", default="public_test", help="default: %(default)s")
    parse.add_argument("--model", type=Path, help="ONNX file; default: the one that is shipped")
    parse.add_argument("--plot", type=Path, help="draw the curves into this PNG file")
    options = parse.parse_args(arguments)
    try:
        faces = load(options.data, options.split)
        session = EmotionSession(options.model or model_path(EMOTION))
        plain = measure(session, faces)
        print(f"{HEAD}\n{row('none', '', plain)}", flush=True)
        curves: list[tuple[Distortion, list[Point]]] = []
        for distortion in DISTORTIONS:
            points = []
            for strength in distortion.strengths:
                points.append(measure(session, faces, distortion, strength))
                print(row(distortion.name, f"{strength:g} {distortion.unit}", points[-1]), flush=True)
            curves.append((distortion, points))
        if options.plot is not None:
            from . import plots

            try:
                plots.robustness(plain, curves, options.plot)
            except (OSError, ValueError) as error:
                raise AnalyzerError(f"{options.plot} cannot be written as a picture ({error}).") from error
    except AnalyzerError as error:
        print(f"training.robustness: {error}", file=sys.stderr)
        return error.exit_code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
