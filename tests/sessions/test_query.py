from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from reports.calls import moment_of

from meeting_analyzer.errors import AnalyzerError, UsageError
from meeting_analyzer.sessions import catalogue
from meeting_analyzer.sessions.catalogue import TABLES, build_catalogue, is_current
from meeting_analyzer.sessions.export import TYPES
from meeting_analyzer.sessions.query import Answer, ask
from meeting_analyzer.sessions.questions import QUESTIONS, sql_of
from meeting_analyzer.types import Event, Moment, Tile

from .stored import STARTED, moments, posed, store


def quiet(sentence: str) -> None:
    raise AssertionError(sentence)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    joke = Event(70.0, "mood", "=cmd", ("P1", "P2"), 70)
    store(tmp_path / "bio" / "one", moments(150, away_from=60), course="Biology", events=[joke])
    store(tmp_path / "bio" / "two", moments(90, "sad"), course="Biology", started=STARTED + timedelta(days=7))
    store(tmp_path / "art's", moments(30), course="Art", live=True)
    return tmp_path


def rows(answer: Answer) -> list[dict[str, object]]:
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def test_the_catalogue_has_a_row_for_each_recording_and_each_minute(archive: Path) -> None:
    assert build_catalogue(archive, quiet) == 3
    assert is_current(archive)
    with duckdb.connect() as database:
        for name, columns in TABLES.items():
            file = str(archive / "catalogue" / f"{name}.parquet")
            kinds = database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file]).fetchall()
            assert {column: kind for column, kind, *_ in kinds} == columns
    art, one, two = rows(ask("SELECT * FROM recordings ORDER BY session", archive, quiet))
    assert (one["session"], two["session"], art["session"]) == ("bio/one", "bio/two", "art's")
    assert (one["course"], one["week"], one["duration"], one["frames"]) == ("Biology", "2026-W10", 150, 150)
    assert (one["participants"], one["events"], one["live"], art["live"]) == (3, 1, False, True)
    assert (one["tiles"], one["faces"], one["cameras_off"]) == (3, 2, 1)
    assert one["looking_away"] == pytest.approx(90 / 150)
    assert one["happy"] == pytest.approx((0.94 + 0.01) / 2, abs=1e-4)
    assert two["week"] == "2026-W11"
    assert float(str(two["valence"])) < 0 < float(str(one["valence"]))
    minutes = rows(ask("SELECT * FROM minutes WHERE session = 'bio/one' ORDER BY minute", archive, quiet))
    assert [(m["minute"], m["seconds"], m["looking_away"], m["heads_known"]) for m in minutes] == [
        (0, 60, 0, 2),
        (1, 60, 1, 2),
        (2, 30, 1, 2),
    ]
    assert rows(ask("SELECT * FROM events", archive, quiet)) == [
        {"session": "bio/one", "course": "Biology", "time": 70.0, "minute": 1, "kind": "mood", "participants": 2}
    ]


def test_no_name_is_in_the_catalogue(archive: Path) -> None:
    build_catalogue(archive, quiet)
    for path in (archive / "catalogue").iterdir():
        with duckdb.connect() as database:
            cells = database.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        assert not any(isinstance(cell, str) and ("=N1" in cell or "=cmd" in cell) for row in cells for cell in row)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_ready_made_question_is_answered(archive: Path, name: str) -> None:
    answer = ask(sql_of(name), archive, quiet)
    assert answer.rows
    assert answer.columns


def test_the_questions_answer_what_they_say(archive: Path) -> None:
    weeks = rows(ask(sql_of("mood-by-course-and-week"), archive, quiet))
    assert [(row["course"], row["week"], row["lectures"]) for row in weeks] == [
        ("Art", "2026-W10", 1),
        ("Biology", "2026-W10", 1),
        ("Biology", "2026-W11", 1),
    ]
    minutes = rows(ask(sql_of("attention-by-minute"), archive, quiet))
    # the second minute: of 120 face-seconds of the first lecture 60 look away, of 60 of the second none
    assert [(row["minute"], row["lectures"], row["looking_away"]) for row in minutes] == [
        (0, 3, 0.0),
        (1, 2, pytest.approx(60 / 180, abs=1e-3)),
        (2, 1, 0.5),
    ]


def test_without_head_poses_nobody_is_said_to_look_at_the_screen(tmp_path: Path) -> None:
    plain = tuple(Tile(t.box, t.kind, t.name, t.participant, False, ()) for t in moments(1)[0].tiles)
    store(tmp_path / "a", [moment_of(t, plain) for t in range(5)])
    (row,) = rows(ask("SELECT looking_away, eyes_closed, heads_known FROM recordings", tmp_path, quiet))
    assert set(row.values()) == {None}


def test_presence_mode_has_attention_and_no_mood(tmp_path: Path) -> None:
    def at(t: int) -> Moment:
        return moment_of(
            t, (Tile(moments(1)[0].tiles[0].box, "video", None, "P1", False, (posed(50.0, t < 5),)),), "presence"
        )

    store(tmp_path / "a", [at(t) for t in range(10)])
    (row,) = rows(ask("SELECT mode, valence, happy, looking_away, eyes_closed FROM recordings", tmp_path, quiet))
    assert row == {"mode": "presence", "valence": None, "happy": None, "looking_away": 1.0, "eyes_closed": 0.5}


def test_the_timeline_of_all_sessions_can_be_asked(archive: Path) -> None:
    answer = ask(
        "SELECT session, name, count(*) AS seconds FROM timeline GROUP BY ALL ORDER BY ALL LIMIT 2", archive, quiet
    )
    assert answer.rows == [("art's", "=N1", 30), ("art's", "=N2", 30)]
    for path in archive.rglob("timeline.parquet"):
        path.unlink()
    assert ask("SELECT * FROM timeline", archive, quiet) == Answer(["session", *TYPES], [])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM query('SELECT * FROM read_text(''/etc/hostname'')')",
        "SELECT * FROM sqlite_scan('{archive}/art''s/session.sqlite', 'meta')",
        "SELECT * FROM read_blob('{archive}/art''s/session.sqlite')",
        "COPY (SELECT 1) TO '{archive}/evil.csv'",
        "COPY recordings TO '{archive}/bio/one/timeline.parquet' (FORMAT parquet)",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{archive}/bio/one/timeline.parquet'",
        "CREATE TABLE x AS SELECT 1",
        "ATTACH '{archive}/evil.db' AS evil",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "EXPORT DATABASE '{archive}/evil'",
        "SELECT 1; SELECT 2",
        "",
        "SELEC 1",
        "SELECT * FROM nowhere",
    ],
)
def test_a_question_reads_the_tables_and_nothing_else(archive: Path, sql: str) -> None:
    before = {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()}
    with pytest.raises(UsageError):
        ask(sql.replace("{archive}", str(archive)), archive, quiet)
    assert {path: path.read_bytes() for path in archive.rglob("*") if path.is_file()} == before


def test_what_cannot_be_computed_is_told(archive: Path) -> None:
    with pytest.raises(AnalyzerError, match="cannot be answered"):
        ask("SELECT CAST(title AS INTEGER) FROM recordings", archive, quiet)


def test_a_catalogue_that_is_out_of_date_is_not_believed(archive: Path) -> None:
    build_catalogue(archive, quiet)
    store(archive / "new", moments(20), course="Chess")
    assert not is_current(archive)
    courses = ask("SELECT DISTINCT course FROM recordings ORDER BY 1", archive, quiet).rows
    assert courses == [("Art",), ("Biology",), ("Chess",)]
    # the question made its own, in a place of its own
    with duckdb.connect() as database:
        count = database.execute(
            "SELECT count(*) FROM read_parquet(?)", [str(archive / "catalogue" / "recordings.parquet")]
        )
        assert count.fetchone() == (3,)


def test_one_bad_session_fails_alone(archive: Path) -> None:
    (archive / "bad").mkdir()
    (archive / "bad" / "session.sqlite").write_bytes(b"x" * 4096)
    said: list[str] = []
    assert len(ask("SELECT * FROM recordings", archive, said.append).rows) == 3
    assert len(said) == 1
    assert "bad" in said[0]


def test_a_folder_without_sessions_is_told(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerError, match="There is no session in"):
        ask("SELECT 1", tmp_path, quiet)


def test_a_word_that_is_no_question_is_told() -> None:
    with pytest.raises(UsageError, match="--list"):
        sql_of("moods")


def test_the_same_sessions_give_the_same_catalogue(archive: Path) -> None:
    build_catalogue(archive, quiet)
    first = {path.name: path.read_bytes() for path in (archive / catalogue.FOLDER).iterdir()}
    assert sorted(first) == ["events.parquet", "minutes.parquet", "recordings.parquet"]
    build_catalogue(archive, quiet)
    assert {path.name: path.read_bytes() for path in (archive / catalogue.FOLDER).iterdir()} == first
