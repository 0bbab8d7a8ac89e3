"""What a window may ask of the desktop that OpenCV does not offer: to stay on top, to be kept out of captures, its scale.

X11 by EWMH (freedesktop.org); Windows by user32; macOS by AppKit through pyobjc. None of it is needed to work: each
function says whether it was done. The calls for Windows and macOS are tested on fakes of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import re
import sys
import warnings
from typing import Any

EXCLUDE_FROM_CAPTURE = 0x11  # WDA_EXCLUDEFROMCAPTURE, since Windows 10 2004
TOPMOST, NOT_TOPMOST, NO_MOVE_NO_SIZE = -1, -2, 0x3
SHARING_NONE, FLOATING_LEVEL = 0, 3  # NSWindowSharingNone, NSFloatingWindowLevel
LARGEST_SCALE = 4.0


def keep_on_top(title: str, platform: str = sys.platform) -> bool:
    """Ask that the window of this title stays above the others; returns whether somebody was there to be asked."""
    if platform == "win32":
        user32, handle = _win32(title)
        return bool(handle and user32.SetWindowPos(handle, TOPMOST, 0, 0, 0, 0, NO_MOVE_NO_SIZE))
    if platform == "darwin":
        return _mac(title, lambda window: window.setLevel_(FLOATING_LEVEL))
    return _x11_state(title, "_NET_WM_STATE_ABOVE")


def hide_from_capture(title: str, platform: str = sys.platform) -> bool:
    """Keep the window out of screenshots and screen sharing; False where the system cannot, as X11.

    Where it cannot, the sources paint over it (`sources/own.py`).
    """
    if platform == "win32":
        user32, handle = _win32(title)
        return bool(handle and user32.SetWindowDisplayAffinity(handle, EXCLUDE_FROM_CAPTURE))
    if platform == "darwin":
        return _mac(title, lambda window: window.setSharingType_(SHARING_NONE))
    return False


def scale(platform: str = sys.platform) -> float:
    """How many pixels the desktop wants for one of a plain screen: 2.0 on most HiDPI ones, from 1 to 4."""
    found = 1.0
    if platform == "win32":
        user32 = _user32()
        user32.SetProcessDPIAware()  # from now on sizes are in real pixels
        found = user32.GetDpiForSystem() / 96
    elif platform.startswith("linux"):
        found = _x11_dpi() / 96
    # macOS scales what a window is given by itself
    return min(LARGEST_SCALE, max(1.0, found))


def _user32() -> Any:
    return ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]


def _win32(title: str) -> tuple[Any, int]:
    user32 = _user32()
    return user32, int(user32.FindWindowW(None, title) or 0)


def _mac(title: str, change: Any) -> bool:
    try:
        app = importlib.import_module("AppKit").NSApplication.sharedApplication()
    except ImportError:
        return False
    windows = [window for window in app.windows() if str(window.title()) == title]
    for window in windows:
        change(window)
    return bool(windows)


def _x11() -> Any:
    from Xlib import display, error

    with warnings.catch_warnings():
        # python-xlib leaves the sockets of a failed connection to the garbage collector, which warns about them
        warnings.simplefilter("ignore", ResourceWarning)
        with contextlib.suppress(error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError):
            return display.Display()
    return None


def _x11_dpi() -> float:
    """Xft.dpi of the server's resources, which desktops set with their scale; 96 where nobody did."""
    connection = _x11()
    if connection is None:
        return 96.0
    try:
        text = connection.screen().root.get_full_property(connection.intern_atom("RESOURCE_MANAGER"), 0)
        value = (
            "" if text is None else text.value if isinstance(text.value, str) else bytes(text.value).decode("latin-1")
        )
        found = re.search(r"^Xft\.dpi:\s*([\d.]+)", value, re.MULTILINE)
        return float(found.group(1)) if found else 96.0
    finally:
        connection.close()


def _x11_state(title: str, state: str) -> bool:
    """Ask the window manager to add a state, as EWMH wants it: by a message to the root window."""
    from Xlib import X, error
    from Xlib.protocol import event

    connection = _x11()
    if connection is None:
        return False
    try:
        root = connection.screen().root
        listed = root.get_full_property(connection.intern_atom("_NET_CLIENT_LIST"), X.AnyPropertyType)
        name = connection.intern_atom("_NET_WM_NAME")
        found = False
        for number in listed.value if listed is not None else ():
            window = connection.create_resource_object("window", int(number))
            with contextlib.suppress(error.BadWindow):
                value = window.get_full_property(name, X.AnyPropertyType)
                if value is None or bytes(value.value).decode("utf-8", "replace") != title:
                    continue
                data = (32, [1, connection.intern_atom(state), 0, 1, 0])
                message = event.ClientMessage(
                    window=window, client_type=connection.intern_atom("_NET_WM_STATE"), data=data
                )
                root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
                found = True
        connection.flush()
        connection.sync()
        return found
    finally:
        connection.close()
