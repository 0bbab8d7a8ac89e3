"""A session's tables and subtitles, made from its store. docs/results.md describes each format."""

from __future__ import annotations

import csv
import html
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from ..errors import OutputError
from ..outputs.place import cannot_write, whole
from ..types import EMOTIONS, VALENCE
from ..untrusted import clean
from .database import connect, database_errors, quoted
from .reader import Session
from .seconds import AWAY, CAMERA, CLOSED, EYES, FACE, LABELS, POSE, PRESENT, SCALE, SPEAKING, PersonSecond

VERSION = 1
"""Of timeline.csv, timeline.parquet and events.vtt; it changes when a column or a cue changes its meaning or goes."""

TYPES: dict[str, str] = {
    "time": "INTEGER",
    "participant": "VARCHAR",
    "name": "VARCHAR",
    **dict.fromkeys(("present", "camera_on", "speaking", "face_seen", "looking_away", "eyes_closed"), "DOUBLE"),
    "label": "VARCHAR",
    "valence": "DOUBLE",
    **dict.fromkeys(EMOTIONS, "DOUBLE"),
}
"""Columns of the timeline, in order, with their types in Parquet."""

CUE = 4.0
"""Seconds that an event is shown for."""
_FORMULA = tuple("=+-@\t\r'＝＋－＠")


def neutral(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: one that begins like one, or with an apostrophe, gets an apostrophe.

    OWASP, "CSV Injection". Taking one leading apostrophe away gives the text back.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_csv(session: Session, path: Path, excel: bool = False) -> None:
    """timeline.csv: RFC 4180, UTF-8, CRLF, a header. excel: with a byte order mark, by which Excel knows UTF-8."""
    with whole(path) as part:
        _write_rows(session, part, "utf-8-sig" if excel else "utf-8")


def _write_rows(session: Session, path: Path, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(TYPES)
        writer.writerows(_rows(session))


def _rows(session: Session) -> Iterator[list[str]]:
    who = {id: _who(id, name) for id, name in session.names().items()}
    for second in session.seconds():
        time = str(second.second)
        for person in second.people:
            # somebody may have come into a live call since
            yield [time, *(who.get(person.participant) or _who(person.participant, None)), *_cells(person)]


def _who(participant: str, name: str | None) -> tuple[str, str]:
    return neutral(clean(participant)), neutral(clean(name or ""))


def _cells(person: PersonSecond) -> list[str]:
    times = person.times
    turned = [_number(times[i], 1000) if times[known] else "" for i, known in ((AWAY, POSE), (CLOSED, EYES))]
    longest = max(person.labels)
    label = LABELS[person.labels.index(longest)] if longest else ""
    counted = [_number(times[i], 1000) for i in (PRESENT, CAMERA, SPEAKING, FACE)]
    if person.emotion is None:
        return [*counted, *turned, label, *("",) * (1 + len(EMOTIONS))]
    valence = sum(v * p for v, p in zip(VALENCE, person.emotion, strict=True))
    return [*counted, *turned, label, _number(round(valence), SCALE), *(_number(p, SCALE) for p in person.emotion)]


@lru_cache(maxsize=1 << 15)
def _number(value: int, unit: int) -> str:
    return f"{value / unit:g}"


def write_parquet(session: Session, path: Path) -> None:
    """timeline.parquet: the same rows as timeline.csv, with types and with names as they are."""
    scratch = path.with_name(f".{path.name}.csv")
    try:
        _write_rows(session, scratch)
        _to_parquet(scratch, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        scratch.unlink(missing_ok=True)


def _to_parquet(table: Path, path: Path) -> None:
    """The rows of a timeline.csv as a timeline.parquet."""
    with whole(path) as part, database_errors(path), connect() as database:
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
        plain = ", ".join(
            f"CASE WHEN starts_with({c}, '''') THEN substr({c}, 2) ELSE {c} END AS {c}" for c in ("participant", "name")
        )
        database.execute(
            f"COPY (SELECT * REPLACE ({plain}) FROM read_csv($source, auto_detect = false, header = true, delim = ',', "
            f"quote = '\"', escape = '\"', strict_mode = true, columns = {{{columns}}})) TO {quoted(part)} "
            f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{format: 'meeting-analyzer timeline', version: '{VERSION}'}})",
            {"source": str(table)},
        )


def write_records(session: Session, path: Path) -> None:
    """records.jsonl: every record as it was when it was analysed."""
    with whole(path) as part, part.open("wb") as file:
        for lines in session.record_blocks():
            file.write(lines + b"\n")


def write_vtt(session: Session, path: Path) -> None:
    """events.vtt: events and marks as WebVTT cues, to be shown by a player beside the recording."""
    cues = [(event.time, event.kind, event.text) for event in session.events()]
    cues += [(mark.time, "mark", f"Marked: {mark.text}" if mark.text else "Marked") for mark in session.marks()]
    lines = ["WEBVTT", "", f"NOTE meeting analyzer events, version {VERSION}", ""]
    for number, (time, kind, text) in enumerate(sorted(cues), 1):
        shown = html.escape(clean(text), quote=False) or html.escape(clean(kind), quote=False)
        lines += [str(number), f"{_stamp(time)} --> {_stamp(max(0.0, time) + CUE)}", shown, ""]
    with whole(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines))


def _stamp(seconds: float) -> str:
    ms = max(0, round(seconds * 1000))
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


FORMATS: dict[str, tuple[str, Callable[[Session, Path], None]]] = {
    "csv": ("timeline.csv", write_csv),
    "parquet": ("timeline.parquet", write_parquet),
    "jsonl": ("records.jsonl", write_records),
    "vtt": ("events.vtt", write_vtt),
}
"""What `sessions export` writes besides the report: a format's name, its file's name and what writes it."""


def export(session: Session, kind: str, path: Path) -> None:
    """Write one of FORMATS. Raises OutputError when it cannot be written, AnalyzerError for a damaged session."""
    if kind not in FORMATS:
        raise OutputError(f"There is no format {kind!r}; the formats are {', '.join(FORMATS)} and report.")
    FORMATS[kind][1](session, path)


def export_all(session: Session, folder: Path) -> None:
    """Write all of FORMATS into a folder, their rows made once. Raises as `export` does."""
    for kind, (name, write) in FORMATS.items():
        if kind == "parquet":
            _to_parquet(folder / FORMATS["csv"][0], folder / name)
        else:
            write(session, folder / name)
