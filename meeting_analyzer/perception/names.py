"""Names read from the tiles' labels, by PP-OCR's recogniser (Du et al., 2020, arXiv:2009.09941) as rapidocr ships it.

Optional (extra `names`). A name depends only on the label's pixels; what was read is kept and found again by the
strokes of the letters, so that video moving behind a translucent label costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..types import Box, Image
from . import tesseract
from .base import TileBox
from .label_places import LabelPlaces
from .labels import Label, Mask, find_in_line, find_label, strokes_at
from .name_text import clean_name, without_suffix
from .runtime import Model

READS_PER_FRAME = 4
"""Labels read in one call at most, so that a live call does not stall when 49 people come at once."""
MIN_CONFIDENCE = 0.82
"""Mean probability of the letters below which a reading is dropped."""
SURE_CONFIDENCE = 0.93
"""The same from which no second reader is asked: what a script that it does not know reads as, is seldom surer."""
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
ON_VIDEO = 12.0
"""Median brightness of a label's strokes, 0..255, from which the letters have no ground of their own."""
_FAILED_READ_PAUSE = 10
"""Calls after which a reading that gave nothing is made up for."""


@dataclass(slots=True)
class _Read:
    """early: read before it was known where the call's labels stand."""

    strokes: Mask
    name: str | None
    early: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What the recogniser makes of a line.

    text: all of it; confidence: mean probability, 0..1, of the letters of the name, 0 where there are none; end: where the name
    ends and a "(Host, me)" begins, as a share of the line's width, 1 where there is no such thing.
    """

    text: str
    confidence: float
    end: float = 1.0


def _on_video(label: Label) -> bool:
    """Whether the letters have no ground of their own."""
    return label.reach > 0 and bool(np.median(label.strokes) >= ON_VIDEO)


def _name(reading: Reading) -> str | None:
    """The name, where it was read surely enough."""
    return clean_name(reading.text) if reading.confidence >= MIN_CONFIDENCE else None


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
        self._places = LabelPlaces()
        self._next_key = 0
        self._failed = 0.0
        self._turn = 0
        self.nameless: frozenset[Box] = frozenset()
        """Boxes of those tiles of the last call in which no label was seen, or one that had been read in vain."""

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
        nameless: list[Box] = []
        for i, tile in enumerate(tiles):
            key, label = self._look(image, tile)
            if key is not None:
                names[i] = self._known[key].name
            if label is not None:
                new.append((i, label))
            elif names[i] is None and key not in self._asked:
                nameless.append(tile.box)
        self.nameless = frozenset(nameless)
        self._failed = max(0.0, self._failed - 1 / _FAILED_READ_PAUSE)
        left = len(new) if budget is None else max(0, int(budget - self._failed))
        start = self._turn % len(new) if new else 0
        for i, seen in (new[start:] + new[:start])[:left]:
            early = not self._places.known
            label, reading = self._read(image, tiles[i].box, seen)
            names[i] = _name(reading) or names[i]
            key = self._keep(tiles[i].box, label, _Read(label.strokes, names[i], early))
            if reading.confidence < SURE_CONFIDENCE and tesseract.language() is not None:
                least_sure = tesseract.LEAST_SURE if _name(reading) is None else tesseract.SURE
                name = slice(0, max(1, round(reading.end * label.box.w)))
                patch = label.box.of(image)[:, name].copy()
                self._asked[key] = tesseract.read_beside(patch, label.strokes[:, name], label.bright, least_sure)
                if budget is None:
                    wait([self._asked[key]])
                    self._hear()
                    names[i] = self._known[key].name
            if budget is not None and names[i] is None:
                self._failed = min(float(budget), self._failed + 1)
        self._turn += left
        return names

    def _look(self, image: Image, tile: TileBox) -> tuple[int | None, Label | None]:
        """What is known of the tile's label, the key of its reading, and the label where it is to be read, for the first time or once it is
        known where the call's labels stand."""
        last = self._seen.get(tile.box)
        if last and last[1] in self._known:
            here, key = last
            if stroke_difference(self._known[key].strokes, strokes_at(image, here)) < SAME_PLACE:
                self._known.move_to_end(key)
                self._seen.move_to_end(tile.box)
                return key, here if self._outdated(key, tile.box, here) else None
        label = find_label(image, tile)
        if label is None:
            return None, None
        for key in reversed(self._known):
            if stroke_difference(self._known[key].strokes, label.strokes) < ANY_PLACE:
                self._known.move_to_end(key)
                self._place(tile.box, label, key)
                return key, label if self._outdated(key, tile.box, label) else None
        return None, label

    def _outdated(self, key: int, tile: Box, label: Label) -> bool:
        """Whether a label was read before it was known that no other label of the call stands where it does."""
        read = self._known[key]
        if read.early and self._places.known:
            read.early = self._astray(tile, label)
            return read.early
        return False

    def _astray(self, tile: Box, label: Label) -> bool:
        """Whether letters without a ground stand where no other label of the call does: they may be a part of a name."""
        return _on_video(label) and not self._places.fits(tile, label.box)

    def _hear(self) -> None:
        """Take over what the second reader has answered by now."""
        for key, answer in list(self._asked.items()):
            if answer.done():
                del self._asked[key]
                name = clean_name(answer.result() or "")
                if name and key in self._known:
                    self._known[key].name = name

    def _read(self, image: Image, tile: Box, label: Label) -> tuple[Label, Reading]:
        """What stands in a label. Letters without a ground that are unreadable or astray are looked for at the call's usual place too:
        what is read there counts if it is more of a name, or surer."""
        reading = self.recognize(label.box.of(image))
        name, astray = _name(reading), self._astray(tile, label)
        line = self._places.usual(tile) if astray or (name is None and _on_video(label)) else None
        if line is not None and (other := find_in_line(image, line)):
            again = self.recognize(other.box.of(image))
            whole = _name(again)
            if whole and (name is None or name in whole or again.confidence > reading.confidence):
                return other, again
        if label.reach and reading.confidence >= SURE_CONFIDENCE and not (astray and self._places.known):
            self._places.add(tile, label.box)
        return label, reading

    def _keep(self, box: Box, label: Label, read: _Read) -> int:
        """Remember a reading; returns its key."""
        key = self._next_key
        self._known[key] = read
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
        name = len(without_suffix(text))
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
