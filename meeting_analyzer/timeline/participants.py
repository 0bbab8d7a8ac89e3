"""Who is who: gives every tile the id of the participant it belongs to, frame after frame.

People are told apart by name label, by what their tile looks like (background, label strip) and by where it was; never
by their face. Each pair of tile and known participant gets a cost from these cues and the cheapest pairs win, one tile
a participant (greedy assignment: with at most some dozens of tiles it differs from the optimum only on near ties).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import numpy as np

from ..types import Box, Tile
from .participant import Appearance, Participant

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
SURE_LOOK, SURE_COST = 0.1, 0.1
"""Appearance distance and cost up to which nobody else is considered for a tile that stayed where it was."""
FORGET_AFTER = 4 * 3600.0
"""Seconds after which someone who left is a newcomer when coming back: longer than any lecture."""
APPEARANCE_RATE = 0.1
"""Share of the newest look that flows into the remembered one that is most like it, at each sight."""
NEW_LOOK, LOOKS = 0.22, 5
"""Distance from which a look is remembered beside the others, and how many are: people lean back, lights are switched on."""
CLEAR_LOOK, CLEARLY = 0.5, 0.75
"""Appearance distance up to which a tile is that participant's of whose look it is by far the likest, and the most that this may
be of the distance to the next likest participant (the ratio test of Lowe, 2004)."""
LEFT_OVER, MOST_KNOWN = 0.8, 0.6
"""Appearance distance up to which a tile is the one participant's whom no other tile is, and the share of the tiles that
must be known so that one may go by that: when a page is turned, everybody is somebody else."""
SWITCHED = 0.3
"""Cost of a camera having been switched on or off since the last sight, which is rarer than that a tile has moved."""
UNNAMED = 0.15
"""Cost of a tile with a name being somebody's whose name was never read: rather who is known by it."""
PARTLY_READ = 0.8
"""Weight of the look where the name that was read is not quite the participant's."""
INDISTINCT = 0.06
"""Distance by which two tiles may fit their participants worse the other way round if they cannot be told apart."""


def euclidean(a: Appearance, b: Appearance) -> float:
    """Root mean square difference of two vectors of the same length, cut to 0..1; 1 where the lengths differ."""
    return min(1.0, float(np.sqrt(np.mean((a - b) ** 2)))) if a.shape == b.shape else 1.0


class Roster:
    """All participants of a call so far; `assign` is called once a frame, in time order."""

    def __init__(self, distance: Distance = euclidean) -> None:
        self.participants: list[Participant] = []
        self._distance = distance
        self._previous: dict[str, int] = {}
        self._moved, self._shuffled, self._in_place = False, False, True
        self._count = 0

    def assign(self, tiles: Sequence[Tile], size: tuple[int, int], time: float) -> list[str]:
        """The participant id ("P01", ...) of every tile, in order. `size` is the frame's (width, height), `time` in seconds."""
        self.participants = [p for p in self.participants if time - p.last_seen <= FORGET_AFTER]
        self._moved, self._shuffled, self._in_place = False, False, True
        owner = self._unmoved(tiles, size)
        if len(owner) < len(tiles):
            self._look_around(tiles, owner, size)
        if self._moved:
            owner = {i: person for i, person in owner.items() if _same_sight(tiles[i], person)}
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
        self._keep_in_order(tiles, owner)
        ids = []
        for i, tile in enumerate(tiles):
            person = owner.get(i) or self._new(tile, size, time)
            self._remember(person, tile, size, time)
            ids.append(person.id)
        self._previous = {id: place for place, id in enumerate(ids)}
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

    def _look_around(self, tiles: Sequence[Tile], owner: dict[int, Participant], size: tuple[int, int]) -> None:
        """See by those who are known wherever they are, whose look or name is nobody else's, whether places and their order still
        mean something; `owner`: who has not moved."""
        before = [person for person in self.participants if person.id in self._previous]
        order, stayed = [], len(owner)
        for i, tile in enumerate(tiles):
            person = owner.get(i)
            if person is None:
                apart = sorted((self._anywhere(tile, one), j) for j, one in enumerate(before))
                if not apart or apart[0][0] > min(SAME_APPEARANCE, CLEARLY * (apart[1][0] if len(apart) > 1 else 1)):
                    continue
                person = before[apart[0][1]]
                stayed += self._stayed(tile, person, size)
            order.append(self._previous[person.id])
        moved = len(order) - stayed
        out_of_order = len(order) - _longest_ascent(order)
        self._shuffled = out_of_order > max(1, len(order) // 5) and 3 * moved >= len(order)
        self._moved = self._shuffled or moved > max(1, stayed)
        self._in_place = not moved

    def _anywhere(self, tile: Tile, person: Participant) -> float:
        """How far a tile is from a participant, 0..1, without regard to where it is."""
        look = self._look_distance(tile, person)
        apart = 1.0 if look is None else look
        if tile.name and person.readings:
            return (apart + 1 - person.likeness(tile.name)) / 2
        return apart

    def _stayed(self, tile: Tile, person: Participant, size: tuple[int, int]) -> bool:
        """Whether a tile is where the participant was just before, and that means something."""
        if self._moved or person.id not in self._previous:
            return False
        return _scaled_iou(tile.box, size, person.box, person.size) >= SAME_PLACE_IOU

    def _keep_in_order(self, tiles: Sequence[Tile], owner: dict[int, Participant]) -> None:
        """Those who cannot be told apart have not changed places among themselves: clients move some tiles, and the others keep
        their order."""
        there = [i for i in sorted(owner) if owner[i].id in self._previous]
        places = [self._previous[owner[i].id] for i in there]
        if all(a < b for a, b in pairwise(places)):
            return
        for i, j in combinations(there, 2):
            first, second, a, b = tiles[i], tiles[j], owner[i], owner[j]
            if self._previous[a.id] < self._previous[b.id] or first.kind != second.kind or first.name != second.name:
                continue
            now = self._anywhere(first, a) + self._anywhere(second, b)
            if self._anywhere(first, b) + self._anywhere(second, a) <= now + INDISTINCT:
                owner[i], owner[j] = b, a

    def _by_far_the_likest(self, tiles: Sequence[Tile], owner: dict[int, Participant]) -> None:
        """Tiles that look like nobody, but like one participant far more than like any other, also when nobody saw them lately."""
        taken = {person.id for person in owner.values()}
        found = []
        for i, tile in enumerate(tiles):
            if i in owner:
                continue
            looks = [(self._look_distance(tile, person), j) for j, person in enumerate(self.participants)]
            known = sorted((look, j) for look, j in looks if look is not None)
            next_likest = known[1][0] if len(known) > 1 else 1.0
            if not known or known[0][0] > min(CLEAR_LOOK, CLEARLY * next_likest):
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
        alone = len(missing) == 1 and known >= MOST_KNOWN * len(tiles)
        # somebody from another page may have come in
        farthest = LEFT_OVER if len(missing) == 1 and not self._shuffled else CLEAR_LOOK
        for i, tile in enumerate(tiles):
            if i in owner:
                continue
            for j, person in enumerate(missing):
                likeness = person.likeness(tile.name) if tile.name and person.readings else ALIKE_NAME
                look = self._look_distance(tile, person)
                stayed = self._stayed(tile, person, size)
                # a name is misread more often than somebody leaves and another one comes to the same place at once
                unmoved = stayed and self._in_place and look is None and known >= MOST_KNOWN * len(tiles)
                if likeness < ALIKE_NAME and not unmoved:
                    continue
                if look is None or (tile.kind != person.kind and look > LEFT_OVER):
                    in_turn = not self._shuffled and self._in_turn(i, person, owner)
                    likely = (stayed and self._in_place) or (alone and in_turn)
                    look = LEFT_OVER if likely else math.inf
                elif known < MOST_KNOWN * len(tiles) or (look > farthest and likeness < SAME_NAME):
                    continue
                pairs.append((look - (0.3 if stayed else 0.0), i, j))
        for cost, i, j in sorted(pairs):
            if math.isfinite(cost) and i not in owner and missing[j].id not in taken:
                owner[i] = missing[j]
                taken.add(missing[j].id)

    def _in_turn(self, number: int, person: Participant, owner: dict[int, Participant]) -> bool:
        """Whether a tile stands between those between whom the participant was: who comes in where another one left does not."""
        places = {i: self._previous[one.id] for i, one in owner.items() if one.id in self._previous}
        before = [place for i, place in sorted(places.items()) if i < number][-1:]
        after = [place for i, place in sorted(places.items()) if i > number][:1]
        mine = self._previous[person.id]
        return all(place < mine for place in before) and all(place > mine for place in after)

    def _cost(self, tile: Tile, person: Participant, size: tuple[int, int]) -> float:
        """How badly `tile` fits `person`: 0 perfect, infinite when it cannot be."""
        stayed = self._stayed(tile, person, size)
        look = self._look_distance(tile, person)
        doubt = 0.0
        if tile.name and person.readings:
            similarity = person.likeness(tile.name)
            if similarity >= SAME_NAME:
                # two people of one name: the look decides, then the place; what was read may be a piece of several names
                weight = 0.3 if similarity == 1 else PARTLY_READ
                return 0.5 * (1 - similarity) + weight * (0.5 if look is None else look) - (0.1 if stayed else 0)
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


def _longest_ascent(places: Sequence[int]) -> int:
    """How many of these places can be kept so that they ascend (Schensted, 1961)."""
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)


def _same_sight(tile: Tile, person: Participant) -> bool:
    """Whether the tile has not been looked at again since it was this participant's: there is nothing new to compare."""
    before = person.tile
    return (
        before is not None
        and tile.appearance is not None
        and tile.appearance is before.appearance
        and (tile.name, tile.kind) == (before.name, before.kind)
    )


def _scaled_iou(a: Box, a_size: tuple[int, int], b: Box, b_size: tuple[int, int]) -> float:
    """IoU after both frames are brought to one size: a window that was resized has not been reordered."""
    if a_size == b_size:
        return a.iou(b)
    sx, sy = a_size[0] / b_size[0], a_size[1] / b_size[1]
    return a.iou(Box(round(b.x * sx), round(b.y * sy), round(b.w * sx), round(b.h * sy)))
