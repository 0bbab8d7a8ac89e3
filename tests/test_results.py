from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
from reports.calls import frame_of, lively

from meeting_analyzer.errors import OutputError
from meeting_analyzer.results import RESULTS, ResultFiles, result_outputs, write_results
from meeting_analyzer.sessions import open_session
from meeting_analyzer.sources.base import SourceInfo

DESCRIPTION = {"version": "1", "mode": "emotion"}


def recording(folder: Path) -> SourceInfo:
    path = folder / "call.mp4"
    path.write_bytes(b"x")
    os.utime(path, (1_760_000_000, 1_760_000_000))
    return SourceInfo("call.mp4", (640, 360), 25.0, 30.0, path=str(path))


def run(folder: Path, info: SourceInfo, seconds: int = 20) -> Path:
    for output in result_outputs(folder, info, DESCRIPTION, course="Biology"):
        with output:
            for moment in lively(seconds):
                output.write(frame_of(moment), moment)
    return folder


def test_two_runs_over_one_recording_make_the_same_bytes(tmp_path: Path) -> None:
    info = recording(tmp_path)
    one, two = run(tmp_path / "one", info), run(tmp_path / "two", info)
    assert sorted(path.name for path in one.iterdir()) == sorted(RESULTS)
    for name in RESULTS:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    with open_session(one) as session:
        assert session.info.course == "Biology"
        assert session.info.started is not None
        assert session.info.started.timestamp() == 1_760_000_000


def test_results_are_made_again_from_the_store_alone(tmp_path: Path) -> None:
    folder = run(tmp_path / "one", recording(tmp_path))
    before = {name: (folder / name).read_bytes() for name in RESULTS}
    for name in RESULTS[1:]:
        (folder / name).unlink()
    assert write_results(folder) == [folder / name for name in RESULTS]
    assert {name: (folder / name).read_bytes() for name in RESULTS} == before


def test_a_live_call_has_its_time_and_all_files_at_the_end(tmp_path: Path) -> None:
    before = datetime.now().astimezone().replace(microsecond=0)
    with ResultFiles(tmp_path, SourceInfo("Zoom Meeting"), DESCRIPTION, live=True) as output:
        assert (tmp_path / "session.sqlite").exists()
        for moment in lively(5):
            output.write(frame_of(moment), moment)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(RESULTS)
    with open_session(tmp_path) as session:
        assert session.info.started is not None
        assert session.info.started >= before


def test_after_a_failed_write_closing_is_quiet_and_makes_no_half_results(tmp_path: Path) -> None:
    output = ResultFiles(tmp_path / "s", recording(tmp_path), DESCRIPTION)
    output.store._db.execute("PRAGMA max_page_count = 30")

    def fill() -> None:
        for moment in lively(10_000):
            output.write(frame_of(moment), moment)

    with pytest.raises(OutputError, match="The disk is full"):
        fill()
    output.close()
    assert list((tmp_path / "s").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told() -> None:
    with pytest.raises(OutputError, match="choose another"):
        ResultFiles(Path("/proc/results"), SourceInfo("t"), DESCRIPTION)
