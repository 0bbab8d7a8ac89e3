"""Who is who: gives every tile the id of the participant it belongs to, frame after frame.

People are told apart by name label, by what their tile looks like (background, label strip) and by where it was; never
by their face. Each pair of tile and known participant gets a cost from these cues and the cheapest pairs win, one tile
a participant (greedy assignment: with at most some dozens of tiles it differs from the optimum only on near ties).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..types import Box, Tile, TileKind

Appearance = npt.NDArray[np.float32]
Distance = Callable[[Appearance, Appearance], float]

SAME_APPEARANCE = 0.30
"""Appearance distance (0..1) up to which a tile that moved may still be the same participant's."""
SAME_PLACE_APPEARANCE = 0.55
"""The same for a tile that stayed where it was: camera noise, a curtain, a new virtual background, are let through."""
SAME_PLACE_IOU = 0.7
SAME_NAME = 0.8
"""Similarity ratio from which two readings of a name are taken for one name (an OCR slip or two are forgiven)."""
ALIKE_NAME = 0.6
"""Similarity from which two names may be one, badly read: then the look decides."""
DENIED_LOOK = 0.4
"""Appearance distance up to which a tile that stayed is still the participant's though another name was read there: one
reading that went wrong moves nobody, and whoever has that name takes it first."""
SHARE_OF_VOTES = 0.25
"""Share of the votes of a participant's most frequent reading from which another one counts as their name too."""
MOST_VOTES = 40
"""Votes for all readings of one name at which they are halved, so that somebody who is renamed is known by the new name."""
SURE_LOOK, SURE_COST = 0.1, 0.1
"""Appearance distance and cost up to which nobody else is considered for a tile that stayed where it was."""
FORGET_AFTER = 4 * 3600.0
"""Seconds after which someone who left is a newcomer when coming back: longer than any lecture."""
APPEARANCE_RATE = 0.1
"""Share of the newest look that flows into the remembered one that is most like it, at each sight."""
NEW_LOOK, LOOKS = 0.22, 5
"""Distance from which a look is remembered beside the others, and how many are: people lean back, lights are switched on."""
CLEAR_LOOK, CLEARLY = 0.5, 0.65
"""Appearance distance up to which a tile is that participant's of whose look it is by far the likest, and the most that this may
be of the distance to the next likest participant (the ratio test of Lowe, 2004)."""
LEFT_OVER, MOST_KNOWN = 0.8, 0.6
"""Appearance distance up to which a tile is the one participant's whom no other tile is, and the share of the tiles that
must be known so that one may go by that: when a page is turned, everybody is somebody else."""
SWITCHED = 0.3
"""Cost of a camera having been switched on or off since the last sight, which is rarer than that a tile has moved."""
UNNAMED = 0.15
"""Cost of a tile with a name being somebody's whose name was never read: rather who is known by it."""
LEAST_PREFIX = 4
"""Letters from which a name that begins another one is that name, cut off for want of room."""


def euclidean(a: Appearance, b: Appearance) -> float:
    """Root mean square difference of two vectors of the same length, cut to 0..1; 1 where the lengths differ."""
    return min(1.0, float(np.sqrt(np.mean((a - b) ** 2)))) if a.shape == b.shape else 1.0


@dataclass(slots=True)
class Participant:
    """What is remembered of one participant. readings: how often each reading of the name was seen."""

    id: str
    box: Box
    size: tuple[int, int]
    kind: TileKind
    last_seen: float
    first_seen: float
    readings: dict[str, int] = field(default_factory=dict)
    looks: dict[TileKind, list[Appearance]] = field(default_factory=dict)
    tile: Tile | None = None
    """The tile that was this participant's last."""

    @property
    def name(self) -> str | None:
        """The reading that was seen most often; None where there is none."""
        return max(self.readings, key=lambda name: self.readings[name], default=None)

    def vote(self, name: str) -> None:
        """A name was read; one that is cut off counts for the whole one."""
        whole = next((other for other in self.readings if _starts(other, name)), name)
        for part in [other for other in self.readings if other != whole and _starts(whole, other)]:
            self.readings[whole] = self.readings.get(whole, 0) + self.readings.pop(part)
        self.readings[whole] = self.readings.get(whole, 0) + 1
        if sum(self.readings.values()) > MOST_VOTES:
            self.readings = {other: votes // 2 for other, votes in self.readings.items() if votes > 1}

    def likeness(self, name: str) -> float:
        """How alike the name is to the likest of the readings that are not rare, 0..1; 0 where there is none."""
        least = SHARE_OF_VOTES * max(self.readings.values(), default=0)
        return max(
            (name_likeness(name, other) for other, votes in self.readings.items() if votes >= least), default=0.0
        )


class Roster:
    """All participants of a call so far; `assign` is called once a frame, in time order."""

    def __init__(self, distance: Distance = euclidean) -> None:
        self.participants: list[Participant] = []
        self._distance = distance
        self._previous: set[str] = set()
        self._count = 0

    def assign(self, tiles: Sequence[Tile], size: tuple[int, int], time: float) -> list[str]:
        """The participant id ("P01", ...) of every tile, in order. `size` is the frame's (width, height), `time` in seconds."""
        self.participants = [p for p in self.participants if time - p.last_seen <= FORGET_AFTER]
        owner = self._unmoved(tiles, size)
        taken = {person.id for person in owner.values()}
        costs = sorted(
            (cost, i, j)
            for i, tile in enumerate(tiles)
            if i not in owner
            for j, person in enumerate(self.participants)
            if person.id not in taken and math.isfinite(cost := self._cost(tile, person, size))
        )
        for _, i, j in costs:
            person = self.participants[j]
            if i not in owner and person.id not in taken:
                owner[i] = person
                taken.add(person.id)
        self._by_far_the_likest(tiles, owner)
        self._by_elimination(tiles, owner, size)
        ids = []
        for i, tile in enumerate(tiles):
            person = owner.get(i) or self._new(tile, size, time)
            self._remember(person, tile, size, time)
            ids.append(person.id)
        self._previous = set(ids)
        return ids

    def _unmoved(self, tiles: Sequence[Tile], size: tuple[int, int]) -> dict[int, Participant]:
        """Tiles that are where a participant was and look the same, by number: in most frames all, at little cost."""
        there = {p.box: p for p in self.participants if p.id in self._previous and p.size == size}
        owner = {}
        for i, tile in enumerate(tiles):
            person = there.get(tile.box)
            if person is None:
                continue
            if _same_sight(tile, person):
                owner[i] = person
                continue
            look = self._look_distance(tile, person)
            if look is not None and look <= SURE_LOOK and self._cost(tile, person, size) <= SURE_COST:
                owner[i] = person
        return owner

    def _by_far_the_likest(self, tiles: Sequence[Tile], owner: dict[int, Participant]) -> None:
        """Tiles that look like nobody, but like one participant far more than like any other, also when nobody saw them lately."""
        taken = {person.id for person in owner.values()}
        found = []
        for i, tile in enumerate(tiles):
            if i in owner:
                continue
            looks = [(self._look_distance(tile, person), j) for j, person in enumerate(self.participants)]
            known = sorted((look, j) for look, j in looks if look is not None)
            if len(known) < 2 or known[0][0] > min(CLEAR_LOOK, CLEARLY * known[1][0]):
                continue
            person = self.participants[known[0][1]]
            if not tile.name or not person.readings or person.likeness(tile.name) >= ALIKE_NAME:
                found.append((known[0][0], i, person))
        for _, i, person in sorted(found, key=lambda one: one[:2]):
            if person.id not in taken:
                owner[i] = person
                taken.add(person.id)

    def _by_elimination(self, tiles: Sequence[Tile], owner: dict[int, Participant], size: tuple[int, int]) -> None:
        """Tiles that look like nobody are those of whom no tile is, if most were there just before: the likeliest first.

        Without most being known it is only who switched the camera on or off for the first time, and stayed.
        """
        known = sum(person.id in self._previous for person in owner.values())
        taken = {person.id for person in owner.values()}
        missing = [p for p in self.participants if p.id in self._previous and p.id not in taken]
        pairs = []
        for i, tile in enumerate(tiles):
            if i in owner:
                continue
            for j, person in enumerate(missing):
                named = bool(tile.name and person.readings)
                if named and person.likeness(tile.name or "") < ALIKE_NAME:
                    continue
                look = self._look_distance(tile, person)
                stayed = _scaled_iou(tile.box, size, person.box, person.size) >= SAME_PLACE_IOU
                if look is None:
                    likely = stayed or (len(missing) == 1 and known >= MOST_KNOWN * len(tiles))
                    look = LEFT_OVER if likely else math.inf
                elif known < MOST_KNOWN * len(tiles) or (look > LEFT_OVER and not named):
                    continue
                pairs.append((look - (0.3 if stayed else 0.0), i, j))
        for cost, i, j in sorted(pairs):
            if math.isfinite(cost) and i not in owner and missing[j].id not in taken:
                owner[i] = missing[j]
                taken.add(missing[j].id)

    def _cost(self, tile: Tile, person: Participant, size: tuple[int, int]) -> float:
        """How badly `tile` fits `person`: 0 perfect, infinite when it cannot be."""
        stayed = person.id in self._previous and _scaled_iou(tile.box, size, person.box, person.size) >= SAME_PLACE_IOU
        look = self._look_distance(tile, person)
        doubt = 0.0
        if tile.name and person.readings:
            similarity = person.likeness(tile.name)
            if similarity >= SAME_NAME:
                # two people of one name: the look decides, then the place
                return 0.5 * (1 - similarity) + 0.3 * (0.5 if look is None else look) - (0.1 if stayed else 0)
            if similarity < ALIKE_NAME:
                return 1 + look if stayed and look is not None and look <= DENIED_LOOK else math.inf
            doubt = 1 - similarity
        elif tile.name:
            doubt = UNNAMED
        if look is None:
            return 0.6 + doubt if stayed and tile.name else math.inf
        # tiles without a camera look alike: rather somebody's whose camera was off already
        doubt += SWITCHED if {tile.kind, person.kind} == {"off", "video"} else 0.0
        if stayed:
            return 0.8 * look + doubt if look <= SAME_PLACE_APPEARANCE else math.inf
        return 0.2 + look + doubt if look <= SAME_APPEARANCE else math.inf

    def _look_distance(self, tile: Tile, person: Participant) -> float | None:
        """Distance of the tile's look to the nearest remembered one; None where there is none to compare.

        A picture may be a stream that has frozen, and then looks as it did when it was a video, or was taken for initials.
        """
        if tile.appearance is None:
            return None
        kinds = [kind for kind in person.looks if "still" in (kind, tile.kind) or kind == tile.kind]
        distances = [self._distance(tile.appearance, look) for kind in kinds for look in person.looks[kind]]
        nearest = min(distances, default=1.0)
        return nearest if nearest < 1 or tile.kind in kinds else None

    def _new(self, tile: Tile, size: tuple[int, int], time: float) -> Participant:
        self._count += 1
        person = Participant(f"P{self._count:02d}", tile.box, size, tile.kind, time, time)
        self.participants.append(person)
        return person

    def _remember(self, person: Participant, tile: Tile, size: tuple[int, int], time: float) -> None:
        same = _same_sight(tile, person)
        person.box, person.size, person.kind, person.last_seen = tile.box, size, tile.kind, time
        person.tile = tile
        if same:
            return
        if tile.name:
            person.vote(tile.name)
        if tile.appearance is None:
            return
        known = person.looks.setdefault(tile.kind, [])
        nearest = min(known, key=lambda look: self._distance(tile.appearance, look), default=None)  # type: ignore[arg-type]
        if nearest is None or self._distance(tile.appearance, nearest) > NEW_LOOK:
            known.append(tile.appearance.astype(np.float32, copy=True))
            del known[:-LOOKS]
        else:
            nearest += APPEARANCE_RATE * (tile.appearance - nearest)


def _same_sight(tile: Tile, person: Participant) -> bool:
    """Whether the tile has not been looked at again since it was this participant's: there is nothing new to compare."""
    before = person.tile
    return (
        before is not None
        and tile.appearance is not None
        and tile.appearance is before.appearance
        and (tile.name, tile.kind) == (before.name, before.kind)
    )


@lru_cache(4096)
def _bare(name: str) -> str:
    """The letters and digits of a name without case, accents, spaces and signs, which are what is misread most."""
    apart = unicodedata.normalize("NFD", name.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c) and unicodedata.category(c)[0] in "LMN")


def _starts(whole: str, part: str) -> bool:
    """Whether `part` is a beginning of `whole`, or as good as the same."""
    return bool(_bare(part)) and _bare(whole).startswith(_bare(part))


@lru_cache(16384)
def name_likeness(a: str, b: str) -> float:
    """How alike two readings of names are, 0..1; a name that is cut off is nearly the whole one."""
    a, b = sorted((_bare(a), _bare(b)), key=len)
    whole = SequenceMatcher(None, a, b, autojunk=False).ratio()
    if len(a) == len(b) or len(a) < LEAST_PREFIX:
        return whole
    return max(whole, 0.95 * SequenceMatcher(None, a, b[: len(a)], autojunk=False).ratio())


def _scaled_iou(a: Box, a_size: tuple[int, int], b: Box, b_size: tuple[int, int]) -> float:
    """IoU after both frames are brought to one size: a window that was resized has not been reordered."""
    if a_size == b_size:
        return a.iou(b)
    sx, sy = a_size[0] / b_size[0], a_size[1] / b_size[1]
    return a.iou(Box(round(b.x * sx), round(b.y * sy), round(b.w * sx), round(b.h * sy)))
