"""Scenes in a stored form: what workers hand to the timeline, and what a resumed run does not compute again.

A chunk of a recording is one compressed file of lines, a scene each, as compact JSON. A round trip is exact, to the last
bit of every number. Not a format for other programs (that is the record, docs/record.md): it is read by the version
that wrote it.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from .errors import AnalyzerError
from .types import Attention, Box, Face, Scene, Tile

FORMAT = 2
"""Version of the stored form."""
LEVEL = 1
"""zlib's fastest: looks are mostly noise, and the file is gone when the recording is done."""

Look = npt.NDArray[np.float32]


class Looks:
    """Appearance vectors by number: tiles whose pixels did not change have one look, which is written once."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._looks: list[Look] = []

    def put(self, look: Look | None) -> int | str | None:
        """None, the number of a look that was put before, or the look itself as text."""
        if look is None:
            return None
        values = np.ascontiguousarray(look, np.float32)
        key = values.tobytes()
        known = self._numbers.get(key)
        if known is not None:
            return known
        self._numbers[key] = len(self._numbers)
        # the four bytes of all numbers in turn: those with sign and exponent compress, the others do not
        planes = values.view(np.uint8).reshape(-1, 4).T
        return base64.b64encode(planes.tobytes()).decode("ascii")

    def take(self, stored: int | str | None) -> Look | None:
        """The look that `put` turned into this."""
        if isinstance(stored, int):
            return self._looks[stored]
        if stored is None:
            return None
        planes = np.frombuffer(base64.b64decode(stored), np.uint8).reshape(4, -1)
        look: Look = np.ascontiguousarray(planes.T).reshape(-1).view(np.float32)
        self._looks.append(look)
        return look


def scene_to_json(scene: Scene, looks: Looks | None = None) -> bytes:
    """One line of JSON in UTF-8 without its end. Scenes written with one `looks` are to be read in the same order with one."""
    looks = looks or Looks()
    row = [scene.time, scene.frame, scene.size, [_tile_row(tile, looks) for tile in scene.tiles], scene.mode]
    return orjson.dumps(row, default=_plain)


def scene_from_json(line: str | bytes, looks: Looks | None = None) -> Scene:
    """The scene of a line. Raises AnalyzerError when it is not one."""
    looks = looks or Looks()
    try:
        time, frame, (width, height), tiles, mode = orjson.loads(line)
        return Scene(time, frame, (width, height), tuple(_tile(row, looks) for row in tiles), mode)
    except (ValueError, TypeError, IndexError) as error:
        raise AnalyzerError(f"A stored scene is damaged ({error}); analyse the recording again.") from error


class Packer:
    """The scenes of one chunk on their way into its file: what was added is held in its stored form only."""

    def __init__(self) -> None:
        self._looks, self._packer, self._pieces = Looks(), zlib.compressobj(LEVEL), list[bytes]()
        self.count = 0
        """Scenes so far."""

    def add(self, scenes: Iterable[Scene]) -> None:
        """The next scenes."""
        for scene in scenes:
            self._pieces.append(self._packer.compress(scene_to_json(scene, self._looks) + b"\n"))
            self.count += 1

    def content(self) -> bytes:
        """The file's content; nothing can be added afterwards."""
        return b"".join([*self._pieces, self._packer.flush()])


def pack(scenes: Iterable[Scene]) -> bytes:
    """The scenes of one chunk as the content of its file."""
    packer = Packer()
    packer.add(scenes)
    return packer.content()


def unpack(content: bytes) -> Iterator[Scene]:
    """The scenes of `pack`, one by one. Raises AnalyzerError when the content is damaged or cut off."""
    looks, unpacker, rest = Looks(), zlib.decompressobj(), b""
    try:
        for start in range(0, len(content), 65536):
            *lines, rest = (rest + unpacker.decompress(content[start : start + 65536])).split(b"\n")
            for line in lines:
                yield scene_from_json(line, looks)
    except zlib.error as error:
        raise AnalyzerError(f"Stored scenes are damaged ({error}); analyse the recording again.") from error
    if rest or not unpacker.eof:
        raise AnalyzerError("Stored scenes are cut off; analyse the recording again.")


def _plain(value: Any) -> Any:
    """NumPy's numbers as JSON's, a float32 as the same number; boxes as lists."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Box):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


def _tile_row(tile: Tile, looks: Looks) -> list[Any]:
    faces = [_face_row(face) for face in tile.faces]
    return [tile.box, tile.kind, tile.name, tile.participant, tile.speaking, faces, looks.put(tile.appearance)]


def _face_row(face: Face) -> list[Any]:
    pose = face.attention
    attention = None if pose is None else [pose.yaw, pose.pitch, pose.eyes_closed]
    return [face.box, face.score, face.keypoints, face.emotion, face.label, face.confidence, attention]


def _tile(row: list[Any], looks: Looks) -> Tile:
    box, kind, name, participant, speaking, faces, look = row
    found = tuple(_face(face) for face in faces)
    return Tile(Box(*box), kind, name, participant, speaking, found, looks.take(look))


def _face(row: list[Any]) -> Face:
    box, score, points, emotion, label, confidence, pose = row
    return Face(
        Box(*box),
        score,
        tuple((x, y) for x, y in points),
        None if emotion is None else tuple(emotion),
        label,
        confidence,
        None if pose is None else Attention(*pose),
    )
