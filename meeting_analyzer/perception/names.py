"""Names read from the tiles' labels, by PP-OCR's recogniser (Du et al., 2020, arXiv:2009.09941) as rapidocr ships it.

Optional (extra `names`). A name depends only on the label's pixels; what was read is kept and found again by the
strokes of the letters, so that video moving behind a translucent label costs nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..types import Box, Image
from ..untrusted import clean
from . import tesseract
from .base import TileBox
from .labels import Label, Mask, find_label, strokes_at
from .runtime import Model

READS_PER_FRAME = 4
"""Labels read in one call at most, so that a live call does not stall when 49 people come at once."""
MIN_CONFIDENCE = 0.82
"""Mean probability of the letters below which a reading is dropped."""
SURE_CONFIDENCE = 0.93
"""The same from which no second reader is asked: what a script that it does not know reads as, is seldom surer."""
MAX_LETTERS = 64
REMEMBERED = 400
SAME_PLACE, ANY_PLACE = 0.16, 0.11
"""Greatest difference of strokes of one and the same label, where it was before and anywhere. Of labels of 11 to 18
pixels over changing video 90 % differ by less than 0.13, 80 % by less than 0.02; of names with one letter changed 95 %
differ by more than 0.1 ("Ali" and "Aii" do not)."""
_INSTALL = 'pip install "meeting-analyzer[names]"'
_PACKAGES = (("rapidocr", "PP-OCRv6_rec*.onnx"), ("rapidocr_onnxruntime", "ch_PP-OCRv4_rec*.onnx"))
"""Packages that carry a recogniser and its file: PP-OCRv6 knows Latin letters with accents and Japanese, v4 does not."""
_HEIGHT = 48
_WIDTH_STEP = 160
"""The recogniser's input height; its width is filled up to a multiple of this, as new sizes cost planning."""
_FAILED_READ_PAUSE = 10
"""Calls after which a reading that gave nothing is made up for."""
_SUFFIX = re.compile(
    r"[\s,]*[(（\[]\s*(?:(?:co-?)?host|me|you|guest|unverified|external|organi[sz]er|presenter|ich|yo|moi|主持人|我)\b[^)）\]]*[)）\]]?\s*$",
    re.IGNORECASE,
)
_SUFFIX_WORDS = ("host", "cohost", "guest", "unverified", "external", "organizer", "presenter")
_ALIKE_WORD = 0.75
"""Similarity from which a word in a bracket at the end is one of these, misread."""
_LAST_BRACKET = re.compile(r"\s*[(（\[]([^()（）\[\]]*)[)）\]]?\W*$")
_CUT_OFF = re.compile(r"\s*[(（\[][^)）\]]*$")
"""A bracket that the label's end cut off: hardly ever part of a name."""
_EMPTY = re.compile(r"\s*[(（\[][^)）\]\w]*[\d\W_o]*[)）\]]?\W*$")
"""A bracket without letters: a suffix in a script that was not read."""
_ELLIPSIS = re.compile(r"\s*(?:\.{2,}|…)\s*$")


@dataclass(slots=True)
class _Read:
    strokes: Mask
    name: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the recogniser makes of a line.

    text: all of it; confidence: mean probability, 0..1, of the letters of the name, 0 where there are none; end: where the name
    ends and a "(Host, me)" begins, as a share of the line's width, 1 where there is no such thing.
    """

    text: str
    confidence: float
    end: float = 1.0


def clean_name(text: str) -> str | None:
    """A label's text as a name: no control or direction marks, no "(Host, me)", no crumbs of icons, 64 letters at most.

    None when no two letters (one in Chinese, Japanese or Korean writing) are left.
    """
    text = _without_suffix(clean(unicodedata.normalize("NFC", text)))
    text = _ELLIPSIS.sub("", _EMPTY.sub("", _CUT_OFF.sub("", text)))
    words = text.split()
    while words and not any(c.isalnum() for c in words[0]):
        words.pop(0)
    while words and not any(c.isalnum() for c in words[-1]):
        words.pop()
    # a microphone beside the name reads as one odd sign, mostly a lower-case letter or a digit
    if len(words) > 1 and len(words[-1]) == 1 and not words[-1].isupper() and ord(words[-1]) < 0x2E80:
        words.pop()
    if len(words) > 1 and len(words[0]) == 1 and not words[0].isupper() and ord(words[0]) < 0x2E80:
        words.pop(0)
    name = " ".join(words).strip(" |_~*^`´'\"=<>{}\\/;:,!?%&#@+-")[:MAX_LETTERS].rstrip()
    letters = [c for c in name if c.isalpha()]
    return name if len(letters) >= 2 or any(ord(c) >= 0x2E80 for c in letters) else None


def _without_suffix(text: str) -> str:
    """The part of a label's text that stands before "(Host, me)" and the like."""
    while (shorter := _SUFFIX.sub("", text)) != text:
        text = shorter
    bracket = _LAST_BRACKET.search(text)
    if bracket and any(
        get_close_matches(w, _SUFFIX_WORDS, 1, _ALIKE_WORD) for w in re.findall(r"\w+", bracket[1].lower())
    ):
        text = text[: bracket.start()]
    return text


def stroke_difference(a: Mask, b: Mask) -> float:
    """How much two patches of strokes (h, w), 0..255, differ where they differ most, in 0..1, shifted by up to 2 pixels.

    The mean over a third of a letter: a changed letter counts the same in a short and in a long name.
    """
    if abs(a.shape[0] - b.shape[0]) > 2 or abs(a.shape[1] - b.shape[1]) > 2:
        return 1.0
    height, width = max(a.shape[0], b.shape[0]), max(a.shape[1], b.shape[1])
    pad = 2
    field = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    field[pad : pad + a.shape[0], pad : pad + a.shape[1]] = a
    other = b.astype(np.float32)
    x, y = cv2.minMaxLoc(cv2.matchTemplate(field, other, cv2.TM_CCORR))[3]
    field[y : y + b.shape[0], x : x + b.shape[1]] -= other
    side = max(3, round(height * 0.3))
    return float(cv2.boxFilter(np.abs(field), -1, (side, side), borderType=cv2.BORDER_CONSTANT).max()) / 255


class NameReader:
    """Reads name labels. Used by one thread at a time; open it with `NameReader.open`."""

    def __init__(self, model: Model, letters: Sequence[str]) -> None:
        self._model = model
        # class 0 is the blank between letters, the last one the space between words
        self._letters = ("", *letters, " ")
        self._known: OrderedDict[int, _Read] = OrderedDict()
        self._seen: OrderedDict[Box, tuple[Label, int]] = OrderedDict()
        self._asked: dict[int, Future[str | None]] = {}
        self._next_key = 0
        self._failed = 0.0
        self._turn = 0
        self.unlabelled: frozenset[Box] = frozenset()
        """Boxes of those tiles of the last call in which no label was seen."""

    def beside(self) -> NameReader:
        """A reader for another call: the same model, nothing remembered of this one's names."""
        return NameReader(self._model, self._letters[1:-1])

    @classmethod
    def open(cls, wanted: Literal["auto", "on", "off"], threads: int) -> NameReader | None:
        """A reader that computes with `threads` threads; None where names are off or ("auto") cannot be read.

        Raises ModelError when they are "on" and the package is not installed or does not load.
        """
        if wanted == "off":
            return None
        try:
            return cls(*_recognizer(threads))
        except ModelError:
            if wanted == "on":
                raise
            return None

    def read(self, image: Image, tiles: Sequence[TileBox], budget: int | None = READS_PER_FRAME) -> list[str | None]:
        """The name of each tile of a BGR frame (H, W, 3); None where there is no label or it was not read yet.

        budget: labels read anew in this call at most, None: all of them. Those left over are read in the next calls;
        labels that turn out to be unreadable use it up for longer, and the second reader answers for one of the next calls.
        """
        self._hear()
        names: list[str | None] = [None] * len(tiles)
        new: list[tuple[int, Label]] = []
        bare: list[Box] = []
        for i, tile in enumerate(tiles):
            key, label = self._look(image, tile)
            if key is not None:
                names[i] = self._known[key].name
            elif label is not None:
                new.append((i, label))
            else:
                bare.append(tile.box)
        self.unlabelled = frozenset(bare)
        self._failed = max(0.0, self._failed - 1 / _FAILED_READ_PAUSE)
        left = len(new) if budget is None else max(0, int(budget - self._failed))
        start = self._turn % len(new) if new else 0
        for i, label in (new[start:] + new[:start])[:left]:
            patch = label.box.of(image)  # on its own: what else is in the frame does not change it
            reading = self.recognize(patch)
            names[i] = clean_name(reading.text) if reading.confidence >= MIN_CONFIDENCE else None
            key = self._keep(tiles[i].box, label, names[i])
            if reading.confidence < SURE_CONFIDENCE and tesseract.language() is not None:
                least_sure = tesseract.LEAST_SURE if names[i] is None else tesseract.SURE
                name = slice(0, max(1, round(reading.end * label.box.w)))
                self._asked[key] = tesseract.read_beside(
                    patch[:, name].copy(), label.strokes[:, name], label.bright, least_sure
                )
                if budget is None:
                    wait([self._asked[key]])
                    self._hear()
                    names[i] = self._known[key].name
            if budget is not None and names[i] is None:
                self._failed = min(float(budget), self._failed + 1)
        self._turn += left
        return names

    def _look(self, image: Image, tile: TileBox) -> tuple[int | None, Label | None]:
        """What is known of the tile's label: the key of its reading, or the label that is still to be read."""
        last = self._seen.get(tile.box)
        if last and last[1] in self._known:
            here, key = last
            if stroke_difference(self._known[key].strokes, strokes_at(image, here)) < SAME_PLACE:
                self._known.move_to_end(key)
                self._seen.move_to_end(tile.box)
                return key, here
        label = find_label(image, tile)
        if label is None:
            return None, None
        for key in reversed(self._known):
            if stroke_difference(self._known[key].strokes, label.strokes) < ANY_PLACE:
                self._known.move_to_end(key)
                self._place(tile.box, label, key)
                return key, label
        return None, label

    def _hear(self) -> None:
        """Take over what the second reader has answered by now."""
        for key, answer in list(self._asked.items()):
            if answer.done():
                del self._asked[key]
                name = clean_name(answer.result() or "")
                if name and key in self._known:
                    self._known[key].name = name

    def _keep(self, box: Box, label: Label, name: str | None) -> int:
        """Remember a reading; returns its key."""
        key = self._next_key
        self._known[key] = _Read(label.strokes, name)
        self._place(box, label, key)
        self._next_key += 1
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return key

    def _place(self, box: Box, label: Label, key: int) -> None:
        self._seen[box] = label, key
        self._seen.move_to_end(box)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def recognize(self, patch: Image) -> Reading:
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
        name = len(_without_suffix(text))
        # letters of the recogniser are single characters, so that places in the text are places among the steps
        confidence = float(probabilities.max(axis=1)[steps[:name]].mean()) if text[:name].strip() else 0.0
        suffix = len(text) - len(text[name:].lstrip(" ,"))
        end = width * float(steps[suffix]) / len(best) if suffix < len(text) else 1.0
        return Reading(text, confidence, min(1.0, end))


def _recognizer(threads: int) -> tuple[Model, list[str]]:
    """The recogniser's network and its letters, from whichever package is installed. Raises ModelError."""
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
            return model, letters
        lacking = f"{paths[0].name} does not say its letters"
    if lacking:
        raise ModelError(f"Names cannot be read, {lacking}: {_INSTALL}.")
    raise ModelError(f"Reading names needs the package rapidocr, which is not installed: {_INSTALL}.")
