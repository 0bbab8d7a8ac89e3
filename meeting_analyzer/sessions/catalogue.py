"""The catalogue: all sessions below a folder as three Parquet tables, without names. docs/results.md has their columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AnalyzerError
from ..outputs.place import cannot_write, whole
from ..types import EMOTIONS
from ..untrusted import clean
from .database import connect, database_errors, quoted
from .places import find_stores
from .reader import Session, open_session
from .seconds import CLOSED, EYES, LABELS, POSE, SCALE, Second

VERSION = 1
FOLDER = "catalogue"

_MEANS = {
    **dict.fromkeys(
        ("tiles", "faces", "cameras_off", "looking_away", "eyes_closed", "heads_known", "eyes_known"), "DOUBLE"
    ),
    "valence": "DOUBLE",
    **dict.fromkeys(EMOTIONS, "DOUBLE"),
    "uncertain": "DOUBLE",
}
RECORDINGS: dict[str, str] = {
    "session": "VARCHAR",
    "title": "VARCHAR",
    "course": "VARCHAR",
    "started": "TIMESTAMP",
    "week": "VARCHAR",
    "live": "BOOLEAN",
    "mode": "VARCHAR",
    "duration": "DOUBLE",
    "frames": "BIGINT",
    "participants": "INTEGER",
    "events": "INTEGER",
    **_MEANS,
    "version": "VARCHAR",
    "face_detector": "VARCHAR",
    "emotion_model": "VARCHAR",
    "finished": "BOOLEAN",
}
MINUTES: dict[str, str] = {
    "session": "VARCHAR",
    "course": "VARCHAR",
    "minute": "INTEGER",
    "seconds": "DOUBLE",
    **_MEANS,
}
EVENTS: dict[str, str] = {"session": "VARCHAR", "course": "VARCHAR", "time": "DOUBLE", "minute": "INTEGER", "kind": "VARCHAR",
                          "participants": "INTEGER"}  # fmt: skip
TABLES: dict[str, dict[str, str]] = {"recordings": RECORDINGS, "minutes": MINUTES, "events": EVENTS}
"""Tables of the catalogue, each `catalogue/NAME.parquet`, with their columns in order and types."""

Row = dict[str, Any]


@dataclass(slots=True)
class Rows:
    """One session's rows in the catalogue, by table."""

    recordings: list[Row] = field(default_factory=list)
    minutes: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class _Sums:
    """Sums over some seconds, in milliseconds."""

    counts: list[float] = field(default_factory=lambda: [0.0] * 10)
    labels: list[int] = field(default_factory=lambda: [0] * len(LABELS))
    emotion: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    weight: float = 0.0

    def add(self, second: Second) -> None:
        pose = sum(person.times[POSE] for person in second.people)
        eyes = sum(person.times[EYES] for person in second.people)
        closed = sum(person.times[CLOSED] for person in second.people)
        valence = (second.valence or 0) * second.valence_time
        values = (second.time, second.tiles, second.faces, second.cameras_off, second.looking_away, closed, pose, eyes,
                  valence, second.valence_time)  # fmt: skip
        self.counts = [a + b for a, b in zip(self.counts, values, strict=True)]
        self.labels = [a + b for a, b in zip(self.labels, second.labels, strict=True)]
        if second.emotion is not None:
            self.weight += second.valence_time
            self.emotion = [a + p * second.valence_time for a, p in zip(self.emotion, second.emotion, strict=True)]

    def means(self) -> Row:
        """The columns of _MEANS: mean counts, mean valence and probabilities, and the share of faces that are uncertain."""
        time, tiles, faces, off, away, closed, pose, eyes, valence, valence_time = self.counts
        counts = [round(value / time, 4) if time else None for value in (tiles, faces, off, away)]
        # without a single head pose nobody knows who looked away
        turned = [round(v / time, 4) if known else None for v, known in ((closed, eyes), (pose, pose), (eyes, eyes))]
        if not pose and not away:
            counts[3] = None
        means = [round(value / self.weight / SCALE, 4) if self.weight else None for value in self.emotion]
        labelled = sum(self.labels)
        row = dict(zip(("tiles", "faces", "cameras_off", "looking_away"), counts, strict=True))
        row |= dict(zip(("eyes_closed", "heads_known", "eyes_known"), turned, strict=True))
        row["valence"] = round(valence / valence_time / SCALE, 4) if valence_time else None
        row |= dict(zip(EMOTIONS, means, strict=True))
        row["uncertain"] = round(self.labels[-1] / labelled, 4) if labelled else None
        return row


def catalogue_rows(session: Session, name: str) -> Rows:
    """What the catalogue keeps of one session; `name`: its folder as seen from the catalogue's, with slashes."""
    info = session.info
    whole_call, minutes = _Sums(), dict[int, _Sums]()
    for second in session.seconds():
        whole_call.add(second)
        minutes.setdefault((second.second - info.first) // 60, _Sums()).add(second)
    started = info.started.replace(tzinfo=None) if info.started else None
    week = "{}-W{:02d}".format(*info.started.isocalendar()) if info.started else None
    course = clean(info.course) if info.course else None
    events = session.events()
    rows = Rows()
    rows.recordings.append(
        {
            "session": name,
            "title": clean(info.source.title),
            "course": course,
            "started": started.isoformat(sep=" ") if started else None,
            "week": week,
            "live": info.live,
            "mode": info.mode,
            "duration": round(info.duration, 3),
            "frames": info.frames,
            "participants": len(session.names()),
            "events": len(events),
            **whole_call.means(),
            "version": info.description.get("version"),
            "face_detector": info.description.get("face detector"),
            "emotion_model": info.description.get("emotion model"),
            "finished": info.finished,
        }
    )
    for minute, sums in minutes.items():
        seconds = round(sums.counts[0] / 1000, 3)
        rows.minutes.append({"session": name, "course": course, "minute": minute, "seconds": seconds, **sums.means()})
    for event in events:
        since = event.time - info.first
        rows.events.append({"session": name, "course": course, "time": round(since, 3), "minute": int(since // 60),
                            "kind": clean(event.kind), "participants": len(event.participants)})  # fmt: skip
    return rows


def write_catalogue(target: Path, sessions: Iterable[Rows]) -> int:
    """Write the three tables into the folder `target`; returns how many sessions are in them.

    Memory does not grow with the number of sessions. Raises OutputError.
    """
    count = 0
    scratch = {name: target / f".{name}.csv" for name in TABLES}
    try:
        target.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            writers = {}
            for name, columns in TABLES.items():
                file = stack.enter_context(scratch[name].open("w", encoding="utf-8", newline=""))
                writers[name] = csv.DictWriter(file, list(columns), lineterminator="\r\n")
                writers[name].writeheader()
            for rows in sessions:
                count += 1
                for name, writer in writers.items():
                    writer.writerows(getattr(rows, name))
        for name, columns in TABLES.items():
            _to_parquet(scratch[name], target / f"{name}.parquet", name, columns)
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        for path in scratch.values():
            path.unlink(missing_ok=True)
    return count


def _to_parquet(source: Path, target: Path, name: str, columns: dict[str, str]) -> None:
    kinds = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
    with whole(target) as part, database_errors(target), connect() as database:
        database.execute(
            f"COPY (SELECT * FROM read_csv($source, auto_detect = false, header = true, delim = ',', quote = '\"', "
            f"escape = '\"', columns = {{{kinds}}})) TO {quoted(part)} (FORMAT parquet, COMPRESSION zstd, "
            f"KV_METADATA {{format: 'meeting-analyzer catalogue, {name}', version: '{VERSION}'}})",
            {"source": str(source)},
        )


def rows_below(folder: Path, skip: Callable[[str], None]) -> Iterator[Rows]:
    """The rows of every session below a folder; `skip` is told of one that cannot be read."""
    for store in find_stores([folder]):
        try:
            with open_session(store) as session:
                rows = catalogue_rows(session, store.parent.relative_to(folder).as_posix())
        except AnalyzerError as error:
            skip(str(error))
            continue
        yield rows


def build_catalogue(folder: Path, skip: Callable[[str], None], target: Path | None = None) -> int:
    """Make the catalogue of all sessions below `folder` in `folder`/catalogue (or in `target`); returns their number."""
    return write_catalogue(target or folder / FOLDER, rows_below(folder, skip))


def is_current(folder: Path) -> bool:
    """Whether `folder` has a catalogue that is newer than every session below it and has as many."""
    files = [folder / FOLDER / f"{name}.parquet" for name in TABLES]
    try:
        oldest = min(file.stat().st_mtime_ns for file in files)
        stores = list(find_stores([folder]))
        if any(store.stat().st_mtime_ns > oldest for store in stores):
            return False
        with connect() as database:
            query = f"SELECT count(*) FROM read_parquet({quoted(files[0])})"
            row = database.execute(query).fetchone()
    except OSError:
        return False
    return row is not None and row[0] == len(stores)
