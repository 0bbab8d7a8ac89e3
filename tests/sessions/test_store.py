from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from reports.calls import face_of, frame_of, lively, moment_of, sure

from meeting_analyzer.errors import AnalyzerError, OutputError
from meeting_analyzer.record import to_json
from meeting_analyzer.sessions import LABELS, SessionWriter, open_session
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Attention, Box, Event, Face, Moment, Signals, Tile

INFO = SourceInfo("Biology 8b", (1920, 1080), 30.0, 60.0, 1800, "/lectures/biology/week 3.mp4")
DESCRIPTION = {"version": "1.0", "mode": "emotion", "emotion model": "ours"}
STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def written(folder: Path, moments: list[Moment], **options: object) -> Path:
    folder.mkdir(exist_ok=True)
    with SessionWriter(folder / "session.sqlite", INFO, DESCRIPTION, **options) as writer:  # type: ignore[arg-type]
        for moment in moments:
            writer.write(frame_of(moment), moment)
    return folder


@pytest.mark.parametrize("live", [False, True])
def test_what_was_written_is_read_back(tmp_path: Path, live: bool) -> None:
    moments = list(lively(30, fps=4))
    folder = written(tmp_path / "s", moments, live=live, started=STARTED, course="Biology")
    with open_session(folder) as session:
        info = session.info
        assert (info.source.title, info.source.size, info.source.path) == (INFO.title, INFO.size, INFO.path)
        assert (info.mode, info.description, info.live, info.started) == ("emotion", DESCRIPTION, live, STARTED)
        assert (info.course, info.finished, info.frames, info.first, info.duration) == ("Biology", True, 120, 0, 30)
        assert list(session.records()) == [to_json(moment) for moment in moments]
        assert [m.time for m in session.moments()] == [m.time for m in moments]
        assert session.names()["P01"] == "Zoë Müller"
        assert [second.second for second in session.seconds()] == list(range(30))
    assert sorted(path.name for path in folder.iterdir()) == ["session.sqlite"]


def test_seconds_and_participants_count_what_was_seen(tmp_path: Path) -> None:
    def tiles(t: float) -> tuple[Tile, ...]:
        happy = face_of(sure("happy", 0.94), yaw=45.0)
        closed = Face(Box(0, 0, 9, 9), 0.9, (), tuple(sure("sad")), "sad", 0.94, Attention(0, 0, True))
        ann = Tile(Box(0, 0, 9, 9), "video", "Ann" if t else None, "P01", t < 1, (happy if t < 2 else closed,))
        ben = Tile(Box(9, 0, 9, 9), "off", None, "P02")
        return (ann, ben) if t < 3 else (ann,)

    folder = written(tmp_path / "s", [moment_of(i / 2, tiles(i / 2)) for i in range(8)])
    with open_session(folder) as session:
        ann, ben = session.participants()
        first, *_, last = session.seconds()
    assert (ann.id, ann.name, ann.first, ann.last) == ("P01", "Ann", 0, 3)
    assert (ann.present, ann.camera, ann.speaking, ann.face, ann.pose) == (4, 4, 1, 4, 4)
    assert (ann.away, ann.eyes_closed) == (2, 2)
    assert dict(zip(LABELS, ann.labels, strict=True))["happy"] == 2
    assert (ben.id, ben.name, ben.present, ben.camera, ben.last) == ("P02", None, 3, 0, 2)
    assert (first.frames, first.time, first.tiles, first.faces, first.cameras_off) == (2, 1000, 2000, 1000, 1000)
    assert first.looking_away == 1000
    assert first.emotion == (100, 100, 100, 9400, 100, 100, 100)
    assert first.valence == 8200
    assert last.cameras_off == 0
    assert [p.participant for p in last.people] == ["P01"]


def test_steadied_signals_are_believed_over_single_poses(tmp_path: Path) -> None:
    """A glance aside is no looking away, and who looks away does so also while the face is lost for a moment."""

    def moment(t: int) -> Moment:
        faces = (face_of(sure("happy"), yaw=50.0),) if t != 5 else ()
        signal = Signals("P01", True, bool(faces), looking_away=t >= 4, eyes_closed=t == 9, away_for=max(0.0, t - 4.0))
        return replace(moment_of(t, (Tile(Box(0, 0, 9, 9), "video", None, "P01", False, faces),)), signals=(signal,))

    with open_session(written(tmp_path / "s", [moment(t) for t in range(10)])) as session:
        (ann,) = session.participants()
    assert (ann.face, ann.pose, ann.away, ann.eyes_closed) == (9, 10, 6, 1)


def test_a_moment_stands_until_the_next_and_a_pause_is_not_counted(tmp_path: Path) -> None:
    tile = Tile(Box(0, 0, 9, 9), "video", None, "P01", False, (face_of(sure("happy")),))
    folder = written(tmp_path / "s", [moment_of(t, (tile,)) for t in (0.0, 0.5, 3.25, 100.0, 101.0)])
    with open_session(folder) as session:
        times = {second.second: second.time for second in session.seconds()}
    # 3.25 stands for twice the gap before it, to 8.75
    assert times == {
        0: 1000,
        1: 1000,
        2: 1000,
        3: 1000,
        4: 1000,
        5: 1000,
        6: 1000,
        7: 1000,
        8: 750,
        100: 1000,
        101: 1000,
    }


@pytest.mark.parametrize("live", [False, True])
def test_the_same_moments_give_the_same_bytes(tmp_path: Path, live: bool) -> None:
    moments = list(lively(20))
    one, two = (written(tmp_path / name, moments, live=live, started=STARTED) for name in ("one", "two"))
    assert (one / "session.sqlite").read_bytes() == (two / "session.sqlite").read_bytes()


def test_events_marks_and_notes_are_kept_in_time_order_and_on_one_line(tmp_path: Path) -> None:
    event = Event(2.0, "cameras_off", "4 cameras\nwent \u202eoff", ("P01", 'P"2'), 4)
    with SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION) as writer:
        for moment in lively(5):
            events = (event,) if moment.time == 2 else (Event(1.0, "joined", "late news"),) if moment.time == 3 else ()
            writer.write(frame_of(moment), replace(moment, events=events))
        writer.add_mark(4.0004, "the joke\r\n")
        writer.add_mark(1.5)
        writer.add_note("The recording is cut off.")
    with open_session(tmp_path) as session:
        late, off = session.events()
        assert (late.time, late.text) == (1.0, "late news")
        assert off == Event(2.0, "cameras_off", "4 cameras went off", ("P01", 'P"2'), 4)
        assert [(mark.time, mark.text) for mark in session.marks()] == [(1.5, ""), (4.0, "the joke")]
        assert session.info.notes == ("The recording is cut off.",)


def test_a_live_session_is_read_while_it_is_written(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION, live=True) as writer:
        for moment in lively(10, fps=4):
            writer.write(frame_of(moment), moment)
        writer.add_mark(writer.time, "now")
        with open_session(tmp_path) as session:
            assert not session.info.finished
            assert [second.second for second in session.seconds()] == list(range(9))
            assert len(list(session.records())) >= 36
            assert session.marks()[0].text == "now"


KILLED = """
import sys, time
from pathlib import Path
from reports.calls import frame_of, lively
from meeting_analyzer.sessions import SessionWriter
from meeting_analyzer.sources.base import SourceInfo
writer = SessionWriter(Path(sys.argv[1]), SourceInfo("killed"), {"mode": "emotion"}, live=True)
for moment in lively(10_000, fps=10):
    writer.write(frame_of(moment), moment)
    print(moment.time, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not known to Windows")
@pytest.mark.parametrize("seen", [3, 57, 140])
def test_a_killed_program_loses_the_last_second_at_most(tmp_path: Path, seen: int) -> None:
    store = tmp_path / "session.sqlite"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(root / "tests")])}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(store)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout is not None
    for _ in range(seen):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().splitlines()
    process.wait()
    process.stdout.close()
    reached = float(rest[-1]) if rest else (seen - 1) / 10
    with open_session(store) as session:
        times = [moment.time for moment in session.moments()]
        assert not session.info.finished
    assert times == pytest.approx([index / 10 for index in range(len(times))])
    assert (times[-1] if times else -0.1) >= reached - 1.0001
    # and the next run may take its place
    with SessionWriter(store, INFO, DESCRIPTION, live=True, overwrite=True):
        assert store.exists()


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A folder that must not be written to. Root may write everywhere, so be somebody else for a while."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        before = os.geteuid()
        if before == 0:
            os.seteuid(65534)
        yield Path(name)
        os.seteuid(before)
        Path(name).chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_a_folder_that_must_not_be_written_to_is_told(forbidden: Path) -> None:
    with pytest.raises(OutputError, match="must not be written by you"):
        SessionWriter(forbidden / "session.sqlite", INFO, DESCRIPTION)


def fill(writer: SessionWriter) -> None:
    for moment in lively(10_000):
        writer.write(frame_of(moment), moment)


def test_a_full_disk_is_told_and_what_was_stored_is_kept(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION, live=True)
    # SQLite's own limit answers as a full disk does
    writer._db.execute("PRAGMA max_page_count = 30")
    with pytest.raises(OutputError, match="The disk is full"):
        fill(writer)
    # which was said, so that closing it says nothing new
    writer.close()
    writer.close()
    with open_session(tmp_path) as session:
        assert session.info.frames > 0
        assert not session.info.finished


def test_a_recordings_session_that_cannot_be_completed_leaves_nothing(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION)
    writer._db.execute("PRAGMA max_page_count = 30")
    with pytest.raises(OutputError, match=r"The disk is full.* run it again"):
        fill(writer)
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_two_writers_of_one_session_are_refused(tmp_path: Path) -> None:
    with (
        SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION),
        pytest.raises(OutputError, match="being written by another program"),
    ):
        SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION, overwrite=True)


def test_an_existing_session_is_replaced_only_when_asked_and_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    folder = written(tmp_path, list(lively(5)))
    with pytest.raises(OutputError, match="--overwrite"):
        SessionWriter(folder / "session.sqlite", INFO, DESCRIPTION)
    before = (folder / "session.sqlite").read_bytes()
    writer = SessionWriter(folder / "session.sqlite", INFO, DESCRIPTION, overwrite=True)
    assert (folder / "session.sqlite").read_bytes() == before
    writer.close()
    assert (folder / "session.sqlite").read_bytes() != before


def test_what_is_no_session_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError, match="There is no session in the folder"):
        open_session(tmp_path)
    file = tmp_path / "session.sqlite"
    file.write_bytes(b"not a database at all " * 100)
    with pytest.raises(AnalyzerError, match="is no session of meeting-analyzer"):
        open_session(tmp_path)
    file.unlink()
    with sqlite3.connect(file) as foreign:
        foreign.execute("CREATE TABLE bookmarks (url TEXT)")
    foreign.close()
    with pytest.raises(AnalyzerError, match="no session of meeting-analyzer"):
        open_session(tmp_path)


def read_all(folder: Path) -> None:
    with open_session(folder) as session:
        assert list(session.seconds())
        assert list(session.records())


def test_a_newer_or_damaged_session_is_told_in_a_sentence(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", list(lively(30)))
    whole = (folder / "session.sqlite").read_bytes()
    for statement, words in (
        ("PRAGMA user_version = 2", "newer meeting-analyzer"),
        ("DROP TABLE seconds", "is damaged: it has no table seconds"),
        ("UPDATE meta SET value = '{' WHERE key = 'description'", "is damaged: what it says of itself"),
    ):
        (folder / "session.sqlite").write_bytes(whole)
        with sqlite3.connect(folder / "session.sqlite") as spoiled:
            spoiled.execute(statement)
        spoiled.close()
        with pytest.raises(AnalyzerError, match=words):
            open_session(folder)
    (folder / "session.sqlite").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AnalyzerError, match="is damaged"):
        read_all(folder)


def test_a_closed_output_takes_nothing(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "session.sqlite", INFO, DESCRIPTION)
    writer.close()
    (moment,) = list(lively(0.5))
    with pytest.raises(ValueError, match="closed"):
        writer.write(frame_of(moment), moment)


def test_nothing_of_the_clock_on_the_wall_is_in_a_recordings_session(tmp_path: Path) -> None:
    moments = list(lively(3))
    one = written(tmp_path / "one", moments)
    time.sleep(1.1)
    two = written(tmp_path / "two", moments)
    assert (one / "session.sqlite").read_bytes() == (two / "session.sqlite").read_bytes()
