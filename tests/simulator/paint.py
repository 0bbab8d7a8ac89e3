"""Drawing with Pillow: text in any script, smooth rounded shapes, translucent layers."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from PIL import Image as Pil
from PIL import ImageDraw, ImageFont

from meeting_analyzer.types import Box, Image

from .spec import Color

FINE = 4
"""Curves are drawn this many times as large and scaled down."""
_LATIN = ("NotoSans-{}.ttf", "LiberationSans-{}.ttf", "DejaVuSans.ttf")
_SCRIPTS = (
    (0x0900, 0x097F, "NotoSansDevanagari-{}.ttf"),
    (0x1100, 0x11FF, "NotoSansCJK-{}.ttc"),
    (0x2E80, 0xD7FF, "NotoSansCJK-{}.ttc"),
)
_PIECES = re.compile("[\u0900-\u097f\u200c\u200d ]*[\u0900-\u097f][\u0900-\u097f\u200c\u200d ]*|[^\u0900-\u097f]+")
"""Text that one font can draw: Noto's for Devanagari has no Latin letters, its CJK ones have."""
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def font(text: str, size: int, bold: bool = False, family: int = 0) -> _Font:
    """A font that has the text's letters; Pillow's own where none of the usual ones is installed."""
    names = [_LATIN[family % 2], *_LATIN]
    for low, high, name in _SCRIPTS:
        if any(low <= ord(letter) <= high for letter in text):
            names.insert(0, name)
    for name in names:
        try:
            return ImageFont.truetype(name.format("Bold" if bold else "Regular"), max(5, size))
        except OSError:
            continue
    return ImageFont.load_default(max(5, size))


def pillow(image: Image) -> Pil.Image:
    """BGR array to RGB picture."""
    return Pil.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


def array(picture: Pil.Image) -> Image:
    """RGB picture to BGR array."""
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


@cache
def rounded(width: int, height: int, radius: int) -> Pil.Image:
    """Mask of a rounded rectangle, 255 inside."""
    mask = Pil.new("L", (width, height), 255)
    radius = min(radius, width // 2, height // 2)
    if radius < 1:
        return mask
    side = radius * FINE
    corner = Pil.new("L", (side, side), 0)
    ImageDraw.Draw(corner).ellipse([0, 0, 2 * side - 1, 2 * side - 1], fill=255)
    corner = corner.resize((radius, radius), Pil.Resampling.BOX)
    for turned, x, y in (
        (corner, 0, 0),
        (corner.transpose(Pil.Transpose.FLIP_LEFT_RIGHT), width - radius, 0),
        (corner.transpose(Pil.Transpose.FLIP_TOP_BOTTOM), 0, height - radius),
        (corner.transpose(Pil.Transpose.ROTATE_180), width - radius, height - radius),
    ):
        mask.paste(turned, (x, y))
    return mask


def fill(canvas: Pil.Image, box: Box, color: Color, opacity: float = 1.0, radius: int = 0) -> None:
    """A filled rounded rectangle."""
    if box.w < 1 or box.h < 1:
        return
    mask = rounded(box.w, box.h, radius)
    if opacity < 1:
        mask = mask.point([round(value * opacity) for value in range(256)])
    canvas.paste(Pil.new("RGB", (box.w, box.h), color), (box.x, box.y), mask)


def ring(canvas: Pil.Image, box: Box, color: Color, thickness: int, radius: int) -> None:
    """A border inside the box."""
    mask = rounded(box.w, box.h, radius).copy()
    w, h = box.w - 2 * thickness, box.h - 2 * thickness
    if w > 0 and h > 0:
        mask.paste(0, (thickness, thickness), rounded(w, h, max(0, radius - thickness)))
    canvas.paste(Pil.new("RGB", (box.w, box.h), color), (box.x, box.y), mask)


def _pieces(text: str, size: int, how: dict[str, int]) -> list[tuple[str, _Font]]:
    """The text in order, each part with the font that has its letters."""
    parts = _PIECES.findall(text) or [text]
    return [(part, font(part, size, bool(how.get("bold")), how.get("family", 0))) for part in parts]


def write(
    canvas: Pil.Image, xy: tuple[float, float], text: str, color: Color, size: int, anchor: str = "lm", **how: int
) -> None:
    """Text at a point; anchor as in Pillow; how: bold, family."""
    pieces, draw = _pieces(text, size, how), ImageDraw.Draw(canvas)
    if len(pieces) == 1:
        draw.text(xy, text, fill=color, font=pieces[0][1], anchor=anchor)
        return
    # the first part where it belongs, the others after it on its baseline
    first, base = pieces[0]
    upper, lower = (draw.textbbox(xy, first, font=base, anchor="l" + where)[1] for where in (anchor[1], "s"))
    x = xy[0] - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * text_width(text, size, **how)
    for part, letters in pieces:
        draw.text((x, xy[1] + upper - lower), part, fill=color, font=letters, anchor="ls")
        x += letters.getlength(part)


def text_width(text: str, size: int, **how: int) -> int:
    """Width in pixels of `text` as `write` draws it."""
    return round(sum(letters.getlength(part) for part, letters in _pieces(text, size, how)))


def microphone(canvas: Pil.Image, cx: float, cy: float, size: float, color: Color, muted: bool) -> None:
    """A microphone, struck through in red when muted."""
    side = max(6, round(size))
    icon = Pil.new("L", (side * FINE, side * FINE), 0)
    draw, u = ImageDraw.Draw(icon), side * FINE / 16
    draw.rounded_rectangle([5.5 * u, 1 * u, 10.5 * u, 9.5 * u], 2.5 * u, fill=255)
    draw.arc([3 * u, 3 * u, 13 * u, 12.5 * u], 0, 180, fill=255, width=round(1.4 * u))
    draw.line([8 * u, 12 * u, 8 * u, 15 * u], fill=255, width=round(1.4 * u))
    if muted:
        draw.line([2 * u, 1.5 * u, 14 * u, 14.5 * u], fill=255, width=round(1.8 * u))
    mask = icon.resize((side, side), Pil.Resampling.BOX)
    canvas.paste(Pil.new("RGB", mask.size, color), (round(cx - side / 2), round(cy - side / 2)), mask)
