"""What following faces between detections saves and what it changes: `python -m benchmarks.following`.

The sample call is analysed afresh frame by frame and once for every --every (seconds between two detections of a tile),
in one run. Printed: CPU and wall milliseconds a frame as ratios to afresh, and over all faces that both found: overlap,
how often the likeliest class differs, and the greatest difference of a probability. Faces missed or added count too.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from meeting_analyzer.config import Settings
from meeting_analyzer.perception.perceive import Perception
from meeting_analyzer.sources.sample import open_sample
from meeting_analyzer.types import Face, Frame, Scene

SAME = 0.5
"""IoU of two boxes of one face."""


@dataclass
class Agreement:
    """Faces that two analyses of the same frames share, and how far they differ."""

    overlaps: list[float] = field(default_factory=list)
    differences: list[float] = field(default_factory=list)
    other_class: int = 0
    missed: int = 0
    added: int = 0

    def add(self, expected: Scene, found: Scene) -> None:
        """Count one frame's faces."""
        left = [face for tile in found.tiles for face in tile.faces]
        for face in (face for tile in expected.tiles for face in tile.faces):
            same = max(left, key=lambda other: face.box.iou(other.box), default=None)
            if same is None or face.box.iou(same.box) < SAME:
                self.missed += 1
                continue
            left.remove(same)
            self.overlaps.append(face.box.iou(same.box))
            self._compare(face, same)
        self.added += len(left)

    def _compare(self, face: Face, same: Face) -> None:
        if face.emotion is not None and same.emotion is not None:
            self.other_class += int(np.argmax(face.emotion)) != int(np.argmax(same.emotion))
            self.differences.append(float(np.abs(np.subtract(face.emotion, same.emotion)).max()))


def analyse(frames: Sequence[Frame], every: float, threads: int) -> tuple[list[Scene], float, float]:
    """The scenes, and CPU and wall milliseconds a frame."""
    perception = Perception(Settings(detect_every=every, threads=threads, names="off"), print)
    perception.see(frames[0])
    perception.forget()
    cpu, wall = time.process_time(), time.perf_counter()
    scenes = [perception.see(frame) for frame in frames]
    count = len(frames) / 1000
    result = scenes, (time.process_time() - cpu) / count, (time.perf_counter() - wall) / count
    perception.close()
    return result


def sample_frames(fps: float) -> list[Frame]:
    """The sample call's frames, at most `fps` a second."""
    frames: list[Frame] = []
    with open_sample() as source:
        for frame in source:
            if not frames or frame.time - frames[-1].time >= 0.99 / fps:
                frames.append(frame)
    return frames


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="python -m benchmarks.following"
    )
    parser.add_argument("--every", type=float, nargs="+", default=[0.3, 0.5, 1.0], help="seconds")
    parser.add_argument("--fps", type=float, default=10.0, help="frames analysed a second of the call")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    frames = sample_frames(options.fps)
    afresh, cpu, wall = analyse(frames, 0.0, options.threads)
    print(
        f"{len(frames)} frames of {frames[0].size[0]}x{frames[0].size[1]}; afresh: {cpu:.1f} ms CPU, {wall:.1f} ms a frame"
    )
    heads = " every     CPU    wall  faces missed  added    IoU  class differs  difference    p95"
    print(heads)
    for every in options.every:
        scenes, its_cpu, its_wall = analyse(frames, every, options.threads)
        agreement = Agreement()
        for expected, found in zip(afresh, scenes, strict=True):
            agreement.add(expected, found)
        count = len(agreement.overlaps)
        print(
            f"{every:5.1f}s {its_cpu / cpu:6.2f}x {its_wall / wall:6.2f}x {count:6} {agreement.missed:6} {agreement.added:6} "
            f"{np.mean(agreement.overlaps):6.3f} {100 * agreement.other_class / count:12.1f} % "
            f"{np.mean(agreement.differences):11.3f} {np.percentile(agreement.differences, 95):6.3f}"
        )


if __name__ == "__main__":
    main()
