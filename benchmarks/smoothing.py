"""What smoothing a face's expression over time costs and gives: `python -m benchmarks.smoothing`.

For several time constants (setting `smoothing`), two things that pull in opposite directions. How often what is shown is right where
expressions change: 25 rendered people who show several in a few seconds (the gallery of benchmarks.offline), all readings. And how steady
a label is where an expression is held: with --data, faces of FER2013's PublicTest of which more than half of FER+'s raters say the same, as
a camera and a tracker give them: they drift, turn and grow a little, flicker, are noisy and go through JPEG, read five times a
second, every other time in the mirror.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from meeting_analyzer.analyzer import Analyzer, make_timeline
from meeting_analyzer.config import EventSettings, Settings
from meeting_analyzer.perception.emotion import EmotionClassifier
from meeting_analyzer.timeline.smoothing import FaceSmoother
from meeting_analyzer.types import Box, Face, Scene

from .pace import Call, Seen, crowd, decoded

CONSTANTS = (0.0, 0.15, 0.3, 0.45, 0.6, 1.0)
"""Seconds."""
SIDE = 96
SECONDS, FPS, SETTLED = 10.0, 5.0, 1.0
"""How long a face is held, how often it is read, and after how long it is looked at."""
SHOWN = 2
"""Pictures shown for each that is read."""
DRIFT, TURN, GROWTH, FLICKER, NOISE, QUALITY = 2.4, 3.0, 0.03, 0.05, 3.0, 45
"""Standard deviations of a face's place in pixels, turn in degrees, size and brightness as shares, a pixel's noise in levels; JPEG."""
SLOW = 1.0
"""Seconds over which these go to and fro."""

Floats = npt.NDArray[np.float64]


def held(faces: Sequence[npt.NDArray[np.uint8]], random: np.random.Generator) -> Iterator[list[npt.NDArray[np.uint8]]]:
    """For each face (48, 48) the pictures of it that are read."""
    for face in faces:
        large = cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        x, y, turn, growth, light = (_wandering(random) for _ in range(5))
        pictures = []
        for n in range(round(SECONDS * FPS)):
            matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), TURN * turn[n], 1 + GROWTH * growth[n])
            matrix[:, 2] += DRIFT * x[n], DRIFT * y[n]
            seen = cv2.warpAffine(large, matrix, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE).astype(np.float64)
            seen = seen * (1 + FLICKER * light[n]) + random.normal(0, NOISE, seen.shape)
            packed = cv2.imencode(".jpg", seen.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
            unpacked: Any = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
            picture = cv2.resize(unpacked, face.shape[::-1], interpolation=cv2.INTER_AREA)
            pictures.append(np.ascontiguousarray(picture[:, ::-1] if n % 2 else picture))
        yield pictures


def _wandering(random: np.random.Generator) -> Floats:
    """A value of variance 1 at each reading that goes to and fro (an Ornstein-Uhlenbeck process)."""
    kept = np.exp(-1 / (FPS * SLOW))
    values = [random.normal()]
    for _ in range(round(SECONDS * FPS) - 1):
        values.append(kept * values[-1] + np.sqrt(1 - kept**2) * random.normal())
    return np.array(values)


def readings(folder: Path, count: int) -> list[list[tuple[float, ...]]]:
    """Of each of so many faces of the data the probabilities of each reading."""
    from training.data import load

    data, random, model = load(folder, "public_test"), np.random.default_rng(3), EmotionClassifier()
    if data.votes is None:
        raise SystemExit(f"{folder} holds no votes of FER+, by which faces are chosen.")
    alike = np.flatnonzero(2 * data.votes[:, :8].max(axis=1) > data.votes.sum(axis=1))
    chosen = random.choice(alike, min(count, len(alike)), replace=False)
    box = Face(Box(0, 0, SIDE, SIDE), 1.0, ())
    read = []
    for pictures in held([data.images[i] for i in chosen], random):
        faces = model.classify_crops([box] * len(pictures), pictures)
        read.append([face.emotion for face in faces if face.emotion is not None])
    return read


def steadiness(read: Sequence[Sequence[tuple[float, ...]]], constant: float, uncertain_below: float) -> float:
    """How often in a minute the label of a face that is held changes."""
    changes = shown = 0
    for emotions in read:
        smoother, before = FaceSmoother(constant, uncertain_below), None
        for n in range(SHOWN * len(emotions)):
            time = n / (SHOWN * FPS)
            (face,) = smoother.update((Face(Box(0, 0, SIDE, SIDE), 1.0, (), emotions[n // SHOWN]),), time)
            if time > SETTLED:
                changes, shown = changes + (face.label != before), shown + 1
            before = face.label
    return 60 * SHOWN * FPS * changes / shown


def lively(seconds: int) -> tuple[Callable[[float], Seen], float]:
    """What is seen of the rendered people, by time constant; and the threshold of "uncertain"."""
    call: Call = crowd(FPS, seconds)
    with Analyzer(names="off", threads=1) as analyzer:
        scenes: list[Scene] = [analyzer.perception.see(decoded(frame)) for frame, _ in call]
        uncertain_below = analyzer.perception.uncertain_below

    def seen(constant: float) -> Seen:
        timeline, found = make_timeline(Settings(smoothing=constant), uncertain_below, EventSettings()), Seen()
        for scene, (_, truths) in zip(scenes, call, strict=True):
            found.add(timeline.update(scene), truths)
        return found

    return seen, uncertain_below


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30, help="length of the call of rendered people (30)")
    parser.add_argument("--data", type=Path, help="folder of FER2013 with FER+'s votes")
    parser.add_argument("--faces", type=int, default=240, help="faces of the data (240)")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    seen, uncertain_below = lively(asked.seconds)
    read = readings(asked.data, asked.faces) if asked.data else []
    print(
        "smoothing   rendered people: right  uncertain  wrong"
        + ("   held faces: label changes a minute" if read else "")
    )
    for constant in CONSTANTS:
        right, unsure = seen(constant).plainly()
        row = f"{constant:7.2f} s {100 * right:22.1f} % {100 * unsure:8.1f} % {100 * (1 - right - unsure):4.1f} %"
        print(row + (f"{steadiness(read, constant, uncertain_below):20.1f}" if read else ""), flush=True)


if __name__ == "__main__":
    main()
