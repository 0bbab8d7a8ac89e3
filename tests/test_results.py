from __future__ import annotations

import os
from pathlib import Path

from reports.calls import frame_of, lively

from meeting_analyzer.results import REPORT, RESULTS, STORE, illustrate, write_results
from meeting_analyzer.sessions import SessionWriter
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.sources.sample import sample_path

DESCRIPTION = {"version": "1", "mode": "emotion"}


def run(folder: Path, recording: Path, seconds: int = 20) -> Path:
    folder.mkdir()
    info = SourceInfo("call.mp4", (640, 360), 25.0, 30.0, path=str(recording))
    with SessionWriter(folder / STORE, info, DESCRIPTION) as output:
        for moment in lively(seconds):
            output.write(frame_of(moment), moment)
        output.add_mark(5.0, "the joke")
    write_results(folder)
    return folder


def recording(folder: Path) -> Path:
    path = folder / "call.mp4"
    path.write_bytes(b"x")
    os.utime(path, (1_760_000_000, 1_760_000_000))
    return path


def test_two_runs_over_one_recording_make_the_same_bytes(tmp_path: Path) -> None:
    path = recording(tmp_path)
    one, two = run(tmp_path / "one", path), run(tmp_path / "two", path)
    assert sorted(path.name for path in one.iterdir()) == sorted(RESULTS)
    for name in RESULTS:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_results_are_made_again_from_the_store_alone(tmp_path: Path) -> None:
    folder = run(tmp_path / "one", recording(tmp_path))
    before = {name: (folder / name).read_bytes() for name in RESULTS}
    for name in RESULTS[1:]:
        (folder / name).unlink()
    write_results(folder)
    assert {name: (folder / name).read_bytes() for name in RESULTS} == before


def test_only_the_report_gets_pictures_and_only_when_asked(tmp_path: Path) -> None:
    folder = run(tmp_path / "one", sample_path())
    before = {name: (folder / name).read_bytes() for name in RESULTS}
    assert b"<img" not in before[REPORT]
    illustrate(folder, sample_path())
    assert b'<img src="data:image/jpeg;base64,' in (folder / REPORT).read_bytes()
    assert all((folder / name).read_bytes() == before[name] for name in RESULTS if name != REPORT)
