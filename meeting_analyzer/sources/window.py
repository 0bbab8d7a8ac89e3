"""A window, followed wherever it goes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

from ..errors import SourceError
from ..types import Box, Image
from .choose import choose_window
from .clients import LIKELY, recognise
from .grabbed import GrabbedSource
from .own import own_boxes
from .screen import Screen
from .windows import Finder, WindowInfo, list_windows, open_finder
from .windows.info import cover

COVERED = 0.25
OUTSIDE = 0.02  # window managers let frames and shadows hang over the edge
COVER_INTERVAL = 0.1  # seconds; asking what lies above costs a round trip per window
RETRIES = 3


class WindowSource(GrabbedSource):
    """Frames of one window, found by its title, its id or as the call that is open.

    Its position and size are asked for before every grab and checked after it, so that a moving window is never cut
    wrong. mss grabs what the screen shows, so `notice` says when another window covers it.
    """

    finds_own = False

    def __init__(
        self,
        query: str | None = None,
        fps: float = 30.0,
        finder: Finder | None = None,
        screen: Screen | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises SourceError when no window fits `query`, UsageError when several do (see `choose_window`)."""
        self._finder = finder or open_finder()
        try:
            self.window: WindowInfo = choose_window(list_windows(self._finder), query)
            super().__init__(f'The window "{self.window.title}"', fps, screen, clock)
        except BaseException:
            self._finder.close()
            raise
        self._name = self.window.title
        self._client = self.window.client
        self._covered_at = -1e9
        self._cover_notice: str | None = None
        self._own_above: list[Box] = []
        self._tries = 0

    def _target(self) -> Box | None:
        window = self._refresh()
        self.window = window
        if window.minimised:
            self.notice = f"{self._title} is minimised or on another desktop; restore it to go on."
            return None
        box = self._screen.visible(window.box)
        if not box.area:
            self.notice = f"{self._title} is outside the screen; move it back to go on."
            return None
        if self._client and not self._is_call(window):
            self.notice = f'{self._title} now shows "{window.title}"; switch back to the call\'s tab.'
        elif box != window.box:
            hidden = 1 - box.area / window.box.area
            self.notice = (
                f"{self._title} is partly outside the screen; move it back to see all of it."
                if hidden > OUTSIDE
                else None
            )
        self.notice = self._covering(window, box) or self.notice
        return box

    def _grab(self, box: Box) -> Image | None:
        image = self._screen.grab(box)
        # moved between the question and the grab: the picture is of the wrong place
        self._tries += 1
        if self._tries < RETRIES and self._refresh().box != self.window.box:
            return None
        self._tries = 0
        return image

    @property
    def area(self) -> Box | None:
        """The window's rectangle on the screen when it was last looked at."""
        return self.window.box

    def _own_windows(self) -> list[Box]:
        return self._own_above

    def _refresh(self) -> WindowInfo:
        window = self._finder.refresh(self.window)
        if window is None:
            raise SourceError(
                f"{self._title} was closed; open it and start again, or choose another one: "
                "`meeting-analyzer windows` lists them."
            )
        return dataclasses.replace(window, client=self._client)

    def _is_call(self, window: WindowInfo) -> bool:
        if window.title == self._name:
            return True
        match = recognise(window.title, window.app)
        return match is not None and match.client == self._client and match.sure >= LIKELY

    def _covering(self, window: WindowInfo, box: Box) -> str | None:
        now = self._clock()
        if now - self._covered_at >= COVER_INTERVAL:
            self._covered_at = now
            above = self._finder.above(window)
            self._own_above = own_boxes(above)
            share, worst = cover(box, above)
            self._cover_notice = None
            if worst is not None and share > COVERED:
                what = f'"{worst.title}"' if worst.title else "another window"
                self._cover_notice = f"{self._title} is partly covered by {what}; bring it to the front."
        return self._cover_notice

    def close(self) -> None:
        """Release the screen and the connection to the window system."""
        super().close()
        self._finder.close()
