"""A real X server with a real window manager, painted windows and a real browser, for tests of the whole thing."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from Xlib import X, display
from Xlib.error import ConnectionClosedError

SCREEN = (1920, 1080)
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--test-type",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-features=Translate,MediaRouter,OptimizationHints",
    "--password-store=basic",
    "--autoplay-policy=no-user-gesture-required",
)
ENVIRONMENT = {"XDG_SESSION_TYPE": "x11", "WAYLAND_DISPLAY": None}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real browsers and windows stumble on a busy machine: a test of this folder has failed when it fails twice."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


def eventually(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """The first true answer of `condition`; fails the test, naming `what`, when none comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.05)
    pytest.fail(f"{what} did not happen within {seconds:g} s")


def _need(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (apt install xvfb openbox xdotool wmctrl chromium)")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, by force if it must be."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def start_server() -> tuple[subprocess.Popen[bytes], str]:
    """Start an Xvfb on a free display; returns its process and the display's name."""
    readable, writable = os.pipe()
    try:
        server = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(writable),
                "-screen",
                "0",
                f"{SCREEN[0]}x{SCREEN[1]}x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ],
            pass_fds=[writable],
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(writable)
    with os.fdopen(readable, "rb", buffering=0) as pipe:
        ready, _, _ = select.select([pipe], [], [], 20)
        number = pipe.readline().decode().strip() if ready else ""
    if not number:
        stop(server)
        pytest.fail("Xvfb did not start")
    return server, f":{number}"


@pytest.fixture(scope="session")
def x_display() -> Iterator[str]:
    """DISPLAY of an Xvfb of 1920x1080 in which openbox manages the windows; set in the environment."""
    _need("Xvfb", "openbox", "xdotool", "wmctrl")
    server, name = start_server()
    before = {key: os.environ.get(key) for key in ("DISPLAY", *ENVIRONMENT)}
    _set({"DISPLAY": name, **ENVIRONMENT})
    manager = subprocess.Popen(["openbox", "--sm-disable"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        eventually(_manages, "the start of openbox", 30)
        yield name
    finally:
        stop(manager)
        stop(server)
        _set(before)


def _manages() -> bool:
    """Whether a new window is managed; openbox says that it is there a little before it is."""
    probe = PaintedWindow("probe", (0, 0, 50, 50), (0, 0, 0))
    try:
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if probe.id in managed_windows():
                return True
            time.sleep(0.02)
        return False
    finally:
        probe.close()


def _set(values: dict[str, str | None]) -> None:
    for key, value in values.items():
        if value is None:
            os.environ.pop(key, None)
        else:
            os.environ[key] = value


def xdotool(*arguments: str | int) -> str:
    """Run xdotool and return what it prints."""
    words = ["xdotool", *map(str, arguments)]
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=20).stdout.strip()


class PaintedWindow:
    """A window of one colour, which the X server itself repaints whenever it is uncovered or resized."""

    def __init__(
        self, title: str, box: tuple[int, int, int, int], bgr: tuple[int, int, int], app: str = "painted"
    ) -> None:
        self._display = display.Display()
        screen = self._display.screen()
        blue, green, red = bgr
        x, y, width, height = box
        self.window = screen.root.create_window(
            x,
            y,
            width,
            height,
            0,
            screen.root_depth,
            X.InputOutput,
            X.CopyFromParent,
            background_pixel=red << 16 | green << 8 | blue,
        )
        utf8 = self._display.intern_atom("UTF8_STRING")
        self.window.change_property(self._display.intern_atom("_NET_WM_NAME"), utf8, 8, title.encode())
        self.window.set_wm_class(app, app)
        # 5: the position is the user's, so that the window manager keeps it
        self.window.set_wm_normal_hints(flags=5, x=x, y=y, width=width, height=height, min_width=20, min_height=20)
        self.window.map()
        self._display.sync()
        self.id: int = self.window.id

    def title(self, text: str) -> None:
        """Give the window another title."""
        utf8 = self._display.intern_atom("UTF8_STRING")
        self.window.change_property(self._display.intern_atom("_NET_WM_NAME"), utf8, 8, text.encode())
        self._display.sync()

    def move(self, x: int, y: int) -> None:
        """Ask for another position; granted as it is where there is no window manager."""
        self.window.configure(x=x, y=y)
        self._display.sync()

    def close(self) -> None:
        """Destroy the window."""
        if self._display is not None:
            with contextlib.suppress(OSError, ConnectionClosedError):
                self._display.close()
            self._display = None


@pytest.fixture
def painted_window(x_display: str) -> Iterator[Callable[..., PaintedWindow]]:
    """`painted_window(title, (x, y, w, h), (b, g, r))`: a managed, shown window; closed at the end of the test."""
    opened: list[PaintedWindow] = []

    def paint(
        title: str,
        box: tuple[int, int, int, int] = (200, 150, 640, 480),
        bgr: tuple[int, int, int] = (40, 160, 220),
        app: str = "painted",
    ) -> PaintedWindow:
        window = PaintedWindow(title, box, bgr, app)
        opened.append(window)
        eventually(lambda: window.id in managed_windows(), f"the appearance of {title!r}")
        return window

    yield paint
    for window in opened:
        window.close()


def managed_windows() -> list[int]:
    """Ids of the windows that the window manager lists."""
    listed = subprocess.run(["wmctrl", "-l"], capture_output=True, text=True, check=False, timeout=20).stdout
    return [int(line.split()[0], 16) for line in listed.splitlines()]


@dataclass
class ChromiumWindow:
    """A running Chromium with one window, of X11 id `id`."""

    process: subprocess.Popen[bytes]
    id: int
    profile: Path

    def close(self) -> None:
        """End the browser with all its processes and remove its profile."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)


@pytest.fixture
def chromium_window(
    x_display: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., ChromiumWindow]]:
    """`chromium_window(url, title=None, box=(100, 80, 1280, 760))`: Debian's Chromium showing `url` without tabs.

    Returns when the window is managed and, if `title` is given, has that in its title. Ended after the test.
    """
    _need("chromium")
    opened: list[ChromiumWindow] = []

    def launch(
        url: str, title: str | None = None, box: tuple[int, int, int, int] = (100, 80, 1280, 760)
    ) -> ChromiumWindow:
        before = set(managed_windows())
        profile = tmp_path_factory.mktemp("chromium")
        place = [f"--window-position={box[0]},{box[1]}", f"--window-size={box[2]},{box[3]}"]
        process = subprocess.Popen(
            ["chromium", *CHROMIUM_FLAGS, *place, f"--user-data-dir={profile}", f"--app={url}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        browser = ChromiumWindow(process, 0, profile)
        opened.append(browser)
        new = eventually(lambda: [w for w in managed_windows() if w not in before], "the window of Chromium", 60)
        browser.id = new[0]
        if title is not None:
            eventually(lambda: title in xdotool("getwindowname", browser.id), f"the title {title!r}", 60)
        return browser

    yield launch
    for browser in opened:
        browser.close()
