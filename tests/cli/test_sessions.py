from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from sessions.stored import moments, store

from meeting_analyzer.cli import main as entry
from meeting_analyzer.cli.main import cli
from meeting_analyzer.results import RESULTS
from meeting_analyzer.sessions import SessionWriter
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Event

EVENTS = (Event(3.0, "cameras_off", "=4 cameras\u202e went off", ("P1",), 3),)


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=answer)


def code(*arguments: str) -> int:
    """As the shell sees it."""
    return entry.main(list(arguments))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return store(tmp_path / "out" / "lecture", events=EVENTS, course="Biology")


def test_a_session_folder_holds_every_result(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(RESULTS)


def test_list_finds_sessions_in_out_and_in_the_users_data(folder: Path, tmp_path: Path) -> None:
    store(tmp_path / "data" / "meeting-analyzer" / "sessions" / "live-1", live=True)
    (tmp_path / "out" / "bad").mkdir()
    (tmp_path / "out" / "bad" / "session.sqlite").write_bytes(b"spoiled" * 1000)
    listed = run("sessions", "list")
    assert listed.exit_code == 0
    head, bad, lecture, live, trouble = listed.output.splitlines()
    assert head.split() == ["Session", "Began", "Length", "People", "Mode", "Size"]
    assert bad.endswith("cannot be read")
    assert lecture.split()[:5] == ["out/lecture", "2026-03-02", "09:00", "0:10", "3"]
    assert "live-1" in live
    assert "no session of meeting-analyzer" in trouble
    rows = [json.loads(line) for line in run("sessions", "list", "--json").output.splitlines()]
    assert [row["trouble"] is None for row in rows] == [False, True, True]
    assert rows[1]["people"] == 3


def test_nothing_to_list_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert code("sessions", "list") == 0
    assert "There is no session in" in capsys.readouterr().err
    assert code("sessions", "list", "missing") == 2
    assert "There is no folder missing" in capsys.readouterr().err


def test_show_tells_what_was_seen(folder: Path) -> None:
    said = run("sessions", "show", str(folder)).output
    for words in (
        "lecture.mp4",
        "10 s, 10 frames, emotion mode",
        "Biology",
        "the class appeared",
        "appears happy",
        "=N1 P1",
        "0:03  =4 cameras went off",
        "timeline.parquet",
    ):
        assert words in said
    assert "\u202e" not in said


def test_show_as_json_is_as_documented(folder: Path) -> None:
    schema = json.loads(
        resources.files("meeting_analyzer").joinpath("schemas", "session-1.schema.json").read_text("utf-8")
    )
    shown = json.loads(run("sessions", "show", str(folder), "--json").output)
    jsonschema.Draft202012Validator(schema).validate(shown)
    assert shown["participants"][0]["labels"]["happy"] == 10
    assert shown["events"][0]["participants"] == ["P1"]


def test_show_of_what_is_no_session_is_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code("sessions", "show", str(tmp_path)) == 1
    assert capsys.readouterr().err.count("\n") == 1
    (folder / "session.sqlite").write_bytes((folder / "session.sqlite").read_bytes()[:9000])
    assert code("sessions", "show", str(folder)) == 1
    error = capsys.readouterr().err
    assert "is damaged" in error
    assert error.count("\n") == 1


def test_export_makes_the_same_files_again(folder: Path, tmp_path: Path) -> None:
    assert run("sessions", "export", str(folder), "-o", str(tmp_path / "again")).exit_code == 0
    for name in RESULTS[1:]:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_export_to_a_file_to_standard_output_and_for_excel(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "sub" / "table.csv"
    assert code("sessions", "export", str(folder), "-f", "csv", "-o", str(target), "--excel") == 0
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert code("sessions", "export", str(folder), "-f", "csv", "-o", str(target)) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert code("sessions", "export", str(folder), "-o", "-") == 2
    capsys.readouterr()
    shown = subprocess.run(
        [sys.executable, "-m", "meeting_analyzer", "sessions", "export", str(folder), "-f", "vtt", "-o", "-"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert shown.stdout == (folder / "events.vtt").read_bytes()


def test_delete_asks_and_really_deletes(folder: Path) -> None:
    refused = run("sessions", "delete", str(folder), answer="n\n")
    assert refused.exit_code == 1
    assert folder.exists()
    done = run("sessions", "delete", str(folder), answer="y\n")
    assert done.exit_code == 0
    assert "6 files" in done.output
    assert "Not promised: copies in backups" in done.output
    assert not folder.exists()


def test_delete_takes_the_session_out_of_the_catalogue(folder: Path, tmp_path: Path) -> None:
    store(tmp_path / "out" / "other")
    assert code("sessions", "catalogue") == 0
    assert code("sessions", "delete", "--yes", str(folder)) == 0
    table = run("query", "SELECT session FROM recordings", "--format", "csv")
    assert table.output.splitlines() == ["session", "other"]
    assert b"lecture" not in (tmp_path / "out" / "catalogue" / "recordings.parquet").read_bytes().replace(
        b"lecture.mp4", b""
    )


def test_delete_of_what_is_no_session_deletes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # one wrong name among several: nothing is deleted at all
    assert code("sessions", "delete", "--yes", str(folder), str(tmp_path)) == 1
    assert "There is no session" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == sorted(RESULTS)


def test_delete_goes_on_after_a_session_that_is_in_use(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = tmp_path / "out" / "live"
    live.mkdir()
    with SessionWriter(live / "session.sqlite", SourceInfo("t"), {}, live=True):
        assert code("sessions", "delete", "--yes", str(live), str(folder)) == 1
        assert "1 of 2 sessions could not be deleted" in capsys.readouterr().err
        assert not folder.exists()
        assert (live / "session.sqlite").exists()


def test_prune_deletes_the_old_ones_only(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store(tmp_path / "out" / "new")
    long_ago = time.time() - 40 * 86400
    os.utime(folder / "session.sqlite", (long_ago, long_ago))
    assert code("sessions", "prune", "--keep", "30d", "--dry-run") == 0
    shown = capsys.readouterr()
    assert shown.out == f"{Path('out') / 'lecture'}\n"
    assert "nothing was" in shown.err
    assert folder.exists()
    assert code("sessions", "prune", "--keep", "60d", "--yes") == 0
    assert folder.exists()
    assert code("sessions", "prune", "--keep", "30d", "--yes") == 0
    assert not folder.exists()
    assert (tmp_path / "out" / "new").exists()


def test_how_long_to_keep_comes_from_the_configuration_too(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code("sessions", "prune", "--yes") == 2
    assert "--keep 30d" in capsys.readouterr().err
    long_ago = time.time() - 40 * 86400
    os.utime(folder / "session.sqlite", (long_ago, long_ago))
    (tmp_path / "config.toml").write_text('[sessions]\nkeep = "4w"\n')
    assert code("--config", str(tmp_path / "config.toml"), "sessions", "prune", "--yes") == 0
    assert not folder.exists()
    assert code("sessions", "prune", "--keep", "soon") == 2


def test_query_answers_as_table_csv_and_json(folder: Path) -> None:
    sql = "SELECT name, round(avg(happy), 2) AS happy FROM timeline GROUP BY name ORDER BY name"
    assert run("query", sql).output.splitlines() == ["name  happy", "=N1    0.94", "=N2    0.01", "Off"]
    lines = list(csv.reader(io.StringIO(run("query", sql, "--format", "csv").output)))
    assert lines == [["name", "happy"], ["'=N1", "0.94"], ["'=N2", "0.01"], ["Off", ""]]
    assert json.loads(run("query", sql, "--format", "json").output)[0] == {"name": "=N1", "happy": 0.94}
    assert json.loads(run("query", "recordings", "--format", "json").output)[0]["session"] == "lecture"


def test_query_lists_its_questions_and_refuses_what_is_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "mood-by-course-and-week" in run("query", "--list").output
    assert code("query") == 2
    assert code("query", "nonsense") == 2
    assert code("query", "DROP VIEW recordings") == 2
    assert code("query", "SELECT 1", "--in", "missing") == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 4


def test_a_long_session_is_shown_on_a_screen(tmp_path: Path) -> None:
    store(tmp_path / "long", moments(4000))
    lines = run("sessions", "show", str(tmp_path / "long")).output.splitlines()
    assert len(lines) < 40
    assert max(len(line) for line in lines if not line.startswith("In ")) <= 110
