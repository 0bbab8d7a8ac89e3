"""The annotated picture as a virtual camera, fed at a steady rate."""

from __future__ import annotations

import importlib
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ..errors import OutputError
from ..types import Frame, Image, Moment
from . import loopback
from .base import Status
from .draw import Style, blank, draw
from .fit import inner_size, letterbox

RETRY = 2.0
"""Seconds between attempts to have a lost device again."""
JOIN_TIMEOUT = 5.0
PATIENCE = 0.5
"""Share of the time from picture to picture for which one that is just being drawn is waited for."""
SOONER = 0.005
"""Share of that time by which the next picture is sent sooner after one that lay ready: the feed so comes to send each as soon as it
is drawn."""
BLANKED = "The picture is hidden."
WAITING = "Waiting for the call."

LOAD_LOOPBACK = (
    'sudo apt install v4l2loopback-dkms && sudo modprobe v4l2loopback exclusive_caps=1 card_label="Meeting Analyzer"'
)
INSTALL_OBS = "install OBS Studio (obsproject.com), start its virtual camera once and stop it again"

log = logging.getLogger(__name__)


class Camera(Protocol):
    """What is used of `pyvirtualcam.Camera`."""

    device: Any

    def send(self, frame: Image) -> None:
        """Send one picture in the format the camera was opened with."""

    def close(self) -> None:
        """Release the device."""


CameraFactory = Callable[[int, int, float, str | None], Camera]
"""Opens a camera: (width, height, frames per second, device) -> camera that takes BGR pictures."""


def open_camera(width: int, height: int, fps: float, device: str | None, platform: str = sys.platform) -> Camera:
    """A camera of pyvirtualcam that takes BGR pictures. Raises RuntimeError, with every backend's reason, and OSError."""
    try:
        pyvirtualcam = importlib.import_module("pyvirtualcam")
    except ImportError as error:
        raise OutputError(f"The virtual camera needs pyvirtualcam ({error}); pip install pyvirtualcam.") from error
    if platform.startswith("linux"):
        return loopback.LoopbackCamera(pyvirtualcam, width, height, fps, device)
    camera: Camera = pyvirtualcam.Camera(width, height, fps, fmt=pyvirtualcam.PixelFormat.BGR, device=device)
    return camera


class CameraDisplay:
    """A `live.Display` that shows the annotated picture in a virtual camera. Never mirrored.

    size: (width, height) in pixels, even; fps: pictures a second, sent whatever the rate of `show`; device: for example
    "/dev/video10", or None for the first free one. lag: seconds from `show` to the sending of what was drawn of it;
    notice: one sentence while the device is lost, else None;
    notify receives it once, and another when the device is back.

    Threads of its own draw and send, so that `show` never waits and a slow drawing leaves no gap in what is sent. A device
    that goes away is opened again every 2 seconds; the run goes on. Raises OutputError when there is no device at the
    start, with the way to one.
    """

    def __init__(
        self,
        size: tuple[int, int],
        fps: float,
        device: str | None = None,
        camera_factory: CameraFactory | None = None,
        *,
        notify: Callable[[str], None] = log.warning,
        render: Callable[[Image, Moment, Style], Image] = draw,
        blank_image: Callable[[tuple[int, int], str], Image] = blank,
        retry: float = RETRY,
    ) -> None:
        if any(side % 2 or side <= 0 for side in size):
            raise OutputError(f"A virtual camera of {size[0]}x{size[1]} does not work: both sides must be even.")
        self._size, self._fps, self._device = size, fps, device
        self._open = camera_factory or open_camera
        self._notify, self._render, self._retry = notify, render, retry
        self._latest: tuple[Frame, Moment | None, Style] | None = None
        self._given = 0.0
        self._drawing = False
        self._unsent: tuple[float, float] | None = None
        """When the picture that was drawn, but not sent yet, was given, and when it was ready."""
        self._style = Style()
        self._blanked = False
        self._error: Exception | None = None
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._picture = self._hidden = blank_image(size, BLANKED)
        self.notice: str | None = None
        self.lag = 0.0
        try:
            self._camera: Camera | None = self._open(*size, fps, device)
        except (RuntimeError, OSError) as error:
            raise OutputError(explain(str(error), device)) from error
        self.device = str(self._camera.device)
        self._picture = blank_image(size, WAITING)
        self._threads = [
            threading.Thread(target=self._guard, args=(loop,), name=f"virtual camera, {loop.__name__[1:]}", daemon=True)
            for loop in (self._paint, self._feed)
        ]
        for thread in self._threads:
            thread.start()

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        """Take the newest picture; returns None at once. `status` is for the user, not for the call: it is not drawn."""
        if self._error is not None:
            raise self._error
        with self._changed:
            self._latest, self._given, self._drawing = (frame, moment, self._style), time.monotonic(), True
            self._changed.notify_all()
        return None

    def set_blank(self, blanked: bool) -> None:
        """Hide the call from the very next picture on, or show it again."""
        self._blanked = blanked

    def set_names(self, names: bool) -> None:
        """Show the participants' names from now on, or not."""
        self._style = replace(self._style, names=names)

    @property
    def watched(self) -> bool | None:
        """Whether any program has the camera open; None where this system cannot tell."""
        return loopback.watched()  # no other system says

    def close(self) -> None:
        """Stop feeding and release the device. Idempotent."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(JOIN_TIMEOUT)

    def _guard(self, loop: Callable[[], None]) -> None:
        try:
            loop()
        except Exception as error:  # noqa: BLE001 - handed to the thread that calls show, which raises it
            self._error = error

    def _paint(self) -> None:
        """Draw the newest picture, again and again."""
        made_of: tuple[object, ...] = ()
        while not self._stop.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._stop.is_set() or self._latest is not None)
                latest, self._latest, given = self._latest, None, self._given
            if latest is None:
                continue
            if not made_of or any(new is not old for new, old in zip(latest, made_of, strict=True)):
                frame, moment, style = made_of = latest
                # drawn in the size that is sent, so that text is as sharp as it can be
                scaled = letterbox(frame.image, inner_size(frame.size, self._size))
                drawn = scaled if moment is None else self._render(scaled, moment, style)
                self._picture, self._unsent = (
                    np.ascontiguousarray(letterbox(drawn, self._size)),
                    (given, time.monotonic()),
                )
            with self._changed:
                self._drawing = self._latest is not None
                self._changed.notify_all()

    def _feed(self) -> None:
        """Send the picture that was drawn last, at a steady rate."""
        try:
            self._feed_steadily()
        finally:
            self._drop()

    def _await_picture(self, most: float) -> None:
        """Wait for the picture that is being drawn, if one is, for so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_set() or not self._drawing or self._unsent is not None, most)

    def _feed_steadily(self) -> None:
        period = 1 / self._fps
        due = time.monotonic()
        retry_at = 0.0
        while not self._stop.is_set():
            if self._camera is None and time.monotonic() >= retry_at:
                self._reconnect()
                retry_at = time.monotonic() + self._retry
            self._await_picture(PATIENCE * period)
            unsent, self._unsent = self._unsent, None
            picture = self._hidden if self._blanked else self._picture
            lay = 0.0
            if self._camera is not None and not self._send(self._camera, picture):
                retry_at = time.monotonic() + self._retry
            elif unsent is not None:
                given, ready = unsent
                self.lag = time.monotonic() - given
                lay = time.monotonic() - ready
            due = next_due(due, period, time.monotonic(), lay)
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _send(self, camera: Camera, picture: Image) -> bool:
        """Send; a device that does not take it is given up, which is said once."""
        try:
            camera.send(picture)
        except (RuntimeError, OSError) as error:
            self._drop()
            self.notice = (
                f"The virtual camera {self.device} stopped taking pictures ({_joined(str(error)) or 'no reason given'}); "
                f"it is tried again every {self._retry:g} s."
            )
            self._notify(self.notice)
            return False
        return True

    def _reconnect(self) -> None:
        try:
            self._camera = self._open(*self._size, self._fps, self._device)
        except (RuntimeError, OSError, OutputError):
            return  # said already, when it went away
        self.device = str(self._camera.device)
        self.notice = None
        self._notify(f"The virtual camera {self.device} is back.")

    def _drop(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            try:
                camera.close()
            except (RuntimeError, OSError) as error:
                log.info("closing the virtual camera: %s", error)


def next_due(due: float, period: float, now: float, lay: float) -> float:
    """When the next picture is to be sent, after the one that was due and that lay ready for so long; all in seconds.

    Pictures that are late are not made up for by a burst.
    """
    return max(due + period - min(lay, SOONER * period), now - period)


def explain(reasons: str, device: str | None, platform: str = sys.platform, there: bool | None = None) -> str:
    """The sentence for a camera that cannot be opened: what is wrong, the way out, and all the backends' reasons.

    there: whether this Linux has a v4l2loopback device (looked up for None).
    """
    text = reasons.lower()
    name = f"The virtual camera {device}" if device else "The virtual camera"
    told = f" ({_joined(reasons)})" if reasons.strip() else ""
    if not platform.startswith("linux"):
        if "could not be started" in text:
            return f"{name} is in use by another program; stop it there, or stop the virtual camera in OBS{told}."
        return f"There is no virtual camera to show the picture in; {INSTALL_OBS}{told}."
    if "permission" in text:
        return f"{name} must not be opened by you; run sudo usermod -aG video $USER and log in again{told}."
    if there is None:
        there = bool(loopback.devices())
    if "could not be configured: invalid argument" in text:
        return (
            f"{name} is shown by a program in another size; close that program's picture of it, or keep to the size it "
            f"shows with --camera-size{told}."
        )
    if "not a video output device" in text or "busy" in text or ("no v4l2 loopback" in text and there):
        return (
            f"{name} is in use by another program; close that, or choose another device with --camera-device{told}. "
            "If nothing uses it, load it anew: sudo modprobe -r v4l2loopback && "
            'sudo modprobe v4l2loopback exclusive_caps=1 card_label="Meeting Analyzer".'
        )
    if device and "does not exist" in text:
        return (
            f"There is no virtual camera {device}; choose another --camera-device, or make one: {LOAD_LOOPBACK}{told}."
        )
    if "no v4l2 loopback" in text or "does not exist" in text:
        return f"There is no virtual camera to show the picture in; make one: {LOAD_LOOPBACK}{told}."
    return f"{name} cannot be opened{told}; check it with meeting-analyzer doctor."


def _joined(reasons: str) -> str:
    return "; ".join(line.strip().rstrip(".") for line in reasons.splitlines() if line.strip())
