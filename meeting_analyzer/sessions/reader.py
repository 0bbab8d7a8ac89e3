"""Reading a session back: `open_session(folder)`."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..errors import AnalyzerError
from ..record import from_record
from ..sources.base import SourceInfo
from ..types import Event, Moment
from . import schema
from .seconds import LABELS, PersonSecond, Second


@dataclass(frozen=True, slots=True)
class Mark:
    """A time somebody wanted to find again, in seconds of the source's clock, with what was written to it."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the call: id within the session, newest name as it was read (untrusted text), first and last second
    they were in the gallery, and how long, in seconds: present, with the camera on, speaking, with a face seen, with a known
    head pose, looking away, with a face large enough to see the eyes, with closed eyes, and with each of LABELS."""

    id: str
    name: str | None
    first: int
    last: int
    present: float
    camera: float
    speaking: float
    face: float
    pose: float
    away: float
    eyes: float
    eyes_closed: float
    labels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What a session says of itself.

    source: what was analysed; description: `Analyzer.describe()` at the time; started: when the call began or the
    recording is from; duration: seconds from the first to the last that was seen; frames: moments in it; finished: False
    while it is being written or when the program that wrote it was killed.
    """

    path: Path
    source: SourceInfo
    mode: str
    description: dict[str, str]
    live: bool
    started: datetime | None
    course: str | None
    finished: bool
    notes: tuple[str, ...]
    frames: int
    first: int
    duration: float


def store_of(path: Path) -> Path:
    """The store of a session named by its folder or by the file itself. Raises AnalyzerError when there is none."""
    path = Path(path)
    file = path / schema.NAME if path.is_dir() else path
    if not file.is_file():
        where = f"in the folder {path}" if path.is_dir() else f"at {path}"
        raise AnalyzerError(
            f"There is no session {where}; `meeting-analyzer sessions list FOLDER` shows where sessions are."
        )
    return file


def open_session(path: Path | str) -> Session:
    """Open a session's folder, or its store, for reading; also while it is being written.

    Raises AnalyzerError for a path without a session, a damaged or foreign file, and one of a newer version.
    """
    return Session(store_of(Path(path)))


class Session:
    """A stored session, read only. Use it as a context manager, from one thread."""

    def __init__(self, file: Path) -> None:
        self.path = file
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        self._db = self._connect(file)
        try:
            schema.check(self._db, file)
            self.info = self._info()
        except sqlite3.Error as error:
            self.close()
            raise schema.unreadable(file, error) from error
        except (KeyError, ValueError, TypeError) as error:
            self.close()
            raise AnalyzerError(f"{file} is damaged: what it says of itself cannot be read; analyse again.") from error
        except BaseException:
            self.close()
            raise

    def _connect(self, file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            connection.close()
            if not file.with_name(f"{file.name}-wal").exists():
                raise schema.unreadable(file, error) from error
            # what a killed program left in its log can only be read where files may be made
            return self._connect_to_copy(file)
        return connection

    def _connect_to_copy(self, file: Path) -> sqlite3.Connection:
        self._copy = tempfile.TemporaryDirectory(prefix="meeting-analyzer-")
        try:
            for name in (file.name, f"{file.name}-wal"):
                shutil.copyfile(file.with_name(name), Path(self._copy.name) / name)
            connection = sqlite3.connect(Path(self._copy.name) / file.name)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except (OSError, sqlite3.Error) as error:
            self._copy.cleanup()
            reason = error if isinstance(error, sqlite3.Error) else sqlite3.OperationalError(str(error))
            raise schema.unreadable(file, reason) from error
        return connection

    def _info(self) -> SessionInfo:
        meta: dict[str, Any] = dict(self._db.execute("SELECT key, value FROM meta"))
        first, last, frames = self._db.execute(
            "SELECT min(second), max(second + time_ms / 1000.0), sum(frames) FROM seconds"
        ).fetchone()
        size = json.loads(meta["size"])
        source = SourceInfo(
            meta["title"] or "",
            (int(size[0]), int(size[1])) if size else None,
            json.loads(meta["fps"]),
            json.loads(meta["duration"]),
            path=meta["path"],
        )
        notes = tuple(text for (text,) in self._db.execute("SELECT text FROM notes ORDER BY number"))
        description = {str(key): str(value) for key, value in json.loads(meta["description"]).items()}
        return SessionInfo(
            self.path,
            source,
            meta["mode"] or "emotion",
            description,
            bool(json.loads(meta["live"])),
            datetime.fromisoformat(meta["started"]) if meta.get("started") else None,
            meta.get("course"),
            meta["finished"] == "true",
            notes,
            int(frames or 0),
            int(first or 0),
            float(last - first) if last is not None else 0.0,
        )

    def seconds(self, people: bool = True) -> Iterator[Second]:
        """The class second by second, with what was seen of each participant unless `people` is False."""
        ids = dict(self._rows("SELECT number, id FROM participants"))
        each = self._rows("SELECT * FROM participant_seconds ORDER BY second, participant") if people else iter(())
        ahead = next(each, None)
        for second, frames, time, tiles, faces, off, away, valence, valence_time, *rest in self._rows(
            "SELECT * FROM seconds ORDER BY second"
        ):
            seen = []
            while ahead is not None and ahead[0] <= second:
                seen.append(_person(ids.get(ahead[1], "?"), ahead[2:]))
                ahead = next(each, None)
            labels, emotion = _split(rest)
            yield Second(
                *(second, frames, time, tiles, faces, off, away, labels, valence, valence_time, emotion), tuple(seen)
            )

    def participants(self) -> list[Participant]:
        """Everybody, in the order in which they were first seen."""
        sums = ", ".join(f"coalesce(sum({column}), 0) / 1000.0" for column in schema.PERSON_COLUMNS[: -len(_EMOTION)])
        rows = self._rows(
            f"SELECT p.id, p.name, coalesce(min(s.second), 0), coalesce(max(s.second), 0), {sums} FROM participants p "
            "LEFT JOIN participant_seconds s ON s.participant = p.number GROUP BY p.number ORDER BY p.number"
        )
        return [_participant(row) for row in rows]

    def names(self) -> dict[str, str | None]:
        """Newest name of each participant by id."""
        return dict(self._rows("SELECT id, name FROM participants ORDER BY number"))

    def events(self) -> list[Event]:
        """What was worth a glance, in time order."""
        rows = self._rows("SELECT time, kind, text, participants, frame FROM events ORDER BY time, number")
        return [Event(time, kind, text, tuple(json.loads(who)), frame) for time, kind, text, who, frame in rows]

    def marks(self) -> list[Mark]:
        """What somebody marked, in time order."""
        return [Mark(time, text) for time, text in self._rows("SELECT time, text FROM marks ORDER BY time, number")]

    def records(self) -> Iterator[str]:
        """Every record as a line of JSON (docs/record.md), without the line's end."""
        for lines in self.record_blocks():
            yield from lines.decode().split("\n")

    def record_blocks(self) -> Iterator[bytes]:
        """The same as they are stored, those of a second together: lines in UTF-8, without the last one's end."""
        for (data,) in self._rows("SELECT data FROM records ORDER BY number"):
            try:
                yield zlib.decompress(data)
            except zlib.error as error:
                raise AnalyzerError(
                    f"{self.path} is damaged: some of its records cannot be read; take it from a backup."
                ) from error

    def moments(self) -> Iterator[Moment]:
        """Every moment, as the record keeps it."""
        for line in self.records():
            yield from_record(json.loads(line))

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(query)
        except sqlite3.Error as error:
            raise schema.unreadable(self.path, error) from error

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._db.close()
        if self._copy is not None:
            self._copy.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_EMOTION = schema.PERSON_COLUMNS[-7:]


def _split(values: list[Any] | tuple[Any, ...]) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    labels, emotion = tuple(values[: len(LABELS)]), tuple(values[len(LABELS) :])
    return labels, None if None in emotion else emotion


def _participant(row: tuple[Any, ...]) -> Participant:
    who, name, first, last, present, camera, speaking, face, pose, away, eyes, closed, *labels = row
    return Participant(
        *(who, name, first, last, present, camera, speaking, face, pose, away, eyes, closed), labels=tuple(labels)
    )


def _person(who: str, row: tuple[Any, ...]) -> PersonSecond:
    labels, emotion = _split(row[len(schema.TIMES) :])
    return PersonSecond(who, tuple(row[: len(schema.TIMES)]), labels, emotion)
