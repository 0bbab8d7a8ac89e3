"""The record: one Moment as JSON, the form in which results are stored and handed to other programs.

docs/record.md describes every field; schemas/record-1.schema.json is its JSON Schema (draft 2020-12).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeGuard, TypeVar, get_args

import numpy as np
import orjson

from .errors import AnalyzerError
from .types import EMOTIONS, UNCERTAIN, Attention, Box, Face, Mode, Moment, Mood, Point, Tile, TileKind

SCHEMA = 1
"""Version of the record; it changes when a field changes its meaning or goes, not when one is added."""

LABELS = (*EMOTIONS, UNCERTAIN)
KEYPOINTS = 6

T = TypeVar("T")

_newest: tuple[Moment, str] | None = None


def to_json(moment: Moment) -> str:
    """The record as one line of compact JSON, without the line's end; never NaN or Infinity."""
    # several outputs ask for the same moment in turn; moments do not change
    global _newest
    if _newest is not None and _newest[0] is moment:
        return _newest[1]
    line = orjson.dumps(to_record(moment)).decode()
    _newest = (moment, line)
    return line


def to_record(moment: Moment) -> dict[str, Any]:
    """The record as plain dicts, lists, numbers and strings.

    Times have 3 decimals, probabilities, scores, confidences and valence 4, keypoints and angles 1. What is not
    finite is written as absent. Raises ValueError where the time itself is not finite.
    """
    if not math.isfinite(moment.time):
        raise ValueError(f"a moment's time must be finite, not {moment.time}")
    return {
        "schema": SCHEMA,
        "mode": moment.mode,
        "time": _rounded(moment.time, 3),
        "frame": int(moment.frame),
        "size": [int(side) for side in moment.size],
        "tiles": _tile_records(moment.tiles),
        "mood": _mood_record(moment.mood),
    }


def _tile_records(tiles: Sequence[Tile]) -> list[dict[str, Any]]:
    faces = iter(_face_records([face for tile in tiles for face in tile.faces]))
    return [
        {
            "box": [int(value) for value in tile.box],
            "kind": tile.kind,
            "name": tile.name,
            "participant": tile.participant,
            "speaking": bool(tile.speaking),
            "faces": [next(faces) for _ in tile.faces],
        }
        for tile in tiles
    ]


def _face_records(faces: Sequence[Face]) -> list[dict[str, Any]]:
    """All faces of a moment at once: rounding their numbers one by one takes longer than everything else here."""
    points = iter(_all_rounded([point for face in faces for point in face.keypoints], 2, 1))
    emotions = iter(_all_rounded([face.emotion for face in faces if _is_whole(face.emotion)], len(EMOTIONS), 4))
    return [
        _face_record(face, [next(points) for _ in face.keypoints], next(emotions) if _is_whole(face.emotion) else None)
        for face in faces
    ]


def _is_whole(emotion: Sequence[float] | None) -> TypeGuard[Sequence[float]]:
    return emotion is not None and len(emotion) == len(EMOTIONS)


def _all_rounded(rows: Sequence[Sequence[float]], width: int, digits: int) -> list[list[float]]:
    """Rows of so many numbers, rounded; -0.0 as 0.0."""
    rounded: list[list[float]] = (np.round(np.array(rows, np.float64).reshape(-1, width), digits) + 0.0).tolist()
    return rounded


def _face_record(face: Face, points: list[list[float]], values: list[float] | None) -> dict[str, Any]:
    """One face, with its keypoints and probabilities rounded."""
    emotion = None if values is None or not math.isfinite(sum(values)) else dict(zip(EMOTIONS, values, strict=True))
    named = face.emotion is None or emotion is not None
    return {
        "box": [int(value) for value in face.box],
        "score": _rounded(face.score, 4) if math.isfinite(face.score) else 0.0,
        "keypoints": points if math.isfinite(sum(map(sum, points))) else [],
        "emotion": emotion,
        "label": face.label if named else None,
        "confidence": _optional(face.confidence) if named else None,
        "attention": _attention_record(face.attention),
    }


def _emotion_record(emotion: Sequence[float] | None) -> dict[str, float] | None:
    if not _is_whole(emotion):
        return None
    (values,) = _all_rounded([emotion], len(EMOTIONS), 4)
    return dict(zip(EMOTIONS, values, strict=True)) if math.isfinite(sum(values)) else None


def _attention_record(attention: Attention | None) -> dict[str, Any] | None:
    if attention is None or not _finite((attention.yaw, attention.pitch)):
        return None
    return {
        "yaw": _rounded(attention.yaw, 1),
        "pitch": _rounded(attention.pitch, 1),
        "eyes_closed": bool(attention.eyes_closed),
    }


def _mood_record(mood: Mood | None) -> dict[str, Any] | None:
    if mood is None:
        return None
    return {
        "emotion": _emotion_record(mood.emotion),
        "valence": _optional(mood.valence),
        "faces": int(mood.faces),
        "cameras_off": int(mood.cameras_off),
        "looking_away": int(mood.looking_away),
    }


def _finite(values: Iterable[float]) -> bool:
    return all(math.isfinite(value) for value in values)


def _optional(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else _rounded(value, 4)


def _rounded(value: float, digits: int) -> float:
    # adding 0 turns -0.0 into 0.0; float() turns NumPy's numbers into JSON's
    return round(float(value), digits) + 0.0


def from_record(record: Mapping[str, Any]) -> Moment:
    """The Moment that a record tells of. Fields that this version does not know are passed over.

    Raises AnalyzerError, naming the field, for a record of another schema version or one that is not as documented.
    """
    if not isinstance(record, Mapping):
        raise _wrong("The record", record, "an object")
    version = record.get("schema")
    if isinstance(version, bool) or version != SCHEMA:
        raise AnalyzerError(
            f"The record has schema {version!r}, but this version of meeting-analyzer reads schema {SCHEMA}; "
            "analyse the recording again, or use the version that wrote it."
        )
    return Moment(
        time=_take(record, "time", "", _number()),
        frame=_take(record, "frame", "", _integer(0)),
        size=_take(record, "size", "", _size),
        tiles=_take(record, "tiles", "", _each(_tile)),
        mood=_take(record, "mood", "", _nullable(_mood)),
        mode=_take(record, "mode", "", _one_of(get_args(Mode))),
    )


def _wrong(where: str, value: object, needed: str) -> AnalyzerError:
    shown = json.dumps(value, ensure_ascii=False, default=repr)
    return AnalyzerError(
        f"{where} is {shown if len(shown) <= 60 else shown[:57] + '...'}, but it must be {needed}; "
        "the record is damaged or was not written by meeting-analyzer."
    )


Read = Callable[[Any, str], T]
"""Checks a value, given its place such as "tiles[2].box", and returns it as the product's type."""


def _take(record: Mapping[str, Any], key: str, where: str, read: Read[T]) -> T:
    place = f"{where}.{key}" if where else key
    if key not in record:
        raise AnalyzerError(f"The record has no {place}; the record is damaged or was not written by meeting-analyzer.")
    return read(record[key], place)


def _number(low: float = -math.inf, high: float = math.inf) -> Read[float]:
    needed = "a number" if low == -math.inf else f"a number from {low:g} to {high:g}"

    def read(value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _wrong(f"The record's {where}", value, needed)
        if not low <= value <= high:
            raise _wrong(f"The record's {where}", value, needed)
        return float(value)

    return read


def _integer(low: int | None = None) -> Read[int]:
    needed = "a whole number" if low is None else f"a whole number of at least {low}"

    def read(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or (low is not None and value < low):
            raise _wrong(f"The record's {where}", value, needed)
        return value

    return read


def _boolean(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(f"The record's {where}", value, "true or false")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _wrong(f"The record's {where}", value, "text or null")
    return value


def _one_of(words: tuple[str, ...]) -> Read[Any]:
    def read(value: Any, where: str) -> Any:
        if value not in words:
            raise _wrong(f"The record's {where}", value, f"one of {', '.join(words)}")
        return value

    return read


def _nullable(read: Read[T]) -> Read[T | None]:
    return lambda value, where: None if value is None else read(value, where)


def _each(read: Read[T]) -> Read[tuple[T, ...]]:
    def read_all(value: Any, where: str) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise _wrong(f"The record's {where}", value, "a list")
        return tuple(read(item, f"{where}[{number}]") for number, item in enumerate(value))

    return read_all


def _several(count: int, read: Read[T]) -> Read[tuple[T, ...]]:
    def read_all(value: Any, where: str) -> tuple[T, ...]:
        if not isinstance(value, list | tuple) or len(value) != count:
            raise _wrong(f"The record's {where}", value, f"a list of {count}")
        return _each(read)(value, where)

    return read_all


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(f"The record's {where}", value, "an object")
    return value


def _size(value: Any, where: str) -> tuple[int, int]:
    width, height = _several(2, _integer(1))(value, where)
    return width, height


def _box(value: Any, where: str) -> Box:
    box = Box(*_several(4, _integer())(value, where))
    if box.w < 0 or box.h < 0:
        raise _wrong(f"The record's {where}", value, "left, top, width and height with no negative side")
    return box


def _point(value: Any, where: str) -> Point:
    x, y = _several(2, _number())(value, where)
    return x, y


def _keypoints(value: Any, where: str) -> tuple[Point, ...]:
    points = _each(_point)(value, where)
    if len(points) not in (0, KEYPOINTS):
        raise _wrong(f"The record's {where}", value, f"a list of {KEYPOINTS} points or an empty one")
    return points


def _emotion(value: Any, where: str) -> tuple[float, ...]:
    probabilities = _object(value, where)
    return tuple(_take(probabilities, name, where, _number(0, 1)) for name in EMOTIONS)


def _attention(value: Any, where: str) -> Attention:
    attention = _object(value, where)
    return Attention(
        _take(attention, "yaw", where, _number()),
        _take(attention, "pitch", where, _number()),
        _take(attention, "eyes_closed", where, _boolean),
    )


def _face(value: Any, where: str) -> Face:
    face = _object(value, where)
    return Face(
        box=_take(face, "box", where, _box),
        score=_take(face, "score", where, _number(0, 1)),
        keypoints=_take(face, "keypoints", where, _keypoints),
        emotion=_take(face, "emotion", where, _nullable(_emotion)),
        label=_take(face, "label", where, _nullable(_one_of(LABELS))),
        confidence=_take(face, "confidence", where, _nullable(_number(0, 1))),
        attention=_take(face, "attention", where, _nullable(_attention)),
    )


def _tile(value: Any, where: str) -> Tile:
    tile = _object(value, where)
    return Tile(
        box=_take(tile, "box", where, _box),
        kind=_take(tile, "kind", where, _one_of(get_args(TileKind))),
        name=_take(tile, "name", where, _nullable(_text)),
        participant=_take(tile, "participant", where, _nullable(_text)),
        speaking=_take(tile, "speaking", where, _boolean),
        faces=_take(tile, "faces", where, _each(_face)),
    )


def _mood(value: Any, where: str) -> Mood:
    mood = _object(value, where)
    return Mood(
        emotion=_take(mood, "emotion", where, _nullable(_emotion)),
        valence=_take(mood, "valence", where, _nullable(_number(-1, 1))),
        faces=_take(mood, "faces", where, _integer(0)),
        cameras_off=_take(mood, "cameras_off", where, _integer(0)),
        looking_away=_take(mood, "looking_away", where, _integer(0)),
    )
