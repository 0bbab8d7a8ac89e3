"""Windows of an X11 session, by EWMH (freedesktop.org, Extended Window Manager Hints 1.5) under a window manager.

Where there is none the children of the root window are walked.
"""

from __future__ import annotations

import contextlib
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from Xlib import X, display, error

from ...errors import SourceError
from ...types import Box
from .info import WindowInfo

T = TypeVar("T")
ALL_DESKTOPS = 0xFFFFFFFF
ICONIC_STATE = 3
KEPT = 0.1
"""Seconds for which a followed window's title and state are not asked again; its place and whether it is shown always are."""
GONE = (error.BadWindow, error.BadDrawable)
LOST = (error.ConnectionClosedError, OSError)
OPEN_FAILURES = (error.DisplayError, error.XauthError, OSError)


def _connect() -> Any:
    with warnings.catch_warnings():
        # python-xlib leaves the sockets of a failed connection to the garbage collector, which warns about them
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return display.Display()
        except OPEN_FAILURES as failure:
            reason = str(failure).strip().split("\n", 1)[0]
    raise SourceError(
        f"The X display cannot be opened ({reason}): check DISPLAY, and that this user may use it (XAUTHORITY)."
    )


def is_xwayland() -> bool:
    """Whether DISPLAY is Xwayland, whose root window cannot be grabbed; raises SourceError when it cannot be opened."""
    connection = _connect()
    try:
        if connection.has_extension("XWAYLAND"):
            return True
        if not connection.has_extension("RANDR"):
            return False
        resources = connection.screen().root.xrandr_get_screen_resources()
        names = [connection.xrandr_get_output_info(output, 0).name for output in resources.outputs]
        return any(str(name).startswith("XWAYLAND") for name in names)
    finally:
        connection.close()


class Told(NamedTuple):
    """What a window's properties say of it; margins are what to add left, right, top and bottom of it."""

    title: str
    app: str
    hidden: bool
    margins: Sequence[int]


class X11Finder:
    """Follows X11 windows over its own connection; boxes are the client areas in root pixels, without the frame."""

    def __init__(self) -> None:
        self._display: Any = _connect()
        self._root: Any = self._display.screen().root
        self._atoms: dict[str, int] = {}
        self._told: tuple[int, float, Told] | None = None
        self._lock = threading.RLock()
        self._closed = False

    def windows(self) -> list[WindowInfo]:
        """Titled top-level windows, the topmost first. Raises SourceError when the X server is gone."""
        with self._lock:
            return [info for info in self._asked(self._infos) if info.title]

    def refresh(self, window: WindowInfo) -> WindowInfo | None:
        """The window as it is now; None when it was destroyed. Raises SourceError when the X server is gone."""
        with self._lock:
            return self._asked(lambda: self._info(window.id, followed=True))

    def above(self, window: WindowInfo) -> list[WindowInfo]:
        """Shown windows above this one, with their frames, from the top down."""
        with self._lock:
            return self._asked(lambda: self._above(window.id))

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if not self._closed:
                self._closed = True
                with contextlib.suppress(*LOST):
                    self._display.close()
                # closing sends what is left first, and gives up on the socket where the server is gone
                self._display.display.socket.close()

    def _asked(self, question: Callable[[], T]) -> T:
        if self._closed:
            raise SourceError("The window source is closed.")
        try:
            return question()
        except LOST as failure:
            raise SourceError("The X server is gone: log in again and start once more.") from failure

    def _infos(self) -> list[WindowInfo]:
        found = (self._info(window_id) for window_id in reversed(self._stacking()))
        return [info for info in found if info is not None]

    def _above(self, window_id: int) -> list[WindowInfo]:
        order = self._stacking()
        if window_id not in order:
            return []
        covering = []
        for other in reversed(order[order.index(window_id) + 1 :]):
            info = self._info(other, framed=True)
            if info is not None and not info.minimised:
                covering.append(info)
        return covering

    def _stacking(self) -> list[int]:
        """Ids of the managed windows from the bottom to the top."""
        for name in ("_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST"):
            listed = self._property(self._root, name)
            if listed is not None:
                return [int(number) for number in listed]
        return [child.id for child in self._root.query_tree().children]

    def _info(self, window_id: int, framed: bool = False, followed: bool = False) -> WindowInfo | None:
        window = self._display.create_resource_object("window", window_id)
        try:
            geometry = window.get_geometry()
            corner = self._root.translate_coords(window, 0, 0)
            viewable = window.get_attributes().map_state == X.IsViewable
            told = self._told_lately(window) if followed else self._tell(window, framed)
        except GONE:
            return None
        left, right, top, bottom = told.margins
        width, height = geometry.width + left + right, geometry.height + top + bottom
        box = Box(corner.x - left, corner.y - top, max(0, width), max(0, height))
        return WindowInfo(window_id, told.title, told.app, box, minimised=told.hidden or not viewable)

    def _told_lately(self, window: Any) -> Told:
        """What the properties said at most KEPT seconds ago: each costs a question, and there are two rounds for every grab."""
        now = time.monotonic()
        if self._told is None or self._told[0] != window.id or now - self._told[1] > KEPT:
            self._told = window.id, now, self._tell(window, framed=False)
        return self._told[2]

    def _tell(self, window: Any, framed: bool) -> Told:
        return Told(self._title(window), self._app(window), self._hidden(window), self._margins(window, framed))

    def _margins(self, window: Any, framed: bool) -> Sequence[int]:
        """What to add left, right, top and bottom: minus a shadow drawn by the client, plus the frame if wanted."""
        shadow = self._property(window, "_GTK_FRAME_EXTENTS")
        if shadow is not None and len(shadow) == 4:
            return [-int(side) for side in shadow]
        frame = self._property(window, "_NET_FRAME_EXTENTS") if framed else None
        return [int(side) for side in frame] if frame is not None and len(frame) == 4 else (0, 0, 0, 0)

    def _hidden(self, window: Any) -> bool:
        state = self._property(window, "_NET_WM_STATE")
        if state is not None and self._atom("_NET_WM_STATE_HIDDEN") in state:
            return True
        iccc = self._property(window, "WM_STATE")
        if iccc is not None and len(iccc) and iccc[0] == ICONIC_STATE:
            return True
        desktop = self._property(window, "_NET_WM_DESKTOP")
        current = self._property(self._root, "_NET_CURRENT_DESKTOP")
        if not desktop or not current or desktop[0] == ALL_DESKTOPS:
            return False
        return bool(desktop[0] != current[0])

    def _title(self, window: Any) -> str:
        value = self._property(window, "_NET_WM_NAME")
        if value is None:
            value = self._property(window, "WM_NAME")
        if isinstance(value, str):
            return value.strip()
        return bytes(value).decode("utf-8", "replace").strip() if value is not None else ""

    def _app(self, window: Any) -> str:
        value = self._property(window, "WM_CLASS")
        if value is None:
            return ""
        text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
        # "instance\0class\0": the class names the program
        return text.rstrip("\0").split("\0")[-1]

    def _property(self, window: Any, name: str) -> Any:
        answer = window.get_full_property(self._atom(name), X.AnyPropertyType)
        return None if answer is None else answer.value

    def _atom(self, name: str) -> int:
        if name not in self._atoms:
            self._atoms[name] = self._display.intern_atom(name)
        return self._atoms[name]
