"""The webcam source on a fake of cv2.VideoCapture, and its sentences for each platform."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.sources import EndOfSource, open_source, webcam
from meeting_analyzer.sources.webcam import WebcamSource, why_not


class FakeCapture:
    """Gives `pictures` when it is told to, then fails."""

    def __init__(self, pictures: list[Any], opened: bool = True) -> None:
        self.pictures = pictures
        self.opened = opened
        self.go = threading.Semaphore(0)
        self.released = 0

    def isOpened(self) -> bool:
        return self.opened

    def read(self) -> tuple[bool, Any]:
        self.go.acquire(timeout=0.2)
        return (True, self.pictures.pop(0)) if self.pictures else (False, None)

    def get(self, prop: int) -> float:
        return {3: 640.0, 4: 480.0, 5: 30.0}[prop]

    def release(self) -> None:
        self.released += 1


def picture(shade: int) -> np.ndarray:
    image = np.full((48, 64, 3), shade, np.uint8)
    image[:, :8] = 255
    return image


def give(capture: FakeCapture) -> None:
    for _ in range(200):
        capture.go.release()


def test_frames_are_never_mirrored_and_times_start_at_zero() -> None:
    capture = FakeCapture([picture(10)])
    with WebcamSource(0, lambda _: capture) as source:
        assert source.live
        assert source.info.size == (640, 480)
        assert source.info.fps == 30
        frame = source.read(10)
        assert frame is not None
        assert (frame.time, frame.index) == (0.0, 0)
        assert frame.image[20, 2, 0] == 255
        assert frame.image[20, 60, 0] == 10
        capture.pictures.append(np.full((48, 64), 99, np.uint8))
        second = source.read(10)
        assert second is not None
        assert second.time > 0
        assert second.image.shape == (48, 64, 3)
    assert capture.released == 1
    with pytest.raises(EndOfSource):
        source.read()


def test_the_newest_frame_wins() -> None:
    capture = FakeCapture([picture(n) for n in range(10, 40)])
    with WebcamSource(0, lambda _: capture) as source:
        give(capture)
        source._thread.join(20)
        frame = source.read(1)
        assert frame is not None
        assert frame.image[20, 60, 0] == 39


def test_a_camera_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webcam, "FAILURES", 3)
    capture = FakeCapture([picture(1)])
    with WebcamSource(0, lambda _: capture) as source:
        assert source.read(10) is not None
        give(capture)
        with pytest.raises(SourceError, match="Camera 0 stopped: it was unplugged or taken by another program"):
            source.read(20)


def test_a_camera_in_use_opens_and_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webcam, "FAILURES", 3)
    monkeypatch.setattr(sys, "platform", "win32")
    capture = FakeCapture([])
    give(capture)
    with WebcamSource(0, lambda _: capture) as source, pytest.raises(SourceError, match="another program uses it"):
        source.read(20)


def test_a_camera_that_is_slow_says_so() -> None:
    capture = FakeCapture([])
    with WebcamSource(0, lambda _: capture) as source:
        assert source.read(0.05) is None
        assert source.notice == "Camera 0 gives no picture at present."


def test_a_camera_that_does_not_open() -> None:
    capture = FakeCapture([], opened=False)
    with pytest.raises(SourceError, match="There is no camera /dev/video7; choose from: "):
        WebcamSource(7, lambda _: capture)
    assert capture.released == 1


@pytest.mark.skipif(sys.platform != "linux", reason="device files are Linux's")
def test_a_camera_that_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match="There is no camera /dev/video77; choose from: "):
        open_source("webcam:77")
    with pytest.raises(SourceError, match="There is no camera /dev/nothing"):
        open_source("webcam:/dev/nothing")
    # OpenCV's own complaints would be a second, unreadable sentence
    assert capfd.readouterr().err == ""


def test_sentences_on_linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    device = tmp_path / "video0"
    device.touch()
    assert "another program uses it" in why_not(str(device))
    monkeypatch.setattr(webcam.os, "access", lambda path, mode: False)
    assert "sudo usermod -aG video" in why_not(str(device))


@pytest.mark.parametrize(
    ("platform", "words"), [("darwin", "Privacy & Security, Camera"), ("win32", "Privacy & security, Camera")]
)
def test_sentences_elsewhere(platform: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    sentence = why_not(2)
    assert sentence.startswith("Camera 2 cannot be opened")
    assert words in sentence


def test_bad_numbers() -> None:
    with pytest.raises(UsageError, match='"webcam:front" needs a number'):
        open_source("webcam:front")


@pytest.mark.parametrize(
    ("camera", "platform", "backend"),
    [
        (0, "linux", (cv2.CAP_V4L2,)),
        (1, "win32", (cv2.CAP_DSHOW,)),
        (2, "darwin", (cv2.CAP_AVFOUNDATION,)),
        ("/dev/video2", "linux", ()),
    ],
)
def test_the_backend_and_the_wanted_size(
    camera: int | str, platform: str, backend: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[object, ...]] = []
    wanted: dict[int, float] = {}

    class Recorded(FakeCapture):
        def __init__(self, *arguments: object) -> None:
            super().__init__([])
            opened.append(arguments)

        def set(self, prop: int, value: float) -> bool:
            wanted[prop] = value
            return False

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(cv2, "VideoCapture", Recorded)
    webcam.open_capture(camera)
    assert opened == [(camera, *backend)]
    assert (wanted[cv2.CAP_PROP_FRAME_WIDTH], wanted[cv2.CAP_PROP_FRAME_HEIGHT]) == (1280, 720)
