"""v4l2loopback, the virtual camera of Linux: which device can be fed, one that is stuck, and whether anybody watches.

Looked at here before pyvirtualcam opens a device, because pyvirtualcam 0.15 leaves every device open that it refuses:
ten refusals, and the device refuses everybody. Numbers are those of <linux/videodev2.h>.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import struct
import time
from pathlib import Path
from typing import Any

from ..types import Image

DEVICES = Path("/sys/devices/virtual/video4linux")
MODULE = Path("/sys/module/v4l2loopback")
DRIVER = "v4l2 loopback"
CAN_OUTPUT = 0x2  # V4L2_CAP_VIDEO_OUTPUT
BUFFER_OUTPUT = 2  # V4L2_BUF_TYPE_VIDEO_OUTPUT
QUERYCAP, STREAMON, S_PARM = 0x80685600, 0x40045612, 0xC0CC5616
PATIENCE = 0.5
"""Seconds in which a program that feeds the device sends its next picture."""

LOOK_AGAIN = 0.25
"""Seconds between two looks whether the device is still there: pyvirtualcam's send says nothing of it."""
NO_DEVICE = "No v4l2 loopback device found at /dev/video[0-99]."


class LoopbackCamera:
    """A `camera.Camera` on a v4l2loopback device, by pyvirtualcam. Raises RuntimeError and OSError as its Camera does."""

    def __init__(self, pyvirtualcam: Any, width: int, height: int, fps: float, device: str | None) -> None:
        self.device = choose(device)
        set_rate(self.device, fps)
        self._camera = pyvirtualcam.Camera(
            width, height, fps, fmt=pyvirtualcam.PixelFormat.BGR, device=self.device, backend="v4l2loopback"
        )
        self._look_at = 0.0

    def send(self, frame: Image) -> None:
        """Send one BGR picture; raises RuntimeError when the device is gone."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_AGAIN
            if not holds(self.device):
                raise RuntimeError(f"Device {self.device} is gone.")
        self._camera.send(frame)

    def close(self) -> None:
        """Release the device."""
        self._camera.close()


def devices(folder: Path = DEVICES) -> list[str]:
    """The virtual video devices of this machine, by number; those of other drivers are among them."""
    names = [path.name for path in folder.glob("video*") if path.name[5:].isdecimal()]
    return [f"/dev/{name}" for name in sorted(names, key=lambda name: int(name[5:]))]


def choose(device: str | None, folder: Path = DEVICES) -> str:
    """The device to feed: `device`, or the first that can be fed; healed where it was stuck.

    Raises RuntimeError with the reason for every device that cannot be fed, in pyvirtualcam's words.
    """
    reasons = []
    for path in [device] if device else devices(folder):
        try:
            if ready(path):
                return path
            reasons.append(f"Device {path} is not a video output device.")
        except PermissionError:
            reasons.append(f"Could not access {path} due to missing permissions.")
        except FileNotFoundError:
            reasons.append(f"Device {path} does not exist.")
        except OSError as error:
            reasons.append(f"Device {path} could not be opened: {error.strerror}.")
    raise RuntimeError("\n".join(reasons) or NO_DEVICE)


def ready(path: str, patience: float = PATIENCE) -> bool:
    """Whether the device takes a sender now. Raises OSError where it cannot be opened.

    Versions before 0.13 with exclusive_caps=1 offer their output no more after a sender that used write(), as
    pyvirtualcam does, has ended or was killed. They offer it again when somebody closes the device who asked to stream to
    it, whatever the answer was. That looks the same while a program feeds the device; then its next picture withdraws the
    offer, so a while is waited. From 0.13 on the driver does right and says its version in /sys.
    """
    driver, can = _capabilities(path)
    if driver != DRIVER:
        return False
    if can & CAN_OUTPUT or (MODULE / "version").exists():
        return bool(can & CAN_OUTPUT)
    handle = os.open(path, os.O_RDWR)
    try:
        with contextlib.suppress(OSError):
            _ioctl(handle, STREAMON, struct.pack("i", BUFFER_OUTPUT))
    finally:
        os.close(handle)
    time.sleep(patience)
    return bool(_capabilities(path)[1] & CAN_OUTPUT)


def set_rate(path: str, fps: float) -> None:
    """Tell the device the rate of its pictures, which readers are told; 30 otherwise. Raises OSError."""
    handle = os.open(path, os.O_RDWR)
    try:
        # struct v4l2_streamparm: type, then capability, mode and time per frame as a fraction
        request = struct.pack("5I", BUFFER_OUTPUT, 0, 0, 1000, round(1000 * fps)).ljust(204, b"\0")
        _ioctl(handle, S_PARM, request)
    finally:
        os.close(handle)


def holds(path: str) -> bool:
    """Whether this process still has the device open that is at `path` now: not after it was removed or made anew."""
    try:
        wanted = Path(path).stat()
    except OSError:
        return False
    return any(os.path.samestat(wanted, found) for found in _open_files())


def watched(module: Path = MODULE) -> bool | None:
    """Whether any other program has a v4l2loopback device open; None where the kernel does not say.

    The module's use count is one for every open device file, whoever's it is, so a reader of another user is seen too.
    """
    try:
        count = int((module / "refcnt").read_text())
    except (OSError, ValueError):
        return None
    ours = {path.stat().st_rdev for path in map(Path, devices()) if path.exists()}
    return count > sum(found.st_rdev in ours for found in _open_files() if found.st_rdev)


def _open_files() -> list[os.stat_result]:
    found = []
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - by number, for fstat
        with contextlib.suppress(OSError):  # the listing's own
            found.append(os.fstat(int(name)))
    return found


def _capabilities(path: str) -> tuple[str, int]:
    """Driver and capabilities of the device by VIDIOC_QUERYCAP."""
    handle = os.open(path, os.O_RDWR)
    try:
        answer = _ioctl(handle, QUERYCAP, bytes(104))
    except OSError:
        return "", 0  # not a video device
    finally:
        os.close(handle)
    driver, can = struct.unpack_from("16s68xI", answer)
    return driver.split(b"\0")[0].decode("ascii", "replace"), int(can)


def _ioctl(handle: int, request: int, argument: bytes) -> bytes:
    fcntl = importlib.import_module("fcntl")  # not on Windows
    answer: bytes = fcntl.ioctl(handle, request, argument)
    return answer
