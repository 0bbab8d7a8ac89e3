"""PP-OCR's recogniser of text lines (Du et al., 2020, arXiv:2009.09941) as rapidocr ships it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..types import Image
from .name_text import clean_name, without_suffix
from .runtime import Model

_INSTALL = 'pip install "meeting-analyzer[names]"'
_PACKAGES = (("rapidocr", "PP-OCRv6_rec*.onnx"), ("rapidocr_onnxruntime", "ch_PP-OCRv4_rec*.onnx"))
"""Packages that carry a recogniser and its file: PP-OCRv6 knows Latin letters with accents and Japanese, v4 does not."""
MIN_CONFIDENCE = 0.82
"""Mean probability of the letters below which a reading is dropped."""
SURE_CONFIDENCE = 0.93
"""The same from which no second reader is asked: what a script that it does not know reads as, is seldom surer."""
_HEIGHT = 48
_WIDTH_STEP = 160
"""The recogniser's input height; its width is filled up to a multiple of this, as new sizes cost planning."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the recogniser makes of a line.

    text: all of it; confidence: mean probability, 0..1, of the letters of the name, 0 where there are none; end: where the name
    ends and a "(Host, me)" begins, as a share of the line's width, 1 where there is no such thing.
    """

    text: str
    confidence: float
    end: float = 1.0

    @property
    def name(self) -> str | None:
        """The name, where it was read surely enough."""
        return clean_name(self.text) if self.confidence >= MIN_CONFIDENCE else None

    @property
    def sure(self) -> bool:
        """Whether nobody else need be asked."""
        return self.confidence >= SURE_CONFIDENCE


class Recognizer:
    """A network that reads one line. Used by one thread at a time."""

    def __init__(self, model: Model, letters: Sequence[str]) -> None:
        self._model = model
        # class 0 is the blank between letters, the last one the space between words
        self._letters = ("", *letters, " ")

    def read(self, patch: Image) -> Reading:
        """The text of a BGR patch (h, w, 3) that holds one line."""
        height, width = patch.shape[:2]
        scaled = max(8, round(width * _HEIGHT / height))
        method = cv2.INTER_CUBIC if height < _HEIGHT else cv2.INTER_AREA
        resized = cv2.resize(patch, (scaled, _HEIGHT), interpolation=method)
        padded = -(-scaled // _WIDTH_STEP) * _WIDTH_STEP
        batch = np.zeros((1, 3, _HEIGHT, padded), np.float32)
        batch[0, :, :, :scaled] = resized.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
        probabilities: npt.NDArray[np.float32] = self._model.run(batch)[0]
        return self._decode(probabilities[0], padded / scaled)

    def _decode(self, probabilities: npt.NDArray[np.float32], width: float) -> Reading:
        """The likeliest letters of (steps, classes): each once as long as it lasts (CTC, Graves et al., 2006); width: of all
        steps, in widths of the line."""
        best = probabilities.argmax(axis=1)
        fresh = np.concatenate(([True], best[1:] != best[:-1]))
        steps = np.flatnonzero(fresh & (best != 0) & (best < len(self._letters)))
        text = "".join(self._letters[i] for i in best[steps])
        name = len(without_suffix(text))
        # letters of the recogniser are single characters, so that places in the text are places among the steps
        confidence = float(probabilities.max(axis=1)[steps[:name]].mean()) if text[:name].strip() else 0.0
        suffix = len(text) - len(text[name:].lstrip(" ,"))
        end = width * float(steps[suffix]) / len(best) if suffix < len(text) else 1.0
        return Reading(text, confidence, min(1.0, end))


def open_recognizer(threads: int) -> Recognizer:
    """The recogniser of whichever package is installed, that computes with `threads` threads. Raises ModelError."""
    lacking = ""
    for package, pattern in _PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        paths = sorted((Path(spec.origin).parent / "models").glob(pattern))
        if not paths:
            lacking = f"{package} lacks its model {pattern}"
            continue
        model = Model(paths[0], threads)
        letters = model.metadata.get("character", "").splitlines()
        if letters:
            return Recognizer(model, letters)
        lacking = f"{paths[0].name} does not say its letters"
    if lacking:
        raise ModelError(f"Names cannot be read, {lacking}: {_INSTALL}.")
    raise ModelError(f"Reading names needs the package rapidocr, which is not installed: {_INSTALL}.")
