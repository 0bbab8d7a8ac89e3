"""Grabbing on a fake of mss: HiDPI, failures, black and frozen pictures, pace."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mss
import numpy as np
import pytest

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.sources import EndOfSource, open_source
from meeting_analyzer.sources.monitor import MonitorSource
from meeting_analyzer.sources.own import PAINT
from meeting_analyzer.sources.region import RegionSource, parse_region
from meeting_analyzer.sources.screen import BLACK_AFTER, FROZEN_AFTER, GrabWatch, Pacer, Screen, is_black
from meeting_analyzer.sources.window import WindowSource
from meeting_analyzer.sources.windows import WindowInfo
from meeting_analyzer.types import Box, Image


class Clock:
    """A clock that stands still until somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


class FakeMss:
    """mss with two monitors, `scale` pixels per unit and a colour that tells where a pixel was grabbed."""

    scale = 1
    fail = 0
    made: list[FakeMss]
    monitors_now = (Box(0, 0, 1000, 500), Box(1000, -100, 400, 600))

    def __init__(self) -> None:
        self.closed = False
        self.threads: set[int] = set()
        self.made.append(self)

    @property
    def monitors(self) -> list[dict[str, int]]:
        boxes = [Box(0, -100, 1400, 600), *self.monitors_now]
        return [{"left": box.x, "top": box.y, "width": box.w, "height": box.h} for box in boxes]

    def grab(self, area: dict[str, int]) -> Any:
        self.threads.add(threading.get_ident())
        if type(self).fail:
            type(self).fail -= 1
            raise mss.ScreenShotError("XGetImage() failed\nX Error of failed request")
        width, height = area["width"] * self.scale, area["height"] * self.scale
        pixels = np.empty((height, width, 4), np.uint8)
        pixels[:] = (area["left"] % 251, area["top"] % 251, 77, 0)
        return mss.ScreenShot(bytearray(pixels.tobytes()), area, size=mss.models.Size(width, height))

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> FakeMss:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def fake_mss() -> Iterator[type[FakeMss]]:
    class Fresh(FakeMss):
        made: list[FakeMss] = []  # noqa: RUF012 - one list for each test is what is wanted

    yield Fresh
    assert all(grabber.closed for grabber in Fresh.made), "an mss instance was left open"


def test_grab_is_contiguous_bgr_of_the_size_that_came_back(fake_mss) -> None:
    fake_mss.scale = 2
    screen = Screen(fake_mss)
    image = screen.grab(Box(30, 40, 50, 20))
    assert image.shape == (40, 100, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert tuple(image[7, 9]) == (30, 40, 77)
    assert screen.monitors()[1] == Box(0, 0, 1000, 500)
    screen.close()


def test_scale_of_a_hidpi_screen(fake_mss) -> None:
    fake_mss.scale = 2
    with RegionSource(Box(10, 10, 320, 200), screen=Screen(fake_mss)) as source:
        frame = source.read()
        assert frame is not None
        assert frame.size == (640, 400)
        assert source.scale == 2.0
        assert source.info.size == (640, 400)


def test_one_mss_instance_per_thread(fake_mss) -> None:
    screen = Screen(fake_mss)
    screen.grab(Box(0, 0, 20, 20))
    other = threading.Thread(target=lambda: [screen.grab(Box(0, 0, 20, 20)) for _ in range(3)])
    other.start()
    other.join()
    screen.grab(Box(0, 0, 20, 20))
    screen.close()
    assert [len(grabber.threads) for grabber in fake_mss.made] == [1, 1]


def test_a_failed_grab_is_tried_with_a_new_instance(fake_mss) -> None:
    screen = Screen(fake_mss)
    screen.grab(Box(0, 0, 20, 20))
    fake_mss.fail = 1
    assert screen.grab(Box(0, 0, 20, 20)).shape == (20, 20, 3)
    assert len(fake_mss.made) == 2
    fake_mss.fail = 2
    with pytest.raises(SourceError, match=r"^The screen could not be grabbed \(XGetImage\(\) failed\)\. "):
        screen.grab(Box(0, 0, 20, 20))
    screen.close()
    with pytest.raises(SourceError, match="closed"):
        screen.grab(Box(0, 0, 20, 20))


def test_another_resolution_is_noticed(fake_mss) -> None:
    clock = Clock()
    screen = Screen(fake_mss, clock)
    assert len(screen.monitors()) == 3
    fake_mss.monitors_now = (Box(0, 0, 640, 480),)
    assert len(screen.monitors()) == 3
    clock.now += 6
    assert screen.monitors()[1] == Box(0, 0, 640, 480)
    screen.close()


def told(watch: GrabWatch, image: Image) -> str | None:
    return watch.update(image, is_black(image))


def test_black_for_a_while() -> None:
    clock = Clock()
    watch = GrabWatch("The window", clock)
    black, bright = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 90, np.uint8)
    assert told(watch, black) is None
    clock.now += BLACK_AFTER
    sentence = told(watch, black)
    assert sentence is not None
    assert sentence.startswith("The window is grabbed as black. Unlock the screen")
    assert told(watch, bright) is None
    assert told(watch, black) is None


def test_frozen_for_a_while() -> None:
    clock = Clock()
    watch = GrabWatch("The window", clock)
    picture = np.full((64, 64, 3), 90, np.uint8)
    assert told(watch, picture) is None
    clock.now += FROZEN_AFTER - 0.1
    assert told(watch, picture.copy()) is None
    clock.now += 0.2
    assert "has not changed for 20 s" in (told(watch, picture) or "")
    picture[20, 33] += 1
    assert told(watch, picture) is None
    clock.now += FROZEN_AFTER
    assert told(watch, np.full((32, 64, 3), 90, np.uint8)) is None


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        ("darwin", "Privacy & Security, Screen & System Audio Recording"),
        ("win32", "hardware acceleration"),
        ("linux", "X11"),
    ],
)
def test_black_names_the_way_out_of_the_platform(platform: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    clock = Clock()
    watch = GrabWatch("It", clock)
    told(watch, np.zeros((20, 20, 3), np.uint8))
    clock.now += 2
    assert words in (told(watch, np.zeros((20, 20, 3), np.uint8)) or "")


def test_pace_does_not_drift_and_leaves_out_missed_ticks() -> None:
    clock = Clock()
    pacer = Pacer(10, clock, clock.wait)
    ticks = []
    for work in (0.03, 0.03, 0.03, 0.25, 0.03, 0.03):
        assert pacer.next(1.0)
        ticks.append(round(clock.now - 100, 6))
        clock.now += work
    assert ticks == [0.0, 0.1, 0.2, 0.3, 0.55, 0.6]


def test_pace_over_a_long_time() -> None:
    clock = Clock()
    pacer = Pacer(30, clock, clock.wait)
    for _ in range(3001):
        assert pacer.next(1.0)
        clock.now += 0.007
    assert clock.now - 100 == pytest.approx(100.007)


def test_pace_respects_the_timeout_and_stop() -> None:
    clock = Clock()
    pacer = Pacer(0.5, clock, clock.wait)
    assert pacer.next(0.5)
    assert not pacer.next(0.5)
    assert clock.now == 100.5
    assert pacer.next(2.0)
    assert clock.now == 102.0
    pacer.stop()
    assert not pacer.next(5.0)


def test_close_wakes_up_a_waiting_read(fake_mss) -> None:
    source = RegionSource(Box(0, 0, 100, 100), fps=0.1, screen=Screen(fake_mss))
    assert source.read(1.0) is not None
    answers: list[object] = []
    reader = threading.Thread(target=lambda: answers.append(source.read(60.0)))
    reader.start()
    source.close()
    reader.join(20)
    assert answers == [None]
    with pytest.raises(EndOfSource):
        source.read()


def test_monitors(fake_mss) -> None:
    with MonitorSource(2, screen=Screen(fake_mss)) as source:
        frame = source.read()
        assert frame is not None
        assert frame.size == (400, 600)
        assert (frame.index, frame.time) == (0, 0.0)
        assert source.live
    with pytest.raises(
        UsageError, match=r"no monitor 3; choose from: 1 \(1000x500 at 0,0\), 2 \(400x600 at 1000,-100\)\.$"
    ):
        MonitorSource(3, screen=Screen(fake_mss))


def test_a_monitor_that_is_unplugged(fake_mss) -> None:
    clock = Clock()
    with MonitorSource(2, screen=Screen(fake_mss, clock)) as source:
        assert source.read() is not None
        fake_mss.monitors_now = (Box(0, 0, 1000, 500),)
        clock.now += 10
        assert source.read(0.1) is None
        assert "Monitor 2 was disconnected; connect it to go on" in (source.notice or "")
        fake_mss.monitors_now = (Box(0, 0, 1000, 500), Box(1000, 0, 500, 500))
        clock.now += 10
        frame = source.read()
        assert frame is not None
        assert source.notice is None


def test_grabs_that_fail_for_a_moment_are_borne_and_for_long_end_it(fake_mss, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    with MonitorSource(1, screen=Screen(fake_mss, clock), clock=clock) as source:
        assert source.read() is not None

        def fails(box: Box) -> None:
            raise SourceError("The screen could not be grabbed.")

        grab = source._screen.grab
        monkeypatch.setattr(source._screen, "grab", fails)
        clock.now += 0.1
        assert source.read(0.01) is None
        assert source.notice is None, "a change of resolution is no news"
        clock.now += 5
        assert source.read(0.01) is None
        assert source.notice == "The screen could not be grabbed."
        monkeypatch.setattr(source._screen, "grab", grab)
        clock.now += 1
        assert source.read() is not None
        assert source.notice is None
        monkeypatch.setattr(source._screen, "grab", fails)
        clock.now += 1
        assert source.read(0.01) is None
        clock.now += 30
        with pytest.raises(SourceError, match="could not be grabbed"):
            source.read(0.01)


def test_a_grab_that_fails_at_the_start_ends_it_at_once(fake_mss, monkeypatch: pytest.MonkeyPatch) -> None:
    with MonitorSource(1, screen=Screen(fake_mss)) as source:

        def fails(box: Box) -> None:
            raise SourceError("The screen could not be grabbed.")

        monkeypatch.setattr(source._screen, "grab", fails)
        with pytest.raises(SourceError, match="could not be grabbed"):
            source.read()


def test_regions(fake_mss) -> None:
    with RegionSource(Box(-20, -120, 100, 100), screen=Screen(fake_mss)) as source:
        frame = source.read()
        assert frame is not None
        assert frame.size == (80, 80)
        assert (
            source.notice == "The region -20,-120,100,100 reaches beyond the screen; 80x80 of it at 0,-100 are grabbed."
        )
    with pytest.raises(UsageError, match="off the screen, which is 1400x600 at 0,-100"):
        RegionSource(Box(5000, 0, 100, 100), screen=Screen(fake_mss))


@pytest.mark.parametrize(
    "text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,0,1.5,9", "10,10,0,100", "10,10,100,-5", "0,0,15,100"]
)
def test_bad_regions(text: str) -> None:
    with pytest.raises(UsageError, match=r"region"):
        parse_region(text)
    with pytest.raises(UsageError, match=r"region"):
        open_source(f"region:{text}")


@pytest.mark.parametrize("fps", [0, -1, 1000, float("nan"), float("inf")])
def test_bad_rates(fps: float) -> None:
    with pytest.raises(UsageError, match="frames per second cannot be grabbed"):
        RegionSource(Box(0, 0, 100, 100), fps=fps, screen=Screen(FakeMss))


class FakeFinder:
    """One window, and what lies above it."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = list(boxes)
        self.window: WindowInfo | None = WindowInfo(9, "Zoom Meeting", "zoom", boxes[0])
        self.over: list[WindowInfo] = []
        self.closed = 0

    def windows(self) -> list[WindowInfo]:
        return [self.window] if self.window else []

    def refresh(self, window: WindowInfo) -> WindowInfo | None:
        box = self.boxes.pop(0) if len(self.boxes) > 1 else self.boxes[0]
        return None if self.window is None else replace(self.window, box=box)

    def above(self, window: WindowInfo) -> list[WindowInfo]:
        return self.over

    def close(self) -> None:
        self.closed += 1


def test_a_window_that_moves_during_the_grab_is_grabbed_again(fake_mss) -> None:
    before, after = Box(10, 20, 100, 80), Box(300, 120, 100, 80)
    with WindowSource(finder=FakeFinder(before, after), screen=Screen(fake_mss)) as source:
        frame = source.read()
        assert frame is not None
        assert source.window.box == after
        assert tuple(frame.image[0, 0]) == (300 % 251, 120, 77)


def test_a_window_that_never_stops_moving_still_gives_frames(fake_mss) -> None:
    with WindowSource(finder=FakeFinder(*(Box(n, 0, 100, 80) for n in range(50))), screen=Screen(fake_mss)) as source:
        frames = [source.read() for _ in range(4)]
        assert [frame.index for frame in frames if frame is not None] == [0, 1, 2, 3]


def test_covering_is_asked_ten_times_a_second(fake_mss) -> None:
    clock = Clock()
    finder = FakeFinder(Box(0, 0, 100, 100))
    with WindowSource(fps=100, finder=finder, screen=Screen(fake_mss, clock), clock=clock) as source:
        source._pacer = Pacer(100, clock, clock.wait)
        source.read()
        finder.over = [WindowInfo(3, "", "", Box(0, 0, 60, 100))]
        source.read()
        assert source.notice is None
        clock.now += 0.1
        source.read()
        assert source.notice == 'The window "Zoom Meeting" is partly covered by another window; bring it to the front.'


def test_our_own_side_window_is_painted_over(fake_mss) -> None:
    finder = FakeFinder(Box(10, 20, 100, 80))
    finder.over = [
        WindowInfo(3, "Meeting analyzer", "python", Box(60, 0, 500, 60)),
        WindowInfo(4, "Notes", "editor", Box(0, 80, 60, 60)),
    ]
    with WindowSource(finder=finder, screen=Screen(fake_mss)) as source:
        frame = source.read()
    assert frame is not None
    painted = (frame.image == PAINT).all(axis=2)
    assert painted[:40, 50:].all()
    assert not painted[41:].any()
    assert not painted[:, :49].any()


def test_a_black_grab_is_no_picture_also_where_our_side_window_is_painted_over(fake_mss, monkeypatch) -> None:
    clock = Clock()
    finder = FakeFinder(Box(10, 20, 100, 80))
    finder.over = [WindowInfo(3, "Meeting analyzer", "python", Box(60, 0, 500, 60))]
    with WindowSource(finder=finder, screen=Screen(fake_mss, clock), clock=clock) as source:
        source._pacer = Pacer(30, clock, clock.wait)
        assert source.read() is not None
        grab = source._screen.grab
        monkeypatch.setattr(source._screen, "grab", lambda box: np.zeros((box.h, box.w, 3), np.uint8))
        assert source.read() is None, "black from its first grab on"
        assert source.notice is None, "a moment of black is no news"
        clock.now += BLACK_AFTER
        assert source.read() is None
        assert "is grabbed as black" in (source.notice or "")
        monkeypatch.setattr(source._screen, "grab", grab)
        frame = source.read()
        assert frame is not None
        assert frame.index == 1
        assert source.notice is None


def test_no_window_closes_the_finder() -> None:
    finder = FakeFinder(Box(0, 0, 100, 100))
    with pytest.raises(SourceError, match="No window has 'Webex'"):
        WindowSource("Webex", finder=finder, screen=Screen(FakeMss))
    assert finder.closed == 1
