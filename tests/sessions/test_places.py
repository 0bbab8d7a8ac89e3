from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meeting_analyzer.errors import AnalyzerError, OutputError, UsageError
from meeting_analyzer.sessions import SessionWriter
from meeting_analyzer.sessions.lock import lock, release
from meeting_analyzer.sessions.places import (
    belonging,
    delete,
    find_stores,
    listed,
    made,
    older_than,
    parse_age,
    session_folder,
)
from meeting_analyzer.sources.base import SourceInfo

from .stored import STARTED, store


def test_sessions_are_found_below_folders_once_each_and_hidden_ones_are_not(tmp_path: Path) -> None:
    folders = [store(tmp_path / name) for name in ("b", "a", "deep/er")]
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work" / "session.sqlite").write_bytes(b"")
    found = [path.parent for path in find_stores([tmp_path, tmp_path / "a"])]
    assert found == [tmp_path / "a", tmp_path / "b", tmp_path / "deep" / "er"]
    assert set(found) == set(folders)


def test_a_damaged_session_is_listed_with_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "session.sqlite").write_bytes(b"x" * 5000)
    row = listed(tmp_path / "session.sqlite")
    assert row.info is None
    assert row.size == 5000
    assert "no session of meeting-analyzer" in (row.trouble or "")


def test_deleting_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = store(tmp_path / "s")
    for extra in (
        "session.sqlite-wal",
        "session.sqlite-shm",
        "annotated.mp4",
        "report-101500.html",
        ".session.sqlite.part",
        "run.json",
    ):
        (folder / extra).write_bytes(b"x")
    (folder / ".work" / "chunks").mkdir(parents=True)
    (folder / ".work" / "chunks" / "000001").write_bytes(b"x")
    assert len(belonging(folder)) == 6 + 6 + 1
    assert delete(folder) == []
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_ours_is_kept_and_named(tmp_path: Path) -> None:
    folder = store(tmp_path / "s")
    (folder / "my notes.txt").write_text("mine")
    assert delete(folder) == [folder / "my notes.txt"]
    assert [path.name for path in folder.iterdir()] == ["my notes.txt"]


def test_a_link_is_deleted_and_not_what_it_points_to(tmp_path: Path) -> None:
    folder = store(tmp_path / "s")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("keep")
    (folder / "annotated.mp4").symlink_to(precious / "file")
    (folder / ".work").symlink_to(precious)
    delete(folder)
    assert (precious / "file").read_text() == "keep"
    assert not folder.exists()


def test_what_is_no_session_is_not_deleted(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError, match="There is no session"):
        session_folder(tmp_path)
    with sqlite3.connect(tmp_path / "session.sqlite") as foreign:
        foreign.execute("CREATE TABLE bookmarks (url TEXT)")
    foreign.close()
    with pytest.raises(AnalyzerError, match="no session of meeting-analyzer"):
        session_folder(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(AnalyzerError, match=r"not the session\.sqlite"):
        session_folder(tmp_path / "notes.txt")


def test_a_damaged_session_may_be_deleted(tmp_path: Path) -> None:
    folder = store(tmp_path / "s")
    with sqlite3.connect(folder / "session.sqlite") as spoiled:
        spoiled.execute("DROP TABLE seconds")
    spoiled.close()
    assert session_folder(folder) == folder
    assert delete(folder) == []


def test_a_session_that_is_being_written_is_not_deleted(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "session.sqlite", SourceInfo("t"), {}, live=True):
        with pytest.raises(OutputError, match="being written by another program"):
            delete(tmp_path)
        assert (tmp_path / "session.sqlite").exists()
    folder = store(tmp_path / "chunks")
    (folder / ".work").mkdir()
    held = lock(folder / "x")
    (folder / ".x.lock").rename(folder / ".work" / "lock")
    try:
        with pytest.raises(OutputError, match="being written by another program"):
            delete(folder)
    finally:
        held.release()
    assert delete(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of Unix")
def test_a_file_that_cannot_be_deleted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = store(tmp_path / "s")
    real = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "timeline.csv":
            raise PermissionError(13, "Permission denied", str(path))
        real(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OutputError, match=r"timeline.csv cannot be deleted \(Permission denied\)"):
        delete(folder)


@pytest.mark.parametrize(
    ("text", "days"), [("30d", 30), ("12h", 0.5), ("2w", 14), ("6m", 180), ("1Y", 365), (" 5d ", 5)]
)
def test_ages(text: str, days: float) -> None:
    assert parse_age(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "d", "30", "-3d", "3.5d", "0d", "30 days", "9999999d", "١d x"])
def test_what_is_no_age_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="no length of time"):
        parse_age(text)


def test_old_sessions_are_those_stored_long_ago_oldest_first(tmp_path: Path) -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    ages = {"new": 3, "old": 31, "older": 90}
    for name, days in ages.items():
        store(tmp_path / name)
        stamp = (now - timedelta(days=days)).timestamp()
        os.utime(tmp_path / name / "session.sqlite", (stamp, stamp))
    # a live one is as old as the call, whatever its file says
    live = store(tmp_path / "live", live=True, started=now - timedelta(days=40))
    assert made(live / "session.sqlite") == now - timedelta(days=40)
    assert older_than([tmp_path], timedelta(days=30), now) == [tmp_path / "older", live, tmp_path / "old"]
    held = lock(tmp_path / "older" / "session.sqlite")
    assert older_than([tmp_path], timedelta(days=30), now) == [live, tmp_path / "old"]
    release(held)
    assert made(tmp_path / "new" / "session.sqlite") > STARTED
