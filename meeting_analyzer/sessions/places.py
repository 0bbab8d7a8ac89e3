"""Where sessions are: finding them, what belongs to one, deleting one for good, and which are old."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs

from ..config import APP
from ..errors import AnalyzerError, OutputError, UsageError
from ..outputs.place import cannot_write
from . import schema
from .lock import is_being_written, lock_of
from .reader import SessionInfo, open_session, store_of

FILES = (
    *(f"{schema.NAME}{end}" for end in ("", "-wal", "-shm", "-journal")),
    *("timeline.csv", "timeline.parquet", "records.jsonl", "events.vtt", "report.html", "run.json"),
    *("annotated.mp4", "annotated.png", ".timeline.parquet.csv"),
)
PATTERNS = ("report-*.html", ".*.part")
WORK = ".work"
"""The folder in which a run keeps the chunks it has done."""
UNITS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}

CANNOT_PROMISE = (
    "The files are gone from their folders. Not promised: copies in backups, snapshots, synchronised folders or sent to "
    "others, and traces on the medium itself, which only its encryption or destruction removes."
)


def data_folder() -> Path:
    """The folder of the user's data in which sessions may be kept."""
    return Path(platformdirs.user_data_path(APP, appauthor=False)) / "sessions"


def usual_folders() -> list[Path]:
    """Where sessions are looked for when nobody says where: `out` and the folder of the user's data."""
    return [folder for folder in (Path("out"), data_folder()) if folder.is_dir()]


def find_stores(folders: Iterable[Path]) -> Iterator[Path]:
    """The stores of all sessions in and below these folders, in the order of their names; hidden folders are left out."""
    seen: set[Path] = set()
    for folder in folders:
        for root, below, files in os.walk(folder):
            below[:] = sorted(name for name in below if not name.startswith("."))
            store = Path(root) / schema.NAME
            if schema.NAME in files and store.resolve() not in seen:
                seen.add(store.resolve())
                yield store


@dataclass(frozen=True, slots=True)
class Listed:
    """A session in a list: its folder, what it says of itself or why it cannot be read, people, and bytes of its files."""

    folder: Path
    info: SessionInfo | None
    people: int
    size: int
    trouble: str | None = None


def listed(store: Path) -> Listed:
    """One session for a list; never raises for one that is damaged."""
    size = sum(_size(path) for path in belonging(store.parent))
    try:
        with open_session(store) as session:
            return Listed(store.parent, session.info, len(session.names()), size)
    except AnalyzerError as error:
        return Listed(store.parent, None, 0, size, str(error))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    except OSError:
        return 0


def belonging(folder: Path) -> list[Path]:
    """Every file of the session in this folder, the store first."""
    found = [folder / name for name in FILES]
    found += sorted(path for pattern in PATTERNS for path in folder.glob(pattern))
    found += [lock_of(folder / schema.NAME), folder / WORK]
    return [path for path in found if path.exists() or path.is_symlink()]


def session_folder(path: Path) -> Path:
    """The folder of the session that `path` names. Raises AnalyzerError for what is no session of ours.

    A damaged session is one still: its file has the name, and its owner may want to be rid of it.
    """
    store = store_of(path)
    if store.name != schema.NAME:
        raise AnalyzerError(f"{path} is not the {schema.NAME} of a session; name a session's folder.")
    try:
        open_session(store).close()
    except AnalyzerError as error:
        if "no session of meeting-analyzer" in str(error):
            raise
    return store.parent


def delete(folder: Path) -> list[Path]:
    """Delete every file of the session in `folder`, and the folder when nothing else is in it; returns what is left there.

    Raises OutputError while the session is being written, and when a file cannot be deleted.
    """
    store = folder / schema.NAME
    if is_being_written(store) or is_being_written(folder / WORK / "lock", itself=True):
        raise OutputError(f"{folder} is being written by another program; stop that first.")
    for path in belonging(folder):
        try:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise OutputError(
                f"{path} cannot be deleted ({error.strerror or error}); close what holds it, or change its permissions, and "
                "delete the session again."
            ) from error
    left = sorted(folder.iterdir())
    if not left and folder.resolve() != Path.cwd().resolve():
        try:
            folder.rmdir()
        except OSError as error:
            raise cannot_write(folder, error) from error
    return left


def parse_age(text: str) -> timedelta:
    """A length of time such as 12h, 30d, 4w, 6m (months of 30 days) or 1y. Raises UsageError."""
    number, unit = text.strip()[:-1], text.strip()[-1:].lower()
    if unit not in UNITS or not number.isdecimal() or not 0 < int(number) < 100_000:
        raise UsageError(f"{text!r} is no length of time; write for example 12h, 30d, 8w, 6m or 1y.")
    return timedelta(days=int(number) * UNITS[unit])


def made(store: Path) -> datetime:
    """When a session was stored: a live one began then; of a recording's, the date of the store's file."""
    with contextlib.suppress(AnalyzerError), open_session(store) as session:
        if session.info.live and session.info.started is not None:
            return session.info.started.astimezone(UTC)
    return datetime.fromtimestamp(store.stat().st_mtime, UTC)


def older_than(folders: Sequence[Path], age: timedelta, now: datetime | None = None) -> list[Path]:
    """Folders of the sessions that are older than `age` and that nobody is writing, oldest first."""
    limit = (now or datetime.now(UTC)) - age
    old = [(made(store), store.parent) for store in find_stores(folders) if not is_being_written(store)]
    return [folder for date, folder in sorted(old) if date < limit]
