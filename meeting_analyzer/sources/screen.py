"""Grabbing a rectangle of the screen with mss, at a steady pace, and noticing pictures that cannot be right."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import cv2
import mss
import numpy as np

from ..errors import SourceError
from ..types import Box, Image

BLACK_LEVEL = 6  # grey levels; a blanked screen is 0, a dark user interface has text
BLACK_AFTER = 1.0  # seconds
FROZEN_AFTER = 20.0  # seconds; a call with a camera on never stands still that long
MONITORS_AGE = 5.0  # seconds after which a plugged-in monitor or another resolution is noticed


class Screen:
    """Grabs rectangles of the screen; one mss instance per thread, because an X11 or GDI handle belongs to its thread.

    Rectangles are in screen units (pixels on X11 and Windows, points on macOS); images are in pixels.
    """

    def __init__(self, make: Callable[[], Any] = mss.MSS, clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._instances: dict[int, Any] = {}
        self._monitors: list[Box] = []
        self._asked = -1e9
        self._closed = False

    def monitors(self) -> list[Box]:
        """Every monitor in screen units; element 0 is the rectangle around all of them. Raises SourceError."""
        with self._lock:
            if self._clock() - self._asked > MONITORS_AGE:
                # an mss instance remembers its monitors for good, so a fresh one is asked
                try:
                    with self._make() as grabber:
                        found = [Box(m["left"], m["top"], m["width"], m["height"]) for m in grabber.monitors]
                except (mss.ScreenShotError, OSError) as failure:
                    raise SourceError(
                        f"The screen cannot be read ({_first_line(failure)}). {permission_hint()}"
                    ) from failure
                self._monitors, self._asked = found, self._clock()
            return self._monitors

    def visible(self, box: Box) -> Box:
        """The part of `box` that is on the screen; of zero size where none is."""
        return box.intersection(self.monitors()[0])

    def grab(self, box: Box) -> Image:
        """The pixels under `box` as a contiguous BGR image of the size that came back, which on HiDPI is not box's.

        Raises SourceError when the screen refuses.
        """
        last: Exception | None = None
        for _ in range(2):
            with self._lock:
                try:
                    shot = self._instance().grab({"left": box.x, "top": box.y, "width": box.w, "height": box.h})
                    break
                except mss.ScreenShotError as failure:
                    # after a change of resolution an old instance keeps failing where a new one works
                    last = failure
                    self._drop()
        else:
            raise SourceError(f"The screen could not be grabbed ({_first_line(last)}). {permission_hint()}") from last
        width, height = shot.size
        pixels = np.frombuffer(shot.raw, np.uint8).reshape(height, width, 4)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), np.uint8)

    def close(self) -> None:
        """Close the mss instances of all threads."""
        with self._lock:
            self._closed = True
            for grabber in self._instances.values():
                grabber.close()
            self._instances.clear()

    def _instance(self) -> Any:
        if self._closed:
            raise SourceError("The screen source is closed.")
        thread = threading.get_ident()
        if thread not in self._instances:
            self._instances[thread] = self._make()
        return self._instances[thread]

    def _drop(self) -> None:
        grabber = self._instances.pop(threading.get_ident(), None)
        self._asked = -1e9
        if grabber is not None:
            grabber.close()


def _first_line(failure: object) -> str:
    return str(failure).strip().split("\n", 1)[0]


def permission_hint() -> str:
    """What usually stands in the way of grabbing on this platform, as a sentence."""
    if sys.platform == "darwin":
        return (
            "Allow screen recording for the terminal in System Settings, Privacy & Security, Screen & System Audio "
            "Recording, and start again."
        )
    if sys.platform == "win32":
        return "Unlock the screen, and start this on the desktop that shows the call, not in a service or over SSH."
    return "Unlock the screen, and start this in the session that shows the call (an X11 one, not Wayland)."


def is_black(image: Image) -> bool:
    """Whether a grab (H, W, 3) shows nothing at all, as that of a locked screen."""
    return int(image[::8, ::8].max()) <= BLACK_LEVEL


class GrabWatch:
    """Notices a grab that stays black or stands still. Feed it every image; it answers with a sentence or None."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._black_since: float | None = None
        self._changed = clock()
        self._last: Image | None = None

    def update(self, image: Image, black: bool) -> str | None:
        """What is wrong with the latest image (H, W, 3), given those before it. black: whether it was grabbed as such."""
        now = self._clock()
        rows = image[::4]
        if self._last is None or self._last.shape != rows.shape or not np.array_equal(self._last, rows):
            self._last, self._changed = rows.copy(), now
        if not black:
            self._black_since = None
        elif self._black_since is None:
            self._black_since = now
        if self._black_since is not None and now - self._black_since >= BLACK_AFTER:
            return f"{self._what} is grabbed as black. {black_hint()}"
        if now - self._changed >= FROZEN_AFTER:
            return (
                f"{self._what} has not changed for {FROZEN_AFTER:.0f} s: if the call itself moves, unlock the screen "
                "or restore the window, or turn off hardware acceleration in the call's settings."
            )
        return None


def black_hint() -> str:
    """The way out of a black grab on this platform."""
    if sys.platform == "win32":
        return (
            "Unlock the screen, and turn off hardware acceleration in the call's settings; a window that is protected "
            "against capture stays black."
        )
    return permission_hint()


class Pacer:
    """Ticks `fps` times a second on a fixed grid: a late tick comes at once, missed ones are left out."""

    def __init__(
        self,
        fps: float,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._period = 1.0 / fps
        self._clock = clock
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._start: float | None = None
        self._tick = 0

    def next(self, timeout: float) -> bool:
        """Wait for the next tick; False when it does not come within `timeout` seconds or after `stop`."""
        now = self._clock()
        if self._start is None:
            self._start = now
        due = self._start + self._tick * self._period
        if due - now > timeout:
            self._wait(timeout)
            return False
        if due > now:
            self._wait(due - now)
        if self._stop.is_set():
            return False
        # the first grid point after now; the epsilon keeps rounding from giving the same tick twice
        self._tick = max(self._tick + 1, int((self._clock() - self._start) / self._period + 1e-6) + 1)
        return True

    def pause(self, seconds: float) -> None:
        """Wait without ticking, unless stopped."""
        self._wait(seconds)

    def stop(self) -> None:
        """Wake up whoever waits and tick no more."""
        self._stop.set()
