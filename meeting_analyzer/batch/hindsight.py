"""A recording's expressions in hindsight: between two readings a face shows the one that is nearer in time, also if that came later.

A live call can only show what was read last. At the pace of recordings readings may be a second apart, and that would come late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..perception.known_face import KnownFace
from ..types import Face, Scene

Place = tuple[int, int, int]
"""A face's: the numbers of its scene, its tile and itself."""


@dataclass(slots=True)
class _Read:
    """A face as it was when its expression was last read, or found to be as before, and where it was seen since then."""

    time: float
    face: Face
    since: list[Place] = field(default_factory=list)


class Hindsight:
    """The scenes of a call from its beginning, in time order."""

    def __init__(self) -> None:
        self._scenes: list[Scene] = []
        self._faces: list[list[list[Face]]] = []
        self._reads: dict[KnownFace, _Read] = {}

    def add(self, scene: Scene, known: Sequence[Sequence[KnownFace]]) -> None:
        """The next scene, and what perception knows of each of its faces, tile by tile."""
        number = len(self._scenes)
        self._scenes.append(scene)
        self._faces.append([list(tile.faces) for tile in scene.tiles])
        before, self._reads = self._reads, {}
        for i, row in enumerate(known):
            for j, each in enumerate(row):
                face, last = scene.tiles[i].faces[j], before.get(each)
                if last is None or each.as_of >= scene.time:
                    if last is not None and last.face.emotion is not face.emotion:
                        self._look_back(last, face, scene.time)
                    self._reads[each] = _Read(scene.time, face)
                else:
                    last.since.append((number, i, j))
                    self._reads[each] = last

    def _look_back(self, last: _Read, face: Face, time: float) -> None:
        """A face was read anew: what it shows is shown back to the middle between both readings."""
        for number, i, j in last.since:
            if 2 * self._scenes[number].time > last.time + time:
                earlier = self._faces[number][i][j]
                self._faces[number][i][j] = earlier.labelled(face.emotion, face.label, face.confidence)

    def scenes(self) -> list[Scene]:
        """All scenes so far."""
        return [
            replace(scene, tiles=tuple(tile.showing(tuple(row)) for tile, row in zip(scene.tiles, rows, strict=True)))
            for scene, rows in zip(self._scenes, self._faces, strict=True)
        ]
