"""What is asked of Windows and macOS, on fakes of their calls; X11 is tried for real in tests/e2e/test_side_window.py."""

from __future__ import annotations

import ctypes
import sys
import types
from typing import Any

import pytest

from meeting_analyzer.outputs import desktop

TITLE = "Meeting analyzer"


class User32:
    """The calls of user32 that are used; handle 77 is our window."""

    def __init__(self, windows: dict[str, int]) -> None:
        self.windows = windows
        self.calls: list[tuple[Any, ...]] = []

    def FindWindowW(self, kind: None, title: str) -> int:
        return self.windows.get(title, 0)

    def SetWindowDisplayAffinity(self, handle: int, affinity: int) -> int:
        self.calls.append(("affinity", handle, affinity))
        return 1

    def SetWindowPos(self, *arguments: int) -> int:
        self.calls.append(("position", *arguments))
        return 1

    def SetProcessDPIAware(self) -> int:
        self.calls.append(("aware",))
        return 1

    def GetDpiForSystem(self) -> int:
        return 192


@pytest.fixture
def user32(monkeypatch: pytest.MonkeyPatch) -> User32:
    made = User32({TITLE: 77})
    monkeypatch.setattr(ctypes, "windll", types.SimpleNamespace(user32=made), raising=False)
    return made


def test_windows_keeps_the_window_out_of_captures(user32: User32) -> None:
    assert desktop.hide_from_capture(TITLE, "win32")
    assert user32.calls == [("affinity", 77, 0x11)]  # WDA_EXCLUDEFROMCAPTURE
    assert not desktop.hide_from_capture("another", "win32")


def test_windows_keeps_the_window_on_top_where_and_as_large_as_it_is(user32: User32) -> None:
    assert desktop.keep_on_top(TITLE, "win32")
    assert user32.calls == [("position", 77, -1, 0, 0, 0, 0, 0x1 | 0x2)]  # HWND_TOPMOST, SWP_NOSIZE | SWP_NOMOVE
    assert not desktop.keep_on_top("another", "win32")


def test_windows_gives_real_pixels_once_asked(user32: User32) -> None:
    assert desktop.scale("win32") == 2.0
    assert user32.calls == [("aware",)]


class NSWindow:
    def __init__(self, title: str) -> None:
        self._title, self.level, self.sharing = title, 0, 1

    def title(self) -> str:
        return self._title

    def setLevel_(self, level: int) -> None:
        self.level = level

    def setSharingType_(self, kind: int) -> None:
        self.sharing = kind


def test_macos_shares_the_window_with_nobody_and_lets_it_float(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, other = NSWindow(TITLE), NSWindow("other")
    app = types.SimpleNamespace(windows=lambda: [other, ours])
    kit = types.SimpleNamespace(NSApplication=types.SimpleNamespace(sharedApplication=lambda: app))
    monkeypatch.setitem(sys.modules, "AppKit", kit)
    assert desktop.hide_from_capture(TITLE, "darwin")
    assert desktop.keep_on_top(TITLE, "darwin")
    assert (ours.sharing, ours.level) == (0, 3)  # NSWindowSharingNone, NSFloatingWindowLevel
    assert (other.sharing, other.level) == (1, 0)
    assert not desktop.hide_from_capture("no such window", "darwin")


def test_macos_without_pyobjc_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "AppKit", None)
    assert not desktop.hide_from_capture(TITLE, "darwin")


def test_x11_cannot_hide_a_window_so_the_sources_paint_over_it() -> None:
    assert not desktop.hide_from_capture(TITLE, "linux")


def test_without_an_x_server_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    assert desktop.scale("linux") == 1.0
    assert not desktop.keep_on_top(TITLE, "linux")
