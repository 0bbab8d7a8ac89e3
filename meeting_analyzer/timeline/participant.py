"""What is remembered of one participant, and how alike two readings of a name are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..types import Box, Tile, TileKind

Appearance = npt.NDArray[np.float32]

SHARE_OF_VOTES = 0.25
"""Share of the votes of a participant's most frequent reading from which another one counts as their name too."""
MOST_VOTES = 40
"""Votes for all readings of one name at which they are halved, so that somebody who is renamed is known by the new name."""
LEAST_PREFIX = 4
"""Letters from which a name that begins another one is that name, cut off for want of room."""

PIECE = 0.65
"""Likeness of a name and any piece of it, read where a label is hidden in part: then the look decides."""


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
        """The reading that was seen most often, or one that is not rare and of which it is a part, cut off; None where there is none."""
        most = max(self.readings, key=lambda name: self.readings[name], default=None)
        return max((other for other in self._usual() if _starts(other, most or "")), key=len, default=most)

    def vote(self, name: str) -> None:
        """A name was read."""
        self.readings[name] = self.readings.get(name, 0) + 1
        if sum(self.readings.values()) > MOST_VOTES:
            self.readings = {other: votes // 2 for other, votes in self.readings.items() if votes > 1}

    def _usual(self) -> list[str]:
        """The readings that are not rare."""
        least = SHARE_OF_VOTES * max(self.readings.values(), default=0)
        return [name for name, votes in self.readings.items() if votes >= least]

    def likeness(self, name: str) -> float:
        """How alike the name is to the likest of the readings that are not rare, 0..1; 0 where there is none."""
        return max((name_likeness(name, other) for other in self._usual()), default=0.0)


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
    if 1 < len(a) < len(b) and a in b:
        whole = max(whole, PIECE)
    if len(a) == len(b) or len(a) < LEAST_PREFIX:
        return whole
    return max(whole, 0.95 * SequenceMatcher(None, a, b[: len(a)], autojunk=False).ratio())
