"""A shape of its own for every class, so that colour is never the only cue."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from .palette import MARKS

_SMOOTH = 8


@lru_cache(maxsize=256)
def mark(label: str, size: int) -> npt.NDArray[np.uint8]:
    """The shape of a class as coverage, uint8 (size, size)."""
    side = size * _SMOOTH
    canvas = np.zeros((side, side), np.uint8)

    def at(*points: tuple[float, float]) -> list[npt.NDArray[np.int32]]:
        return [np.array([[round(x * side), round(y * side)] for x, y in points], np.int32)]

    middle, thick = (side // 2, side // 2), round(side * 0.17)
    shape = MARKS[label]
    if shape == "triangle up":
        cv2.fillPoly(canvas, at((0.5, 0.08), (0.96, 0.9), (0.04, 0.9)), 255)
    elif shape == "triangle down":
        cv2.fillPoly(canvas, at((0.5, 0.92), (0.96, 0.1), (0.04, 0.1)), 255)
    elif shape == "diamond":
        cv2.fillPoly(canvas, at((0.5, 0.02), (0.95, 0.5), (0.5, 0.98), (0.05, 0.5)), 255)
    elif shape == "disc":
        cv2.circle(canvas, middle, round(side * 0.45), 255, -1)
    elif shape == "ring":
        cv2.circle(canvas, middle, round(side * 0.37), 255, thick)
    elif shape == "cross":
        for a, b in (((0.14, 0.14), (0.86, 0.86)), ((0.86, 0.14), (0.14, 0.86))):
            cv2.polylines(canvas, at(a, b), False, 255, thick + side // 20)
    elif shape == "bar":
        cv2.fillPoly(canvas, at((0.06, 0.36), (0.94, 0.36), (0.94, 0.64), (0.06, 0.64)), 255)
    else:
        for x in (0.16, 0.5, 0.84):
            cv2.circle(canvas, (round(x * side), side // 2), round(side * 0.12), 255, -1)
    return np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
