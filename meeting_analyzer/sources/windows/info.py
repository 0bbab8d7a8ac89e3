"""What is known about a window, and what a platform must be able to tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...types import Box

OWN_TITLES = ("Meeting analyzer", "meeting-analyzer")
"""Titles that are never listed: of our side window, and of terminals that show our own command line."""


@dataclass(frozen=True, slots=True)
class WindowInfo:
    """A top-level window.

    id: the platform's number (X11 window, HWND, CGWindowID); app: its program (WM_CLASS, executable, owner); box: the
    visible rectangle in screen units as mss takes them (pixels on X11 and Windows, points on macOS); minimised: not
    shown at present, be it iconic, hidden or on another desktop; client: "zoom", "meet", ... or None.
    """

    id: int
    title: str
    app: str
    box: Box
    minimised: bool = False
    client: str | None = None


class Finder(Protocol):
    """Lists and follows windows on one platform. Used by one thread at a time; `close` is idempotent."""

    def windows(self) -> list[WindowInfo]:
        """Titled top-level windows of programs, the topmost first. Raises SourceError when they cannot be listed."""

    def refresh(self, window: WindowInfo) -> WindowInfo | None:
        """The window's present title, box and state, or None when it is closed. Cheap enough for every frame."""

    def above(self, window: WindowInfo) -> list[WindowInfo]:
        """Shown windows that are stacked above this one, with or without a title."""

    def close(self) -> None:
        """Let go of the connection to the window system."""


def is_own(title: str) -> bool:
    """Whether the title is one of this program's own windows, or of a terminal that runs it."""
    return title.startswith(OWN_TITLES[0]) or OWN_TITLES[1] in title


def cover(box: Box, above: Iterable[WindowInfo]) -> tuple[float, WindowInfo | None]:
    """How much of `box` the windows above it hide: (share in 0..1 of the union, the window that hides most)."""
    if not box.area:
        return 0.0, None
    # a coarse raster is exact enough for a share and needs no geometry of unions
    step = max(1, round((box.area / 40_000) ** 0.5))
    mask = np.zeros((-(-box.h // step), -(-box.w // step)), bool)
    worst: WindowInfo | None = None
    most = 0
    for window in above:
        common = box.intersection(window.box)
        if common.area:
            part = common.shifted(-box.x, -box.y)
            mask[part.y // step : -(-part.bottom // step), part.x // step : -(-part.right // step)] = True
            if common.area > most:
                most, worst = common.area, window
    return float(mask.mean()), worst
