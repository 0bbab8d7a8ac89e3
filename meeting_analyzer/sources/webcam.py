"""A camera of this machine, physical or virtual."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from ..errors import SourceError
from ..types import Frame, Image
from .base import EndOfSource, Source, SourceInfo

WANTED = (1280, 720)
SILENCE = 5.0  # seconds without a picture after which the camera is given up
VIDEO = re.compile(r"video\d+")
FAILURES = 50  # failed reads in a row, 20 ms apart


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def isOpened(self) -> bool: ...
    def read(self) -> tuple[bool, Any]: ...
    def get(self, prop: int) -> float: ...
    def release(self) -> None: ...


def open_capture(camera: int | str) -> Capture:
    """Open a camera by number or path with the platform's own backend."""
    capture = _open_unset(camera)
    if capture.isOpened():
        # many cameras start at 640x480; compressed, because 1280x720 raw is 10 frames a second over USB 2. What a
        # camera cannot do it ignores, as a virtual camera does with its fixed size
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, WANTED[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, WANTED[1])
    return capture


def _open_unset(camera: int | str) -> cv2.VideoCapture:
    if isinstance(camera, str):
        return cv2.VideoCapture(camera)
    backend = {"win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION, "linux": cv2.CAP_V4L2}.get(
        sys.platform, cv2.CAP_ANY
    )
    return cv2.VideoCapture(camera, backend)


def list_cameras() -> list[str]:
    """Paths of the video devices on Linux; empty elsewhere, where only opening a camera tells."""
    try:
        names = [name for name in (entry.name for entry in Path("/dev").iterdir()) if VIDEO.fullmatch(name)]
    except OSError:
        return []
    return [f"/dev/{name}" for name in sorted(names, key=lambda name: int(name[5:]))]


def why_not(camera: int | str) -> str:
    """The sentence for a camera that does not open, by what the platform lets one find out."""
    name = f"Camera {camera}"
    if sys.platform == "darwin":
        return (
            f"{name} cannot be opened: it does not exist, another program uses it, or the terminal may not use "
            "the camera (System Settings, Privacy & Security, Camera); mend that and start again."
        )
    if sys.platform == "win32":
        return (
            f"{name} cannot be opened: it does not exist, another program uses it (close the call or its video), or "
            "desktop apps may not use the camera (Settings, Privacy & security, Camera); mend that and start again."
        )
    path = _path(camera)
    if not path.exists():
        there = ", ".join(list_cameras()) or "no camera is connected"
        return f"There is no camera {path}; choose from: {there}."
    if not os.access(path, os.R_OK | os.W_OK):
        return f"The camera {path} may not be opened: `sudo usermod -aG video $USER`, then log out and in again."
    return (
        f"The camera {path} gives no picture: another program uses it; close that (the call, a browser tab) "
        "and start again."
    )


class WebcamSource(Source):
    """Frames of a camera as they come, never mirrored; times are seconds since the first one.

    A thread of its own reads, because reading blocks; the newest frame waits in a mailbox of one.
    """

    live = True

    def __init__(
        self,
        camera: int | str = 0,
        opener: Callable[[int | str], Capture] = open_capture,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises SourceError when the camera is missing, in use or not allowed."""
        self._camera = camera
        self._clock = clock
        if sys.platform == "linux" and opener is open_capture and not _path(camera).exists():
            raise SourceError(why_not(camera))
        self._capture = opener(camera)
        if not self._capture.isOpened():
            self._capture.release()
            raise SourceError(why_not(camera))
        self._info = SourceInfo(
            f"Camera {camera}",
            size=(int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))),
            fps=self._capture.get(cv2.CAP_PROP_FPS) or None,
        )
        self._changed = threading.Condition()
        self._newest: tuple[Image, float] | None = None
        self._failed = False
        self._closing = False
        self._started: float | None = None
        self._last_came = clock()
        self._index = 0
        self._thread = threading.Thread(target=self._run, name=f"camera {camera}", daemon=True)
        self._thread.start()

    @property
    def info(self) -> SourceInfo:
        """Title, size and nominal rate as the driver tells them."""
        return self._info

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The newest picture not yet given; None when none came within `timeout` seconds.

        Raises SourceError when the camera has stopped giving pictures.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._failed or self._closing, timeout)
            if self._closing:
                raise EndOfSource
            if self._newest is None:
                if self._failed or self._clock() - self._last_came > SILENCE:
                    if self._index == 0:
                        raise SourceError(why_not(self._camera))
                    raise SourceError(
                        f"Camera {self._camera} stopped: it was unplugged or taken by another program; start again."
                    )
                self.notice = f"Camera {self._camera} gives no picture at present."
                return None
            image, now = self._newest
            self._newest = None
            self.notice = None
        if self._started is None:
            self._started = now
        frame = Frame(image, now - self._started, self._index)
        self._index += 1
        return frame

    def _run(self) -> None:
        """The camera's thread: the only one that touches the capture until it ends."""
        failures = 0
        while not self._closing and failures < FAILURES:
            good, picture = self._capture.read()
            if not good or picture is None:
                failures += 1
                time.sleep(0.02)
                continue
            failures = 0
            if picture.ndim == 2:
                picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
            with self._changed:
                self._last_came = self._clock()
                self._newest = (np.ascontiguousarray(picture, np.uint8), self._last_came)
                self._changed.notify_all()
        self._capture.release()
        with self._changed:
            self._failed = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of the camera; a driver that hangs is left to its daemon thread after two seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)


def _path(camera: int | str) -> Path:
    return Path(f"/dev/video{camera}" if isinstance(camera, int) else camera)
