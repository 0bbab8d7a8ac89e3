"""Windows of macOS, by Quartz Window Services through pyobjc.

Bounds are in points with the origin at the top left of the main display, which is what mss takes on macOS; the image
that comes back may have more pixels than that.
"""

from __future__ import annotations

import importlib
from typing import Any

from ...errors import SourceError
from ...types import Box
from .info import WindowInfo

NORMAL_LAYER = 0
LEAST_SIDE = 50  # points; helper windows of programs are smaller
PERMISSION = (
    "macOS does not let this program record the screen: open System Settings, Privacy & Security, Screen & System "
    "Audio Recording, allow the terminal (or the app) that starts it, and start it again."
)


def load_quartz() -> Any:
    """The Quartz module of pyobjc; raises SourceError when it is not installed."""
    try:
        return importlib.import_module("Quartz")
    except ImportError as failure:
        raise SourceError("Finding windows on macOS needs pyobjc: pip install pyobjc-framework-Quartz.") from failure


class MacFinder:
    """Lists and follows windows; raises SourceError when the user has not allowed screen recording."""

    def __init__(self, quartz: Any = None) -> None:
        self._quartz = quartz or load_quartz()
        # without the permission titles are missing and grabs show the bare desktop, so there is no point in going on
        if not self._quartz.CGPreflightScreenCaptureAccess():
            self._quartz.CGRequestScreenCaptureAccess()
            raise SourceError(PERMISSION)

    def windows(self) -> list[WindowInfo]:
        """Titled windows of programs, those on the screen first and among them the topmost first."""
        quartz = self._quartz
        options = quartz.kCGWindowListOptionAll | quartz.kCGWindowListExcludeDesktopElements
        infos = [self._info(entry) for entry in self._list(options, quartz.kCGNullWindowID) if self._normal(entry)]
        return sorted((info for info in infos if info.title), key=lambda info: info.minimised)

    def refresh(self, window: WindowInfo) -> WindowInfo | None:
        """The window as it is now; None when it was closed."""
        entries = self._list(self._quartz.kCGWindowListOptionIncludingWindow, window.id)
        found = [self._info(entry) for entry in entries if int(entry.get("kCGWindowNumber", 0)) == window.id]
        return found[0] if found else None

    def above(self, window: WindowInfo) -> list[WindowInfo]:
        """Shown windows above this one; the menu bar, the Dock and other layers are left out."""
        entries = self._list(self._quartz.kCGWindowListOptionOnScreenAboveWindow, window.id)
        return [self._info(entry) for entry in entries if self._normal(entry)]

    def close(self) -> None:
        """Nothing is held open."""

    def _list(self, options: int, relative_to: int) -> list[Any]:
        entries = self._quartz.CGWindowListCopyWindowInfo(options, relative_to)
        if entries is None:
            raise SourceError("There is no window server: start this from a terminal of the desktop session.")
        return list(entries)

    @staticmethod
    def _normal(entry: Any) -> bool:
        bounds = entry.get("kCGWindowBounds", {})
        large = min(bounds.get("Width", 0), bounds.get("Height", 0)) >= LEAST_SIDE
        return bool(large and entry.get("kCGWindowLayer", 0) == NORMAL_LAYER and entry.get("kCGWindowAlpha", 1) > 0)

    @staticmethod
    def _info(entry: Any) -> WindowInfo:
        bounds = entry["kCGWindowBounds"]
        box = Box(*(round(bounds[side]) for side in ("X", "Y", "Width", "Height")))
        return WindowInfo(
            id=int(entry["kCGWindowNumber"]),
            title=str(entry.get("kCGWindowName") or "").strip(),
            app=str(entry.get("kCGWindowOwnerName") or ""),
            box=box,
            minimised=not entry.get("kCGWindowIsOnscreen", False),
        )
