"""Tesseract as a second reader of name labels, for Devanagari, which PP-OCR's models do not know.

It is a program of its own (Debian: tesseract-ocr tesseract-ocr-script-deva) and is asked where it is installed. The
picture goes in and the text comes out through pipes; nothing is written to disk.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from shutil import which

import cv2
import numpy as np

from ..types import Image
from .whiteness import Mask, whiteness

LANGUAGES = ("Devanagari", "script/Devanagari", "hin")
"""Names of its data for Devanagari, the best first."""
HEIGHT, MARGIN = 48, 16
"""Height in pixels at which a label is read, and the white around it."""
PLAIN = 12.0
"""Brightness of most of a label, 0..255, below which its letters stand on a ground of their own."""
BRIGHT = 90
"""Brightness of strokes, 0..255, from which they are one shape."""
SECONDS = 10.0
LEAST_SURE, SURE = 40.0, 70.0
"""Least mean confidence, in percent, of the words read, where nothing else and where something else is known of them."""

_LATIN_BRACKET = re.compile(r"\s*[(\[][^\u0904-\u0939)\]]*[)\]]?\W*$")
"""A bracket at the end without a Devanagari letter: "(Host, me)", whatever Latin letters read as."""
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


@dataclass(frozen=True, slots=True)
class Words:
    """text: of a line; sure: mean confidence of its words, in percent."""

    text: str
    sure: float


def read_beside(inks: Sequence[Mask], least_sure: float = LEAST_SURE) -> Future[Words | None]:
    """Like `read`, in a thread that ends with the program, one at a time: starting Tesseract takes longer than a live call's
    frame may."""
    answer: Future[Words | None] = Future()

    def work() -> None:
        with _ONE_AT_A_TIME:
            try:
                answer.set_result(read(inks, least_sure))
            except Exception as error:  # noqa: BLE001 - handed to whoever asks for the result
                answer.set_exception(error)

    threading.Thread(target=work, name="tesseract", daemon=True).start()
    return answer


def inks(patch: Image, strokes: Mask, bright: bool) -> list[Mask]:
    """How far each pixel of a BGR patch (h, w, 3) that holds one line is ink (h, w), 0..255, told in two ways, the better one first.

    strokes, bright: of the label, as `labels.Label` has them. What stands on a ground of its own is told by its strokes. Without one,
    patches of the video between the strokes look like ink, and the letters are told better by being white.
    """
    ways = [strokes, whiteness((patch if bright else 255 - patch).min(axis=2))]
    return ways[::-1] if np.median(strokes) >= PLAIN else ways


def read(inks: Sequence[Mask], least_sure: float = LEAST_SURE) -> Words | None:
    """The text of a line, if most of its letters are Devanagari and the words' mean confidence is at least so many percent.

    inks: how far each pixel is ink (h, w), 0..255, told in several ways. Each is tried until one is sure; the surest counts.
    """
    surest: Words | None = None
    for ink in inks:
        words = _read(ink)
        if words and words.sure >= (surest.sure if surest else least_sure):
            surest = words
        if surest and surest.sure >= SURE:
            break
    return surest


def _read(strokes: Mask) -> Words | None:
    """The Devanagari text of strokes (h, w), 0..255; None where there is none."""
    data = language()
    if data is None:
        return None
    ink = 255 - _without_neighbours(strokes)
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
    text = _LATIN_BRACKET.sub("", " ".join(word for _, word in sure))
    letters = [c for c in text if c.isalpha()]
    native = sum("\u0900" <= c <= "\u097f" for c in letters)
    if 2 * native < len(letters) or native < 2:
        return None
    return Words(text, sum(s for s, _ in sure) / len(sure))


def _without_neighbours(strokes: Mask) -> Mask:
    """Strokes (h, w), 0..255, without the shapes that go on beyond the edge: a label is cut out with a margin, so these are the ends
    of its ground and what is beside it. Tesseract reads brackets and quotation marks in them, or nothing at all."""
    height, width = strokes.shape
    _, numbers, stats, _ = cv2.connectedComponentsWithStats((strokes >= BRIGHT).astype(np.uint8), connectivity=8)
    x, y, w, h = (stats[:, column] for column in range(4))
    cut = (x == 0) | (y == 0) | (x + w == width) | (y + h == height)
    cut[0] = False  # the ground
    beside = cv2.dilate(cut[numbers].astype(np.uint8), np.ones((3, 3), np.uint8))  # with their soft edges
    return np.where(beside > 0, 0, strokes).astype(np.uint8)
