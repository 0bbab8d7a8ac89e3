"""A recording's faces in hindsight: what they show between two readings follows from both.

A live call can only show what was read last. At the pace of recordings readings may be seconds apart, and that would come late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..perception.known_face import KnownFace
from ..types import Attention, Face, Scene

Place = tuple[int, int, int]
"""A face's: the numbers of its scene, its tile and itself."""


@dataclass(slots=True)
class _Read:
    """A face as it was when something of it was last read, or found to be as before, and where it was seen since then."""

    time: float
    face: Face
    since: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """The last readings of a face's expression and of its head and eyes."""

    expression: _Read
    attention: _Read


class Hindsight:
    """The scenes of a call from its beginning, in time order.

    Between two readings a face has the expression of the nearer one; its head turns evenly from one to the other; eyes that were closed in
    the first and open in the second are closed until the middle.
    """

    def __init__(self) -> None:
        self._scenes: list[Scene] = []
        self._faces: list[list[list[Face]]] = []
        self._seen: dict[KnownFace, _Seen] = {}

    def add(self, scene: Scene, known: Sequence[Sequence[KnownFace]]) -> None:
        """The next scene, and what perception knows of each of its faces, tile by tile."""
        number, time = len(self._scenes), scene.time
        self._scenes.append(scene)
        self._faces.append([list(tile.faces) for tile in scene.tiles])
        before, self._seen = self._seen, {}
        for i, row in enumerate(known):
            for j, each in enumerate(row):
                face, place = scene.tiles[i].faces[j], (number, i, j)
                seen = self._seen[each] = before.get(each) or _Seen(_Read(time, face), _Read(time, face))
                if each.as_of >= time:
                    if face.emotion is not seen.expression.face.emotion:
                        self._show_nearer(seen.expression, face, time)
                    seen.expression = _Read(time, face)
                else:
                    seen.expression.since.append(place)
                if face.attention is not seen.attention.face.attention:
                    self._turn_evenly(seen.attention, face.attention, time)
                    seen.attention = _Read(time, face)
                else:
                    seen.attention.since.append(place)

    def _show_nearer(self, last: _Read, face: Face, time: float) -> None:
        """Its expression was read anew."""
        for (number, i, j), share in self._between(last, time):
            if share > 0.5:
                earlier = self._faces[number][i][j]
                self._faces[number][i][j] = earlier.labelled(face.emotion, face.label, face.confidence)

    def _turn_evenly(self, last: _Read, now: Attention | None, time: float) -> None:
        """Its head and eyes were read anew."""
        then = last.face.attention
        if then is None or now is None:
            return
        for (number, i, j), share in self._between(last, time):
            between = Attention(
                then.yaw + share * (now.yaw - then.yaw),
                then.pitch + share * (now.pitch - then.pitch),
                then.eyes_closed and (now.eyes_closed or share <= 0.5),
            )
            self._faces[number][i][j] = replace(self._faces[number][i][j], attention=between)

    def _between(self, last: _Read, time: float) -> Iterator[tuple[Place, float]]:
        """Where a face was seen since a reading, and when, as a share of the time until now."""
        for place in last.since:
            yield place, (self._scenes[place[0]].time - last.time) / (time - last.time)

    def scenes(self) -> list[Scene]:
        """All scenes so far."""
        return [
            replace(scene, tiles=tuple(tile.showing(tuple(row)) for tile, row in zip(scene.tiles, rows, strict=True)))
            for scene, rows in zip(self._scenes, self._faces, strict=True)
        ]
