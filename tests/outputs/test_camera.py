from __future__ import annotations

import functools
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import numpy as np
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.base import Status
from meeting_analyzer.outputs.camera import CameraDisplay, explain, next_due, open_camera
from meeting_analyzer.outputs.draw import Style
from meeting_analyzer.types import Frame, Image, Moment

ORANGE, BLUE = (20, 140, 240), (230, 80, 10)


class FakeCamera:
    """Keeps what it is sent; refuses while `broken`."""

    def __init__(self, width: int, height: int, fps: float, device: str | None) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.device = device or "/dev/video10"
        self.sent: list[Image] = []
        self.times: list[float] = []
        self.threads: set[str] = set()
        self.broken = False
        self.closed = 0

    def send(self, frame: Image) -> None:
        if self.broken:
            raise RuntimeError("No such device")
        assert frame.flags.c_contiguous
        self.times.append(time.monotonic())
        self.threads.add(threading.current_thread().name)
        self.sent.append(frame.copy())

    def close(self) -> None:
        self.closed += 1


class Factory:
    """Makes fake cameras and remembers them; fails while `reason` is set."""

    def __init__(self) -> None:
        self.made: list[FakeCamera] = []
        self.reason: str | None = None
        self.attempts = 0

    def __call__(self, width: int, height: int, fps: float, device: str | None) -> FakeCamera:
        self.attempts += 1
        if self.reason:
            raise RuntimeError(self.reason)
        self.made.append(FakeCamera(width, height, fps, device))
        return self.made[-1]


@pytest.fixture
def factory() -> Factory:
    return Factory()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def display(factory: Factory, said: list[str]) -> Iterator[Callable[..., CameraDisplay]]:
    opened: list[CameraDisplay] = []

    def open_display(size: tuple[int, int] = (64, 36), fps: float = 100, **more: Any) -> CameraDisplay:
        settings = {
            "camera_factory": factory,
            "notify": said.append,
            "render": lambda image, moment, style: image,
            "blank_image": lambda size, text: np.full((size[1], size[0], 3), 7, np.uint8),
            "retry": 0.05,
            **more,
        }
        opened.append(CameraDisplay(size, fps, **settings))
        return opened[-1]

    yield open_display
    for made in opened:
        made.close()


def frame(
    left: tuple[int, int, int] = ORANGE, right: tuple[int, int, int] = BLUE, size: tuple[int, int] = (64, 36)
) -> Frame:
    image = np.empty((size[1], size[0], 3), np.uint8)
    image[:, : size[0] // 2], image[:, size[0] // 2 :] = left, right
    return Frame(image, 0.0, 0)


def moment_of(shown: Frame) -> Moment:
    return Moment(shown.time, shown.index, shown.size)


def wait(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def test_the_picture_arrives_unmirrored_in_its_colours(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    made = display()
    shown = frame()
    assert made.show(shown, moment_of(shown), Status()) is None
    assert wait(lambda: bool(factory.made[0].sent) and tuple(factory.made[0].sent[-1][18, 4]) == ORANGE)
    last = factory.made[0].sent[-1]
    assert last.shape == (36, 64, 3)
    assert tuple(last[18, 60]) == BLUE


def test_another_shape_is_letterboxed_not_distorted(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    made = display((128, 72))
    shown = frame(size=(36, 36))
    made.show(shown, moment_of(shown), Status())
    assert wait(lambda: tuple(factory.made[0].sent[-1][36, 50]) == ORANGE if factory.made[0].sent else False)
    last = factory.made[0].sent[-1]
    assert tuple(last[36, 80]) == BLUE
    assert not last[:, :27].any()
    assert not last[:, -27:].any()


def test_one_picture_is_sent_again_and_again_by_a_thread_of_its_own(
    factory: Factory, display: Callable[..., CameraDisplay]
) -> None:
    made = display()
    shown = frame()
    made.show(shown, moment_of(shown), Status())
    assert wait(lambda: len(factory.made[0].sent) > 20)
    assert factory.made[0].threads == {"virtual camera, feed"}


def test_many_calls_do_not_make_more_sends(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    made = display(fps=20)
    started = time.monotonic()
    while time.monotonic() - started < 0.5:
        shown = frame()
        made.show(shown, moment_of(shown), Status())
    elapsed = time.monotonic() - started
    assert len(factory.made[0].sent) <= elapsed * 20 + 2


def test_before_the_first_frame_and_when_hidden_the_call_is_not_sent(
    factory: Factory, display: Callable[..., CameraDisplay]
) -> None:
    made = display()
    camera = factory.made[0]
    assert wait(lambda: len(camera.sent) > 1)
    assert (camera.sent[-1] == 7).all()
    shown = frame()
    made.show(shown, moment_of(shown), Status())
    assert wait(lambda: tuple(camera.sent[-1][18, 4]) == ORANGE)
    made.set_blank(True)
    assert wait(lambda: bool((camera.sent[-1] == 7).all()))
    made.show(shown, moment_of(shown), Status())
    count = len(camera.sent)
    assert wait(lambda: len(camera.sent) > count + 3)
    assert (camera.sent[-1] == 7).all()
    made.set_blank(False)
    assert wait(lambda: tuple(camera.sent[-1][18, 4]) == ORANGE)


def test_the_call_is_shown_as_it_is_before_the_first_moment(
    factory: Factory, display: Callable[..., CameraDisplay]
) -> None:
    made = display(render=lambda image, moment, style: np.zeros_like(image))
    shown = frame()
    made.show(shown, None, Status())
    assert wait(lambda: bool(factory.made[0].sent) and tuple(factory.made[0].sent[-1][18, 4]) == ORANGE)
    made.show(shown, moment_of(shown), Status())
    assert wait(lambda: not factory.made[0].sent[-1].any())


def test_a_device_that_is_taken_away_is_said_once_and_opened_again(
    factory: Factory, said: list[str], display: Callable[..., CameraDisplay]
) -> None:
    made = display()
    first = factory.made[0]
    assert wait(lambda: bool(first.sent))
    factory.reason = "Device /dev/video10 does not exist."
    first.broken = True
    attempts = factory.attempts
    assert wait(lambda: factory.attempts > attempts + 2)
    assert len(said) == 1
    assert "/dev/video10 stopped taking pictures (No such device)" in said[0]
    assert made.notice == said[0]
    assert first.closed == 1
    assert made.show(frame(), None, Status()) is None
    factory.reason = None
    assert wait(lambda: len(factory.made) > 1 and bool(factory.made[1].sent))
    assert made.notice is None
    assert said[1:] == ["The virtual camera /dev/video10 is back."]


def test_a_picture_that_cannot_be_drawn_reaches_the_caller(display: Callable[..., CameraDisplay]) -> None:
    def fails(image: Image, moment: Moment, style: Style) -> Image:
        raise ZeroDivisionError("drawing")

    made = display(render=fails)
    shown = frame()
    made.show(shown, moment_of(shown), Status())
    with pytest.raises(ZeroDivisionError, match="drawing"):
        wait(lambda: made.show(shown, moment_of(shown), Status()) is not None)


def test_a_slow_drawing_leaves_no_gap_in_what_is_sent(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    drawing = threading.Event()
    goes_on = threading.Event()

    def slow(image: Image, moment: Moment, style: Style) -> Image:
        drawing.set()
        goes_on.wait(10)
        return image

    made = display(render=slow)
    made.show(frame(), moment_of(frame()), Status())
    assert drawing.wait(10)
    count = len(factory.made[0].sent)
    assert wait(lambda: len(factory.made[0].sent) > count + 10)
    goes_on.set()


def test_it_tells_how_long_a_picture_took_until_it_was_sent(
    factory: Factory, display: Callable[..., CameraDisplay]
) -> None:
    goes_on = threading.Event()

    def slow(image: Image, moment: Moment, style: Style) -> Image:
        goes_on.wait(10)
        return image

    made = display(render=slow)
    assert made.lag == 0
    begun = time.monotonic()
    made.show(frame(), moment_of(frame()), Status())
    assert wait(lambda: len(factory.made[0].sent) > 20)
    assert made.lag == 0, "what was drawn is not sent yet"
    held = time.monotonic() - begun
    goes_on.set()
    assert wait(lambda: made.lag > 0)
    assert made.lag >= held


def test_a_picture_that_is_being_drawn_is_waited_for(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    drawing = threading.Event()

    def slow(image: Image, moment: Moment, style: Style) -> Image:
        drawing.set()
        time.sleep(0.2)
        return np.full_like(image, BLUE)

    made = display(fps=0.5, render=slow)
    assert wait(lambda: len(factory.made[0].sent) == 1)
    # the next one is due two seconds after the first, when this one is not ready yet
    time.sleep(max(0.0, factory.made[0].times[0] + 1.9 - time.monotonic()))
    made.show(frame(), moment_of(frame()), Status())
    assert drawing.wait(10)
    assert wait(lambda: len(factory.made[0].sent) == 2)
    assert (factory.made[0].sent[1] == BLUE).all(), "the old one was sent once more"


def test_the_feed_comes_to_send_each_picture_as_soon_as_it_is_drawn() -> None:
    period, due, lay = 1 / 30, 0.0, []
    for number in range(1000):
        ready = number * period - 0.6 * period  # drawn long before the feed's first turn
        at = max(due, ready)
        lay.append(at - ready)
        due = next_due(due, period, at, lay[-1])
    assert lay[0] == pytest.approx(0.6 * period)
    assert max(lay[500:]) < 0.01 * period
    assert next_due(10.0, period, 20.0, 0.0) == 20.0 - period, "no burst after a pause"


def test_names_are_left_out_when_asked(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    styles: list[Style] = []
    made = display(render=lambda image, moment, style: styles.append(style) or image)
    made.set_names(False)
    made.show(frame(), moment_of(frame()), Status())
    assert wait(lambda: bool(styles))
    assert not styles[-1].names


def test_closing_releases_the_device_once(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    made = display()
    made.close()
    made.close()
    assert factory.made[0].closed == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("virtual camera")]


def test_odd_sizes_are_refused(display: Callable[..., CameraDisplay], factory: Factory) -> None:
    with pytest.raises(OutputError, match="even"):
        display((641, 360))
    assert not factory.made


BUSY = "'v4l2loopback' backend: Device /dev/video10 is not a video output device."
MISSING = "'v4l2loopback' backend: Device /dev/video99 does not exist."
NONE = "'v4l2loopback' backend: No v4l2 loopback device found at /dev/video[0-99]."
DENIED = "'v4l2loopback' backend: Could not access /dev/video10 due to missing permissions."
OBS = (
    "'obs' backend: OBS Virtual Camera device not found! Did you install OBS?\n"
    "'unitycapture' backend: No camera registered, or device not found."
)


@pytest.mark.parametrize(
    ("reasons", "device", "platform", "loopback", "expected"),
    [
        (BUSY, "/dev/video10", "linux", True, ["camera /dev/video10 is in use", "--camera-device", "modprobe -r"]),
        (NONE, None, "linux", True, ["in use by another program", "--camera-device"]),
        (NONE, None, "linux", False, ["sudo apt install v4l2loopback-dkms && sudo modprobe", "exclusive_caps=1"]),
        (MISSING, "/dev/video99", "linux", True, ["no virtual camera /dev/video99", "sudo modprobe"]),
        (DENIED, "/dev/video10", "linux", True, ["must not be opened by you", "usermod -aG video"]),
        (
            OBS,
            None,
            "win32",
            None,
            ["OBS Studio", "start its virtual camera once", "'unitycapture' backend: No camera"],
        ),
        ("'obs' backend: virtual camera output could not be started", None, "win32", None, ["in use"]),
        ("'obs' backend: OBS Virtual Camera is not installed", None, "darwin", None, ["install OBS Studio"]),
        (
            "Virtual camera device /dev/video10 could not be configured: Invalid argument",
            "/dev/video10",
            "linux",
            True,
            ["in another size", "--camera-size"],
        ),
        ("'v4l2loopback' backend: strange", None, "linux", True, ["cannot be opened", "doctor"]),
    ],
)
def test_a_camera_that_cannot_be_opened_says_why_and_what_to_do(
    reasons: str, device: str | None, platform: str, loopback: bool | None, expected: list[str]
) -> None:
    sentence = explain(reasons, device, platform, loopback)
    for words in (*expected, *(line.rstrip(".") for line in reasons.splitlines())):
        assert words in sentence
    assert "\n" not in sentence


def test_the_failure_to_open_is_an_output_error(factory: Factory, display: Callable[..., CameraDisplay]) -> None:
    factory.reason = MISSING
    with pytest.raises(OutputError, match="does not exist"):
        display(device="/dev/video99")


def test_pyvirtualcam_is_asked_for_bgr(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    made: list[FakeCamera] = []

    class PixelFormat(Enum):
        BGR = "24BG"

    def camera(width: int, height: int, fps: float, *, fmt: PixelFormat, device: str | None) -> FakeCamera:
        asked.update(width=width, height=height, fps=fps, fmt=fmt, device=device)
        made.append(FakeCamera(width, height, fps, device))
        return made[-1]

    module = types.SimpleNamespace(Camera=camera, PixelFormat=PixelFormat)
    monkeypatch.setitem(sys.modules, "pyvirtualcam", module)
    shown = frame()
    elsewhere = functools.partial(open_camera, platform="darwin")
    opened = CameraDisplay((64, 36), 30, "/dev/video7", elsewhere, render=lambda image, moment, style: image)
    try:
        assert opened.device == "/dev/video7"
        opened.show(shown, moment_of(shown), Status())
        assert wait(lambda: bool(made[0].sent) and tuple(made[0].sent[-1][18, 4]) == ORANGE)
    finally:
        opened.close()
    assert asked == {"width": 64, "height": 36, "fps": 30, "fmt": PixelFormat.BGR, "device": "/dev/video7"}
