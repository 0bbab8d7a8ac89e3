"""The slim line below the picture of the side window."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from ..types import Image

FONTS = Path(__file__).parent.parent / "assets" / "fonts"
OF_WIDTH = 1 / 48
"""Height of the line as a part of the picture's width, so that it reads the same at every size of picture."""
LEAST = 22
KEYS = "q quit   space pause   b hide   n names"
BACKGROUND, TEXT, DIM = (32, 32, 32), (235, 235, 235), (150, 150, 150)


def with_status(picture: Image, status: str) -> Image:
    """`picture` (H, W, 3) with a line of `status` and the keys below it: (H + line, W, 3)."""
    return np.ascontiguousarray(np.vstack([picture, line(picture.shape[1], status)]))


@lru_cache(maxsize=8)
def line(width: int, status: str) -> Image:
    """The line alone, of the given width in pixels. The keys are left out where they do not fit."""
    height = max(LEAST, round(width * OF_WIDTH))
    strip = Pillow.new("RGB", (width, height), BACKGROUND)
    pen, font, gap = ImageDraw.Draw(strip), _font(round(height * 0.58)), height // 2
    middle = height // 2
    shown = status
    while shown and pen.textlength(shown, font) > width - 2 * gap:
        shown = shown[:-2].rstrip() + "…" if len(shown) > 2 else ""
    pen.text((gap, middle), shown, TEXT, font, anchor="lm")
    if pen.textlength(shown, font) + pen.textlength(KEYS, font) + 4 * gap < width:
        pen.text((width - gap, middle), KEYS, DIM, font, anchor="rm")
    return np.ascontiguousarray(np.asarray(strip)[:, :, ::-1])


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in sorted(FONTS.glob("*.[to]tf")):
        return ImageFont.truetype(str(name), size)
    return ImageFont.load_default(size)
