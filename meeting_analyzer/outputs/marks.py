"""A shape of its own for every class and every sign of attention, so that colour is never the only cue."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Attention, Signals
from .palette import MARKS

_SMOOTH = 8
SIGNS = ("speaking", "looking left", "looking right", "looking up", "looking down", "eyes closed")
"""What a label says by a sign: who speaks, where a head points, whose eyes are closed."""


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


@lru_cache(maxsize=256)
def sign(name: str, size: int) -> npt.NDArray[np.uint8]:
    """One of SIGNS as coverage, uint8 (size, size): bars of a sound, an arrow, a closed lid with its lashes."""
    side = size * _SMOOTH
    canvas = np.zeros((side, side), np.uint8)
    thick = max(1, round(side * 0.13))

    def line(*points: tuple[float, float]) -> None:
        path = np.array([[round(x * side), round(y * side)] for x, y in points], np.int32)
        cv2.polylines(canvas, [path], False, 255, thick, cv2.LINE_AA)

    if name == "speaking":
        for x, half in ((0.14, 0.14), (0.38, 0.36), (0.62, 0.22), (0.86, 0.12)):
            line((x, 0.5 - half), (x, 0.5 + half))
    elif name == "eyes closed":
        cv2.ellipse(
            canvas, (side // 2, round(side * 0.3)), (round(side * 0.4), round(side * 0.26)), 0, 0, 180, 255, thick
        )
        for x0, y0, x1, y1 in ((0.5, 0.56, 0.5, 0.82), (0.26, 0.5, 0.14, 0.72), (0.74, 0.5, 0.86, 0.72)):
            line((x0, y0), (x1, y1))
    else:
        line((0.1, 0.5), (0.88, 0.5))
        line((0.56, 0.18), (0.88, 0.5), (0.56, 0.82))
        quarters = {"looking right": 0, "looking up": 1, "looking left": 2, "looking down": 3}[name]
        canvas = np.ascontiguousarray(np.rot90(canvas, quarters))
    return np.asarray(cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def signs_of(signals: Signals | None, pose: Attention | None) -> tuple[str, ...]:
    """The signs of one participant; `pose` says where a head that is turned away points."""
    if signals is None:
        return ()
    signs = ["speaking"] if signals.speaking else []
    if signals.looking_away and pose is not None:
        sideways = abs(pose.yaw) >= abs(pose.pitch)
        ways = ("looking right", "looking left") if sideways else ("looking down", "looking up")
        signs.append(ways[(pose.yaw if sideways else pose.pitch) < 0])
    if signals.eyes_closed:
        signs.append("eyes closed")
    return tuple(signs)
