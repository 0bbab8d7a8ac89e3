"""The session folder of a live call: written as it happens, and what is said at the end."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.live_session import LiveSession, new_folder, open_live_session
from meeting_analyzer.sessions import open_session
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import EMOTIONS, Box, Event, Face, Frame, Moment, Mood, Tile

FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)
HAPPY = tuple(0.7 if name == "happy" else 0.05 for name in EMOTIONS)
INFO = SourceInfo('The window "Zoom Meeting"')


def moment(time: float, events: tuple[Event, ...] = ()) -> Moment:
    face = Face(Box(0, 0, 9, 9), 0.9, (), HAPPY, "happy", 0.7)
    tile = Tile(Box(0, 0, 20, 20), name="Ada", participant="P01", faces=(face,))
    return Moment(time, round(10 * time), (20, 20), (tile,), Mood(HAPPY, 0.5, 1, 0), events=events)


@pytest.fixture
def session(tmp_path: Path) -> LiveSession:
    return LiveSession(tmp_path / "live", INFO, {"mode": "emotion"})


def test_everything_is_in_the_folder_at_the_end_and_no_picture(session: LiveSession) -> None:
    event = Event(3.0, "cameras_off", "4 cameras went off")
    for tenth in range(100):
        session.write(FRAME, moment(tenth / 10, (event,) if tenth == 30 else ()))
    assert session.mark(4.2) == "Marked 0:04."
    answer = session.save_report()
    session.close()
    session.close()
    names = sorted(path.name for path in session.folder.iterdir())
    saved = [name for name in names if name.startswith("report-")]
    assert names == sorted(["report.html", "session.sqlite", *saved])
    assert len(saved) == 1
    assert saved[0] in answer
    assert "appeared happy" in (session.folder / saved[0]).read_text(encoding="utf-8")
    with open_session(session.folder) as stored:
        assert stored.info.finished
        assert stored.info.live
        assert [mark.time for mark in stored.marks()] == [4.2]
        assert [found.text for found in stored.events()] == [event.text]
        assert sum(second.frames for second in stored.seconds()) == 100


def test_the_end_says_mood_participants_events_marks_and_the_place(session: LiveSession) -> None:
    for tenth in range(650):
        session.write(FRAME, moment(tenth / 10))
    session.write(FRAME, moment(65.0, (Event(65.0, "spike", "the class appears surprised all of a sudden"),)))
    session.mark(61.0)
    session.close()
    said = "\n".join(session.sentences())
    for words in ("1:05", "the class appeared happy", "1 participant was seen", "1 event", "1:05  the class appears"):
        assert words in said
    assert "Marked: 1:01." in said
    assert str(session.folder) in said


@pytest.mark.parametrize("frames", [1, 2, 5, 9, 10, 11, 12, 13, 14, 15, 20, 31])
def test_a_call_that_was_over_at_once_has_its_report(session: LiveSession, frames: int) -> None:
    for number in range(frames):
        session.write(FRAME, moment(number * 0.13))
    session.close()
    assert (session.folder / "report.html").stat().st_size > 1000


def test_a_call_of_which_nothing_was_seen_has_nothing_to_say(session: LiveSession) -> None:
    session.close()
    assert session.sentences() == []
    assert not (session.folder / "report.html").exists()


def test_it_is_no_reason_to_analyse(session: LiveSession) -> None:
    assert session.watched is False
    session.close()


def test_sessions_that_begin_in_one_second_have_a_folder_each(tmp_path: Path) -> None:
    now = datetime(2026, 3, 1, 9, 5, 7)
    first = new_folder(tmp_path, now)
    assert first.name == "live-2026-03-01-090507"
    first.mkdir()
    assert new_folder(tmp_path, now).name == "live-2026-03-01-090507-2"


def test_a_place_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="--session off"):
        open_live_session(tmp_path / "out", INFO, {})


def test_a_killed_program_loses_at_most_the_last_second(tmp_path: Path) -> None:
    code = f"""
        import sys, time
        sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parent.parent)]!r}
        from pathlib import Path
        from test_live_session import FRAME, INFO, moment
        from meeting_analyzer.live_session import LiveSession
        session = LiveSession(Path({str(tmp_path / "live")!r}), INFO, {{}})
        for tenth in range(10_000):
            session.write(FRAME, moment(tenth / 10))
            print(tenth / 10, flush=True)
            time.sleep(0.01)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    written = [float(process.stdout.readline()) for _ in range(57)][-1]
    process.kill()
    process.wait(20)
    written = max([written, *(float(line) for line in process.stdout.read().splitlines() if line)])
    process.stdout.close()
    time.sleep(0.1)
    with open_session(tmp_path / "live") as stored:
        assert not stored.info.finished
        last = [record.time for record in stored.moments()][-1]
    assert last >= written - 1.2, "a second, and the moment that began the next"
