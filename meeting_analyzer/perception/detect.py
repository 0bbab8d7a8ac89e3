"""Which detector is used, what takes over when it cannot be had, and faces of every size in any picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ..errors import ModelError
from .base import FaceDetector
from .blazeface import BlazeFace, FaceRange
from .haar import HaarDetector
from .package import INSTALL, PackageDetector
from .windows import detect_anywhere

__all__ = ["detect_anywhere", "make_detector"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What every detector is made from."""

    face_range: FaceRange
    threads: int
    min_score: float


DETECTORS: dict[str, Callable[[Wish], FaceDetector]] = {
    "onnx": lambda wish: BlazeFace(wish.face_range, wish.threads, wish.min_score),
    "package": lambda wish: PackageDetector(wish.face_range, wish.min_score),
    "haar": lambda wish: HaarDetector(wish.min_score),
}
"""All detectors: a new one is a line here and one in ORDER."""

ORDER: dict[tuple[str, str], tuple[str, ...]] = {
    ("mediapipe", "onnx"): ("onnx", "package", "haar"),
    ("mediapipe", "package"): ("package",),
    ("haar", "onnx"): ("haar",),
    ("haar", "package"): ("haar",),
}
"""(detector, engine) to what is tried in turn. Who asks for the package by name is told when it is missing."""

TAKEN_OVER = {
    "package": "so the mediapipe package finds the faces instead",
    "haar": f"so OpenCV's Haar cascades find the faces instead, fewer of them; {INSTALL} would do as well",
}


def make_detector(
    detector: Literal["mediapipe", "haar"],
    engine: Literal["onnx", "package"],
    face_range: FaceRange,
    threads: int,
    min_score: float,
    notify: Callable[[str], None],
) -> FaceDetector:
    """The detector that was asked for, or the next one that can be had.

    MediaPipe by ONNX gives way to the mediapipe package and then to Haar when its model is missing, damaged or not
    loadable; `notify` then gets one sentence with the reason and the way out. threads, min_score: see Settings.
    Raises ModelError, with every reason, when nothing can be had. Failures while detecting are not caught here.
    """
    wish = Wish(face_range, threads, min_score)
    reasons: list[str] = []
    for name in ORDER[detector, engine]:
        try:
            made = DETECTORS[name](wish)
        except ModelError as error:
            reasons.append(str(error).rstrip("."))
            continue
        if reasons:
            notify(f"MediaPipe's face detector cannot be used as shipped ({reasons[0]}), {TAKEN_OVER[name]}.")
        return made
    raise ModelError(f"{'; '.join(reasons)}.")
