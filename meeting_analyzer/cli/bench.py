"""`meeting-analyzer bench`: how fast this machine analyses a gallery, part by part."""

from __future__ import annotations

import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

import click
import numpy as np

from ..config import Settings
from ..perception.appearance import appearance
from ..perception.emblem import find_emblem
from ..perception.haar import HaarDetector
from ..perception.perceive import Perception
from ..perception.tiles import find_tiles
from ..sources.sample import open_sample
from ..timeline import Timeline
from ..types import Frame, Image, Scene
from .common import Notices, say, settings_options, take


@dataclass(frozen=True, slots=True)
class Row:
    """One part's cost: the median, in milliseconds a frame."""

    part: str
    ms: float


@click.command("bench")
@click.option(
    "--frames", type=click.IntRange(3, 500), default=20, show_default=True, help="Frames each part is timed on."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@settings_options("analysis")
def command(frames: int, as_json: bool, **values: Any) -> None:
    """Time each part of the analysis on a 5x5 gallery of 1920x1080 pixels made from the sample call, and the fallback beside it."""
    settings: Settings = take("analysis", values)
    perception = Perception(settings, Notices())
    images = gallery_frames(frames)
    say(
        f"{len(images)} frames of 1920x1080 with 25 tiles; detector: {perception.detector.name}; one run, parts timed in turn."
    )
    rows = measure(perception, images)
    whole = next(row.ms for row in rows if row.part == GOING_ON)
    memory = peak_memory_mb()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "ms": {row.part: round(row.ms, 2) for row in rows},
                    "fps": round(1000 / whole, 2),
                    "peak_mb": None if math.isnan(memory) else round(memory),
                }
            )
        )
        return
    for row in rows:
        click.echo(f"{row.part:<34} {row.ms:9.1f} ms  {row.ms / whole:7.2f} x whole")
    click.echo(f"{'analysed frames a second':<34} {1000 / whole:9.1f}")
    click.echo(f"{'peak memory':<34} {memory:9.0f} MB")


GOING_ON = "whole analysis, the call going on"
"""What `live` and `analyze` do: only what changed since the last frame is looked at."""


def gallery_frames(count: int) -> list[Image]:
    """`count` pictures of 1920x1080 with 25 tiles of 368x207, cut from the sample call's tiles with their people in them."""
    tiles: list[Image] = []
    frames: list[Image] = []
    with open_sample() as source:
        for frame in islice(source, count):
            boxes = [tile.box for tile in find_tiles(frame.image) if tile.kind == "video"]
            tiles = [np.ascontiguousarray(box.of(frame.image)) for box in boxes] or tiles
            frames.append(compose(tiles))
    return frames


def compose(tiles: list[Image]) -> Image:
    """A dark 5x5 gallery of these tiles, repeated as often as it takes."""
    import cv2

    canvas = np.full((1080, 1920, 3), 26, np.uint8)
    for k in range(25):
        tile = cv2.resize(tiles[k % len(tiles)], (368, 207), interpolation=cv2.INTER_AREA)
        y, x = 10 + (k // 5) * 213, 24 + (k % 5) * 376
        canvas[y : y + 207, x : x + 368] = tile
    return canvas


def measure(perception: Perception, images: list[Image]) -> list[Row]:
    """Median milliseconds a frame of every part, all on the same frames."""
    timeline, going_on = Timeline(), Perception(perception.settings, Notices())
    scenes = [perception.see(Frame(image, index / 10, index)) for index, image in enumerate(images)]
    haar = HaarDetector()
    crops = [
        [tile.box.of(image) for tile in scene.tiles if tile.kind == "video"]
        for image, scene in zip(images, scenes, strict=True)
    ]
    faces = [[face for tile in scene.tiles for face in tile.faces] for scene in scenes]

    looked = [
        [(tile.box, find_emblem(image, tile.box)) for tile in scene.tiles]
        for image, scene in zip(images, scenes, strict=True)
    ]

    def afresh(i: int) -> Scene:
        perception.forget()
        return perception.see(Frame(images[i], i / 10, i))

    parts: dict[str, Callable[[int], object]] = {
        "tiles": lambda i: find_tiles(images[i]),
        "faces": lambda i: perception.detector.detect(crops[i]),
        "appearance": lambda i: [appearance(images[i], *tile) for tile in looked[i]],
        "timeline": lambda i: timeline.update(scenes[i]),
        "whole analysis": afresh,
        GOING_ON: lambda i: going_on.see(Frame(images[i], i / 10, i)),
        "faces by Haar, tile by tile": lambda i: haar.detect(crops[i]),
        "faces by Haar, whole frame": lambda i: haar.detect([images[i]]),
    }
    if emotion := perception.emotion:
        parts = {"emotion": lambda i: emotion.classify(images[i], faces[i])} | parts
    times: dict[str, list[float]] = {part: [] for part in parts}
    # in turn, so that a machine whose speed drifts is unfair to none
    for i in range(len(images)):
        for part, work in parts.items():
            started = time.perf_counter()
            work(i)
            times[part].append(1000 * (time.perf_counter() - started))
    return [Row(part, statistics.median(values)) for part, values in times.items()]


def peak_memory_mb() -> float:
    """Peak resident memory of this process in megabytes; NaN on Windows, where the standard library cannot tell."""
    try:
        import resource
    except ImportError:
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
