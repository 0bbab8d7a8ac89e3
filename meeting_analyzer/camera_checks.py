"""What `doctor` says of cameras: the virtual one that is fed, and a webcam, asked for without switching it on."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from .checks import BROKEN, MISSING, OK, Check

CONSENT = r"SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\webcam"
DESKTOP_APPS = CONSENT + r"\NonPackaged"
RESTRICTED, DENIED = 1, 2  # AVAuthorizationStatus
VIDEO = "vide"  # AVMediaTypeVideo
AV_FOUNDATION = "/System/Library/Frameworks/AVFoundation.framework"
WAY_OUT = {
    "win32": "Settings > Privacy & security > Camera > Let desktop apps access your camera",
    "darwin": "System Settings > Privacy & Security > Camera, switch your terminal on, and start it anew",
}


def camera_refused(platform: str = sys.platform) -> bool:
    """True where Windows or macOS says that desktop programs, or this one, must not use a camera; False where nothing is said."""
    if platform == "win32":
        return any(_consent(key) == "Deny" for key in (CONSENT, DESKTOP_APPS))
    if platform == "darwin":
        try:
            objc = importlib.import_module("objc")
            objc.loadBundle("AVFoundation", {}, AV_FOUNDATION)
            device = objc.lookUpClass("AVCaptureDevice")
        except (ImportError, LookupError):  # objc.nosuchclass_error is a LookupError
            return False
        return int(device.authorizationStatusForMediaType_(VIDEO)) in (RESTRICTED, DENIED)
    return False


def _consent(path: str) -> str:
    winreg = importlib.import_module("winreg")
    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            return str(winreg.QueryValueEx(key, "Value")[0])
    except OSError:
        return ""


def check_camera_output() -> Check:
    """A virtual camera can be opened for writing."""
    needed = "showing the annotated picture in a call or in OBS"
    if not sys.platform.startswith("linux"):
        return _check_obs_camera(needed)
    devices = [path for path in sorted(Path("/sys/class/video4linux").glob("video*")) if _is_loopback(path)]
    if not devices:
        fix = (
            "sudo apt install v4l2loopback-dkms && sudo modprobe v4l2loopback exclusive_caps=1 "
            'card_label="Meeting Analyzer"'
        )
        return Check("virtual camera", MISSING, "no v4l2loopback device", needed, fix)
    device = Path("/dev") / devices[0].name
    if not os.access(device, os.R_OK | os.W_OK):
        fix = f"sudo usermod -aG video {os.environ.get('USER', '$USER')}, then log in again"
        return Check("virtual camera", BROKEN, f"{device} must not be opened by you", needed, fix)
    from .outputs.loopback import ready

    # a device that a killed sender left stuck is healed by looking at it
    free = [path for path in devices if os.access(f"/dev/{path.name}", os.W_OK) and ready(f"/dev/{path.name}")]
    if free:
        return Check("virtual camera", OK, f"/dev/{free[0].name}")
    fix = (
        "close the program that feeds it; if there is none: sudo modprobe -r v4l2loopback && "
        'sudo modprobe v4l2loopback exclusive_caps=1 card_label="Meeting Analyzer"'
    )
    return Check("virtual camera", BROKEN, f"{device} is in use by another program", needed, fix)


def _is_loopback(path: Path) -> bool:
    """Whether a video4linux device in sysfs is virtual: only those have no hardware behind them."""
    return "/virtual/" in str(path.resolve())


def _check_obs_camera(needed: str, platform: str = sys.platform) -> Check:
    places = {
        "win32": [Path(r"C:\Program Files\obs-studio")],
        "darwin": [Path("/Applications/OBS.app"), Path.home() / "Applications/OBS.app"],
    }[platform if platform in ("win32", "darwin") else "darwin"]
    if any(place.exists() for place in places):
        return Check("virtual camera", OK, "OBS is installed")
    fix = "install OBS Studio (obsproject.com), start its virtual camera once, and stop it again"
    return Check("virtual camera", MISSING, "OBS Studio is not installed", needed, fix)


def check_webcam(platform: str = sys.platform) -> Check:
    """A camera is attached (told on Linux only), and the system lets it be used (Windows, macOS); it stays switched off."""
    if not platform.startswith("linux"):
        if camera_refused(platform):
            detail = "this system's privacy settings do not let this program use a camera"
            return Check("webcam", MISSING, detail, "--webcam", WAY_OUT[platform])
        return Check("webcam", OK, "allowed; not looked at, so that its light stays off")
    cameras = [path for path in Path("/sys/class/video4linux").glob("video*") if not _is_loopback(path)]
    if cameras:
        return Check("webcam", OK, ", ".join(sorted(f"/dev/{path.name}" for path in cameras)))
    return Check(
        "webcam",
        MISSING,
        "no camera is attached",
        "--source webcam:0",
        "plug one in, or analyse a window or a recording",
    )
