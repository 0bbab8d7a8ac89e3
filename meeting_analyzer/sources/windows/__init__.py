"""Finding windows: one finder per platform, chosen here and imported only when it is needed."""

from __future__ import annotations

import dataclasses
import os
import sys

from ...errors import SourceError
from ..clients import LIKELY, recognise
from .info import Finder, WindowInfo, is_own

__all__ = ["Finder", "WindowInfo", "check_screen", "list_windows", "open_finder"]

WAYLAND = (
    "This is a Wayland session, which lets no program see another one's window: log out and choose the session called "
    '"Xorg" or "X11" at the login screen, or capture the call with OBS and use its virtual camera as the source '
    '"webcam:N", or analyse a recording of the call.'
)
NO_DISPLAY = (
    "There is no screen to capture from (DISPLAY is not set): start this from a terminal of the desktop session, "
    "or analyse a recording of the call."
)


def is_wayland() -> bool:
    """Whether the environment says that the desktop session is a Wayland one."""
    session = os.environ.get("XDG_SESSION_TYPE", "").lower()
    return session == "wayland" or (session != "x11" and bool(os.environ.get("WAYLAND_DISPLAY")))


def check_screen() -> None:
    """Raise SourceError, naming the way out, where the screen cannot be grabbed: Wayland, or no display at all.

    A real X server that is reached from within a Wayland session (Xvfb, Xephyr, ssh -X) is fine; Xwayland is not,
    because its root window is black.
    """
    if sys.platform in ("win32", "darwin"):
        return
    wayland = is_wayland()
    if not os.environ.get("DISPLAY"):
        raise SourceError(WAYLAND if wayland else NO_DISPLAY)
    if wayland:
        from .x11 import is_xwayland

        if is_xwayland():
            raise SourceError(WAYLAND)


def open_finder() -> Finder:
    """The finder of this platform. Raises SourceError when the platform does not let windows be found."""
    check_screen()
    if sys.platform == "win32":
        from .win32 import Win32Finder

        return Win32Finder()
    if sys.platform == "darwin":
        from .macos import MacFinder

        return MacFinder()
    from .x11 import X11Finder

    return X11Finder()


def recognised(windows: list[WindowInfo]) -> list[WindowInfo]:
    """The same windows with `client` filled in, without this program's own."""
    named = []
    for window in windows:
        if not is_own(window.title):
            match = recognise(window.title, window.app)
            client = match.client if match and match.sure >= LIKELY else None
            named.append(dataclasses.replace(window, client=client))
    return named


def list_windows(finder: Finder | None = None) -> list[WindowInfo]:
    """Titled windows, the topmost first, `client` set where one looks like a call; this program's own are left out.

    Raises SourceError where windows cannot be listed.
    """
    if finder is not None:
        return recognised(finder.windows())
    finder = open_finder()
    try:
        return recognised(finder.windows())
    finally:
        finder.close()
