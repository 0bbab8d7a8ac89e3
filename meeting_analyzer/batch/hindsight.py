"""A recording's faces in hindsight: what they show between two readings follows from both.

A live call can only show what was read last. At the pace of recordings readings may be seconds apart, and that would come late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..perception.known_face import KnownFace
from ..types import Attention, Face, Scene

HORIZON = 20.0
"""Seconds after which a scene changes no more: hardly any two readings are as far apart, and scenes of twice that are held at most."""

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
    the first and open in the second are closed until the middle. What was seen more than HORIZON before the second stays as it was seen.
    """

    def __init__(self) -> None:
        self._settled = 0
        """Scenes that were given out; the others are held."""
        self._scenes: list[Scene] = []
        self._faces: list[list[list[Face]]] = []
        self._seen: dict[KnownFace, _Seen] = {}

    def add(self, scene: Scene, known: Sequence[Sequence[KnownFace]]) -> None:
        """The next scene, and what perception knows of each of its faces, tile by tile."""
        number, time = self._settled + len(self._scenes), scene.time
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
        for (at, i, j), share in self._between(last, time):
            if share > 0.5:
                row = self._faces[at][i]
                row[j] = row[j].labelled(face.emotion, face.label, face.confidence)

    def _turn_evenly(self, last: _Read, now: Attention | None, time: float) -> None:
        """Its head and eyes were read anew."""
        then = last.face.attention
        if then is None or now is None:
            return
        for (at, i, j), share in self._between(last, time):
            between = Attention(
                then.yaw + share * (now.yaw - then.yaw),
                then.pitch + share * (now.pitch - then.pitch),
                then.eyes_closed and (now.eyes_closed or share <= 0.5),
            )
            row = self._faces[at][i]
            row[j] = replace(row[j], attention=between)

    def _between(self, last: _Read, time: float) -> Iterator[tuple[Place, float]]:
        """Where a face was seen since a reading, as a place among the scenes that are held, and when, as a share of the time until now."""
        for number, i, j in last.since:
            at = number - self._settled
            if at >= 0 and self._scenes[at].time >= time - HORIZON:
                yield (at, i, j), (self._scenes[at].time - last.time) / (time - last.time)

    def scenes(self) -> list[Scene]:
        """All scenes so far but those that `settled` gave out."""
        return [_with_faces(*held) for held in zip(self._scenes, self._faces, strict=True)]

    def settled(self) -> list[Scene]:
        """The scenes that change no more, which are forgotten then; none until there are as many of them as must be held anyway."""
        if not self._scenes or self._scenes[-1].time - self._scenes[0].time < 2 * HORIZON:
            return []
        count = sum(scene.time < self._scenes[-1].time - HORIZON for scene in self._scenes)
        given = [_with_faces(*held) for held in zip(self._scenes[:count], self._faces[:count], strict=True)]
        del self._scenes[:count], self._faces[:count]
        self._settled += count
        return given


def _with_faces(scene: Scene, faces: list[list[Face]]) -> Scene:
    """The scene with these faces, tile by tile."""
    return replace(scene, tiles=tuple(tile.showing(tuple(row)) for tile, row in zip(scene.tiles, faces, strict=True)))
