"""The session store as an output: everything that was seen, in one SQLite file, written as it happens."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from ..outputs.base import Output
from ..outputs.place import cannot_write, refuse_existing
from ..record import to_json
from ..sources.base import SourceInfo
from ..types import Event, Frame, Moment
from ..untrusted import clean
from . import schema
from .lock import lock, release
from .seconds import PersonSecond, Second, Seconds

COMMIT_EVERY = 120
"""Seconds of a recording that are committed together; a live session commits every second."""
LEVEL = 4
"""zlib's, of the records: half the time of its usual 6 for a tenth more bytes."""


class SessionWriter(Output):
    """Writes `session.sqlite` (docs/results.md).

    path: the file; description: what `Analyzer.describe()` tells; started: when the call began, or the date of the
    recording, with its time zone; course: what the lecture belongs to, for comparing lectures.

    live=False: the file appears whole when it is closed, holds no time of the clock on the wall but `started`, and is the
    same for the same moments. live=True: the file is there from the start, is committed at least once a second of the
    call and may be read meanwhile by others; a killed program loses the last second at most.

    `write` and `close` belong to one thread; `add_mark` and `add_note` may be called from any. Raises OutputError when the
    file is there already without `overwrite`, when another program writes it, or when it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        info: SourceInfo,
        description: Mapping[str, str],
        *,
        live: bool = False,
        started: datetime | None = None,
        course: str | None = None,
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        self.frames = 0
        self.time = 0.0
        self.failed = False
        """Whether a write has failed; closing then only lets go of the file."""
        self._live = live
        self._mode = description.get("mode")
        self._seconds = Seconds()
        self._names: dict[str, str | None] = {}
        self._numbers: dict[str, int] = {}
        self._lines: list[str] = []
        self._block: int | None = None
        self._block_time = 0.0
        self._uncommitted = 0
        self._guard = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        refuse_existing(self.path, overwrite)
        self._lock = lock(self.path)
        self._target = self.path if live else self.path.with_name(f".{self.path.name}.part")
        try:
            for leftover in (self._target, *(Path(f"{self._target}{end}") for end in ("-wal", "-shm", "-journal"))):
                leftover.unlink(missing_ok=True)
            self._connection = self._open()
            self._describe(info, description, started, course)
            self._commit()
        except OSError as error:
            self._give_up()
            raise cannot_write(self.path, error) from error
        except sqlite3.Error as error:
            self._give_up()
            raise schema.unwritable(self.path, error, live) from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._target, isolation_level=None, check_same_thread=False)
        # live: readers see every commit, and a killed program leaves a whole file; otherwise the file is moved into place
        mode = "WAL" if self._live else "MEMORY"
        sync = "NORMAL" if self._live else "OFF"
        connection.executescript(f"PRAGMA page_size=4096; PRAGMA journal_mode={mode}; PRAGMA synchronous={sync};")
        schema.create(connection)
        connection.execute("BEGIN")
        return connection

    def _describe(
        self, info: SourceInfo, description: Mapping[str, str], started: datetime | None, course: str | None
    ) -> None:
        values = {
            "title": info.title,
            "path": info.path,
            "size": json.dumps(info.size),
            "fps": json.dumps(info.fps),
            "duration": json.dumps(info.duration),
            "mode": description.get("mode"),
            "description": json.dumps(dict(description), ensure_ascii=False),
            "live": json.dumps(self._live),
            "started": started.isoformat(timespec="seconds") if started else None,
            "course": course,
            "finished": "false",
        }
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", values.items())

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("the output is closed")
        return self._connection

    def write(self, frame: Frame, moment: Moment) -> None:
        """Take the next moment; nothing is kept of the frame's pixels. Raises OutputError when the disk is full."""
        with self._guard, self._errors():
            self._db  # noqa: B018 - a closed output takes nothing
            second = math.floor(moment.time)
            if self._block is not None and second != self._block:
                self._put_block()
            if self._block is None:
                self._block, self._block_time = second, moment.time
            if moment.mode != self._mode:
                self._mode = moment.mode
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'mode'", (moment.mode,))
            self._lines.append(to_json(moment))
            for event in moment.events:
                self._put_event(event)
            self._put(self._seconds.add(moment))
            self.frames += 1
            self.time = moment.time

    def add_mark(self, time: float, text: str = "") -> None:
        """Remember this time (seconds of the source's clock); committed at once."""
        with self._guard, self._errors():
            self._db.execute("INSERT INTO marks (time, text) VALUES (?, ?)", (round(time, 3), clean(text)))
            self._commit()

    def add_note(self, text: str) -> None:
        """Keep a sentence about the run that a reader of the results should know: a cut-off file, damaged packets."""
        with self._guard, self._errors():
            self._db.execute("INSERT INTO notes (text) VALUES (?)", (clean(text),))

    def close(self) -> None:
        """Write what is left and put the file in its place. Idempotent. Raises OutputError when that fails."""
        with self._guard:
            if self._connection is None:
                return
            if self.failed:
                # that was said already; of a live session stays what was committed before
                self._give_up()
                return
            try:
                with self._errors():
                    self._put_block()
                    self._put(self._seconds.finish())
                    self._db.execute("UPDATE meta SET value = 'true' WHERE key = 'finished'")
                    self._db.execute("COMMIT")
                    if self._live:
                        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    # with a reader there still, the write-ahead log stays until the last one leaves
                    with contextlib.suppress(sqlite3.OperationalError):
                        self._db.execute("PRAGMA journal_mode=DELETE")
                    self._db.close()
                    if not self._live:
                        self._target.replace(self.path)
            finally:
                self._give_up()

    def _put_block(self) -> None:
        """The records of one second, one JSON object a line, compressed together."""
        if self._lines:
            data = zlib.compress("\n".join(self._lines).encode(), LEVEL)
            row = (round(self._block_time, 3), len(self._lines), data)
            self._db.execute("INSERT INTO records (time, moments, data) VALUES (?, ?, ?)", row)
        self._lines, self._block = [], None

    def _put(self, seconds: list[Second]) -> None:
        for second in seconds:
            self._db.execute(f"INSERT INTO seconds VALUES ({_marks(1, schema.CLASS_COLUMNS)})", _row(second))
            self._db.executemany(
                f"INSERT INTO participant_seconds VALUES ({_marks(2, schema.PERSON_COLUMNS)})",
                [_person_row(second.second, self._number(p.participant), p) for p in second.people],
            )
        if seconds:
            self._put_names()
            self._uncommitted += len(seconds)
            if self._live or self._uncommitted >= COMMIT_EVERY:
                self._commit()

    def _put_names(self) -> None:
        for who, name in self._seconds.names.items():
            if self._names.get(who) != name:
                self._names[who] = name
                self._db.execute("UPDATE participants SET name = ? WHERE number = ?", (name, self._number(who)))

    def _number(self, who: str) -> int:
        number = self._numbers.get(who)
        if number is None:
            number = self._numbers[who] = len(self._numbers) + 1
            self._db.execute("INSERT INTO participants VALUES (?, ?, NULL)", (number, who))
        return number

    def _put_event(self, event: Event) -> None:
        who = json.dumps(list(event.participants), ensure_ascii=False)
        row = (round(event.time, 3), event.kind, clean(event.text), who, event.frame)
        self._db.execute("INSERT INTO events (time, kind, text, participants, frame) VALUES (?, ?, ?, ?, ?)", row)

    def _commit(self) -> None:
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")
        self._uncommitted = 0

    def _give_up(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None
        if not self._live:
            with contextlib.suppress(OSError):
                self._target.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            release(self._lock)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.failed = True
            raise schema.unwritable(self.path, error, self._live) from error
        except OSError as error:
            raise cannot_write(self.path, error) from error


def _marks(keys: int, columns: tuple[str, ...]) -> str:
    return ", ".join("?" * (keys + len(columns)))


def _row(s: Second) -> tuple[int | None, ...]:
    counts = (s.second, s.frames, s.time, s.tiles, s.faces, s.cameras_off, s.looking_away, s.valence, s.valence_time)
    return (*counts, *s.labels, *(s.emotion or _NO_EMOTION))


def _person_row(second: int, number: int, p: PersonSecond) -> tuple[int | None, ...]:
    return (second, number, *p.times, *p.labels, *(p.emotion or _NO_EMOTION))


_NO_EMOTION: tuple[None, ...] = (None,) * 7
