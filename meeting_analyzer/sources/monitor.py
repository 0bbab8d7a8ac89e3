"""A whole monitor."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..errors import UsageError
from ..types import Box
from .grabbed import GrabbedSource
from .screen import Screen
from .windows import check_screen


def list_monitors() -> list[Box]:
    """The monitors in screen units, number 1 first. Raises SourceError where the screen cannot be read."""
    check_screen()
    screen = Screen()
    try:
        return screen.monitors()[1:]
    finally:
        screen.close()


class MonitorSource(GrabbedSource):
    """Frames of monitor `number`, counted from 1."""

    def __init__(
        self,
        number: int = 1,
        fps: float = 30.0,
        screen: Screen | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises UsageError, naming those that exist, when there is no such monitor."""
        super().__init__(f"Monitor {number}", fps, screen, clock)
        self._number = number
        try:
            monitors = self._screen.monitors()[1:]
            if not 1 <= number <= len(monitors):
                there = ", ".join(f"{n} ({box.w}x{box.h} at {box.x},{box.y})" for n, box in enumerate(monitors, 1))
                raise UsageError(
                    f"There is no monitor {number}; choose from: {there or 'none, no monitor is connected'}."
                )
        except BaseException:
            self.close()
            raise

    def _target(self) -> Box | None:
        monitors = self._screen.monitors()
        if self._number >= len(monitors):
            self.notice = (
                f"Monitor {self._number} was disconnected; connect it to go on, or start again with another one."
            )
            return None
        return monitors[self._number]
