"""The sample call's synthetic people for tests: frames and their truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.types import Box, Image

FOLDER = Path(__file__).resolve().parents[1] / "tools" / "sample_call" / "people"


@dataclass(frozen=True)
class Sight:
    """A frame (BGR, 320x180) of one person, the true face box and the six true keypoints."""

    name: str
    image: Image
    box: Box
    keypoints: tuple[tuple[float, float], ...]
    yaw: float = 0.0
    pitch: float = 0.0
    eyes_closed: bool = False


@cache
def sights(per_person: int = 4) -> tuple[Sight, ...]:
    """Evenly spread frames of every person."""
    found = []
    for path in sorted(FOLDER.glob("*.mp4")):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["frames"]
        capture = cv2.VideoCapture(str(path))
        frames = []
        while (read := capture.read())[0]:
            frames.append(read[1])
        capture.release()
        for i in np.linspace(0, len(frames) - 1, per_person).astype(int):
            box = Box(*(round(v) for v in truth[i]["face_box"]))
            points = tuple((x, y) for x, y in truth[i]["keypoints"])
            pose = truth[i]["yaw"], truth[i]["pitch"], truth[i]["eyes_closed"]
            found.append(Sight(path.stem, frames[i], box, points, *pose))
    assert found, f"no clips in {FOLDER}"
    return tuple(found)


def placed(sight: Sight, width: int, height: int, share: float) -> tuple[Image, Box]:
    """The frame `share` times as wide as a (width, height) picture, in the middle of its blurred self; the box in it."""
    background = cv2.resize(cv2.GaussianBlur(sight.image, (0, 0), 15), (width, height))
    factor = width * share / sight.image.shape[1]
    part = cv2.resize(
        sight.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    )
    x, y = (width - part.shape[1]) // 2, (height - part.shape[0]) // 2
    background[y : y + part.shape[0], x : x + part.shape[1]] = part
    b = sight.box
    return background, Box(round(b.x * factor) + x, round(b.y * factor) + y, round(b.w * factor), round(b.h * factor))
