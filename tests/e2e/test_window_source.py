"""Window, monitor and region sources on a real X server with a real window manager and a real browser."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.sources import EndOfSource, open_source
from meeting_analyzer.sources.monitor import MonitorSource, list_monitors
from meeting_analyzer.sources.own import PAINT
from meeting_analyzer.sources.region import RegionSource
from meeting_analyzer.sources.window import WindowSource
from meeting_analyzer.sources.windows import list_windows
from meeting_analyzer.types import Box, Frame

from .conftest import SCREEN, PaintedWindow, eventually, managed_windows, start_server, stop, xdotool

pytestmark = pytest.mark.usefixtures("x_display")
ORANGE, GREEN, BLUE = (40, 160, 220), (60, 200, 60), (200, 60, 30)


@pytest.fixture
def follow() -> Iterator[Callable[..., WindowSource]]:
    """Open window sources that look for covering windows at every read, and close them after the test."""
    opened: list[WindowSource] = []

    def start(query: str | None = None) -> WindowSource:
        source = WindowSource(query, fps=60)
        opened.append(source)
        return source

    yield start
    for source in opened:
        source.close()


def grab(source: WindowSource) -> Frame:
    frame: Frame = eventually(lambda: source.read(1.0), "a frame")
    return frame


def all_of(frame: Frame, bgr: tuple[int, int, int]) -> bool:
    return bool((frame.image == np.array(bgr, np.uint8)).all())


def settle(source: WindowSource, condition: Callable[[Frame | None], bool], what: str) -> Frame | None:
    """Read until `condition` holds of what was read; returns it."""
    last: list[Frame | None] = [None]

    def met() -> bool:
        last[0] = source.read(1.0)
        return condition(last[0])

    eventually(met, what)
    return last[0]


def test_listed_with_title_app_box_and_client(painted_window) -> None:
    painted_window("Zoom Meeting", (300, 200, 640, 480), app="zoom")
    painted_window("Großartige Übung – 授業", (50, 60, 300, 200))
    painted_window("Meeting analyzer", (700, 60, 300, 200))
    windows = {window.title: window for window in list_windows()}
    assert windows["Zoom Meeting"].client == "zoom"
    assert windows["Zoom Meeting"].app == "zoom"
    assert windows["Zoom Meeting"].box[2:] == (640, 480)
    assert not windows["Zoom Meeting"].minimised
    assert windows["Großartige Übung – 授業"].client is None
    assert "Meeting analyzer" not in windows


def test_follows_a_moved_and_resized_window(painted_window, follow) -> None:
    window = painted_window("Follow me", (200, 150, 640, 480), ORANGE)
    painted_window("Elsewhere", (1600, 60, 200, 200), BLUE)
    source = follow("follow ME")
    first = grab(source)
    assert first.size == (640, 480)
    assert all_of(first, ORANGE)
    xdotool("windowmove", window.id, 900, 500)
    moved = settle(source, lambda frame: source.window.box.x >= 900, "the move")
    assert moved is not None
    assert moved.size == (640, 480)
    assert all_of(moved, ORANGE)
    xdotool("windowsize", window.id, 411, 233)
    resized = settle(source, lambda frame: frame is not None and frame.size == (411, 233), "the new size")
    assert resized is not None
    assert all_of(resized, ORANGE)
    assert resized.time > moved.time > first.time
    assert resized.index > moved.index > first.index
    assert source.info.size == (411, 233)
    assert source.scale == 1.0


def test_never_grabs_beside_a_window_that_keeps_moving(painted_window, follow) -> None:
    window = painted_window("Restless", (100, 100, 300, 200), ORANGE)
    source = follow("Restless")
    grab(source)
    steps = [(100 + 37 * n, 100 + 23 * n) for n in range(25)]
    mover = threading.Thread(target=lambda: [xdotool("windowmove", window.id, x, y) for x, y in steps])
    mover.start()
    frames = []
    while mover.is_alive():
        frames.append(source.read(1.0))
    mover.join()
    assert len({source.window.box}) == 1
    good = [frame is not None and all_of(frame, ORANGE) for frame in frames]
    # a grab may catch the server between moving the frame and repainting it, so not every one can be right
    assert any(good)
    assert all_of(grab(source), ORANGE)


def test_minimised_and_restored(painted_window, follow) -> None:
    window = painted_window("Now you see me", (200, 150, 400, 300), GREEN)
    source = follow("Now you see me")
    grab(source)
    xdotool("windowminimize", window.id)
    settle(source, lambda frame: frame is None, "the notice of a minimised window")
    assert source.notice is not None
    assert "minimised" in source.notice
    assert "restore it" in source.notice
    xdotool("windowmap", window.id)
    subprocess.run(["wmctrl", "-i", "-a", hex(window.id)], check=True)
    back = settle(source, lambda frame: frame is not None and all_of(frame, GREEN), "the return of the window")
    assert back is not None
    assert source.notice is None


def test_window_on_another_desktop(painted_window, follow) -> None:
    window = painted_window("Other desktop", (200, 150, 400, 300), GREEN)
    source = follow("Other desktop")
    grab(source)
    subprocess.run(["wmctrl", "-i", "-r", hex(window.id), "-t", "1"], check=True)
    settle(source, lambda frame: frame is None, "the notice of a window on another desktop")
    assert "another desktop" in (source.notice or "")


def test_covered_by_another_window(painted_window, follow) -> None:
    lower = painted_window("The call", (200, 150, 600, 400), ORANGE)
    source = follow("The call")
    grab(source)
    painted_window("Mail", (250, 200, 600, 400), BLUE)
    settle(source, lambda frame: source.notice is not None, "the notice of a covered window")
    assert source.notice == 'The window "The call" is partly covered by "Mail"; bring it to the front.'
    subprocess.run(["wmctrl", "-i", "-a", hex(lower.id)], check=True)
    settle(source, lambda frame: source.notice is None, "the end of the notice")
    assert all_of(grab(source), ORANGE)


def test_a_little_covered_is_no_matter(painted_window, follow) -> None:
    painted_window("The call", (200, 250, 600, 400), ORANGE)
    painted_window("Chat", (180, 150, 150, 150), BLUE)
    source = follow("The call")
    assert not all_of(grab(source), ORANGE)
    assert source.notice is None


def test_partly_off_the_screen(painted_window, follow) -> None:
    window = painted_window("Edge", (400, 300, 600, 400), ORANGE)
    source = follow("Edge")
    grab(source)
    xdotool("windowmove", window.id, SCREEN[0] - 250, 300)
    frame = settle(source, lambda frame: frame is not None and frame.size[0] < 300, "the move over the edge")
    assert frame is not None
    assert all_of(frame, ORANGE)
    assert frame.size[0] == SCREEN[0] - source.window.box.x
    assert "partly outside the screen" in (source.notice or "")


def test_closed(painted_window, follow) -> None:
    window = painted_window("Short-lived")
    source = follow("Short-lived")
    grab(source)
    window.close()
    with pytest.raises(SourceError, match='"Short-lived" was closed; open it and start again'):
        eventually(lambda: source.read(1.0) is None and None, "the notice of the closed window")


def test_the_call_is_chosen_by_itself(painted_window, follow) -> None:
    painted_window("Zoom Workplace", (20, 50, 500, 300), app="zoom")
    painted_window("Meet - abc-defg-hij", (600, 300, 640, 480), GREEN, app="Chromium")
    painted_window("How to use a Zoom Meeting - YouTube - Chromium", (20, 500, 300, 200), app="Chromium")
    source = follow()
    assert source.window.title == "Meet - abc-defg-hij"
    assert all_of(grab(source), GREEN)
    assert source.window.client == "meet"


def test_several_calls_are_listed(painted_window, follow) -> None:
    painted_window("Meet - abc-defg-hij", (600, 300, 300, 200), app="Chromium")
    painted_window("Zoom Meeting", (20, 50, 300, 200), app="zoom")
    with pytest.raises(
        UsageError, match=r'Several calls are open: .*Zoom Meeting.*Meet - abc.*--window "TITLE"|.*Meet.*Zoom'
    ):
        follow()


def test_no_such_window(painted_window, follow) -> None:
    painted_window("Something else")
    with pytest.raises(SourceError, match="No window has 'Gallery' in its title; open now: \"Something else\""):
        follow("Gallery")
    with pytest.raises(SourceError, match="No call is open"):
        follow()


def test_by_id(painted_window, follow) -> None:
    window = painted_window("Twin", (100, 100, 300, 200), GREEN)
    painted_window("Twin", (600, 100, 300, 200), BLUE)
    assert all_of(grab(follow(f"id:{window.id:#x}")), GREEN)
    with pytest.raises(UsageError, match="2 windows have 'Twin' in their title"):
        follow("Twin")


def test_the_call_tab_goes_to_the_back(painted_window, follow) -> None:
    window = painted_window("Meet - abc-defg-hij", (200, 150, 400, 300), app="Chromium")
    source = follow()
    grab(source)
    window.title("Inbox - Chromium")
    settle(source, lambda frame: source.notice is not None, "the notice of another tab")
    assert 'now shows "Inbox - Chromium"' in (source.notice or "")


@pytest.fixture
def bare_window(x_display: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PaintedWindow, Callable[[], None]]]:
    """An orange window of 320x240 at (30, 40) on a second X server without window manager, and what ends it."""
    server, name = start_server()
    monkeypatch.setenv("DISPLAY", name)
    window = PaintedWindow("Bare", (30, 40, 320, 240), ORANGE)
    yield window, lambda: stop(server)
    window.close()
    stop(server)


def test_without_a_window_manager_the_tree_is_walked(bare_window) -> None:
    cover = PaintedWindow("Cover", (30, 40, 300, 240), BLUE)
    with WindowSource("Bare") as source:
        assert grab(source).size == (320, 240)
        assert source.window.box == Box(30, 40, 320, 240)
        assert 'partly covered by "Cover"' in (source.notice or "")
    cover.close()


def test_wholly_off_the_screen_and_back(bare_window) -> None:
    window, _ = bare_window
    with WindowSource("Bare") as source:
        assert all_of(grab(source), ORANGE)
        window.move(3000, 40)
        assert source.read(1.0) is None
        assert source.notice == 'The window "Bare" is outside the screen; move it back to go on.'
        window.move(-100, -50)
        frame = grab(source)
        assert frame.size == (220, 190)
        assert all_of(frame, ORANGE)
        assert source.notice == 'The window "Bare" is partly outside the screen; move it back to see all of it.'


def test_the_x_server_goes_away(bare_window) -> None:
    _, end_server = bare_window
    with WindowSource("Bare") as source:
        grab(source)
        end_server()
        with pytest.raises(SourceError, match="X server is gone"):
            source.read(1.0)


def test_monitor_and_region(painted_window) -> None:
    painted_window("In the corner", (1700, 800, 220, 270), GREEN)
    assert list_monitors() == [Box(0, 0, *SCREEN)]
    with MonitorSource(1) as source:
        frame = source.read(1.0)
        assert frame is not None
        assert frame.size == SCREEN
    with pytest.raises(UsageError, match=r"There is no monitor 3; choose from: 1 \(1920x1080 at 0,0\)"):
        open_source("monitor:3")
    with RegionSource(Box(1900, 1000, 100, 200)) as source:
        frame = source.read(1.0)
        assert frame is not None
        assert frame.size == (20, 80)
        assert "20x80 of it at 1900,1000" in (source.notice or "")
    with pytest.raises(UsageError, match="off the screen, which is 1920x1080 at 0,0"):
        open_source("region:3000,10,640,480")


def test_region_shows_what_is_there(painted_window) -> None:
    painted_window("Under the region", (200, 150, 640, 480), GREEN)
    with open_source("region:300,300,200,100") as source:
        frame = source.read(1.0)
        assert frame is not None
        assert all_of(frame, GREEN)
        assert frame.image.flags.c_contiguous


def test_black_screen_is_noticed() -> None:
    # nothing is shown, and openbox leaves the root window black
    with RegionSource(Box(1500, 900, 300, 150), fps=20) as source:

        def told() -> str | None:
            assert source.read(1.0) is None, "black is no picture"
            return source.notice

        assert "grabbed as black" in eventually(told, "the notice of a black grab")


def test_read_after_close(painted_window, follow) -> None:
    painted_window("Over")
    source = follow("Over")
    grab(source)
    source.close()
    source.close()
    with pytest.raises(EndOfSource):
        source.read(1.0)


PAGE = """<!doctype html><meta charset=utf-8><title>Meet – abc-defg-hij</title>
<style>body{margin:0;background:#dca028;overflow:hidden}#dot{position:absolute;width:40px;height:40px;background:#000}</style>
<div id=dot></div><script>let n=0;setInterval(()=>{n=(n+7)%300;dot.style.left=n+"px"},33)</script>"""


def test_a_browser_with_a_moving_picture(chromium_window, follow, tmp_path: Path) -> None:
    page = tmp_path / "call.html"
    page.write_text(PAGE, encoding="utf-8")
    browser = chromium_window(page.as_uri(), title="Meet", box=(150, 120, 900, 600))
    source = follow()
    assert source.window.id == browser.id
    assert source.window.client == "meet"
    painted = settle(
        source,
        lambda frame: frame is not None and tuple(frame.image[-30, -30]) == (0x28, 0xA0, 0xDC),
        "the page to be painted",
    )
    assert painted is not None
    xdotool("windowmove", browser.id, 600, 300)
    xdotool("windowsize", browser.id, 700, 500)
    resized = settle(
        source,
        lambda frame: frame is not None and frame.size == (700, 500) and source.window.box.x >= 600,
        "the move of the browser",
    )
    assert resized is not None
    settle(
        source, lambda frame: frame is not None and tuple(frame.image[-30, -30]) == (0x28, 0xA0, 0xDC), "the repaint"
    )
    moving = [grab(source).image[:200] for _ in range(30)]
    assert any(not np.array_equal(moving[0], image) for image in moving[1:])
    browser.close()
    assert browser.id not in eventually(
        lambda: [*managed_windows(), 0] if browser.id not in managed_windows() else None, "the end"
    )
    with pytest.raises(SourceError, match="was closed"):
        eventually(lambda: source.read(1.0) is None and None, "the notice of the closed browser")


def test_no_display_and_wayland(monkeypatch: pytest.MonkeyPatch) -> None:
    usable = os.environ["DISPLAY"]
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    # a real X server inside a Wayland session can be used
    with open_source("monitor:1") as source:
        assert source.info.title == "Monitor 1"
    monkeypatch.delenv("DISPLAY")
    with pytest.raises(SourceError, match=r"Wayland session.*Xorg.*webcam:N"):
        open_source("window")
    monkeypatch.delenv("XDG_SESSION_TYPE")
    with pytest.raises(SourceError, match="DISPLAY is not set"):
        open_source("monitor:1")
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(SourceError, match="The screen cannot be read"):
        open_source("monitor:1")
    with pytest.raises(SourceError, match="display cannot be opened"):
        open_source("window")
    assert usable != ":987"


def test_our_own_side_window_never_shows_itself(
    painted_window: Callable[..., PaintedWindow], follow: Callable[..., WindowSource]
) -> None:
    painted_window("Zoom Meeting", (100, 100, 640, 480), ORANGE)
    source = follow("Zoom Meeting")
    painted_window("Meeting analyzer", (400, 200, 600, 500), GREEN)
    green = np.array(GREEN, np.uint8)

    def hidden(frame: Frame | None) -> bool:
        return frame is not None and bool((frame.image == PAINT).any()) and not (frame.image == green).all(axis=2).any()

    settle(source, hidden, "the painting over")
    with RegionSource(Box(300, 150, 900, 700)) as region:
        frame = eventually(lambda: region.read(1.0), "a frame of the region")
        assert not (frame.image == green).all(axis=2).any()
        assert (frame.image == PAINT).any()
