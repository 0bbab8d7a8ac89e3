"""Strokes of letters: how far each pixel of a label is ink, and how alike two labels' strokes are."""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Box, Image
from .whiteness import Mask

CONTRAST = 40
"""Least difference in gray between a stroke and what is beside it."""


def opacity(image: Image, box: Box, bright: bool, reach: int) -> Mask:
    """How far each pixel of the box is ink, 0..255: what is behind a translucent label drops out.

    A pixel is a mix of ink and ground; the ground is what stays when thin things are taken away.
    """
    wide = Box(box.x - reach, box.y - reach, box.w + 2 * reach, box.h + 2 * reach)
    wide = wide.clipped(image.shape[1], image.shape[0])
    inner, pixels = box.shifted(-wide.x, -wide.y), wide.of(image)
    if reach:
        tone = tone_of(pixels, bright)
        ground = cv2.morphologyEx(tone, cv2.MORPH_OPEN, np.ones((reach, reach), np.uint8))
    else:
        ground = np.median(pixels.reshape(-1, 3), axis=0).astype(np.uint8)
        tone = cv2.absdiff(pixels, np.broadcast_to(ground, pixels.shape).copy()).max(axis=2)
        ground = np.zeros_like(tone)
    part, under = (inner.of(values).astype(np.float32) for values in (tone, ground))  # type: ignore[arg-type]
    ink = float(np.percentile(part, 97))
    return np.asarray(
        np.clip(255 * (part - under) / np.maximum(ink - under, CONTRAST), 0, 255).astype(np.uint8), np.uint8
    )


def tone_of(pixels: Image, bright: bool) -> Mask:
    """Gray in which ink is the brighter part."""
    gray = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return np.asarray(gray if bright else 255 - gray, np.uint8)


def stroke_difference(a: Mask, b: Mask) -> float:
    """How much two patches of strokes (h, w), 0..255, differ where they differ most, in 0..1, shifted by up to 2 pixels.

    The mean over a third of a letter: a changed letter counts the same in a short and in a long name.
    """
    if abs(a.shape[0] - b.shape[0]) > 2 or abs(a.shape[1] - b.shape[1]) > 2:
        return 1.0
    height, width = max(a.shape[0], b.shape[0]), max(a.shape[1], b.shape[1])
    pad = 2
    field = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    field[pad : pad + a.shape[0], pad : pad + a.shape[1]] = a
    other = b.astype(np.float32)
    x, y = cv2.minMaxLoc(cv2.matchTemplate(field, other, cv2.TM_CCORR))[3]
    field[y : y + b.shape[0], x : x + b.shape[1]] -= other
    side = max(3, round(height * 0.3))
    return float(cv2.boxFilter(np.abs(field), -1, (side, side), borderType=cv2.BORDER_CONSTANT).max()) / 255
