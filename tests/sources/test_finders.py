"""The Windows and macOS finders on fakes of the system's own calls, and what is common to all finders."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from types import SimpleNamespace
from typing import Any

import pytest

from meeting_analyzer.errors import SourceError
from meeting_analyzer.sources import windows as platforms
from meeting_analyzer.sources.windows import WindowInfo, check_screen
from meeting_analyzer.sources.windows.info import cover
from meeting_analyzer.sources.windows.macos import MacFinder, load_quartz
from meeting_analyzer.sources.windows.win32 import Win32Api, Win32Finder
from meeting_analyzer.types import Box


def info(box: Box, title: str = "") -> WindowInfo:
    return WindowInfo(1, title, "", box)


@pytest.mark.parametrize(
    ("above", "share"),
    [
        ([], 0.0),
        ([Box(500, 500, 10, 10)], 0.0),
        ([Box(0, 0, 50, 100)], 0.5),
        ([Box(0, 0, 50, 100), Box(0, 0, 50, 50)], 0.5),
        ([Box(-50, -50, 100, 100)], 0.25),
        ([Box(-5, -5, 500, 500)], 1.0),
    ],
)
def test_cover(above: list[Box], share: float) -> None:
    assert cover(Box(0, 0, 100, 100), [info(box) for box in above])[0] == pytest.approx(share)
    big = [info(Box(box.x * 19, box.y * 10, box.w * 19, box.h * 10)) for box in above]
    assert cover(Box(0, 0, 1900, 1000), big)[0] == pytest.approx(share, abs=0.02)


def test_cover_names_the_window_that_hides_most() -> None:
    share, worst = cover(Box(0, 0, 100, 100), [info(Box(0, 0, 20, 20), "Clock"), info(Box(20, 0, 80, 60), "Mail")])
    assert share == pytest.approx(0.52)
    assert worst is not None
    assert worst.title == "Mail"
    assert cover(Box(0, 0, 0, 0), []) == (0.0, None)


class FakeUser32:
    """Answers like user32 for a list of windows given from the top down."""

    def __init__(self, windows: dict[int, dict[str, Any]]) -> None:
        self.windows = windows
        for name in [name for name in dir(type(self)) if name[0].isupper()]:
            setattr(self, name, self._callable(getattr(self, name)))

    @staticmethod
    def _callable(method: Any) -> Any:
        # plain functions take the argtypes and restype that the product sets
        def call(*arguments: Any) -> Any:
            return method(*arguments)

        return call

    def EnumWindows(self, callback: Any, parameter: int) -> int:
        for handle in self.windows:
            if not callback(handle, parameter):
                break
        return 1

    def IsWindow(self, handle: int) -> int:
        return handle in self.windows

    def IsWindowVisible(self, handle: int) -> int:
        return self.windows[handle].get("visible", True)

    def IsIconic(self, handle: int) -> int:
        return self.windows[handle].get("iconic", False)

    def GetWindowTextLengthW(self, handle: int) -> int:
        return len(self.windows[handle].get("title", ""))

    def GetWindowTextW(self, handle: int, buffer: Any, size: int) -> int:
        buffer.value = self.windows[handle]["title"][: size - 1]
        return len(buffer.value)

    def GetWindowLongW(self, handle: int, index: int) -> int:
        assert index == -20
        return self.windows[handle].get("style", 0)

    def GetWindowRect(self, handle: int, pointer: Any) -> int:
        _fill(pointer, self.windows[handle]["rect"])
        return 1

    def GetWindowThreadProcessId(self, handle: int, pointer: Any) -> int:
        pointer._obj.value = self.windows[handle].get("pid", 0)
        return 7


def _fill(pointer: Any, rect: tuple[int, int, int, int]) -> None:
    target = pointer._obj
    target.left, target.top, target.right, target.bottom = rect


class FakeSystem:
    """The four libraries for one set of windows; `dwm` False is a system without the desktop window manager."""

    def __init__(self, windows: dict[int, dict[str, Any]], dwm: bool = True) -> None:
        self.user32 = FakeUser32(windows)
        self.open_handles: list[int] = []
        self.awareness: list[int] = []
        programs = {11: r"C:\Program Files\Zoom\bin\Zoom.exe", 12: r"C:\Windows\explorer.exe"}

        def attribute(handle: int, which: int, pointer: Any, size: int) -> int:
            if not dwm:
                return -2147024890
            if which == 14:
                assert size == ctypes.sizeof(wintypes.DWORD)
                pointer._obj.value = windows[handle].get("cloaked", 0)
                return 0
            assert (which, size) == (9, ctypes.sizeof(wintypes.RECT))
            _fill(pointer, windows[handle]["frame"])
            return 0

        def open_process(access: int, inherit: bool, pid: int) -> int | None:
            assert access == 0x1000
            assert not inherit
            if pid not in programs:
                return None
            self.open_handles.append(pid)
            return pid

        def image_name(process: int, flags: int, buffer: Any, length: Any) -> int:
            buffer.value = programs[process]
            length._obj.value = len(buffer.value)
            return 1

        def close_handle(process: int) -> int:
            self.open_handles.remove(process)
            return 1

        self.dwmapi = SimpleNamespace(DwmGetWindowAttribute=attribute)
        self.kernel32 = SimpleNamespace(
            OpenProcess=open_process, QueryFullProcessImageNameW=image_name, CloseHandle=close_handle
        )
        self.shcore = SimpleNamespace(SetProcessDpiAwareness=self.awareness.append)

    def finder(self) -> Win32Finder:
        return Win32Finder(Win32Api(self.user32, self.dwmapi, self.kernel32, self.shcore))


ZOOM = 0x7FFF_0000_1234
DESKTOP = {
    1: {"title": "Volume", "style": 0x80, "rect": (0, 0, 9, 9), "frame": (0, 0, 9, 9)},
    2: {"title": "", "rect": (0, 0, 50, 50), "frame": (10, 10, 210, 110)},
    3: {"title": "Overlay", "style": 0x20, "rect": (0, 0, 1920, 1080), "frame": (0, 0, 1920, 1080)},
    4: {"title": "Hidden", "visible": False, "rect": (0, 0, 50, 50), "frame": (0, 0, 50, 50)},
    5: {"title": "Suspended app", "cloaked": 2, "rect": (0, 0, 50, 50), "frame": (0, 0, 50, 50)},
    ZOOM: {"title": "Zoom Meeting", "pid": 11, "rect": (92, 100, 1388, 828), "frame": (100, 100, 1380, 820)},
    7: {"title": "Mail", "pid": 99, "iconic": True, "rect": (-32000, -32000, -31840, -31972), "frame": (0, 0, 0, 0)},
}


def test_windows_lists_what_can_be_captured() -> None:
    system = FakeSystem(DESKTOP)
    found = system.finder().windows()
    assert [window.title for window in found] == ["Overlay", "Zoom Meeting", "Mail"]
    zoom, mail = found[1:]
    assert zoom == WindowInfo(ZOOM, "Zoom Meeting", "Zoom.exe", Box(100, 100, 1280, 720))
    assert mail.minimised
    assert mail.app == ""
    assert system.open_handles == []
    assert system.awareness == [2]


def test_windows_without_a_compositor_uses_the_window_rectangle() -> None:
    zoom = FakeSystem(DESKTOP, dwm=False).finder().refresh(info_of(ZOOM))
    assert zoom is not None
    assert zoom.box == Box(92, 100, 1296, 728)


def info_of(handle: int) -> WindowInfo:
    return WindowInfo(handle, "Zoom Meeting", "Zoom.exe", Box(0, 0, 1, 1))


def test_windows_follows_minimised_moved_and_closed() -> None:
    desktop = {ZOOM: dict(DESKTOP[ZOOM])}
    finder = FakeSystem(desktop).finder()
    desktop[ZOOM] |= {"frame": (300, 200, 940, 680), "title": "Zoom Meeting 40-Minutes"}
    assert finder.refresh(info_of(ZOOM)) == WindowInfo(
        ZOOM, "Zoom Meeting 40-Minutes", "Zoom.exe", Box(300, 200, 640, 480)
    )
    desktop[ZOOM]["iconic"] = True
    minimised = finder.refresh(info_of(ZOOM))
    assert minimised is not None
    assert minimised.minimised
    desktop[ZOOM] |= {"iconic": False, "cloaked": 2}
    elsewhere = finder.refresh(info_of(ZOOM))
    assert elsewhere is not None
    assert elsewhere.minimised
    del desktop[ZOOM]
    assert finder.refresh(info_of(ZOOM)) is None
    finder.close()


def test_windows_above_leaves_out_what_hides_nothing() -> None:
    finder = FakeSystem(DESKTOP).finder()
    above = finder.above(info_of(ZOOM))
    assert [window.id for window in above] == [1, 2]
    assert above[1].box == Box(10, 10, 200, 100)
    assert finder.above(info_of(4711)) == []


class FakeQuartz:
    """The part of pyobjc's Quartz that is used, for a list of windows from the top down."""

    kCGWindowListOptionAll = 0
    kCGWindowListOptionOnScreenOnly = 1
    kCGWindowListOptionOnScreenAboveWindow = 2
    kCGWindowListOptionIncludingWindow = 8
    kCGWindowListExcludeDesktopElements = 16
    kCGNullWindowID = 0

    def __init__(self, *windows: dict[str, Any], allowed: bool = True, server: bool = True) -> None:
        self.windows = list(windows)
        self.allowed = allowed
        self.server = server
        self.asked = 0

    def CGPreflightScreenCaptureAccess(self) -> bool:
        return self.allowed

    def CGRequestScreenCaptureAccess(self) -> bool:
        self.asked += 1
        return False

    def CGWindowListCopyWindowInfo(self, options: int, relative_to: int) -> list[dict[str, Any]] | None:
        if not self.server:
            return None
        if options == 8:
            return [window for window in self.windows if window["kCGWindowNumber"] == relative_to]
        if options == 2:
            shown = [window for window in self.windows if window.get("kCGWindowIsOnscreen")]
            numbers = [window["kCGWindowNumber"] for window in shown]
            return shown[: numbers.index(relative_to)]
        assert options == 16
        return self.windows


def mac_window(
    number: int, name: str | None, owner: str, box: tuple[float, ...], shown: bool = True, **more: Any
) -> dict[str, Any]:
    entry = {
        "kCGWindowNumber": number,
        "kCGWindowOwnerName": owner,
        "kCGWindowBounds": dict(zip(("X", "Y", "Width", "Height"), box, strict=True)),
        "kCGWindowLayer": 0,
        "kCGWindowAlpha": 1.0,
    }
    # the window server leaves these keys out rather than set them to false
    if name is not None:
        entry["kCGWindowName"] = name
    if shown:
        entry["kCGWindowIsOnscreen"] = True
    return entry | more


MENU_BAR = mac_window(1, "Menubar", "Window Server", (0, 0, 1440, 24), kCGWindowLayer=24)
MAIL = mac_window(2, "Inbox", "Mail", (10.0, 30.0, 500.0, 400.0))
MEETING = mac_window(3, "Zoom Meeting", "zoom.us", (100.5, 50.0, 1280.0, 720.4))
HELPER = mac_window(4, None, "zoom.us", (0, 0, 500, 500))
TINY = mac_window(5, "tip", "zoom.us", (0, 0, 20, 20))
GLASS = mac_window(6, "Glass", "Recorder", (0, 0, 1440, 900), kCGWindowAlpha=0.0)
DOCKED = mac_window(7, "Notes", "Notes", (0, 0, 300, 300), shown=False)


def test_macos_lists_titled_windows_shown_ones_first() -> None:
    found = MacFinder(FakeQuartz(MENU_BAR, DOCKED, MAIL, MEETING, HELPER, TINY, GLASS)).windows()
    assert [window.title for window in found] == ["Inbox", "Zoom Meeting", "Notes"]
    assert found[1] == WindowInfo(3, "Zoom Meeting", "zoom.us", Box(100, 50, 1280, 720))
    assert found[2].minimised


def test_macos_follows_and_sees_what_is_above() -> None:
    quartz = FakeQuartz(MENU_BAR, MAIL, GLASS, MEETING)
    finder = MacFinder(quartz)
    meeting = finder.windows()[1]
    assert [window.title for window in finder.above(meeting)] == ["Inbox"]
    quartz.windows[3] = mac_window(3, "Zoom Meeting", "zoom.us", (0, 25, 640, 480), shown=False)
    moved = finder.refresh(meeting)
    assert moved is not None
    assert moved.box == Box(0, 25, 640, 480)
    assert moved.minimised
    del quartz.windows[3]
    assert finder.refresh(meeting) is None
    finder.close()


def test_macos_asks_for_the_permission() -> None:
    quartz = FakeQuartz(allowed=False)
    with pytest.raises(SourceError, match="Privacy & Security, Screen & System Audio Recording"):
        MacFinder(quartz)
    assert quartz.asked == 1


def test_macos_without_window_server_or_pyobjc(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError, match="There is no window server"):
        MacFinder(FakeQuartz(server=False)).windows()
    monkeypatch.setitem(sys.modules, "Quartz", None)
    with pytest.raises(SourceError, match="pip install pyobjc-framework-Quartz"):
        load_quartz()


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "DISPLAY is not set"),
        ({"XDG_SESSION_TYPE": "wayland"}, "This is a Wayland session"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "This is a Wayland session"),
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_SESSION_TYPE": "x11"}, "DISPLAY is not set"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="X11 and Wayland are Linux's")
def test_no_screen(environment: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SourceError, match=sentence):
        check_screen()


@pytest.mark.skipif(sys.platform != "linux", reason="Xwayland is Linux's")
def test_xwayland_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from meeting_analyzer.sources.windows import x11

    class Output:
        def __init__(self, name: str) -> None:
            self.name = name

    class Server:
        """A connection to an Xwayland: new ones have an extension of that name, old ones outputs of it."""

        def __init__(self, extensions: set[str], output: str) -> None:
            self.extensions, self.output, self.closed = extensions, output, False

        def has_extension(self, name: str) -> bool:
            return name in self.extensions

        def screen(self) -> Any:
            resources = SimpleNamespace(outputs=[1])
            return SimpleNamespace(root=SimpleNamespace(xrandr_get_screen_resources=lambda: resources))

        def xrandr_get_output_info(self, output: int, timestamp: int) -> Output:
            return Output(self.output)

        def close(self) -> None:
            self.closed = True

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    for server, refused in (
        (Server({"XWAYLAND"}, ""), True),
        (Server({"RANDR"}, "XWAYLAND0"), True),
        (Server({"RANDR"}, "HDMI-1"), False),
        (Server(set(), ""), False),
    ):
        monkeypatch.setattr(x11.display, "Display", lambda server=server: server)
        assert x11.is_xwayland() is refused
        assert server.closed
        if refused:
            with pytest.raises(SourceError, match="Wayland"):
                check_screen()
        else:
            check_screen()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_the_finder_of_the_platform_is_chosen(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from meeting_analyzer.sources.windows import macos, win32

    monkeypatch.setattr(platforms.sys, "platform", platform)
    system = FakeSystem(DESKTOP)
    monkeypatch.setattr(win32.ctypes, "WinDLL", lambda name, use_last_error=False: getattr(system, name), raising=False)
    monkeypatch.setattr(macos, "load_quartz", lambda: FakeQuartz(MEETING))
    titles = [window.title for window in platforms.list_windows()]
    assert "Zoom Meeting" in titles
    assert [window.client for window in platforms.list_windows() if window.title == "Zoom Meeting"] == ["zoom"]
