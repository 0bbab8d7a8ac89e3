"""v4l2loopback as its ioctls answer; the real device is proven in tests/e2e/camera_rig."""

from __future__ import annotations

import os
import struct
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meeting_analyzer.outputs import loopback

CAPTURE, OUTPUT = 1, 2


class Driver:
    """Answers ioctls on ordinary files as v4l2loopback 0.12 with exclusive_caps=1 does."""

    def __init__(self) -> None:
        self.can: dict[str, int] = {}
        self.fed: set[str] = set()
        self.rates: dict[str, float] = {}
        self.streaming: set[int] = set()

    def ioctl(self, handle: int, request: int, argument: bytes) -> bytes:
        path = os.path.realpath(f"/proc/self/fd/{handle}")
        if request == loopback.QUERYCAP:
            if path not in self.can:
                raise OSError(25, "Inappropriate ioctl for device")
            return struct.pack("16s32s32sIII", b"v4l2 loopback", b"Card", b"bus", 0, self.can[path], 0).ljust(104)
        if request == loopback.STREAMON:
            self.can[path] |= OUTPUT
            raise OSError(22, "Invalid argument")
        assert request == loopback.S_PARM
        kind, _, _, numerator, denominator = struct.unpack_from("5I", argument)
        assert (kind, len(argument)) == (OUTPUT, 204)
        self.rates[path] = denominator / numerator
        return argument

    def wait(self, seconds: float) -> None:
        for path in self.fed:  # its sender's next picture
            self.can[path] &= ~OUTPUT


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Driver:
    made = Driver()
    monkeypatch.setattr(loopback, "_ioctl", made.ioctl)
    monkeypatch.setattr(loopback, "time", types.SimpleNamespace(sleep=made.wait, monotonic=lambda: 0.0))
    monkeypatch.setattr(loopback, "MODULE", tmp_path / "module")
    return made


@pytest.fixture
def device(driver: Driver, tmp_path: Path) -> Callable[..., str]:
    def make(name: str, can: int | None) -> str:
        path = tmp_path / name
        path.touch()
        if can is not None:
            driver.can[str(path)] = can
        return str(path)

    return make


def test_a_device_that_offers_its_output_is_ready(device: Callable[..., str]) -> None:
    assert loopback.ready(device("video10", OUTPUT))


def test_a_device_that_a_killed_sender_left_stuck_is_healed(device: Callable[..., str]) -> None:
    assert loopback.ready(device("video10", CAPTURE))
    assert loopback.ready(device("video11", 0))


def test_a_device_that_a_program_feeds_is_left_to_it(driver: Driver, device: Callable[..., str]) -> None:
    path = device("video10", CAPTURE)
    driver.fed.add(path)
    assert not loopback.ready(path)
    with pytest.raises(RuntimeError, match="not a video output device"):
        loopback.choose(path)


def test_newer_versions_are_not_healed_because_they_do_it_themselves(
    driver: Driver, device: Callable[..., str]
) -> None:
    loopback.MODULE.mkdir()
    (loopback.MODULE / "version").write_text("0.15.0\n")
    path = device("video10", CAPTURE)
    assert not loopback.ready(path)
    assert driver.can[path] == CAPTURE


def test_the_first_device_that_can_be_fed_is_chosen_and_no_device_stays_open(
    monkeypatch: pytest.MonkeyPatch, driver: Driver, device: Callable[..., str]
) -> None:
    paths = [device("video0", None), device("video2", CAPTURE), device("video10", OUTPUT)]
    driver.fed.add(paths[1])
    monkeypatch.setattr(loopback, "devices", lambda folder: paths)
    assert loopback.choose(None) == paths[2]
    names = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert not set(names) & set(paths)


def test_every_reason_is_told(tmp_path: Path, driver: Driver, device: Callable[..., str]) -> None:
    with pytest.raises(RuntimeError, match="does not exist"):
        loopback.choose(str(tmp_path / "video99"))
    with pytest.raises(RuntimeError, match="No v4l2 loopback device"):
        loopback.choose(None, tmp_path)


def test_a_device_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(loopback.os, "open", refuse)
    with pytest.raises(RuntimeError, match="missing permissions"):
        loopback.choose("/dev/video10")


def test_devices_are_listed_by_number(tmp_path: Path) -> None:
    for name in ("video10", "video2", "videoX", "audio1"):
        (tmp_path / name).mkdir()
    assert loopback.devices(tmp_path) == ["/dev/video2", "/dev/video10"]


@pytest.mark.parametrize(("count", "seen"), [("0\n", False), ("2\n", True), ("nonsense", None)])
def test_a_use_count_above_our_own_is_somebody_who_watches(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: str, seen: bool | None
) -> None:
    monkeypatch.setattr(loopback, "devices", lambda: [])
    (tmp_path / "refcnt").write_text(count)
    assert loopback.watched(tmp_path) is seen
    assert loopback.watched(tmp_path / "none") is None


class Sent:
    def __init__(self) -> None:
        self.pictures: list[Any] = []
        self.closed = False

    def send(self, picture: Any) -> None:
        self.pictures.append(picture)

    def close(self) -> None:
        self.closed = True


def test_a_camera_says_its_rate_and_notices_that_the_device_is_gone(
    monkeypatch: pytest.MonkeyPatch, driver: Driver, device: Callable[..., str]
) -> None:
    path, sent, asked = device("video10", OUTPUT), Sent(), {}

    def camera(width: int, height: int, fps: float, **more: Any) -> Sent:
        asked.update(more, size=(width, height))
        return sent

    pyvirtualcam = types.SimpleNamespace(Camera=camera, PixelFormat=types.SimpleNamespace(BGR="bgr"))
    made = loopback.LoopbackCamera(pyvirtualcam, 64, 36, 12.5, path)
    assert driver.rates == {path: 12.5}
    assert asked == {"size": (64, 36), "fmt": "bgr", "device": path, "backend": "v4l2loopback"}
    now = [10.0]
    loopback.time.monotonic = lambda: now[0]  # type: ignore[assignment]
    with Path(path).open("rb"):
        made.send(np.zeros((36, 64, 3), np.uint8))
    assert len(sent.pictures) == 1
    now[0] += 1
    with pytest.raises(RuntimeError, match="is gone"):
        made.send(np.zeros((36, 64, 3), np.uint8))
    made.close()
    assert sent.closed
