"""Where a tile's name stands: one line of text at its lower left, or in the middle of a tile without a camera.

Text is found by its strokes: thin, brighter (or darker) than what is around, in a row of equally high shapes. No model.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .base import TileBox

Mask = npt.NDArray[np.uint8]

_MIN_HEIGHT = 5
"""Letters lower than this many pixels cannot be read."""
_CONTRAST = 40
"""Least difference in gray between a stroke and what is beside it."""
_LEGIBLE = 0.7
"""Least legibility of a line that is worth reading."""
_LEFT_SHARE = 0.45
"""A label starts in this share of the tile's width."""


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text: its rectangle in frame pixels with a margin, and its strokes: how far each pixel is ink
    (box.h, box.w), 0..255.

    bright: lighter than its ground; reach: how far, in pixels, the ground was looked for (0: text of an off tile's
    middle).
    """

    box: Box
    strokes: Mask
    bright: bool
    reach: int


def find_label(image: Image, tile: TileBox) -> Label | None:
    """The label of a tile of a BGR frame; None where none is seen."""
    strip_height = min(int(tile.box.h * 0.34), 40 + int(image.shape[0] * 0.03))
    strip = Box(tile.box.x, tile.box.bottom - strip_height, tile.box.w, strip_height).clipped(
        image.shape[1], image.shape[0]
    )
    if strip.h < 2 * _MIN_HEIGHT or strip.w < 3 * _MIN_HEIGHT:
        return None
    label = _in_strip(image, strip)
    if label is None and tile.kind == "off":
        label = _in_middle(image, tile.box)
    return label


def strokes_at(image: Image, label: Label) -> Mask:
    """What stands in a frame where `label` was in another: strokes taken the same way, (label.box.h, label.box.w)."""
    return _opacity(image, label.box, label.bright, label.reach)


def _opacity(image: Image, box: Box, bright: bool, reach: int) -> Mask:
    """How far each pixel of the box is ink, 0..255: what is behind a translucent label drops out.

    A pixel is a mix of ink and ground; the ground is what stays when thin things are taken away.
    """
    wide = Box(box.x - reach, box.y - reach, box.w + 2 * reach, box.h + 2 * reach)
    wide = wide.clipped(image.shape[1], image.shape[0])
    inner, pixels = box.shifted(-wide.x, -wide.y), wide.of(image)
    if reach:
        tone = _tone(pixels, bright)
        ground = cv2.morphologyEx(tone, cv2.MORPH_OPEN, np.ones((reach, reach), np.uint8))
    else:
        ground = np.median(pixels.reshape(-1, 3), axis=0).astype(np.uint8)
        tone = cv2.absdiff(pixels, np.broadcast_to(ground, pixels.shape).copy()).max(axis=2)
        ground = np.zeros_like(tone)
    part, under = (inner.of(values).astype(np.float32) for values in (tone, ground))  # type: ignore[arg-type]
    ink = float(np.percentile(part, 97))
    return np.asarray(
        np.clip(255 * (part - under) / np.maximum(ink - under, _CONTRAST), 0, 255).astype(np.uint8), np.uint8
    )


def _tone(pixels: Image, bright: bool) -> Mask:
    """Gray in which ink is the brighter part."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return np.asarray(gray if bright else 255 - gray, np.uint8)


def _strokes(pixels: Image, bright: bool, reach: int) -> Mask:
    """Thin things brighter (or darker) than what is within `reach` pixels."""
    tone = _tone(pixels, bright)
    around = cv2.morphologyEx(tone, cv2.MORPH_OPEN, np.ones((reach, reach), np.uint8))
    channels = cv2.split(pixels)
    high, low = cv2.max(cv2.max(*channels[:2]), channels[2]), cv2.min(cv2.min(*channels[:2]), channels[2])
    gaudy = cv2.subtract(high, low) > 60  # a red microphone is no letter
    return ((cv2.subtract(tone, around) > _CONTRAST) & (tone > 135) & ~gaudy).astype(np.uint8)


def _off_ground(pixels: Image) -> Mask:
    """What differs from the even ground of a tile without a camera."""
    ground = np.median(pixels.reshape(-1, 3), axis=0).astype(np.uint8)
    away = cv2.absdiff(pixels, np.broadcast_to(ground, pixels.shape).copy())
    return np.asarray((away.max(axis=2) > _CONTRAST).astype(np.uint8), np.uint8)


def _in_strip(image: Image, strip: Box) -> Label | None:
    pixels = strip.of(image)
    reach = 2 * max(3, strip.h // 10) + 1
    best: tuple[float, Label] | None = None
    for bright in (True, False):
        strokes = _strokes(pixels, bright, reach)
        lines = [
            line
            for line in _lines(strokes)
            if 0 < line.x < strip.w * _LEFT_SHARE and 0 < strip.h - line.bottom < 2.2 * line.h + 4
        ]
        if lines:
            tone = _tone(pixels, bright)
            score, line = max((_legibility(tone, strokes, line), line) for line in lines)
            if score >= _LEGIBLE and (best is None or score > best[0]):
                best = score, _cut(image, strip, line, bright, reach)
        if best and best[0] > 1.5:
            break
    return best[1] if best else None


def _legibility(tone: npt.NDArray[np.uint8], strokes: Mask, line: Box) -> float:
    """How much a line's strokes stand out of an even ground, in 0..: text in a label has 1 to 6."""
    part, ink = line.of(tone), line.of(strokes)
    ground = part[cv2.dilate(ink, np.ones((3, 3), np.uint8)) == 0]
    if ground.size < 8:
        return 0.0
    share = float(ink.mean())
    contrast = float(part[ink > 0].mean() - ground.mean())
    even = contrast / (3 * float(ground.std()) + 25)
    return even * min(1.0, line.w / (2 * line.h)) if 0.08 < share < 0.6 else 0.0


def _lines(strokes: Mask) -> list[Box]:
    """Rows of shapes of letter size whose distances are at most a letter's height."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    height, width = strokes.shape
    glyphs = sorted(
        Box(*map(int, row[:4]))
        for row in stats[1:count]
        # what touches the region's edge is the tile's border, or video between the edge and the label
        if row[0] > 0 and row[0] + row[2] < width and row[1] + row[3] < height
        if 2 <= row[3] <= 0.7 * height and row[2] <= 4 * row[3] + 4
    )
    lines: list[list[Box]] = []
    for glyph in glyphs:
        for line in lines:
            recent = line[-6:]
            tall = max(member.h for member in line)
            top, bottom = min(member.y for member in recent), max(member.bottom for member in recent)
            near = glyph.x - max(member.right for member in recent) <= max(5, 1.2 * tall)
            small = glyph.h <= 0.5 * tall  # commas, dots, accents
            slack = 0.45 * tall if small else 0.0
            overlap = min(bottom + slack, glyph.bottom) - max(top - slack, glyph.y)
            if near and overlap >= 0.6 * min(glyph.h, bottom - top) and glyph.h <= 1.8 * max(tall, 6):
                line.append(glyph)
                break
        else:
            lines.append([glyph])
    boxes = []
    for line in lines:
        x, y = min(g.x for g in line), min(g.y for g in line)
        box = Box(x, y, max(g.right for g in line) - x, max(g.bottom for g in line) - y)
        if box.h >= _MIN_HEIGHT and box.w >= box.h:
            boxes.append(box)
    return boxes


def _in_middle(image: Image, tile: Box) -> Label | None:
    """Large text on the even ground of a tile without a camera; initials in a circle are no name."""
    middle = Box(tile.x + tile.w // 30, tile.y + tile.h // 4, tile.w - tile.w // 15, tile.h // 2).clipped(
        image.shape[1], image.shape[0]
    )
    if middle.h < 2 * _MIN_HEIGHT or middle.w < 2 * _MIN_HEIGHT:
        return None
    strokes = _off_ground(middle.of(image))
    lines = [line for line in _lines(strokes) if line.h <= 0.6 * middle.h and line.w >= 1.5 * line.h]
    if not lines:
        return None
    line = max(lines, key=lambda box: box.w)
    ink = line.of(strokes)
    around = Box(line.x - 4, line.y - 4, line.w + 8, line.h + 8)
    pixels, bare = around.of(middle.of(image)), around.of(strokes) == 0
    in_circle = np.abs(np.median(pixels[bare], axis=0) - np.median(middle.of(image).reshape(-1, 3), axis=0)).max() > 8
    off_center = abs(line.center[0] - middle.w / 2)
    if in_circle or off_center > 0.1 * middle.w or not 0.05 < ink.mean() < 0.6:
        return None
    return _cut(image, middle, line, True, 0)


def _cut(image: Image, region: Box, line: Box, bright: bool, reach: int) -> Label:
    """The line of a region with a margin for accents and serifs, in frame pixels."""
    up, side = max(2, round(line.h * 0.25)), max(2, round(line.h * 0.3))
    grown = Box(line.x - side, line.y - up, line.w + 2 * side, line.h + 2 * up).clipped(region.w, region.h)
    box = grown.shifted(region.x, region.y)
    return Label(box, _opacity(image, box, bright, reach), bright, reach)
