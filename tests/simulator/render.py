"""One picture of a call with everything that is true of it."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image as Pil

from meeting_analyzer.types import Image

from .chrome import desktop, paint_chrome
from .layout import layout
from .paint import array
from .spec import LOOKS, Spec
from .tiles import TruthTile, paint_tile, style


@dataclass(frozen=True)
class Shot:
    """A rendered picture, BGR (H, W, 3), and its tiles in reading order."""

    image: Image
    tiles: list[TruthTile]


def render(spec: Spec, seed: int) -> Shot:
    """The picture of a spec; the same for the same seed."""
    rng = random.Random(seed)
    look = LOOKS[spec.client, spec.theme]
    drawn = style(spec, look, rng)
    plan = layout(spec)
    canvas = desktop(spec.size, plan.window, rng) if spec.desktop else Pil.new("RGB", spec.size, drawn.background)
    paint_chrome(canvas, spec, plan, drawn.background, rng.choice(look.bars), rng)
    # nobody is told that the only one in the call speaks
    speakers = set(rng.sample(range(spec.count), min(spec.speakers, spec.count))) if spec.count > 1 else set()
    tiles = [paint_tile(canvas, box, spec, drawn, i in speakers, rng) for i, box in enumerate(plan.tiles)]
    image = array(canvas)
    if spec.quality is not None:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, spec.quality])[1]
        image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return Shot(image, tiles)
