"""The form of `session.sqlite`: its tables, its version, and telling it from other files. docs/results.md describes it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ..errors import AnalyzerError, OutputError
from ..types import EMOTIONS
from .seconds import LABELS

NAME = "session.sqlite"
APPLICATION_ID = 0x4D414E53
"""In the file's header, by which `file` and we know it: "MANS"."""
VERSION = 1
"""In the header's user_version. It changes when a column changes its meaning or goes, not when one is added."""

TIMES = ("present", "camera", "speaking", "face", "pose", "away", "eyes", "eyes_closed")
PERSON_COLUMNS = (*(f"{t}_ms" for t in TIMES), *(f"{label}_ms" for label in LABELS), *(f"mean_{e}" for e in EMOTIONS))
CLASS_COLUMNS = (
    *("frames", "time_ms", "tiles_ms", "faces_ms", "cameras_off_ms", "looking_away_ms", "valence", "valence_ms"),
    *(f"{label}_ms" for label in LABELS),
    *(f"mean_{e}" for e in EMOTIONS),
)


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} INTEGER" for name in names)


TABLES = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT) WITHOUT ROWID;
CREATE TABLE participants (number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, name TEXT);
CREATE TABLE seconds (second INTEGER PRIMARY KEY, {_columns(CLASS_COLUMNS)});
CREATE TABLE participant_seconds (second INTEGER NOT NULL, participant INTEGER NOT NULL, {_columns(PERSON_COLUMNS)},
    PRIMARY KEY (second, participant)) WITHOUT ROWID;
CREATE TABLE events (number INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    participants TEXT NOT NULL, frame INTEGER NOT NULL);
CREATE TABLE marks (number INTEGER PRIMARY KEY, time REAL NOT NULL, text TEXT NOT NULL);
CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE records (number INTEGER PRIMARY KEY, time REAL NOT NULL, moments INTEGER NOT NULL, data BLOB NOT NULL);
"""


def create(connection: sqlite3.Connection) -> None:
    """Lay out an empty session in an empty database."""
    connection.executescript(f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION};{TABLES}")


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raises AnalyzerError unless the file is a session that this version reads."""
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        raise unreadable(path, error) from error
    if application != APPLICATION_ID:
        raise AnalyzerError(f"{path} is a database, but no session of meeting-analyzer; name a session's folder.")
    if version > VERSION:
        raise AnalyzerError(
            f"{path} was written by a newer meeting-analyzer (format {version}, this version reads {VERSION}); "
            "update meeting-analyzer to open it."
        )
    if missing := {"meta", "participants", "seconds", "participant_seconds", "events", "marks", "records"} - tables:
        raise AnalyzerError(
            f"{path} is damaged: it has no table {sorted(missing)[0]}; take it from a backup, or analyse again."
        )


def unreadable(path: Path, error: sqlite3.Error) -> AnalyzerError:
    """The sentence for a session that cannot be read."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return AnalyzerError(f"{path} is no session of meeting-analyzer; name a session's folder or its {NAME}.")
    if code == sqlite3.SQLITE_CANTOPEN:
        return AnalyzerError(f"{path} cannot be opened; check that you may read it.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return AnalyzerError(f"{path} is being written by another program; try again when that is done.")
    return AnalyzerError(f"{path} is damaged ({error}); take it from a backup, or analyse the recording again.")


def unwritable(path: Path, error: sqlite3.Error, live: bool) -> OutputError:
    """The sentence for a session that cannot be written."""
    kept = "what was stored so far is kept" if live else "then run it again"
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return OutputError(f"The disk is full, so {path} is not complete; make room, {kept}.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return OutputError(f"{path} must not be written by you; choose another folder or change its permissions.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return OutputError(f"{path} is open in another program that holds it; close that, or choose another folder.")
    return OutputError(f"{path} cannot be written ({error}); choose another place, {kept}.")
