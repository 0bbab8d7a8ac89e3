"""The side window: the annotated picture, a panel on the class, and keys."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from ..errors import OutputError
from ..types import Box, Frame, Image, Moment
from . import desktop
from .base import Status
from .draw import Style, blank, draw
from .fit import inner_size, letterbox
from .history import History, Overview
from .panel import panel
from .status import status_line
from .window_layout import MARGIN, opening_size, place_beside, split

TITLE = "Meeting analyzer"
BLANKED = "Hidden; press b to show it again."
KEYS = {
    **{ord("q"): "quit", 27: "quit", ord(" "): "pause", ord("b"): "blank"},
    **{ord("n"): "names", ord("m"): "mark", ord("s"): "report"},
}
FONT = 13
"""Size of the panel's text in pixels on a plain screen."""
PANEL_EVERY = 0.5
"""Seconds between two pictures of the panel."""
FONTS = Path(__file__).parent.parent / "assets" / "fonts"
WITHOUT = "use --side-window off; recordings and the virtual camera work without it"

Render = Callable[[Image, Moment, Style], Image]


class SideWindow:
    """A `live.Display` in a window of its own; made and used by one thread, which must be the main one on macOS.

    Keys: q or Esc quit, space pauses, b hides the picture at once, n hides the names, m marks the moment, s saves a report.
    The window is laid out anew for every size that the user gives it. Raises OutputError where no window can be opened.
    beside: the call's rectangle on the screen, which the window keeps clear of when it opens; history: what the panel
    tells (none: no panel); on_top: whether it stays above other windows.
    """

    watched: bool | None = True
    notice: str | None = None
    lag = 0.0

    def __init__(
        self,
        title: str = TITLE,
        render: Render = draw,
        blank_image: Callable[[tuple[int, int], str], Image] = blank,
        beside: Box | None = None,
        history: History | None = None,
        on_top: bool = True,
    ) -> None:
        self._screen = prepare()
        self._title, self._render, self._blank_image = title, render, blank_image
        self._history, self._on_top = history, on_top
        self._scale = desktop.scale()
        self._style = Style(mood=history is None, scale=1.0 if self._scale < 1.5 else self._scale)
        self._beside = beside
        self._thread = threading.get_ident()
        self._shown: tuple[object, ...] = ()
        self._panel: tuple[tuple[object, ...], Image] | None = None
        self._open = True
        self._sized = self._settled = False
        self.blanked = False
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        except cv2.error as error:
            raise OutputError(f"No window can be opened ({str(error.err).strip() or error}); {WITHOUT}.") from error

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        """Show the picture; returns what the user asked for by a key (see KEYS), "quit" for a closed window, or None."""
        if threading.get_ident() != self._thread:
            raise RuntimeError("the side window must be used by the thread that made it")
        if not self._open:
            return "quit"
        self._paint(frame, moment, status)
        # the window's events are handled inside waitKey
        action = KEYS.get(lower(cv2.waitKey(1)))
        if not self._visible():
            self.close()
            return "quit"
        if not self._settled:
            # it is on the screen now, and the window manager knows it
            self._settled = True
            desktop.hide_from_capture(self._title)
            if self._on_top:
                desktop.keep_on_top(self._title)
        return action

    def set_blank(self, blanked: bool) -> None:
        """Hide the call from the very next picture on, or show it again."""
        self.blanked = blanked

    def set_names(self, names: bool) -> None:
        """Show the participants' names from now on, or not."""
        self._style = replace(self._style, names=names)

    def close(self) -> None:
        """Close the window. Idempotent."""
        if self._open:
            self._open = False
            with contextlib.suppress(cv2.error):  # it was closed by the user
                cv2.destroyWindow(self._title)
                cv2.waitKey(1)

    def _paint(self, frame: Frame, moment: Moment | None, status: Status) -> None:
        if not self._sized:
            self._place(frame.size)
        size = self._inside()
        tick = int(time.monotonic() / PANEL_EVERY)
        now = (frame, moment, self._style, self.blanked, size, tick)
        if self._shown[2:] == now[2:] and frame is self._shown[0] and moment is self._shown[1]:
            return
        self._shown = now
        cv2.imshow(self._title, self._compose(size, frame, moment, status, tick))

    def _compose(self, size: tuple[int, int], frame: Frame, moment: Moment | None, status: Status, tick: int) -> Image:
        """The whole inside of the window, pixel by pixel."""
        panel_box, line = (None, True) if self._history is None else split(size, frame.size, self._font)
        bar = status_line(size[0], str(status), self._font) if line else None
        room = (
            size[0] - (panel_box.w if panel_box and panel_box.x else 0),
            size[1] - (panel_box.h if panel_box and panel_box.y else 0) - (bar.shape[0] if bar is not None else 0),
        )
        canvas = np.full((size[1], size[0], 3), 20, np.uint8)
        if room[0] >= 16 and room[1] >= 16:
            picture = letterbox(frame.image, inner_size(frame.size, room))
            if self.blanked:
                picture = self._blank_image((picture.shape[1], picture.shape[0]), BLANKED)
            elif moment is not None:
                picture = self._render(picture, moment, self._style)
            y, x = (room[1] - picture.shape[0]) // 2, (room[0] - picture.shape[1]) // 2
            canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        if bar is not None:
            canvas[size[1] - bar.shape[0] :] = bar[: size[1]]
        if panel_box is not None and self._history is not None:
            made_of = (panel_box, self.blanked, status.state, status.flash, tick)
            if self._panel is None or self._panel[0] != made_of:
                overview = None if self.blanked else self._history.overview()
                if overview is not None and not self._style.names:
                    overview = without_names(overview)
                self._panel = made_of, panel((panel_box.w, panel_box.h), overview, status, self._font)
            canvas[panel_box.y : panel_box.bottom, panel_box.x : panel_box.right] = self._panel[1]
        return canvas

    @property
    def _font(self) -> int:
        """Size of the panel's text in pixels."""
        return round(FONT * self._scale)

    def _inside(self) -> tuple[int, int]:
        """Width and height of the window's inside in pixels, at least a few."""
        with contextlib.suppress(cv2.error):
            _, _, width, height = cv2.getWindowImageRect(self._title)
            if width > 0 and height > 0:
                return max(64, int(width)), max(48, int(height))
        return 640, 480

    def _place(self, picture: tuple[int, int]) -> None:
        """Give the window its first size, and a place where all of it is on the screen."""
        kind = self._font, self._history is not None
        if self._screen is not None and self._beside is not None:
            place = place_beside(picture, self._screen, self._beside, *kind)
            cv2.resizeWindow(self._title, place.w, place.h)
            cv2.moveWindow(self._title, place.x, place.y)
        else:
            size = opening_size(picture, self._screen, *kind)
            cv2.resizeWindow(self._title, *size)
            if self._screen is not None:
                # the window manager placed it when it was small; several monitors side by side are one wide screen
                x = MARGIN if self._screen[0] > 2.4 * self._screen[1] else (self._screen[0] - size[0]) // 2
                cv2.moveWindow(self._title, x, max(0, (self._screen[1] - size[1]) // 2))
        self._sized = True

    def _visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:
            return False


def without_names(overview: Overview) -> Overview:
    """The overview with ids instead of names."""
    return replace(
        overview,
        concerns=tuple(replace(concern, name=None) for concern in overview.concerns),
        events=tuple(replace(event, text=event.unnamed) for event in overview.events),
    )


def lower(key: int) -> int:
    """A key code of waitKey without modifiers, as the small letter; -1 where no key was pressed."""
    code = key & 0xFF
    return key if key < 0 else code + 32 if ord("A") <= code <= ord("Z") else code


def prepare(platform: str = sys.platform) -> tuple[int, int] | None:
    """Make sure that a window can be opened, before Qt finds that it cannot and aborts the process.

    Returns the screen's (width, height) in pixels where it can be told. Raises OutputError with the way out.
    """
    framework = cv2.currentUIFramework()
    if not framework:
        raise OutputError(
            "The installed OpenCV has no windows (opencv-python-headless); pip uninstall it and "
            f"pip install --force-reinstall 'opencv-python<5', or {WITHOUT}."
        )
    screen = None
    if platform.startswith("linux"):
        screen = x_screen(os.environ.get("DISPLAY", ""))
        if framework.startswith("QT"):
            _prepare_qt()
    return screen


def x_screen(name: str) -> tuple[int, int]:
    """Width and height of the X display `name` in pixels. Raises OutputError where it cannot be reached."""
    if not name:
        raise OutputError(
            "There is no screen for the side window ($DISPLAY is empty); start it from a desktop session, "
            f"with xvfb-run, or {WITHOUT}."
        )
    from Xlib import display, error

    reason = ""
    with warnings.catch_warnings():
        # python-xlib leaves the sockets of a failed connection to the garbage collector, which warns about them
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            connection = display.Display(name)
        except (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError) as failure:
            reason = " ".join(str(failure).split()) or type(failure).__name__
    if reason:
        raise OutputError(
            f"The X display {name} cannot be reached ({reason}); set $DISPLAY to the desktop's, or {WITHOUT}."
        )
    try:
        screen = connection.screen()
        return int(screen.width_in_pixels), int(screen.height_in_pixels)
    finally:
        connection.close()


def _prepare_qt() -> None:
    """Settings that Qt reads when its first window is made, and a look whether its X11 plugin loads."""
    plugins = Path(os.environ.get("QT_QPA_PLATFORM_PLUGIN_PATH", Path(cv2.__file__).parent / "qt" / "plugins"))
    plugin = plugins / "platforms" / "libqxcb.so"
    if plugin.is_file():
        try:
            ctypes.CDLL(str(plugin))
        except OSError as failure:
            raise OutputError(
                f"Qt's X11 plugin does not load ({failure}); install the library it names "
                f"(on Debian: sudo apt install libxcb-cursor0 libxkbcommon-x11-0 libgl1), or {WITHOUT}."
            ) from failure
        # OpenCV carries no other one: with "wayland" Qt would abort
        os.environ["QT_QPA_PLATFORM"] = "xcb"
    os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;*.info=false;*.warning=false")
    if FONTS.is_dir():
        os.environ["QT_QPA_FONTDIR"] = str(FONTS)
