"""The class's mood as a strip along the picture's edge."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from ..types import ADJECTIVES, EMOTIONS, Mode, Moment, Mood
from .palette import COLOURS
from .text import render_text

BACKGROUND = (24, 20, 18)
OPACITY = 238
INK = (240, 240, 240)
SHADES = np.round(np.linspace((*BACKGROUND, OPACITY), (*INK, 255), 256)).astype(np.uint8)
"""BGRA of text by its coverage, 0..255."""


def mood_strip(moment: Moment, width: int, scale: float = 1.0) -> npt.NDArray[np.uint8] | None:
    """A BGRA strip (h, width, 4); None where nothing is known.

    It holds faces, cameras off, heads turned away and eyes closed, shares of the classes, valence. What does not fit a
    narrow picture is left out from the right.
    """
    mood = moment.mood
    if mood is None or width < 240:
        return None
    # steadied where the timeline gives that, so that the count agrees with the signs on the labels
    away = sum([signals.looking_away for signals in moment.signals]) if moment.signals else mood.looking_away
    closed = sum([signals.eyes_closed for signals in moment.signals])
    return _drawn(mood, moment.mode, away, closed, width, scale)


@lru_cache(maxsize=8)
def _drawn(mood: Mood, mode: Mode, away: int, closed: int, width: int, scale: float) -> npt.NDArray[np.uint8]:
    """The strip of a mood, which is drawn into several pictures: not to be written into."""
    font = round(float(np.clip(width / 85, 11, 22)) * scale)
    height = round(font * 1.9)
    strip = np.empty((height, width, 4), np.uint8)
    strip[...] = (*BACKGROUND, OPACITY)
    pad = font
    x = _write(strip, f"{mood.faces} face{'' if mood.faces == 1 else 's'}", pad, font)
    if mood.cameras_off:
        x = _write(strip, f"{mood.cameras_off} camera{'' if mood.cameras_off == 1 else 's'} off", x + pad, font)
    for count, words in ((away, "looking away"), (closed, "with eyes closed")):
        if count:
            x = _write(strip, f"{count} {words}", x + pad, font)
    if mode == "presence":
        _write(strip, "presence mode: no emotion is inferred", x + pad, font)
        return strip
    if mood.emotion is None or mood.valence is None:
        return strip
    best = int(np.argmax(mood.emotion))
    words = f"class appears {ADJECTIVES[EMOTIONS[best]]} {100 * mood.emotion[best]:.0f} %, valence {mood.valence:+.2f}"
    room = width - x - 3 * pad - render_text(words, font).shape[1]
    if room > 8 * font:
        bar = min(room, 24 * font)
        _bar(strip, mood.emotion, x + pad, bar, font)
        x += pad + bar
    _write(strip, words, x + pad, font)
    return strip


def _write(strip: npt.NDArray[np.uint8], text: str, x: int, size: int) -> int:
    """Write a text at x where it fits; returns where it ends."""
    ink = render_text(text, size)
    h, w = int(ink.shape[0]), int(ink.shape[1])
    if x + w > strip.shape[1]:
        return x
    y = (strip.shape[0] - h) // 2
    strip[y : y + h, x : x + w] = SHADES[ink]
    return x + w


def _bar(strip: npt.NDArray[np.uint8], shares: tuple[float, ...], x: int, width: int, font: int) -> None:
    """The classes' mean shares side by side, with a gap between them so that colour is not the only cue."""
    top, bottom = (strip.shape[0] - font) // 2, (strip.shape[0] + font) // 2
    edges = x + np.round(np.cumsum([0.0, *shares]) * width).astype(int)
    for name, start, stop in zip(EMOTIONS, edges[:-1], edges[1:], strict=True):
        if stop - start > 1:
            cv2.rectangle(strip, (int(start), top), (int(stop) - 2, bottom), (*COLOURS[name], 255), -1)
