from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from meeting_analyzer.errors import AnalyzerError
from meeting_analyzer.record import from_record, to_json, to_record
from meeting_analyzer.types import Attention, Box, Face, Moment, Mood, Tile

EMOTION = (0.01, 0.02, 0.03, 0.8, 0.04, 0.06, 0.04)
FACE = Face(
    box=Box(110, 60, 80, 90),
    score=0.9712,
    keypoints=((120.5, 80.0), (160.2, 81.0), (140.0, 100.1), (140.0, 120.0), (112.0, 90.0), (170.0, 90.0)),
    emotion=EMOTION,
    label="happy",
    confidence=0.8,
    attention=Attention(-12.5, 3.0, False),
)
MOMENT = Moment(
    time=12.4,
    frame=310,
    size=(1920, 1080),
    tiles=(
        Tile(Box(100, 50, 300, 170), "video", "Zoë 北京 \u2028", "P03", True, (FACE,)),
        Tile(Box(410, 50, 300, 170), "off", None, None, False, ()),
    ),
    mood=Mood(EMOTION, 0.61, 1, 1, 0),
)
SCHEMA = json.loads(
    resources.files("meeting_analyzer").joinpath("schemas", "record-1.schema.json").read_text(encoding="utf-8")
)


def validate(record: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(record)


@pytest.mark.parametrize(
    "moment",
    [
        MOMENT,
        Moment(0.0, 0, (1, 1)),
        replace(MOMENT, mode="presence", mood=Mood(None, None, 0, 2, 0)),
        replace(MOMENT, tiles=(Tile(Box(0, 0, 10, 10), faces=(Face(Box(-3, -2, 5, 5), 1.0),)),)),
    ],
)
def test_a_moment_survives_and_its_record_follows_the_schema(moment: Moment) -> None:
    line = to_json(moment)
    assert "\n" not in line
    validate(json.loads(line))
    assert from_record(json.loads(line)) == moment


def test_the_record_reads_as_documented() -> None:
    record = to_record(MOMENT)
    assert (record["schema"], record["mode"], record["time"], record["frame"]) == (1, "emotion", 12.4, 310)
    assert record["tiles"][0]["faces"][0]["emotion"]["happy"] == 0.8
    assert record["tiles"][0]["faces"][0]["attention"] == {"yaw": -12.5, "pitch": 3.0, "eyes_closed": False}
    assert record["mood"] == {
        "emotion": record["tiles"][0]["faces"][0]["emotion"],
        "valence": 0.61,
        "faces": 1,
        "cameras_off": 1,
        "looking_away": 0,
    }
    assert "Zoë 北京" in to_json(MOMENT)


def test_numbers_are_rounded_and_numpy_s_are_taken() -> None:
    face = replace(
        FACE,
        box=Box(*np.array([1, 2, 3, 4])),
        score=np.float32(0.123456),
        keypoints=((1.26, -0.01),) * 6,
        emotion=tuple(np.full(7, 1 / 7, np.float32)),
        confidence=np.float32(1 / 7),
    )
    text = to_json(Moment(1 / 3, np.int64(3), (4, 4), (Tile(Box(0, 0, 4, 4), faces=(face,)),)))
    record = json.loads(text)
    made = record["tiles"][0]["faces"][0]
    assert record["time"] == 0.333
    assert made["score"] == 0.1235
    assert made["keypoints"][0] == [1.3, 0.0]
    assert made["emotion"]["fear"] == made["confidence"] == 0.1429
    assert "-0.0" not in text


def test_what_is_not_finite_is_written_as_absent() -> None:
    nan = math.nan
    face = Face(Box(0, 0, 4, 4), nan, ((nan, 1.0),) * 6, (nan,) * 7, "happy", nan, Attention(math.inf, 0, True))
    record = json.loads(to_json(Moment(0, 0, (4, 4), (Tile(Box(0, 0, 4, 4), faces=(face,)),), Mood(None, nan, 1, 0))))
    validate(record)
    made = record["tiles"][0]["faces"][0]
    assert made["keypoints"] == []
    assert made["score"] == 0
    assert [made[key] for key in ("emotion", "label", "confidence", "attention")] == [None] * 4
    assert record["mood"]["valence"] is None
    with pytest.raises(ValueError, match="finite"):
        to_json(Moment(nan, 0, (4, 4)))


def test_unknown_fields_are_passed_over() -> None:
    record = to_record(MOMENT)
    record["weather"] = record["tiles"][0]["hat"] = record["tiles"][0]["faces"][0]["emotion"]["proud"] = 0.5
    validate(record)
    assert from_record(record) == MOMENT


def changed(path: str, value: Any) -> dict[str, Any]:
    record = copy.deepcopy(to_record(MOMENT))
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    inner: Any = record
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return record


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("time", "12", "time"),
        ("time", math.nan, "time"),
        ("frame", 1.5, "frame"),
        ("frame", -1, "frame"),
        ("frame", True, "frame"),
        ("size", [1920], "size"),
        ("size", [0, 5], r"size\[0\]"),
        ("mode", "guess", "mode"),
        ("mode", ["emotion"], "mode"),
        ("tiles", {}, "tiles"),
        ("tiles", ..., "tiles"),
        ("tiles.0", 3, r"tiles\[0\]"),
        ("tiles.0.box", [1, 2, 3], r"tiles\[0\]\.box"),
        ("tiles.0.box", [1, 2, -3, 4], r"tiles\[0\]\.box"),
        ("tiles.1.kind", "on", r"tiles\[1\]\.kind"),
        ("tiles.0.name", 5, r"tiles\[0\]\.name"),
        ("tiles.0.speaking", 1, r"tiles\[0\]\.speaking"),
        ("tiles.0.faces.0.score", 1.5, r"tiles\[0\]\.faces\[0\]\.score"),
        ("tiles.0.faces.0.keypoints", [[1, 2]], r"tiles\[0\]\.faces\[0\]\.keypoints"),
        ("tiles.0.faces.0.emotion.happy", ..., r"tiles\[0\]\.faces\[0\]\.emotion\.happy"),
        ("tiles.0.faces.0.label", "smug", r"tiles\[0\]\.faces\[0\]\.label"),
        ("tiles.0.faces.0.attention.yaw", None, r"tiles\[0\]\.faces\[0\]\.attention\.yaw"),
        ("mood.valence", 2, r"mood\.valence"),
        ("mood.faces", None, r"mood\.faces"),
    ],
)
def test_a_damaged_record_is_refused_naming_the_field(path: str, value: Any, named: str) -> None:
    record = changed(path, value)
    with pytest.raises(AnalyzerError, match=rf"^The record.* {named}[ ;]|^The record's {named} ") as refused:
        from_record(record)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300
    with pytest.raises(jsonschema.ValidationError):
        # NaN is no JSON; as text it has lost what the schema could refuse
        validate(changed(path, None) if value is not ... and value != value else record)


@pytest.mark.parametrize("version", [2, 0, "1", None, True])
def test_another_version_is_refused(version: Any) -> None:
    with pytest.raises(AnalyzerError, match="reads schema 1"):
        from_record({**to_record(MOMENT), "schema": version})


@pytest.mark.parametrize("value", [[], None, "text"])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(AnalyzerError, match="must be an object"):
        from_record(value)


def test_the_documentation_names_every_field() -> None:
    text = (Path(__file__).parent.parent / "docs" / "record.md").read_text(encoding="utf-8")
    parts = [SCHEMA, *(SCHEMA["$defs"][name] for name in ("tile", "face", "attention", "mood", "emotion"))]
    missing = {name for part in parts for name in part["properties"] if f"`{name}`" not in text}
    assert not missing
