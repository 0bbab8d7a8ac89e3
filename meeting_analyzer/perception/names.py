"""Names read from the tiles' labels.

Optional (extra `names`). A name depends only on the label's pixels; what was read is kept and found again by the
strokes of the letters, so that video moving behind a translucent label costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Literal

from ..errors import ModelError
from ..types import Box, Image
from . import tesseract
from .base import TileBox
from .beside import Beside
from .label_places import LabelPlaces
from .labels import Label, find_in_line, find_label, on_video, strokes_at
from .recognizer import Reading, Recognizer, open_recognizer
from .second_reader import SecondReader
from .steady import Steady
from .strokes import stroke_difference
from .whiteness import Mask

READS_PER_FRAME = 4
"""Labels read in one call at most, so that a live call does not stall when 49 people come at once."""
REMEMBERED, REMEMBERED_STEADY = 400, 100
"""Readings, and tiles of whose labels is kept what stays, at most: the latter are some 10 KB each."""
SAME_PLACE, ANY_PLACE = 0.16, 0.11
"""Greatest difference of strokes of one and the same label, where it was before and anywhere. Of labels of 11 to 18
pixels over changing video 90 % differ by less than 0.13, 80 % by less than 0.02; of names with one letter changed 95 %
differ by more than 0.1 ("Ali" and "Aii" do not)."""
AS_MUCH = 0.8
"""Least length of what stays of a name, as a share of another reading's, of which it is not a part."""
_FAILED_READ_PAUSE = 10
"""Calls after which a reading that gave nothing is made up for."""


@dataclass(slots=True)
class _Read:
    """sure: the name was read surely; whole: as far as is known, all of it; early: before it was known where the call's labels stand."""

    strokes: Mask
    name: str | None
    sure: bool
    early: bool
    whole: bool = True


class NameReader:
    """Reads name labels. Used by one thread at a time; open it with `NameReader.open`.

    aside: where labels are read so that no frame waits for it, one after another, each answered for in one of the next calls; None: here.
    """

    def __init__(self, recognizer: Recognizer, aside: Executor | None = None) -> None:
        self._recognizer, self._reading = recognizer, Beside(aside)
        self._known: OrderedDict[int, _Read] = OrderedDict()
        self._seen: OrderedDict[Box, tuple[Label, int]] = OrderedDict()
        self._asked = SecondReader()
        self._steady: OrderedDict[Box, Steady] = OrderedDict()
        self._places = LabelPlaces()
        self._next_key = 0
        self._failed, self._turn = 0.0, 0
        self.nameless: frozenset[Box] = frozenset()
        """Boxes of those tiles of the last call in which no label was seen, or one that had been read in vain."""

    def beside(self) -> NameReader:
        """A reader for another call: the same model, nothing remembered of this one's names."""
        return NameReader(self._recognizer, self._reading.executor)

    @classmethod
    def open(
        cls, wanted: Literal["auto", "on", "off"], threads: int, aside: Executor | None = None
    ) -> NameReader | None:
        """A reader that computes with `threads` threads, `aside` or here; None where names are off or ("auto") cannot be read.

        Raises ModelError when they are "on" and the package is not installed or does not load.
        """
        if wanted == "off":
            return None
        try:
            return cls(open_recognizer(threads), aside)
        except ModelError:
            if wanted == "on":
                raise
            return None

    def read(
        self, image: Image, tiles: Sequence[TileBox], budget: int | None = READS_PER_FRAME, others: Container[Box] = ()
    ) -> list[str | None]:
        """The name of each tile of a BGR frame (H, W, 3); None where there is no label or it was not read yet.

        budget: labels read anew in this call at most, None: all of them. Those left over are read in the next calls;
        labels that turn out to be unreadable use it up for longer, and the second reader answers for one of the next calls.
        others: boxes of tiles in which somebody else may be, whose label may begin like the one that was there.
        """
        self._asked.hear()
        self._reading.settle()
        names: list[str | None] = [None] * len(tiles)
        new: list[tuple[int, Label | Steady]] = []
        nameless: list[Box] = []
        keys: list[int | None] = []
        for i, tile in enumerate(tiles):
            key, label = self._look(image, tile, tile.box in others)
            keys.append(key)
            if label is not None and key is None and tile.box in others:
                self._steady.pop(tile.box, None)
            steady = self._see_what_stays(image, tile, label)
            if steady and steady.due:
                new.append((i, steady))
            names[i] = self._name_of(tile.box, key)
            if label is not None and not (steady and steady.name):
                new.append((i, label))
            elif not (names[i] or (steady and steady.due) or key in self._asked or tile.box in self._asked):
                nameless.append(tile.box)
        self.nameless = frozenset(nameless)
        left = self._room(budget, len(new))
        start = self._turn % len(new) if new else 0
        for i, seen in (new[start:] + new[:start])[:left]:
            box = tiles[i].box
            if isinstance(seen, Label):
                self._read_label(image, box, seen)
                keys[i] = keys[i] if self._reading.busy else self._seen[box][1]
            else:
                self._read_steady(box, seen)
            if budget is None:
                self._asked.hear_all()
            names[i] = self._name_of(box, keys[i]) or names[i]
        self._turn += left
        return names

    def _room(self, budget: int | None, wanted: int) -> int:
        """How many of the labels that are to be read are read now."""
        if self._reading.busy:
            return 0
        most = wanted if self._reading.executor is None else min(1, wanted)
        if budget is None:
            return most
        self._failed = max(0.0, min(float(budget), self._failed) - 1 / _FAILED_READ_PAUSE)
        return min(most, max(0, int(budget - self._failed)))

    def _name_of(self, tile: Box, key: int | None) -> str | None:
        """What was read of a tile so far: of the label as it is, whose reading has this key, or of what stays of it, if that is more of a
        name, or about as much where the other one is not sure."""
        steady, read = self._steady.get(tile), self._known.get(key) if key is not None else None
        stays = steady.name if steady else None
        if read is None or read.name is None:
            return stays
        if stays and (read.name in stays or (not read.sure and len(stays) >= AS_MUCH * len(read.name))):
            return stays
        return read.name

    def _unread(self, tile: Box) -> bool:
        """Whether no name was read of a tile so far."""
        return self._name_of(tile, self._seen[tile][1] if tile in self._seen else None) is None

    def _see_what_stays(self, image: Image, tile: TileBox, label: Label | None) -> Steady | None:
        """What stays of a tile's label with this frame; None where the name is known without it, or not where it stands.

        label: as it is in this frame, where it is to be read.
        """
        steady = self._steady.get(tile.box)
        if steady is None:
            band = self._places.band(tile.box, label.box if label else None) if self._doubtful(tile, label) else None
            if band is None:
                return None
            steady = self._steady[tile.box] = Steady(band)
            if len(self._steady) > REMEMBERED_STEADY:
                self._steady.popitem(last=False)
        steady.add(image)
        return steady

    def _doubtful(self, tile: TileBox, label: Label | None) -> bool:
        """Whether white letters may stand in a tile that are not seen, or that were not read surely or wholly; label: seen now."""
        last = self._seen.get(tile.box)
        if last is None or last[1] not in self._known:
            return label is None and tile.kind == "video"
        read = self._known[last[1]]
        return not (read.sure and read.whole) and last[1] not in self._asked and last[0].reach > 0

    def _read_label(self, image: Image, tile: Box, seen: Label) -> None:
        """Read a label as it is in this frame. Letters without a ground that are unreadable or astray are looked for at the call's usual
        place too: what is read there counts if it is more of a name, or surer."""
        early, astray = not self._places.known, self._astray(tile, seen)
        line = self._places.usual(tile) if astray or on_video(seen) else None

        def work() -> tuple[Label, Reading]:
            reading = self.recognize(seen.box.of(image))
            name = reading.name
            if line is not None and (astray or name is None) and (other := find_in_line(image, line)):
                again = self.recognize(other.box.of(image))
                whole = again.name
                if whole and (name is None or name in whole or again.confidence > reading.confidence):
                    return other, again
            return seen, reading

        def take(read: tuple[Label, Reading]) -> None:
            label, reading = read
            if label is seen and label.reach and reading.sure and not (astray and self._places.known):
                self._places.add(tile, label.box)
            self._take_label(image, tile, label, reading, early)

        self._reading.do(work, take)

    def _take_label(self, image: Image, tile: Box, label: Label, reading: Reading, early: bool) -> None:
        """Remember what was read of a label, and ask the second reader where it is not sure; early: see `_Read`."""
        name, sure = reading.name, reading.sure
        astray = self._places.known and self._astray(tile, label)
        key = self._keep(tile, label, _Read(label.strokes, name, sure and not astray, early))
        self._failed += self._unread(tile)
        if sure and not astray:
            self._steady.pop(tile, None)
            return
        if on_video(label) and tile in self._steady:
            return

        def heard(words: tesseract.Words, text: str) -> None:
            surely = words.sure >= tesseract.SURE and not (self._places.known and self._astray(tile, label))
            if key in self._known:
                self._known[key].name, self._known[key].sure = text, surely
            if surely and label.reach:
                self._places.add(tile, label.box)

        if not sure:
            self._known[key].whole = not self._goes_on(image, tile, label)
            part = slice(0, max(1, round(reading.end * label.box.w)))
            patch = label.box.of(image)[:, part].copy()
            self._asked.ask(key, name, lambda: tesseract.inks(patch, label.strokes[:, part], label.bright), heard)

    def _goes_on(self, image: Image, tile: Box, label: Label) -> bool:
        """Whether white letters that are hard to see may go on to the right of a tile's label."""
        band = self._places.band(tile, label.box)
        if band is None:
            return False
        steady = Steady(band)
        steady.add(image)
        line = steady.line()
        return line is not None and band.x + line[0].shape[1] > label.box.right + label.box.h // 2

    def _read_steady(self, tile: Box, steady: Steady) -> None:
        """Read what stays of a tile's label."""
        line = steady.line()
        if line is None:
            return
        patch, inks = line
        width = patch.shape[1]

        def heard(words: tesseract.Words, text: str) -> None:
            steady.keep(text, width, words.sure >= tesseract.SURE)

        def take(reading: Reading) -> None:
            if reading.name:
                steady.keep(reading.name, width, reading.sure)
            self._failed += self._unread(tile)
            if not reading.sure:
                part = slice(0, max(1, round(reading.end * width)))
                self._asked.ask(tile, reading.name, lambda: [ink[:, part] for ink in inks], heard)

        self._reading.do(lambda: self.recognize(patch), take)

    def _look(self, image: Image, tile: TileBox, other: bool) -> tuple[int | None, Label | None]:
        """What is known of the tile's label, the key of its reading, and the label where it is to be read, for the first time or once it is
        known where the call's labels stand."""
        last = self._seen.get(tile.box)
        if last and last[1] in self._known:
            here, key = last
            same = stroke_difference(self._known[key].strokes, strokes_at(image, here)) < SAME_PLACE
            if same and other and (whole := find_label(image, tile)) and whole.box.right > here.box.right + here.box.h:
                del self._seen[tile.box]
            elif same:
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
        return on_video(label) and not self._places.fits(tile, label.box)

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
        return self._recognizer.read(patch)
