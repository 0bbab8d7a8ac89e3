from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from reports.calls import face_of, frame_of, lively, moment_of, sure

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.jsonl import JsonLines
from meeting_analyzer.sessions import Second, Session, SessionWriter, open_session
from meeting_analyzer.sessions.export import FORMATS, TYPES, export, export_all, neutral, write_csv
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Box, Event, Moment, Tile

NASTY = (
    "=HYPERLINK(\"http://evil\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "'quoted",
    'say "hi", twice',
    "two\nlines\r\nhere",
    "<b>&amp; --> </b>",
    "\u202egnp.exe\u202c",
    "＝1+1",
    "Zoë 王小明",
)  # fmt: skip


def session_of(folder: Path, moments: list[Moment]) -> Session:
    with SessionWriter(folder / "session.sqlite", SourceInfo("t"), {"mode": "emotion"}) as writer:
        for moment in moments:
            writer.write(frame_of(moment), moment)
    return open_session(folder)


def nasty() -> list[Moment]:
    tiles = tuple(
        Tile(Box(0, 0, 9, 9), "video", name, f"P{i:02d}", False, (face_of(sure("sad" if i % 2 else "happy")),))
        for i, name in enumerate(NASTY)
    )
    return [moment_of(t / 2, tiles) for t in range(5)]


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def test_no_cell_of_the_csv_begins_like_a_formula(tmp_path: Path) -> None:
    with session_of(tmp_path, nasty()) as session:
        export(session, "csv", tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_bytes().decode("utf-8")
    assert text.startswith(",".join(TYPES) + "\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert not set(text) & set("\u202e\u202c\t")
    read = rows(tmp_path / "t.csv")
    assert len(read) == len(NASTY) * 3
    for row in read:
        assert not row["name"].startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
        assert None not in row
    names = {row["participant"]: row["name"] for row in read}
    assert names["P00"] == "'" + NASTY[0]
    assert names["P06"] == "''quoted"
    assert names["P08"] == "two lines here"
    assert names["P12"] == "Zoë 王小明"
    # numbers stay numbers, also those below zero
    assert float(read[1]["valence"]) < 0


@pytest.mark.parametrize("text", NASTY)
def test_neutralising_can_be_undone(text: str) -> None:
    assert neutral(text).removeprefix("'") == text if text.startswith(tuple("=+-@\t\r'＝")) else neutral(text) == text


def test_parquet_holds_the_rows_of_the_csv_with_names_as_they_are(tmp_path: Path) -> None:
    with session_of(tmp_path, nasty()) as session:
        for kind in ("csv", "parquet"):
            export(session, kind, tmp_path / FORMATS[kind][0])
    with duckdb.connect() as database:
        file = str(tmp_path / "timeline.parquet")
        table = database.execute("SELECT * FROM read_parquet(?) ", [file]).fetchall()
        kinds = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file]).fetchall()
        extra = dict(database.execute("SELECT key, value FROM parquet_kv_metadata(?)", [file]).fetchall())
    assert {name: kind for name, kind, *_ in kinds} == TYPES
    assert extra[b"version"] == b"1"
    assert [row[2] for row in table[:4]] == list(NASTY[:4])
    assert table[6][2] == "'quoted"
    for row, cells in zip(table, rows(tmp_path / "timeline.csv"), strict=True):
        for value, (name, cell) in zip(row, cells.items(), strict=True):
            if name not in ("name",):
                assert (cell == "" and value is None) or (str(value) == cell or float(cell) == value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["session.sqlite", "timeline.csv", "timeline.parquet"]


def test_the_timeline_counts_a_second_of_each_participant(tmp_path: Path) -> None:
    def tiles(t: float) -> tuple[Tile, ...]:
        large = replace(face_of(sure("happy"), yaw=40.0 if t < 0.5 else 0.0), box=Box(0, 0, 40, 40))
        ann = Tile(Box(0, 0, 90, 90), "video", "Ann", "P01", True, (large,))
        # too small to tell whether its eyes are closed
        small = Tile(Box(0, 0, 90, 90), "video", "Cem", "P03", False, (face_of(sure("happy")),))
        return (ann, Tile(Box(0, 0, 9, 9), "off", None, "P02"), small)

    with session_of(tmp_path, [moment_of(i / 4, tiles(i / 4)) for i in range(8)]) as session:
        export(session, "csv", tmp_path / "t.csv")
    ann, ben, cem, *_ = rows(tmp_path / "t.csv")
    assert (ann["time"], ann["present"], ann["camera_on"], ann["speaking"], ann["face_seen"]) == (
        "0",
        "1",
        "1",
        "1",
        "1",
    )
    assert (ann["looking_away"], ann["eyes_closed"], ann["label"], ann["happy"]) == ("0.5", "0", "happy", "0.94")
    assert (ben["present"], ben["camera_on"], ben["face_seen"]) == ("1", "0", "0")
    assert (cem["looking_away"], cem["eyes_closed"]) == ("0", "")
    assert (ben["name"], ben["looking_away"], ben["label"], ben["valence"], ben["happy"]) == ("", "", "", "", "")


def test_excel_gets_a_byte_order_mark(tmp_path: Path) -> None:
    with session_of(tmp_path, nasty()) as session:
        write_csv(session, tmp_path / "t.csv", excel=True)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbftime,")


def test_exported_records_are_those_that_were_written(tmp_path: Path) -> None:
    moments = list(lively(12))
    with JsonLines(tmp_path / "written.jsonl") as lines:
        for moment in moments:
            lines.write(frame_of(moment), moment)
    with session_of(tmp_path, moments) as session:
        export(session, "jsonl", tmp_path / "records.jsonl")
    assert (tmp_path / "records.jsonl").read_bytes() == (tmp_path / "written.jsonl").read_bytes()
    assert json.loads((tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()[0])["schema"] == 1


def test_subtitles_hold_events_and_marks_in_time_order_and_escaped(tmp_path: Path) -> None:
    events = (
        Event(3725.5, "looking_away", "<c.x>Ann</c> & \u202e--> Ben\n\nlooked away"),
        Event(2.0, "cameras_off", "4 cameras went off"),
    )
    (moment,) = list(lively(0.5))
    with SessionWriter(tmp_path / "session.sqlite", SourceInfo("t"), {"mode": "emotion"}) as writer:
        writer.write(frame_of(moment), replace(moment, events=events))
        writer.add_mark(61.25, "the <joke>")
    with open_session(tmp_path) as session:
        export(session, "vtt", tmp_path / "events.vtt")
    blocks = (tmp_path / "events.vtt").read_text(encoding="utf-8").split("\n\n")
    assert blocks[0] == "WEBVTT"
    cues = [block.strip().split("\n") for block in blocks[2:]]
    assert [cue[1:] for cue in cues] == [
        ["00:00:02.000 --> 00:00:06.000", "4 cameras went off"],
        ["00:01:01.250 --> 00:01:05.250", "Marked: the &lt;joke&gt;"],
        ["01:02:05.500 --> 01:02:09.500", "&lt;c.x&gt;Ann&lt;/c&gt; &amp; --&gt; Ben looked away"],
    ]
    stamp = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}$")
    assert all(len(cue) == 3 and stamp.match(cue[1]) for cue in cues)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_session_gives_the_same_bytes_and_no_empty_call_fails(tmp_path: Path, kind: str) -> None:
    (tmp_path / "empty").mkdir()
    with session_of(tmp_path, list(lively(8))) as session, session_of(tmp_path / "empty", []) as empty:
        for name in ("one", "two"):
            export(session, kind, tmp_path / name)
        export(empty, kind, tmp_path / "empty" / "file")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (tmp_path / "empty" / "file").exists()


def test_all_formats_at_once_are_those_that_are_made_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_of(tmp_path, nasty()) as session:
        for kind, (name, _) in FORMATS.items():
            export(session, kind, tmp_path / name)
        one_by_one = {name: (tmp_path / name).read_bytes() for name, _ in FORMATS.values()}
        passes = 0

        def seconds() -> Iterator[Second]:
            nonlocal passes
            passes += 1
            return Session.seconds(session)

        monkeypatch.setattr(session, "seconds", seconds)
        (tmp_path / "all").mkdir()
        export_all(session, tmp_path / "all")
    assert {path.name: path.read_bytes() for path in (tmp_path / "all").iterdir()} == one_by_one
    assert passes == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_a_place_that_cannot_be_written_to_is_told_and_nothing_is_left(tmp_path: Path, kind: str) -> None:
    with (
        session_of(tmp_path, list(lively(2))) as session,
        pytest.raises(OutputError, match=r"cannot be written|must not be written"),
    ):
        export(session, kind, tmp_path / "missing" / "file")
    assert [p.name for p in tmp_path.iterdir()] == ["session.sqlite"]


def test_a_format_that_is_not_there_is_told(tmp_path: Path) -> None:
    with session_of(tmp_path, []) as session, pytest.raises(OutputError, match="csv, parquet, jsonl, vtt and report"):
        export(session, "xlsx", tmp_path / "x")
