"""Is the crop that the pipeline feeds the crop that the model was trained on? `python -m benchmarks.crops --data DIR`.

Faces of FER2013's PublicTest are enlarged or shrunk to 40, 60, 100 and 200 pixels, pasted into the tiles of a gallery
at 1920x1080, sent through H.264 as a call's recording is, and read by the whole perception: tiles, detector, alignment,
emotion model, at a first look and at a second one. What it says is compared with what the model says of the 48x48 pixels
themselves, and all with what most raters say.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.calls import SIZE, boxes
from benchmarks.recorded import recorded
from meeting_analyzer.config import Settings
from meeting_analyzer.errors import EXIT_OK, AnalyzerError
from meeting_analyzer.models import EMOTION, model_path
from meeting_analyzer.perception.perceive import Perception
from meeting_analyzer.types import Box, Frame, Image, Scene
from training.data import Faces, load
from training.evaluate import truth_of
from training.inference import APPARENT, EmotionSession
from training.labels import CONTESTED

SIDES = (200, 100, 60, 40)
"""Pixels of a pasted crop's side."""
ROOM = 1.6
"""Least height of a tile in sides of the crop: a face that fills its tile wholly is no video call."""
HELD = 3
"""Frames for which each picture stays in the video; the last one is looked at."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the faces at one size: how many, how many were found, and the shares of those found that are right,
    by the model alone, through the pipeline at the first look and at the second one, when the pipeline has read both sides, and that
    have the same class by the model and at the first look."""

    side: int
    faces: int
    found: int
    direct: float
    through: float
    again: float
    same: float

    def line(self) -> str:
        return (
            f"{self.side:5d} px  {self.faces:5d} faces  {self.found / self.faces:7.2%} found   direct {self.direct:7.2%}"
            f"   through the pipeline {self.through:7.2%} ({100 * (self.through - self.direct):+.1f})"
            f"   at the second look {self.again:7.2%} ({100 * (self.again - self.direct):+.1f})   same class {self.same:7.2%}"
        )


def gallery(crops: Sequence[NDArray[np.uint8]], places: Sequence[Box], side: int) -> Image:
    """A picture (1080, 1920, 3) with each 48x48 face, scaled to `side` pixels, in the middle of its tile."""
    picture = np.full((SIZE[1], SIZE[0], 3), 26, np.uint8)
    for crop, box in zip(crops, places, strict=False):
        tile = cv2.cvtColor(_tile(crop, box, side), cv2.COLOR_GRAY2BGR)
        picture[box.y : box.bottom, box.x : box.right] = tile
    return picture


def _tile(crop: NDArray[np.uint8], box: Box, side: int) -> NDArray[np.uint8]:
    """The face before a wall that passes from its upper edge's brightness to its lower one's: FER2013's crops end close to
    the face, so it fades into the wall around."""
    wall = np.linspace(crop[0].mean(), crop[-1].mean(), box.h)
    room = np.repeat(np.rint(wall).astype(np.uint8)[:, None], box.w, axis=1)
    how = cv2.INTER_CUBIC if side > crop.shape[0] else cv2.INTER_AREA
    face = cv2.resize(crop, (side, side), interpolation=how)
    margin = min(side // 4, (box.h - side) // 2)
    face = cv2.copyMakeBorder(face, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    fade = np.zeros(face.shape, np.float32)
    fade[margin : margin + side, margin : margin + side] = 1
    outside = cv2.distanceTransform((fade == 0).astype(np.uint8), cv2.DIST_L2, 3)
    fade = np.clip(1 - outside / margin, 0, 1)
    y, x = (box.h - face.shape[0]) // 2, (box.w - face.shape[1]) // 2
    under = room[y : y + face.shape[0], x : x + face.shape[1]]
    room[y : y + face.shape[0], x : x + face.shape[1]] = np.rint(fade * face + (1 - fade) * under)
    return np.asarray(room, np.uint8)


def compressed(pictures: Iterator[Image], crf: int) -> Iterator[Image]:
    """The pictures as they come out of one H.264 stream of 25 frames a second."""
    held = (picture for picture in pictures for _ in range(HELD))
    return islice(recorded(held, 25, crf), HELD - 1, None, HELD)


def largest(scene: Scene, places: Sequence[Box]) -> list[int]:
    """The class of the largest face whose middle lies in each place, -1 where there is none."""
    faces = [(face, face.emotion) for tile in scene.tiles for face in tile.faces if face.emotion is not None]
    result: list[int] = []
    for box in places:
        inside = [
            (face.box.area, int(np.argmax(emotion)))
            for face, emotion in faces
            if box.x <= face.box.x + face.box.w / 2 < box.right and box.y <= face.box.y + face.box.h / 2 < box.bottom
        ]
        result.append(max(inside, default=(0, -1))[1])
    return result


def measure(perception: Perception, faces: Faces, direct: NDArray[np.integer], side: int, crf: int) -> Read:
    """All faces once at one size. direct (N,): the classes that the model gives the crops themselves."""
    columns = next(n for n in (5, 4, 3, 2) if boxes(n * n)[0].h >= ROOM * side or n == 2)
    places = boxes(columns * columns)
    rows = np.array_split(np.arange(len(faces)), np.arange(len(places), len(faces), len(places)))
    pictures = (gallery(list(faces.images[row]), places, side) for row in rows)
    read, again = np.full(len(faces), -1), np.full(len(faces), -1)
    for row, picture in zip(rows, compressed(pictures, crf), strict=True):
        perception.forget()
        read[row] = largest(perception.see(Frame(picture, 0.0, 0)), places[: len(row)])
        again[row] = largest(perception.see(Frame(picture, 1.0, 1)), places[: len(row)])
    found = read >= 0
    labels = faces.labels
    return Read(
        side,
        len(faces),
        int(found.sum()),
        float((direct == labels)[found].mean()),
        float((read == labels)[found].mean()),
        float((again == labels)[found].mean()),
        float((read == direct)[found].mean()),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m benchmarks.crops", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--split", default="public_test", help="default: %(default)s")
    parse.add_argument("--every", type=int, default=1, help="only every n-th face; default: %(default)s")
    parse.add_argument("--crf", type=int, default=23, help="H.264's quality, 0 (best) to 51; default: %(default)s")
    options = parse.parse_args(arguments)
    try:
        faces = load(options.data, options.split)
        session = EmotionSession(model_path(EMOTION))
        truth = truth_of(session.metadata()[APPARENT], faces)
        if truth is None:
            raise AnalyzerError("These faces have no votes to judge by: give FER+'s votes beside them.")
        used = np.flatnonzero((truth >= 0) & (truth != CONTESTED))[:: options.every]
        faces = Faces(faces.images[used], truth[used], None)
        direct = session.run(faces.images)[APPARENT].argmax(axis=1)
        perception = Perception(Settings(names="off", attention="off"), lambda text: print(text, file=sys.stderr))
        for side in SIDES:
            print(measure(perception, faces, direct, side, options.crf).line(), flush=True)
        perception.close()
    except AnalyzerError as error:
        print(f"benchmarks.crops: {error}", file=sys.stderr)
        return error.exit_code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
