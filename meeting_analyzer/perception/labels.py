"""Where a tile's name stands: one line of text at its lower left, or in the middle of a tile without a camera.

Text is found by its strokes: thin, brighter (or darker) than what is around, in a row of equally high shapes. No model.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .base import TileBox
from .label_places import SLACK
from .strokes import CONTRAST, opacity, tone_of
from .whiteness import Mask

_MIN_HEIGHT = 5
"""Letters lower than this many pixels cannot be read."""
_LEGIBLE = 0.7
"""Least legibility of a line that is worth reading."""
_CLEAR = 2.0
"""Legibility from which more of it makes no line better."""
_INK = 110
"""How far, 0..255, a pixel of a stroke is ink at least."""
_HEIGHTS = (6, 8, 11, 15, 20, 27, 36)
"""Heights of letters that are looked for, in pixels; each stands for the next third too."""
ON_VIDEO = 12.0
"""Median brightness of a label's strokes, 0..255, from which the letters have no ground of their own."""
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
    # letters are as high in a small tile as in a large one
    strip_height = min(int(tile.box.h * 0.6), 40 + int(image.shape[0] * 0.03))
    strip = Box(tile.box.x, tile.box.bottom - strip_height, tile.box.w, strip_height).clipped(
        image.shape[1], image.shape[0]
    )
    if strip.h < 2 * _MIN_HEIGHT or strip.w < 3 * _MIN_HEIGHT:
        return None
    label = _in_strip(image, strip)
    if label is None and tile.kind == "off":
        label = _in_middle(image, tile.box)
    return label


def find_in_line(image: Image, line: Box) -> Label | None:
    """The label that begins at the left of a line in which labels are known to stand, cut as high as that line; None where none is seen."""
    line = line.clipped(image.shape[1], image.shape[0])
    if line.h < _MIN_HEIGHT or line.w < line.h:
        return None
    wide = Box(line.x - SLACK, line.y - SLACK, line.w + SLACK, line.h + 2 * SLACK)
    wide = wide.clipped(image.shape[1], image.shape[0])
    reach = 2 * max(2, line.h // 6) + 1
    found: list[tuple[float, Box, bool]] = []
    for bright in (True, False):
        tone, strokes = _raised(wide.of(image), bright, reach)
        lines = _from_left(tone, strokes, line.h)
        if lines:
            found.append((*_fullest(lines, strokes), bright))
    if not found:
        return None
    _, text, bright = max(found, key=lambda one: one[0])
    box = Box(wide.x, wide.y, min(wide.w, text.right + max(2, round(text.h * 0.3))), wide.h)
    return Label(box, opacity(image, box, bright, reach), bright, reach)


def line_from_left(ink: Mask) -> Box | None:
    """The line that begins at the left of a band of ink (h, w), 0..255, in which labels are known to stand; None where none is seen."""
    strokes = np.asarray((ink >= _INK).astype(np.uint8), np.uint8)
    lines = [(score, line) for score, line in _from_left(ink, strokes, ink.shape[0]) if score >= _LEGIBLE]
    return _fullest(lines, strokes)[1] if lines else None


def _from_left(tone: Mask, strokes: Mask, height: int) -> list[tuple[float, Box]]:
    """The lines of a band so high that begin at its left, with their legibility."""
    return [(_legibility(tone, strokes, line), line) for line in _lines(strokes) if line.x < 0.8 * height]


def strokes_at(image: Image, label: Label) -> Mask:
    """What stands in a frame where `label` was in another: strokes taken the same way, (label.box.h, label.box.w)."""
    return opacity(image, label.box, label.bright, label.reach)


def on_video(label: Label) -> bool:
    """Whether the letters have no ground of their own."""
    return label.reach > 0 and bool(np.median(label.strokes) >= ON_VIDEO)


def _raised(pixels: Image, bright: bool, reach: int) -> tuple[Mask, Mask]:
    """By how much each pixel is brighter (or darker) than what is within `reach` pixels, and the thin things that are."""
    tone = tone_of(pixels, bright)
    above = cv2.subtract(tone, cv2.morphologyEx(tone, cv2.MORPH_OPEN, np.ones((reach, reach), np.uint8)))
    strokes = (above > CONTRAST) & (tone > 135)
    if strokes.any():
        channels = cv2.split(pixels)
        high, low = cv2.max(cv2.max(*channels[:2]), channels[2]), cv2.min(cv2.min(*channels[:2]), channels[2])
        strokes &= cv2.subtract(high, low) <= 60  # a red microphone is no letter
    return np.asarray(above, np.uint8), strokes.astype(np.uint8)


def _off_ground(pixels: Image) -> Mask:
    """What differs from the even ground of a tile without a camera."""
    ground = np.median(pixels.reshape(-1, 3), axis=0).astype(np.uint8)
    away = cv2.absdiff(pixels, np.broadcast_to(ground, pixels.shape).copy())
    return np.asarray((away.max(axis=2) > CONTRAST).astype(np.uint8), np.uint8)


def _in_strip(image: Image, strip: Box) -> Label | None:
    pixels = strip.of(image)
    reach = 2 * max(3, strip.h // 10) + 1
    best: tuple[float, Label] | None = None
    for bright in (True, False):
        tone, strokes = _raised(pixels, bright, reach)
        lines = [
            (_legibility(tone, strokes, line), line)
            for line in _lines(strokes)
            if line.x < strip.w * _LEFT_SHARE and 0 < strip.h - line.bottom < 2.2 * line.h + 4
        ]
        lines = [(score, line) for score, line in lines if score >= _LEGIBLE]
        if lines:
            score, line = _fullest(lines, strokes)
            if best is None or score > best[0]:
                best = score, _cut(image, strip, line, bright, reach)
        if best and best[0] > 1.5:
            break
    return best[1] if best else None


def _fullest(lines: list[tuple[float, Box]], strokes: Mask) -> tuple[float, Box]:
    """Of lines with their legibility the one that shows most ink most clearly: a part of a line has less of it."""
    return max(lines, key=lambda one: min(one[0], _CLEAR) * float(one[1].of(strokes).sum()) ** 0.5)


def _legibility(tone: npt.NDArray[np.uint8], strokes: Mask, line: Box) -> float:
    """How much a line's strokes stand out of an even ground, in 0..: text in a label has 1 to 6."""
    near = max(1, line.h // 6)
    around = Box(line.x - near, line.y - near, line.w + 2 * near, line.h + 2 * near)
    around = around.clipped(strokes.shape[1], strokes.shape[0])
    part, ink = around.of(tone), around.of(strokes)
    ground = part[cv2.dilate(ink, np.ones((3, 3), np.uint8)) == 0]
    if ground.size < 8:
        return 0.0
    share = float(line.of(strokes).mean())
    contrast = float(part[ink > 0].mean() - ground.mean())
    even = contrast / (3 * float(ground.std()) + 25)
    return even * min(1.0, line.w / (1.5 * line.h)) if 0.08 < share < 0.65 else 0.0


def _lines(strokes: Mask) -> list[Box]:
    """Rows of shapes that may be text, for each height that letters may have: what is no higher than these, runs together
    when its gaps, in proportion to that height, are filled, and is then about as high.

    The pieces of a letter are one with their letter whatever their order (a Chinese one falls into many).
    """
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    height, width = strokes.shape
    x, y, w, h = (stats[:, column] for column in range(4))
    # what touches the region's edge is the tile's border, or video between the edge and the label
    inside = (x > 0) & (x + w < width) & (y > 0) & (y + h < height) & (h <= 0.7 * height)
    inside[0] = False
    inked = np.flatnonzero(strokes)
    shape_of = numbers.ravel()[inked]
    # one pixel of each shape, which tells what it runs together with
    pixel = np.zeros(len(stats), np.int64)
    pixel[shape_of] = inked
    found: dict[Box, None] = {}
    for tall in _HEIGHTS:
        if tall > 0.7 * height:
            break
        letters = inside & (h <= 1.3 * tall) & (w <= np.where(2 * h > tall, 9 * h, np.maximum(4 * h, 1.3 * tall)) + 4)
        if not (letters & (2 * h > tall)).any():
            continue
        gap, stack = max(5, tall) | 1, max(1, round(0.3 * tall)) | 1
        together = np.zeros(strokes.shape, np.uint8)
        together.ravel()[inked[letters[shape_of]]] = 1
        together = np.asarray(cv2.dilate(together, np.ones((stack, gap), np.uint8)), np.uint8)
        _, which = cv2.connectedComponents(together, connectivity=8)
        shapes = np.flatnonzero(letters)
        rows: dict[int, list[list[int]]] = {}
        for row, shape in zip(which.ravel()[pixel[shapes]].tolist(), stats[shapes, :4].tolist(), strict=True):
            rows.setdefault(row, []).append(shape)
        for _, row_shapes in sorted(rows.items()):
            for line in _in_band(row_shapes, tall, gap):
                if max(_MIN_HEIGHT, 0.8 * tall) <= line.h <= 1.7 * tall and line.w >= line.h:
                    found[line] = None
    return list(found)


def _in_band(shapes: Sequence[list[int]], tall: int, gap: int) -> list[Box]:
    """What of a row of shapes (left, top, width, height) is a line: those between the upper and lower ends of most
    letters, but for accents and descenders. What was near by chance is left out, which may leave several lines."""
    # a few numbers each: plain Python is ten times as fast as arrays of them
    large = [shape for shape in shapes if 2 * shape[3] > tall]
    if not large:
        return []
    reach, widths = 0.35 * tall, [w for _, _, w, _ in large]
    top = _middle([y for _, y, _, _ in large], widths) - reach
    bottom = _middle([y + h for _, y, _, h in large], widths) + reach
    kept = sorted(shape for shape in shapes if min(shape[1] + shape[3], bottom) - max(shape[1], top) >= 0.8 * shape[3])
    lines: list[list[list[int]]] = []
    end = -math.inf
    for shape in kept:
        if shape[0] - end > 1.2 * gap:
            lines.append([])
        lines[-1].append(shape)
        end = max(end, shape[0] + shape[2])
    return [_around(part) for line in lines for part in _with_and_without_crumbs(line, tall)]


def _with_and_without_crumbs(line: list[list[int]], tall: int) -> list[list[list[int]]]:
    """Crumbs at either end of a line may be of it (a quotation mark) or not (the corner of its ground); none of crumbs alone."""
    letters = [i for i, shape in enumerate(line) if 2 * shape[3] > tall]
    return [line, line[letters[0] : letters[-1] + 1]] if letters else []


def _around(shapes: Sequence[list[int]]) -> Box:
    """The rectangle around shapes (left, top, width, height)."""
    left, top = min(shape[0] for shape in shapes), min(shape[1] for shape in shapes)
    right, bottom = max(x + w for x, _, w, _ in shapes), max(y + h for _, y, _, h in shapes)
    return Box(left, top, right - left, bottom - top)


def _middle(values: Sequence[int], weights: Sequence[int]) -> float:
    """The weighted median."""
    ordered = sorted(zip(values, weights, strict=True))
    share = list(accumulate(weight for _, weight in ordered))
    return ordered[bisect_left(share, share[-1] / 2)][0]


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
    return Label(box, opacity(image, box, bright, reach), bright, reach)
