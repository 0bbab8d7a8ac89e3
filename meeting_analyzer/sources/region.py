"""A fixed rectangle of the screen."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..errors import UsageError
from ..types import Box
from .grabbed import GrabbedSource
from .screen import Screen

LEAST_SIDE = 16
EXAMPLE = "a region is x,y,width,height in pixels, for example region:100,80,1280,720"


def parse_region(text: str) -> Box:
    """The box written as "x,y,w,h"; raises UsageError when it is not four whole numbers or too small."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        raise UsageError(f"{text!r} is no region: {EXAMPLE}.")
    box = Box(*numbers)
    if box.w < LEAST_SIDE or box.h < LEAST_SIDE:
        raise UsageError(f"The region {text} is too small: width and height must be at least {LEAST_SIDE} pixels.")
    return box


class RegionSource(GrabbedSource):
    """Frames of the part of `box` (screen units) that is on the screen."""

    def __init__(
        self, box: Box, fps: float = 30.0, screen: Screen | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises UsageError, naming the screen's size, when nothing of the region is on the screen."""
        super().__init__(f"The region {box.x},{box.y},{box.w},{box.h}", fps, screen, clock)
        self._box = box
        try:
            if not self._screen.visible(box).area:
                whole = self._screen.monitors()[0]
                raise UsageError(
                    f"{self._title} is off the screen, which is {whole.w}x{whole.h} at {whole.x},{whole.y}; {EXAMPLE}."
                )
        except BaseException:
            self.close()
            raise

    def _target(self) -> Box | None:
        box = self._screen.visible(self._box)
        if not box.area:
            self.notice = f"{self._title} is no longer on the screen; start again with another region."
            return None
        if box != self._box:
            self.notice = (
                f"{self._title} reaches beyond the screen; {box.w}x{box.h} of it at {box.x},{box.y} are grabbed."
            )
        return box

    @property
    def area(self) -> Box | None:
        """The region itself."""
        return self._box
