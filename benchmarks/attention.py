"""Head pose and closed eyes against the truth of the rendered people, and what they cost: `python -m benchmarks.attention`.

By size of the face's box: mean absolute error of yaw and pitch, how many closed eyes are found and how many open ones are
called closed. The clips' truth is relative to the room, their camera stands up to 5 degrees aside and above. `--poses FOLDER`
adds pictures of others, turned far (python -m tools.sample_call.render_people poses), whose truth is the camera's.
Cost: processor time for a frame of 49 faces, everything read anew, and in a call in which nobody moves.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.perception.attention import AttentionReader
from meeting_analyzer.perception.blazeface import BlazeFace
from meeting_analyzer.perception.landmarks import FaceLandmarks
from meeting_analyzer.types import Attention, Face, Image

SIZES = (96, 64, 48, 40, 32, 24, 16, 12)
"""Pixels of the true face's side that pictures are scaled to."""
QUALITY = 70
"""JPEG quality that scaled pictures go through, as call video does."""
COLUMNS, TILE = 7, (274, 154)


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture of one face, its true side in pixels, yaw and pitch in degrees and eyes. set: where it is from."""

    set: str
    image: Image
    side: float
    yaw: float
    pitch: float
    closed: bool


def clips(folder: Path, every: int) -> Iterator[Sight]:
    """Every so many frames of every clip, and all with closed eyes."""
    for path in sorted(folder.glob("*.mp4")):
        rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["frames"]
        capture = cv2.VideoCapture(str(path))
        for number, row in enumerate(rows):
            found, image = capture.read()
            if found and (row["eyes_closed"] or number % every == 0):
                angles = row["yaw"], row["pitch"]
                yield Sight("clips", np.asarray(image, np.uint8), row["face_box"][2], *angles, row["eyes_closed"])
        capture.release()


def turned(folder: Path) -> Iterator[Sight]:
    """The pictures of `render_people poses`."""
    for path in sorted(folder.glob("*.poses.json")):
        for row in json.loads(path.read_text(encoding="utf-8"))["frames"]:
            image = np.asarray(cv2.imread(str(folder / row["picture"])), np.uint8)
            angles = row["camera_yaw"], row["camera_pitch"]
            yield Sight("turned heads", image, row["face_box"][2], *angles, row["eyes_closed"])


def scaled(sight: Sight, side: int) -> Image:
    """The picture with a face of this size, after a lossy codec."""
    factor = side / sight.side
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    image = cv2.resize(sight.image, None, fx=factor, fy=factor, interpolation=how)
    _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def share(part: int, whole: int) -> str:
    """ "12 of 15 (80 %)"."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "-"


def accuracy(name: str, sights: Sequence[Sight], sides: Sequence[int]) -> None:
    """Print a table: a row a size."""
    detector, landmarks = BlazeFace("auto", 2), FaceLandmarks(2)
    print(f"\n{name}: {len(sights)} pictures, {sum(s.closed for s in sights)} with closed eyes\n")
    print("| face | faces read | yaw error | pitch error | p95 yaw | closed eyes found | open eyes called closed |")
    print("|---|---|---|---|---|---|---|")
    for side in sides:
        pairs: list[tuple[Sight, Face, Attention]] = []
        for sight in sights:
            image = scaled(sight, side)
            for face in detector.detect([image])[0][:1]:
                attention = landmarks.read(image, [face])[0]
                if attention is not None:
                    pairs.append((sight, replace(face, attention=attention), attention))
        if not pairs:
            print(f"| {side} px | 0 of {len(sights)} |")
            continue
        yaw = np.array([abs(a.yaw - s.yaw) for s, _, a in pairs])
        pitch = np.array([abs(a.pitch - s.pitch) for s, _, a in pairs])
        told = [(s.closed, a.eyes_closed) for s, face, a in pairs if face.eyes_known]
        hits = share(sum(truth and found for truth, found in told), sum(truth for truth, _ in told))
        false = share(sum(found and not truth for truth, found in told), sum(not truth for truth, _ in told))
        print(
            f"| {side} px | {len(pairs)} of {len(sights)} | {yaw.mean():.1f} | {pitch.mean():.1f} "
            f"| {np.percentile(yaw, 95):.1f} | {hits} | {false} |",
            flush=True,
        )
    detector.close()


def by_yaw(sights: Sequence[Sight]) -> None:
    """Print the error of yaw by how far heads are turned, at the pictures' own size."""
    detector, landmarks = BlazeFace("auto", 2), FaceLandmarks(2)
    print("\n| true yaw | heads | yaw error | pitch error |\n|---|---|---|---|")
    for low, high in ((0, 15), (15, 30), (30, 45), (45, 90)):
        errors = []
        for sight in (s for s in sights if low <= abs(s.yaw) < high):
            for attention in landmarks.read(sight.image, detector.detect([sight.image])[0][:1]):
                if attention is not None:
                    errors.append((abs(attention.yaw - sight.yaw), abs(attention.pitch - sight.pitch)))
        if errors:
            yaw, pitch = np.mean(errors, axis=0)
            print(f"| {low} to {high} | {len(errors)} | {yaw:.1f} | {pitch:.1f} |")
    detector.close()


def gallery(sights: Sequence[Sight]) -> tuple[Image, list[Face]]:
    """A picture of 49 tiles and the face in each."""
    detector = BlazeFace("auto", 2)
    chosen = [sights[i] for i in np.linspace(0, len(sights) - 1, COLUMNS**2).astype(int)]
    canvas = np.zeros((COLUMNS * TILE[1], COLUMNS * TILE[0], 3), np.uint8)
    faces = []
    for i, sight in enumerate(chosen):
        x, y = i % COLUMNS * TILE[0], i // COLUMNS * TILE[1]
        tile = np.asarray(cv2.resize(sight.image, TILE, interpolation=cv2.INTER_AREA), np.uint8)
        canvas[y : y + TILE[1], x : x + TILE[0]] = tile
        for face in detector.detect([tile])[0][:1]:
            points = tuple((px + x, py + y) for px, py in face.keypoints)
            faces.append(replace(face, box=face.box.shifted(x, y), keypoints=points))
    detector.close()
    return canvas, faces


def cost(sights: Sequence[Sight], frames: int) -> None:
    """Print what a frame of 49 faces costs."""
    image, faces = gallery([sight for sight in sights if not sight.closed])
    print(f"\nCost of {len(faces)} faces at 10 frames a second, milliseconds a frame\n")
    print("| threads | read again | faces read a frame | processor time, median | wall time, median / fastest |")
    print("|---|---|---|---|---|")
    for threads in (1, 2):
        for every in (0.0, 1.0):
            reader = AttentionReader(threads, every)
            reader.read(image, faces, 0.0)
            before, rows = reader.readings, []
            for frame in range(1, frames + 1):
                wall, cpu = time.perf_counter(), time.process_time()
                reader.read(image, faces, frame / 10)
                rows.append((1000 * (time.process_time() - cpu), 1000 * (time.perf_counter() - wall)))
            cpus, walls = zip(*rows, strict=True)
            print(
                f"| {threads} | {f'every {every:g} s' if every else 'in every frame'} "
                f"| {(reader.readings - before) / frames:.1f} | {statistics.median(cpus):.0f} "
                f"| {statistics.median(walls):.0f} / {min(walls):.0f} |",
                flush=True,
            )


def main(arguments: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.attention", description=(__doc__ or "").splitlines()[0])
    people = Path("tools/sample_call/people")
    parser.add_argument("--people", type=Path, default=people, help="folder of clips and truths")
    parser.add_argument("--poses", type=Path, help="folder of turned heads, see tools.sample_call.render_people")
    parser.add_argument("--every", type=int, default=5, help="of the clips' frames every so many (5)")
    parser.add_argument("--frames", type=int, default=40, help="timed frames (40)")
    options = parser.parse_args(arguments)
    sights = list(clips(options.people, options.every))
    if not sights:
        parser.error(f"there are no clips in {options.people}")
    accuracy("Sample people", sights, SIZES)
    if options.poses:
        heads = list(turned(options.poses))
        if not heads:
            parser.error(f"there are no *.poses.json in {options.poses}")
        accuracy("Turned heads", heads, SIZES)
        by_yaw(heads)
    cost(sights, options.frames)
    return 0


if __name__ == "__main__":
    sys.exit(main())
