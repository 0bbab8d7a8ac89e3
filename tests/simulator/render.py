"""One picture of a call with everything that is true of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pil
from PIL import ImageDraw

from meeting_analyzer.types import Box, Image

from .arrange import EMPTY
from .chrome import desktop, paint_chrome
from .layout import Layout, layout
from .paint import array, fill, write
from .people import FRAMES_PER_PERSON
from .roster import Person, person
from .shared import paint_shared
from .spec import LOOKS, Spec
from .tiles import Instant, Style, TruthTile, paint_tile, style


@dataclass(frozen=True)
class Shot:
    """A rendered picture, BGR (H, W, 3), its tiles in the order of the places, and the shared screen (empty: none)."""

    image: Image
    tiles: list[TruthTile]
    shared: Box = EMPTY


@dataclass(frozen=True)
class Stage:
    """What all pictures of a window have in common: all but its tiles. `canvas` is not to be drawn on."""

    canvas: Pil.Image
    plan: Layout
    style: Style


def stage(spec: Spec, seed: int) -> Stage:
    """The window of a spec."""
    rng = random.Random(seed)
    look = LOOKS[spec.client, spec.theme]
    drawn = style(spec, look, rng)
    plan = layout(spec)
    canvas = desktop(spec.size, plan.window, rng) if spec.desktop else Pil.new("RGB", spec.size, drawn.background)
    paint_chrome(canvas, spec, plan, drawn.background, rng.choice(look.bars), rng)
    if plan.shared.area:
        paint_shared(canvas, plan.shared, spec.shared, rng)
    return Stage(canvas, plan, drawn)


def compose(
    spec: Spec, scene: Stage, people: Sequence[Person], speakers: set[int], instants: Sequence[Instant]
) -> Shot:
    """The picture of these participants in the places of a window, one each as far as there are places."""
    canvas = scene.canvas.copy()
    tiles = [
        paint_tile(canvas, box, spec, scene.style, who, i in speakers, at)
        for i, (box, who, at) in enumerate(zip(scene.plan.tiles, people, instants, strict=False))
    ]
    if spec.arrows and scene.plan.tiles:
        _arrows(canvas, spec, scene.plan.tiles)
    image = array(canvas)
    if spec.quality is not None:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, spec.quality])[1]
        image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return Shot(image, tiles, scene.plan.shared)


def _arrows(canvas: Pil.Image, spec: Spec, tiles: Sequence[Box]) -> None:
    """Buttons that turn pages, over the tiles at either side, with the page's number under them."""
    left, right = min(tile.x for tile in tiles), max(tile.right for tile in tiles)
    middle = (min(tile.y for tile in tiles) + max(tile.bottom for tile in tiles)) / 2
    s = spec.scale
    w, h = round(28 * s), round(64 * s)
    draw = ImageDraw.Draw(canvas)
    for x, sign in ((left + 6 * s, -1), (right - 6 * s - w, 1)):
        box = Box(round(x), round(middle - h / 2), w, h)
        fill(canvas, box, (20, 20, 20), 0.65, round(6 * s))
        cx, cy = box.center
        points = [(cx - sign * 4 * s, cy - 9 * s), (cx + sign * 5 * s, cy), (cx - sign * 4 * s, cy + 9 * s)]
        draw.line(points, fill=(240, 240, 240), width=max(1, round(2.5 * s)), joint="curve")
        write(canvas, (cx, box.bottom - 9 * s), "1/3", (220, 220, 220), max(5, round(10 * s)), "mm")


def render(spec: Spec, seed: int) -> Shot:
    """The picture of a spec with people drawn at random; the same for the same seed."""
    scene = stage(spec, seed)
    rng = random.Random(seed + 1)
    number = len(scene.plan.tiles)
    people = [person(i, spec, rng) for i in range(number)]
    # nobody is told that the only one in the call speaks
    speakers = set(rng.sample(range(number), min(spec.speakers, number))) if spec.count > 1 else set()
    instants = [Instant(rng.randrange(FRAMES_PER_PERSON), rng.getrandbits(32)) for _ in range(number)]
    return compose(spec, scene, people, speakers, instants)
