"""Tesseract as a second reader of name labels, for Devanagari, which PP-OCR's models do not know.

It is a program of its own (Debian: tesseract-ocr tesseract-ocr-script-deva) and is asked where it is installed. The
picture goes in and the text comes out through pipes; nothing is written to disk.
"""

from __future__ import annotations

import os
import subprocess
import threading
from concurrent.futures import Future
from functools import cache
from shutil import which

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Image

LANGUAGES = ("Devanagari", "script/Devanagari", "hin")
"""Names of its data for Devanagari, the best first."""
HEIGHT, MARGIN = 48, 16
"""Height in pixels at which a label is read, and the white around it."""
STROKE = 0.2
"""Width from which a bright place is no stroke but ground, as a share of the label's height."""
PLAIN = 12.0
"""Brightness of most of a label, 0..255, below which its letters stand on a ground of their own."""
LEAST_INK = 40.0
"""Least brightness of strokes, 0..255, that is spread over the whole range."""
SECONDS = 10.0
LEAST_SURE, SURE = 40.0, 70.0
"""Least mean confidence, in percent, of the words read, where nothing else and where something else is known of them."""

_ONE_AT_A_TIME = threading.Lock()


@cache
def language() -> str | None:
    """The data for Devanagari that is installed; None where there is none or no Tesseract."""
    program = which("tesseract")
    if program is None:
        return None
    try:
        answer = subprocess.run([program, "--list-langs"], capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    installed = answer.stdout.decode("utf-8", "replace").split()
    return next((name for name in LANGUAGES if name in installed), None)


def read_beside(strokes: npt.NDArray[np.uint8], least_sure: float = LEAST_SURE) -> Future[str | None]:
    """Like `read`, in a thread that ends with the program, one at a time: starting Tesseract takes longer than a live call's
    frame may."""
    answer: Future[str | None] = Future()

    def work() -> None:
        with _ONE_AT_A_TIME:
            try:
                answer.set_result(read(strokes, least_sure))
            except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
                answer.set_exception(error)

    threading.Thread(target=work, name="tesseract", daemon=True).start()
    return answer


def read(strokes: npt.NDArray[np.uint8], least_sure: float = LEAST_SURE) -> str | None:
    """The text of a line of strokes (h, w), 0..255 as `labels.Label` has them, if most of its letters are Devanagari and the
    words' mean confidence is at least so many percent."""
    data = language()
    if data is None:
        return None
    ink = 255 - _without_ground(strokes)
    scale = HEIGHT / ink.shape[0]
    large: Image = np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)
    page = cv2.copyMakeBorder(large, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=(255,))
    picture = cv2.imencode(".png", page)[1].tobytes()
    command = ["tesseract", "-", "-", "-l", data, "--psm", "7", "--dpi", "150", "tsv"]
    try:
        answer = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = [line.split("\t")[10:12] for line in answer.stdout.decode("utf-8", "replace").splitlines()[1:]]
    sure = [(float(word[0]), word[1].strip()) for word in words if len(word) == 2 and word[1].strip()]
    text = " ".join(word for _, word in sure)
    letters = [c for c in text if c.isalpha()]
    native = sum("\u0900" <= c <= "\u097f" for c in letters)
    if not sure or sum(s for s, _ in sure) / len(sure) < least_sure or 2 * native < len(letters) or native < 2:
        return None
    return text


def _without_ground(strokes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Strokes (h, w), 0..255, on plain black: where letters stand on a video, patches of it are as bright as some of their ink, but
    wider than any stroke. A label with a ground of its own is left as it is: its thick strokes may be as wide."""
    if np.median(strokes) < PLAIN:
        return strokes
    side = max(3, round(STROKE * strokes.shape[0])) | 1
    ground = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    thin = cv2.subtract(strokes, ground).astype(np.float32)
    low, high = float(np.median(thin)), float(np.percentile(thin, 97))
    return np.asarray(np.clip(255 * (thin - low) / max(LEAST_INK, high - low), 0, 255), np.uint8)
