"""The record: one Moment as JSON, the form in which results are stored and handed to other programs.

docs/record.md describes every field; schemas/record-1.schema.json is its JSON Schema (draft 2020-12).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard, get_args

import numpy as np
import orjson

from . import fields
from .errors import AnalyzerError
from .types import EMOTIONS, UNCERTAIN, Attention, Box, Face, Mode, Moment, Mood, Point, Tile, TileKind

SCHEMA = 1
"""Version of the record; it changes when a field changes its meaning or goes, not when one is added."""

LABELS = (*EMOTIONS, UNCERTAIN)
KEYPOINTS = 6

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
        raise fields.wrong("The record", record, "an object")
    version = record.get("schema")
    if isinstance(version, bool) or version != SCHEMA:
        raise AnalyzerError(
            f"The record has schema {version!r}, but this version of meeting-analyzer reads schema {SCHEMA}; "
            "analyse the recording again, or use the version that wrote it."
        )
    return Moment(
        time=fields.take(record, "time", "", fields.number()),
        frame=fields.take(record, "frame", "", fields.integer(0)),
        size=fields.take(record, "size", "", _size),
        tiles=fields.take(record, "tiles", "", fields.each(_tile)),
        mood=fields.take(record, "mood", "", fields.nullable(_mood)),
        mode=fields.take(record, "mode", "", fields.one_of(get_args(Mode))),
    )


def _size(value: Any, where: str) -> tuple[int, int]:
    width, height = fields.several(2, fields.integer(1))(value, where)
    return width, height


def _box(value: Any, where: str) -> Box:
    box = Box(*fields.several(4, fields.integer())(value, where))
    if box.w < 0 or box.h < 0:
        raise fields.wrong(f"The record's {where}", value, "left, top, width and height with no negative side")
    return box


def _point(value: Any, where: str) -> Point:
    x, y = fields.several(2, fields.number())(value, where)
    return x, y


def _keypoints(value: Any, where: str) -> tuple[Point, ...]:
    points = fields.each(_point)(value, where)
    if len(points) not in (0, KEYPOINTS):
        raise fields.wrong(f"The record's {where}", value, f"a list of {KEYPOINTS} points or an empty one")
    return points


def _emotion(value: Any, where: str) -> tuple[float, ...]:
    probabilities = fields.mapping(value, where)
    return tuple(fields.take(probabilities, name, where, fields.number(0, 1)) for name in EMOTIONS)


def _attention(value: Any, where: str) -> Attention:
    attention = fields.mapping(value, where)
    return Attention(
        fields.take(attention, "yaw", where, fields.number()),
        fields.take(attention, "pitch", where, fields.number()),
        fields.take(attention, "eyes_closed", where, fields.boolean),
    )


def _face(value: Any, where: str) -> Face:
    face = fields.mapping(value, where)
    return Face(
        box=fields.take(face, "box", where, _box),
        score=fields.take(face, "score", where, fields.number(0, 1)),
        keypoints=fields.take(face, "keypoints", where, _keypoints),
        emotion=fields.take(face, "emotion", where, fields.nullable(_emotion)),
        label=fields.take(face, "label", where, fields.nullable(fields.one_of(LABELS))),
        confidence=fields.take(face, "confidence", where, fields.nullable(fields.number(0, 1))),
        attention=fields.take(face, "attention", where, fields.nullable(_attention)),
    )


def _tile(value: Any, where: str) -> Tile:
    tile = fields.mapping(value, where)
    return Tile(
        box=fields.take(tile, "box", where, _box),
        kind=fields.take(tile, "kind", where, fields.one_of(get_args(TileKind))),
        name=fields.take(tile, "name", where, fields.nullable(fields.text)),
        participant=fields.take(tile, "participant", where, fields.nullable(fields.text)),
        speaking=fields.take(tile, "speaking", where, fields.boolean),
        faces=fields.take(tile, "faces", where, fields.each(_face)),
    )


def _mood(value: Any, where: str) -> Mood:
    mood = fields.mapping(value, where)
    return Mood(
        emotion=fields.take(mood, "emotion", where, fields.nullable(_emotion)),
        valence=fields.take(mood, "valence", where, fields.nullable(fields.number(-1, 1))),
        faces=fields.take(mood, "faces", where, fields.integer(0)),
        cameras_off=fields.take(mood, "cameras_off", where, fields.integer(0)),
        looking_away=fields.take(mood, "looking_away", where, fields.integer(0)),
    )
