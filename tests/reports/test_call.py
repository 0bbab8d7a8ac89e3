from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from outputs.recordings import make_recording

from meeting_analyzer.reports import ReportOutput, write_report
from meeting_analyzer.reports.call import call_of, link_to
from meeting_analyzer.reports.highlights import MOST, highlights
from meeting_analyzer.sessions import SessionWriter, open_session
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Attention, Box, Event, Face, Moment, Tile

from .calls import face_of, frame_of, lively, moment_of, sure

BOX = Box(0, 0, 9, 9)
DESCRIPTION = {"version": "1.0", "mode": "emotion"}


def stored(
    folder: Path, moments: list[Moment], source: SourceInfo | None = None, marks: tuple[float, ...] = ()
) -> Path:
    source = source or SourceInfo("Biology", (640, 360), 25.0, 60.0)
    with SessionWriter(
        folder / "session.sqlite", source, DESCRIPTION, started=datetime(2026, 3, 2, tzinfo=UTC)
    ) as writer:
        for moment in moments:
            writer.write(frame_of(moment), moment)
        for time in marks:
            writer.add_mark(time, "the <b>joke</b>")
    return folder


def page_of(folder: Path, recording: Path | None = None) -> str:
    with open_session(folder) as session:
        write_report(session, folder / "report.html", recording)
    return (folder / "report.html").read_text(encoding="utf-8")


def class_of(label: str, count: int = 4, away: int = 0) -> tuple[Tile, ...]:
    faces = [replace(face_of(sure(label)), attention=Attention(50.0 * (i < away), 0, False)) for i in range(count)]
    return tuple(Tile(BOX, "video", f"N{i}", f"P{i}", False, (face,)) for i, face in enumerate(faces))


def test_a_report_from_the_store_is_the_one_of_the_run(tmp_path: Path) -> None:
    recording = tmp_path / "call.mp4"
    recording.write_bytes(b"not looked into")
    source = SourceInfo("Biology", (640, 360), 25.0, 60.0, path=str(recording))
    moments = [replace(m, events=(Event(m.time, "joined", "Ann joined"),) if m.time == 9 else ()) for m in lively(60)]
    with (
        ReportOutput(tmp_path / "run.html", source, DESCRIPTION) as output,
        SessionWriter(tmp_path / "session.sqlite", source, DESCRIPTION, started=output._began) as writer,
    ):
        for moment in moments:
            output.write(frame_of(moment), moment)
            writer.write(frame_of(moment), moment)
    page_of(tmp_path)
    assert (tmp_path / "run.html").read_text(encoding="utf-8") == (tmp_path / "report.html").read_text(encoding="utf-8")


def test_moments_worth_rewatching_are_found_where_they_are(tmp_path: Path) -> None:
    def at(t: int) -> tuple[Tile, ...]:
        if 100 <= t < 115:
            return class_of("happy")
        if 200 <= t < 215:
            return class_of("sad")
        return class_of("neutral", away=4 if 300 <= t < 315 else 0)

    stored(tmp_path, [moment_of(t, at(t)) for t in range(400)], marks=(50.0,))
    with open_session(tmp_path) as session:
        found = highlights(call_of(session, tmp_path))
    assert [h.time for h in found] == sorted(h.time for h in found)
    heads = {h.heading: h.time for h in found}
    assert heads["the <b>joke</b>"] == 50
    assert 105 <= heads["The class appeared happiest"] <= 110
    assert 205 <= heads["Expressions were least pleasant"] <= 210
    assert 305 <= heads["Most heads were turned away"] <= 310
    # the turn of the mood lies at the laugh, so it is told there and not twice
    assert len(found) == 4


def test_an_even_call_has_nothing_to_rewatch(tmp_path: Path) -> None:
    stored(tmp_path, [moment_of(t, class_of("neutral")) for t in range(200)])
    assert "Moments worth rewatching" not in page_of(tmp_path)


def test_many_events_are_thinned_out_and_every_kind_has_its_turn(tmp_path: Path) -> None:
    def events(t: int) -> tuple[Event, ...]:
        rare = (Event(t, "rare", "the rare one"),) if t == 3000 else ()
        return (*rare, Event(t, "joined", "somebody joined")) if t % 20 else (*rare, Event(t, "often", f"event {t}"))

    stored(tmp_path, [replace(moment_of(t, class_of("neutral")), events=events(t)) for t in range(0, 3600, 10)])
    with open_session(tmp_path) as session:
        found = highlights(call_of(session, tmp_path))
    assert len(found) == MOST
    heads = [h.heading for h in found]
    assert "the rare one" in heads
    # who comes and goes is noticed, but nothing to watch again
    assert "somebody joined" not in heads
    page = page_of(tmp_path)
    assert page.count("<tr><td") == 200
    assert "And 161 more" in page


def test_times_link_into_a_recording_that_is_there(tmp_path: Path) -> None:
    recording = tmp_path / "lectures" / 'week 3 "a" #1.mp4'
    recording.parent.mkdir()
    recording.write_bytes(b"x")
    (tmp_path / "out").mkdir()
    source = SourceInfo("Biology", path=str(recording))
    folder = stored(tmp_path / "out", [moment_of(t, class_of("neutral")) for t in range(100)], source, marks=(50.5,))
    links = set(re.findall(r'href="([^#"][^"]*)"', page_of(folder)))
    # three seconds before the mark, relative to the page, with every special character escaped
    assert links == {"./../lectures/week%203%20%22a%22%20%231.mp4#t=48"}
    assert "<b>joke</b>" not in page_of(folder)
    recording.unlink()
    assert "#t=" not in page_of(folder)


@pytest.mark.parametrize("name", ["javascript:alert(1)", "https:", "a:b.mp4"])
def test_no_name_of_a_file_becomes_another_address(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(b"x")
    link = link_to(name, Path())
    assert link is not None
    assert link.startswith("./")


def test_pictures_are_in_the_page_only_when_asked_for(tmp_path: Path) -> None:
    recording = tmp_path / "call.mp4"
    make_recording(recording, [t / 5 for t in range(20)])
    source = SourceInfo("Biology", path=str(recording))
    stored(tmp_path, [moment_of(t / 5, class_of("neutral")) for t in range(20)], source, marks=(2.0, 90.0))
    assert "<img" not in page_of(tmp_path)
    assert "no pictures" in page_of(tmp_path)
    page = page_of(tmp_path, recording)
    (data, *_) = re.findall(r'<img src="data:image/jpeg;base64,([^"]*)"', page)
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] == 320
    assert "small pictures of the recording" in page
    recording.write_bytes(b"spoiled since")
    assert "<img" not in page_of(tmp_path, recording)


def test_attention_is_told_for_each_participant(tmp_path: Path) -> None:
    def tiles(t: int) -> tuple[Tile, ...]:
        pose = Attention(50.0 if t < 5 else 0.0, 0.0, t >= 8)
        face = Face(Box(0, 0, 60, 60), 0.9, (), None, None, None, pose)
        return (Tile(BOX, "video", "Ann", "P01", False, (face,)), Tile(BOX, "off", "Ben", "P02"))

    stored(tmp_path, [replace(moment_of(t, tiles(t)), mode="presence") for t in range(10)])
    page = page_of(tmp_path)
    assert "Ann over time: present 10 s, camera on 100 %, face seen 100 %, looking away 50 % of that" in page
    assert "eyes closed 20 % where they could be seen" in page
    assert "Ben over time: present 10 s, camera on 0 %, face seen 0 %" in page
    for fill in ("closed", "away", "facing", "off"):
        assert f'<path fill="url(#fill-{fill})"' in page


def test_what_went_wrong_and_what_is_not_sure_is_told(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "session.sqlite", SourceInfo("t"), DESCRIPTION, live=True) as writer:
        for moment in lively(30):
            writer.write(frame_of(moment), moment)
        writer.add_note("The <window> was covered for a while.")
        writer.add_mark(1.0)
        page = page_of(tmp_path)
    assert "This session was not finished" in page
    assert "The &lt;window&gt; was covered" in page
    assert "had no name label that could be read" in page
    assert "no face could be seen in" in page


def test_three_hours_of_thirty_stay_small(tmp_path: Path) -> None:
    moments = [moment_of(t, class_of("happy" if t % 900 < 60 else "neutral", 30)) for t in range(0, 10_800, 4)]
    stored(tmp_path, moments)
    assert len(page_of(tmp_path)) < 600_000
