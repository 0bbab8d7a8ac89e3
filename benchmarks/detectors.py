"""Face detectors side by side, in one run: `python -m benchmarks.detectors`.

Speed: milliseconds per 1920x1080 gallery of 25 tiles, fastest and median run, and processor time of all threads, the
detectors taking turns so that a busy machine is busy for all. Recall: faces found on the tiles, as they are and made
small in the tile, against the truth of the sample people; and false faces.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception.base import FaceDetector
from meeting_analyzer.perception.blazeface import BlazeFace
from meeting_analyzer.perception.detect import detect_anywhere
from meeting_analyzer.perception.haar import HaarDetector
from meeting_analyzer.perception.package import PackageDetector
from meeting_analyzer.types import Box, Face, Image

COLUMNS, ROWS, TILE = 5, 5, (384, 216)
FOUND_IOU = 0.35
"""Detectors draw a face's box differently: the truth is the projected head, MediaPipe's is the face without the forehead."""
SHARES = (1.0, 0.7, 0.5, 0.35)
"""The picture's size within its tile: at 1 a face is about a sixth of the tile's longer side, at 0.5 a twelfth."""


@dataclass(frozen=True, slots=True)
class Row:
    """A detector, how many threads it computes with (None: it offers no choice) and whether it sees the whole frame at once."""

    name: str
    threads: int | None
    detector: FaceDetector
    whole: bool = False


def load(folder: Path, per_clip: int) -> Iterator[tuple[Image, Box]]:
    """Evenly spread frames of every clip with the true face box. Raises SystemExit when there is none."""
    for path in sorted(folder.glob("*.mp4")):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["frames"]
        capture = cv2.VideoCapture(str(path))
        frames = []
        while (read := capture.read())[0]:
            frames.append(np.asarray(read[1], np.uint8))
        for i in np.linspace(0, min(len(frames), len(truth)) - 1, per_clip).astype(int):
            x, y, w, h = (round(v) for v in truth[i]["face_box"])
            yield frames[i], Box(x, y, w, h)


def tile_of(picture: Image, face: Box, share: float) -> tuple[Image, Box]:
    """A tile with the picture in its middle, `share` of its size, on its own blurred self; and the face's box in it."""
    background = cv2.resize(cv2.GaussianBlur(picture, (0, 0), 15), TILE)
    width, height = round(TILE[0] * share), round(TILE[1] * share)
    x, y = (TILE[0] - width) // 2, (TILE[1] - height) // 2
    how = cv2.INTER_AREA if width < picture.shape[1] else cv2.INTER_CUBIC
    background[y : y + height, x : x + width] = cv2.resize(picture, (width, height), interpolation=how)
    fx, fy = width / picture.shape[1], height / picture.shape[0]
    box = Box(round(face.x * fx) + x, round(face.y * fy) + y, round(face.w * fx), round(face.h * fy))
    return np.asarray(background, np.uint8), box


def rows() -> list[Row]:
    """All detectors that can be had here; what cannot is said on stderr."""
    wanted: list[tuple[str, int | None, Callable[[], FaceDetector], bool]] = []
    for threads in (1, 2):
        for face_range in ("short", "full", "auto"):
            wanted.append((f"onnx, {face_range}", threads, lambda r=face_range, t=threads: BlazeFace(r, t), False))  # type: ignore[misc]
    for face_range in ("short", "full", "auto"):
        wanted.append((f"package, {face_range}", None, lambda r=face_range: PackageDetector(r), False))  # type: ignore[misc]
    wanted += [("haar, tile by tile", None, HaarDetector, False), ("haar, whole frame", None, HaarDetector, True)]
    made = []
    for name, count, make, whole in wanted:
        try:
            made.append(Row(name, count, make(), whole))
        except ModelError as error:
            print(f"{name}: left out. {error}", file=sys.stderr)
    return made


def see(row: Row, frame: Image, boxes: Sequence[Box]) -> list[list[Face]]:
    """Faces of each tile in frame pixels."""
    if row.whole:
        faces = detect_anywhere(row.detector, frame)
        middles = [Box(int(face.box.center[0]), int(face.box.center[1]), 1, 1) for face in faces]
        return [[f for f, middle in zip(faces, middles, strict=True) if box.overlap(middle)] for box in boxes]
    found = row.detector.detect([box.of(frame) for box in boxes])
    return [[Face(f.box.shifted(b.x, b.y), f.score) for f in faces] for b, faces in zip(boxes, found, strict=True)]


def gallery(tiles: Sequence[tuple[Image, Box]]) -> tuple[Image, list[Box], list[Box]]:
    """A frame of 25 tiles, the tiles' boxes and the faces' boxes."""
    frame = np.zeros((ROWS * TILE[1], COLUMNS * TILE[0], 3), np.uint8)
    boxes, faces = [], []
    for i, (tile, face) in enumerate(tiles[: ROWS * COLUMNS]):
        box = Box(i % COLUMNS * TILE[0], i // COLUMNS * TILE[1], *TILE)
        box.of(frame)[:] = tile
        boxes.append(box)
        faces.append(face.shifted(box.x, box.y))
    return frame, boxes, faces


def main(arguments: list[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detectors", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--people", type=Path, default=Path("tools/sample_call/people"), help="folder of clips and truths"
    )
    parser.add_argument("--runs", type=int, default=15, help="timed runs of each detector (15)")
    options = parser.parse_args(arguments)
    people = list(load(options.people, per_clip=25))
    if not people:
        parser.error(f"there are no clips in {options.people}")
    order = np.random.default_rng(0).permutation(len(people))
    frames = {
        share: [
            gallery([tile_of(people[i][0], people[i][1], share) for i in order[start : start + 25]])
            for start in range(0, len(order) - 24, 25)
        ]
        for share in SHARES
    }
    table = rows()
    times: dict[int, list[tuple[float, float]]] = {i: [] for i in range(len(table))}
    frame, boxes, _ = frames[1.0][0]
    for run in range(options.runs + 1):
        for i, row in enumerate(table):
            wall, cpu = time.perf_counter(), time.process_time()
            see(row, frame, boxes)
            if run:  # the first warms up
                times[i].append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
    print(
        f"| detector | threads | ms, fastest / median | CPU ms | {' | '.join(f'found at {share:g}' for share in SHARES)} | false |"
    )
    print("|---|---|---|---|" + "---|" * (len(SHARES) + 1))
    for i, row in enumerate(table):
        cells, false = [], 0
        for share in SHARES:
            found = total = 0
            for frame, boxes, truth in frames[share]:
                for want, faces in zip(truth, see(row, frame, boxes), strict=True):
                    hits = sum(face.box.iou(want) > FOUND_IOU for face in faces)
                    found, total, false = found + bool(hits), total + 1, false + len(faces) - hits
            cells.append(f"{found}/{total}")
        threads = "its own" if row.threads is None else str(row.threads)
        walls, cpus = zip(*times[i], strict=True)
        speed = f"{min(walls):.0f} / {statistics.median(walls):.0f} | {statistics.median(cpus):.0f}"
        print(f"| {row.name} | {threads} | {speed} | {' | '.join(cells)} | {false} |", flush=True)
        row.detector.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
