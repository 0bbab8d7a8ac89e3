"""What window, monitor and region have in common: a rectangle of the screen, grabbed again and again."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable

from ..errors import SourceError, UsageError
from ..types import Box, Frame, Image
from .base import EndOfSource, Source, SourceInfo
from .own import OwnWindows, paint_over
from .screen import GrabWatch, Pacer, Screen, is_black
from .windows import check_screen

HIDDEN_WAIT = 0.2  # seconds between looks at a window that is not shown
FAILING_SAID, FAILING_ENDS = 1.0, 15.0
"""Seconds of failing grabs after which that is said, and after which the run ends: another resolution or a monitor that is
plugged in make grabs fail for a moment."""


class GrabbedSource(Source):
    """Frames of a rectangle of the screen, `fps` a second; times are seconds since the first read."""

    live = True
    finds_own = True
    """Whether our own windows are looked for by this class; a subclass that knows what lies above its target says no."""

    def __init__(
        self, title: str, fps: float, screen: Screen | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises UsageError for an impossible fps and SourceError where the screen cannot be grabbed at all."""
        if not 0.1 <= fps <= 240:
            raise UsageError(f"{fps:g} frames per second cannot be grabbed; choose from 0.1 to 240.")
        if screen is None:
            check_screen()
        self._title = title
        self._fps = fps
        self._clock = clock
        self._screen = screen or Screen()
        self._own = OwnWindows(clock) if screen is None and self.finds_own else None
        self._pacer = Pacer(fps, clock)
        self._watch = GrabWatch(title, clock)
        self._started: float | None = None
        self._failing: float | None = None
        self._index = 0
        self._size: tuple[int, int] | None = None
        self._closed = False
        self.scale = 1.0
        """Pixels of the image per screen unit: 2.0 on most HiDPI Macs."""

    @abstractmethod
    def _target(self) -> Box | None:
        """The rectangle to grab now, inside the screen; None (and `notice` says why) when there is nothing to see.

        Raises SourceError when there never will be again.
        """

    def _grab(self, box: Box) -> Image | None:
        """The pixels under `box`; None to try once more because the rectangle has changed meanwhile."""
        return self._screen.grab(box)

    def _own_windows(self) -> list[Box]:
        """Where our own side window lies over the target, in screen units."""
        return self._own.boxes() if self._own else []

    @property
    def info(self) -> SourceInfo:
        """Title and nominal frame rate; the size after the first frame."""
        return SourceInfo(self._title, size=self._size, fps=self._fps)

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The screen at the next tick; None, with a notice, when nothing can be seen within `timeout` seconds.

        A black grab is nothing to be seen; that is said when it has lasted a while.
        """
        if self._closed:
            raise EndOfSource
        if not self._pacer.next(timeout):
            return None
        try:
            found = self._look()
        except SourceError:
            if self._closed:  # by another thread, in the middle of this read
                raise EndOfSource from None
            raise
        if found is None:
            self._pacer.pause(min(timeout, HIDDEN_WAIT))
            return None
        box, image = found
        self.scale = image.shape[1] / box.w
        black = is_black(image)  # looked at first: what is painted over is not black
        paint_over(image, box, self._own_windows())
        self._size = (image.shape[1], image.shape[0])
        self.notice = self._watch.update(image, black) or self.notice
        if black:
            return None  # behind a locked screen the class goes on: it did not leave, and nobody joined
        now = self._clock()
        if self._started is None:
            self._started = now
        frame = Frame(image, now - self._started, self._index)
        self._index += 1
        return frame

    def _look(self) -> tuple[Box, Image] | None:
        """Where the target is and its pixels; None when it is not shown."""
        while True:
            self.notice = None
            box = self._target()
            if box is None:
                return None
            try:
                image = self._grab(box)
            except SourceError as failure:
                if self._bears(failure):
                    return None
                raise
            self._failing = None
            if image is not None:
                return box, image

    def _bears(self, failure: SourceError) -> bool:
        """Whether to try again after a failed grab: not at the start, not for long, and not when it is over."""
        if self._closed or self._started is None:
            return False
        now = self._clock()
        self._failing = now if self._failing is None else self._failing
        if now - self._failing > FAILING_SAID:
            self.notice = str(failure)
        return now - self._failing <= FAILING_ENDS

    def close(self) -> None:
        """Release the screen and wake up a waiting read."""
        self._closed = True
        self._pacer.stop()
        self._screen.close()
        if self._own:
            self._own.close()
