from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from meeting_analyzer.errors import SourceError
from meeting_analyzer.sessions.schema import NAME as STORE
from meeting_analyzer.web import visitors as module
from meeting_analyzer.web.uploads import date_of, title_of
from meeting_analyzer.web.visitors import Visitor, Visitors


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def visitors(temporary: Path) -> Iterator[Visitors]:
    made = Visitors()
    yield made
    made.close()


def store(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / STORE).write_bytes(b"x")
    return folder


def test_what_belongs_to_a_visitor_goes_with_them(visitors: Visitors, temporary: Path) -> None:
    one, other = visitors.enter("emotion"), visitors.enter("presence")
    mine = store(one.folder / "results" / "mine")
    assert [name for name, _ in one.sessions()] == ["mine"]
    assert other.sessions() == []
    with pytest.raises(SourceError):
        other.results("mine")
    assert one.results("mine") == mine
    visitors.leave(one)
    visitors.leave(one)
    assert not one.folder.exists()
    assert visitors.known(one.token) is None
    assert visitors.known(other.token) is other
    visitors.close()
    assert list(temporary.iterdir()) == []


def test_folders_are_private(visitors: Visitors) -> None:
    visitor = visitors.enter("emotion")
    for folder in (visitor.folder, visitor.folder.parent):
        assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["..", ".", "", "../other", "/etc", "mine/../mine", "MINE", "mine\0"])
def test_no_name_leads_out_of_the_folder(visitors: Visitors, name: str) -> None:
    visitor = visitors.enter("emotion")
    store(visitor.folder / "results" / "mine")
    with pytest.raises(SourceError):
        visitor.results(name)


def test_a_link_is_no_session(visitors: Visitors, tmp_path: Path) -> None:
    visitor = visitors.enter("emotion")
    outside = store(tmp_path / "outside")
    (visitor.folder / "results").mkdir()
    (visitor.folder / "results" / "link").symlink_to(outside, target_is_directory=True)
    assert visitor.sessions() == []


@pytest.mark.parametrize("token", ["", "..", "a/b", "x" * 200, "é" * 20])
def test_no_other_token_is_known(visitors: Visitors, token: str) -> None:
    visitors.enter("emotion")
    assert visitors.known(token) is None


def test_a_visitor_who_comes_back_in_time_has_not_left(visitors: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = visitors.enter("emotion")
    visitors.away(visitor)
    assert visitors.back(visitor)
    assert visitor.folder.exists()
    monkeypatch.setattr(module, "AWAY", 0.0)
    visitors.away(visitor)
    assert visitor.gone is not None
    visitor.gone.join(10)
    assert not visitors.back(visitor)
    assert not visitor.folder.exists()


def test_people_who_log_in_see_their_own_folder(temporary: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    visitors = Visitors(kept)
    one, same, other = (visitors.enter("emotion", owner) for owner in ("a1", "a1", "b2"))
    folder = store(kept / "a1" / "lecture")
    assert [path for _, path in one.sessions()] == [path for _, path in same.sessions()] == [folder]
    assert other.sessions() == []
    visitors.close()
    assert folder.exists()


def test_what_a_killed_server_left_behind_is_deleted(temporary: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True, text=True
    )
    dead = temporary / f"{module.PREFIX}{ended.stdout.strip()}-abc"
    alive = temporary / f"{module.PREFIX}{os.getppid()}-abc"
    foreign = temporary / f"{module.PREFIX}x"
    for folder in (dead, alive, foreign):
        store(folder)
    Visitors().close()
    assert sorted(path.name for path in temporary.iterdir()) == sorted([alive.name, foreign.name])


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\Lecture 3.mp4", "Lecture 3.mp4"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("\n\t", "upload"),
        ("x" * 300, "x" * 120),
    ],
)
def test_titles_are_one_line_without_folders(name: str, title: str) -> None:
    assert title_of(name) == title


@pytest.mark.parametrize("title", ["../../x", "a/b", "..", "", "Vorlesung über Bäume.mp4", "con:"])
def test_results_lie_in_the_visitors_folder_whatever_the_file_is_called(visitors: Visitors, title: str) -> None:
    visitor: Visitor = visitors.enter("emotion")
    upload = visitor.new_upload(visitor.folder / "incoming" / "x", title, False)
    assert upload.folder.parent == visitor.folder / "results"
    assert upload.folder.is_dir()


def test_a_browsers_date() -> None:
    date = date_of("1700000000000")
    assert date is not None
    assert date.timestamp() == 1_700_000_000
    assert [date_of(text) for text in ("", "-1", "x", "9" * 20, "²")] == [None] * 5
