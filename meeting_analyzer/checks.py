"""The checks behind `doctor`: each looks at one part of this machine and says how to mend it.

A check imports what it checks itself, so that one broken part never hides another.
"""

from __future__ import annotations

import importlib
import importlib.metadata as metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OK, MISSING, BROKEN = "ok", "missing", "broken"
REINSTALL = "pip install --force-reinstall meeting-analyzer"


@dataclass(frozen=True, slots=True)
class Check:
    """One part's state: "ok", "missing" (optional, can be added) or "broken" (must be mended), with the fix."""

    part: str
    state: str
    detail: str
    needed_for: str = ""
    fix: str = ""


LIBRARIES = {
    # module: (distribution, what it is needed for)
    "numpy": ("numpy", "everything"),
    "onnxruntime": ("onnxruntime", "face detection and emotion"),
    "PIL": ("pillow", "labels on the picture"),
    "mss": ("mss", "grabbing windows and screens"),
    "pyvirtualcam": ("pyvirtualcam", "the virtual camera"),
}
EXTRAS = {
    # module: (distribution, extra, needed for)
    "mediapipe": ("mediapipe", "mediapipe", "--engine package (the shipped ONNX files need it not)"),
    "obsws_python": ("obsws-python", "obs", "alerts in OBS Studio (--obs)"),
    "streamlit_webrtc": ("streamlit-webrtc", "web", "the web page (`meeting-analyzer web`)"),
    "rapidocr": ("rapidocr", "names", "reading the participants' names from their labels"),
}


def all_checks() -> Iterator[Check]:
    """Every check in the order a person would mend things."""
    yield check_python()
    for module, (distribution, needed_for) in LIBRARIES.items():
        yield check_library(module, distribution, needed_for)
    for check in (check_opencv, check_config, check_encoder):
        yield check()
    yield from check_models()
    for module, (distribution, extra, needed_for) in EXTRAS.items():
        yield check_extra(module, distribution, extra, needed_for)
    from .camera_checks import check_camera_output, check_webcam  # it imports this module

    for check in (check_screen, check_window_manager, check_side_window, check_camera_output, check_webcam, check_room):
        yield check()


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> Check:
    """Python 3.11 to 3.13."""
    text = ".".join(map(str, version))
    if (3, 11) <= version <= (3, 13):
        return Check("python", OK, text)
    return Check(
        "python",
        BROKEN,
        f"{text} is not supported",
        "everything",
        "install Python 3.11, 3.12 or 3.13 and make a new environment",
    )


def check_library(module: str, distribution: str, needed_for: str) -> Check:
    """A library of the core can be imported."""
    try:
        importlib.import_module(module)
        return Check(module, OK, metadata.version(distribution))
    except (ImportError, OSError, metadata.PackageNotFoundError) as error:
        return Check(module, BROKEN, f"cannot be imported: {error}", needed_for, REINSTALL)


def opencv_distributions() -> dict[str, str]:
    """Installed distributions that write the cv2 folder, with their versions."""
    names = ("opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless")
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def check_opencv() -> Check:
    """cv2 can be imported, is one version below 5, and has its Haar cascades."""
    found = opencv_distributions()
    listed = ", ".join(f"{name} {version}" for name, version in found.items()) or "not installed"
    if len(set(found.values())) > 1:
        one = found.get("opencv-python") or max(found.values())
        fix = f"pip install --force-reinstall --no-deps {' '.join(f'{name}=={one}' for name in found)}"
        return Check("opencv", BROKEN, f"several versions share one folder: {listed}", "everything", fix)
    try:
        import cv2
    except ImportError as error:
        system = any(word in str(error) for word in ("libGL", "libgthread", "libglib", "libxcb"))
        fix = (
            "sudo apt install libgl1 libglib2.0-0 libxcb1"
            if system
            else 'pip install --force-reinstall "opencv-python<5"'
        )
        return Check("opencv", BROKEN, f"cannot be imported: {error}", "everything", fix)
    if not hasattr(cv2, "CascadeClassifier"):
        fix = 'pip install "opencv-python<5"'
        return Check("opencv", BROKEN, f"{cv2.__version__} has no Haar cascades", "the fallback face detector", fix)
    return Check("opencv", OK, listed)


def check_config() -> Check:
    """The configuration file, if there is one, can be read."""
    from .config import config_path, load_config
    from .errors import UsageError

    try:
        values = load_config()
    except UsageError as error:
        return Check("configuration", BROKEN, str(error), "every command", f"correct or delete {config_path()}")
    return Check("configuration", OK, f"{config_path()}: {len(values)} settings" if values else "defaults (no file)")


def check_encoder() -> Check:
    """PyAV can be imported and writes H.264 and AAC."""
    try:
        from .ffmpeg import av

        for name in ("libx264", "aac"):
            av.codec.Codec(name, "w")
    except (ImportError, ValueError) as error:
        detail = f"H.264 or AAC cannot be written: {error}"
        return Check("av", BROKEN, detail, "reading and writing recordings", "pip install --force-reinstall av")
    return Check("av", OK, f"{metadata.version('av')}, writes H.264 and AAC")


def check_models() -> Iterator[Check]:
    """Every shipped model is there, is what was shipped, and loads."""
    from . import models
    from .errors import ModelError

    for name in models.SHIPPED:
        part = Path(name).stem
        try:
            path = models.model_path(name)
            import onnxruntime

            onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            yield Check(part, OK, f"{path.stat().st_size / 1e6:.1f} MB, checksum as shipped")
        except ModelError as error:
            needed = "emotion labels" if name == models.EMOTION else "face detection (Haar cascades take over)"
            yield Check(part, BROKEN, str(error), needed, models.REINSTALL)
        except Exception as error:  # noqa: BLE001 - onnxruntime's own exceptions share no public base class
            yield Check(part, BROKEN, f"does not load: {str(error).splitlines()[0]}", "analysis", REINSTALL)


def check_extra(module: str, distribution: str, extra: str, needed_for: str) -> Check:
    """An optional library is installed and can be found."""
    fix = f'pip install "meeting-analyzer[{extra}]"'
    try:
        version = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return Check(distribution, MISSING, "not installed", needed_for, fix)
    if importlib.util.find_spec(module) is None:
        return Check(distribution, BROKEN, "installed but not importable", needed_for, fix)
    return Check(distribution, OK, version)


def check_screen() -> Check:
    """The screen can be grabbed: there is one, and the grab is not refused."""
    from .errors import AnalyzerError

    try:
        from .sources.monitor import list_monitors

        monitors = list_monitors()
    except AnalyzerError as error:
        return Check("screen", MISSING, str(error), "live analysis of a window or screen", _screen_fix())
    except ImportError as error:
        return Check("screen", BROKEN, str(error), "live analysis of a window or screen", REINSTALL)
    return Check("screen", OK, ", ".join(f"{m.w}x{m.h}" for m in monitors))


def _screen_fix() -> str:
    if sys.platform == "darwin":
        return "allow your terminal under System Settings > Privacy & Security > Screen Recording, then start it anew"
    if sys.platform == "win32":
        return "log in to a desktop session (a service or SSH session has no screen)"
    if os.environ.get("XDG_SESSION_TYPE") == "wayland" or os.environ.get("WAYLAND_DISPLAY"):
        return 'choose the "Xorg" or "X11" session on the log-in screen'
    return "start it from a desktop session, or under a virtual one: xvfb-run -s '-screen 0 1920x1080x24' meeting-analyzer live"


def check_window_manager() -> Check:
    """Windows can be listed and followed."""
    from .errors import AnalyzerError

    needed = "finding the call's window by itself"
    try:
        from .sources.windows import list_windows

        count = len(list_windows())
    except AnalyzerError as error:
        return Check("window list", MISSING, str(error), needed, _screen_fix())
    except ImportError as error:
        name = {"darwin": "pyobjc-framework-Quartz"}.get(sys.platform, "python-xlib")
        return Check("window list", BROKEN, str(error), needed, f"pip install {name}")
    return Check("window list", OK, f"{count} windows open")


def check_side_window() -> Check:
    """OpenCV can open a window here."""
    needed = "the side window (recordings and the virtual camera work without)"
    if any("headless" in name for name in opencv_distributions()):
        fix = "pip uninstall opencv-python-headless opencv-contrib-python-headless; pip install --force-reinstall 'opencv-python<5'"
        return Check("side window", MISSING, "OpenCV without windows (headless) is installed", needed, fix)
    from .errors import AnalyzerError
    from .outputs.window import prepare

    try:
        prepare()
    except AnalyzerError as error:
        return Check("side window", MISSING, str(error), needed, _window_fix(str(error)))
    return Check("side window", OK, "available")


def _window_fix(why: str) -> str:
    if "plugin" in why:
        return "sudo apt install libxcb-cursor0 libxkbcommon-x11-0 libgl1"
    return REINSTALL if "headless" in why else _screen_fix()


LEAST_ROOM = 500e6
"""Bytes that should be free for sessions; two hours of a class are a few tens of megabytes."""


def check_room(folder: Path = Path()) -> Check:
    """The folder that results go to can be written and has room."""
    needed = "sessions and results in ./out"
    place = next(path for path in (folder / "out", folder) if path.is_dir())
    if not os.access(place, os.W_OK):
        return Check(
            "results", MISSING, f"{place.absolute()} must not be written by you", needed, "choose --out FOLDER"
        )
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free in {place.absolute()}"
    if free < LEAST_ROOM:
        return Check("results", BROKEN, detail, needed, "make room, or choose another disk with --out FOLDER")
    return Check("results", OK, detail)
