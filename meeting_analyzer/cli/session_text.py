"""Sessions as text for a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

import numpy as np

from ..progress import clock
from ..reports.call import summary_of
from ..reports.sentences import lead
from ..reports.series import regroup
from ..reports.summary import CLASS_LABELLED, FACES, LABELS, TIME, VALENCE, VALENCE_TIME, Summary
from ..reports.wording import clean, percent, plural, seconds_in_words
from ..sessions import Participant, Session
from ..sessions.places import Listed, belonging

MOST = 40
"""Participants, and events, that are shown."""
BARS = " ▁▂▃▄▅▆▇█"
WIDTH = 60


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Aligned columns, two blanks between them; `right`: columns whose text stands at the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - _width(cell))
            cells.append(space + cell if number in right else cell + space)
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    """Columns that a terminal needs for the text: two for an East Asian character, none for a combining one."""
    wide = [
        1 + (unicodedata.east_asian_width(c) in "WF") for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf")
    ]
    return sum(wide)


def size_in_words(size: int) -> str:
    """ "3.4 MB" """
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"


def list_lines(rows: Sequence[Listed]) -> list[str]:
    """The list of sessions; one that cannot be read says why on a line of its own."""
    if not rows:
        return []
    lines = [("Session", "Began", "Length", "People", "Mode", "Size", "")]
    for row in rows:
        info = row.info
        if info is None:
            lines.append((str(row.folder), "", "", "", "", size_in_words(row.size), "cannot be read"))
            continue
        began = f"{info.started:%Y-%m-%d %H:%M}" if info.started else ""
        state = "" if info.finished else "not finished"
        lines.append(
            (str(row.folder), began, clock(info.duration), str(row.people), info.mode, size_in_words(row.size), state)
        )
    return [*table(lines, right=(2, 3, 5)), *(row.trouble for row in rows if row.trouble)]


def show_lines(session: Session) -> list[str]:
    """A session on one screen or two."""
    info = session.info
    summary = summary_of(session)
    facts = [seconds_in_words(info.duration), f"{info.frames:,} frames", f"{info.mode} mode"]
    facts += [f"{info.started:%Y-%m-%d %H:%M}"] if info.started else []
    facts += [clean(info.course)] if info.course else []
    lines = [clean(info.source.title, 200), ", ".join(facts), ""]
    for sentence in lead(summary, info.mode != "presence"):
        lines += textwrap.wrap(sentence, 100)
    lines += [f"Note: {clean(note, 300)}" for note in info.notes]
    if not info.finished:
        lines.append("Note: this session is not finished: it is being written, or the program that wrote it was ended.")
    if summary.used:
        lines += ["", *_curves(summary, info.mode != "presence")]
    people = session.participants()
    if people:
        lines += ["", *_people(people, info.mode != "presence")]
    noticed = [(e.time, clean(e.text, 100)) for e in session.events()]
    noticed += [(mark.time, f"marked: {clean(mark.text)}" if mark.text else "marked") for mark in session.marks()]
    if noticed:
        lines += ["", *(f"{clock(max(0.0, time - info.first)):>8}  {words}" for time, words in sorted(noticed)[:MOST])]
        if len(noticed) > MOST:
            lines.append(f"          and {plural(len(noticed) - MOST, 'more', 'more')}")
    files = ", ".join(path.name for path in belonging(session.path.parent) if not path.name.startswith("."))
    return [*lines, "", f"In {session.path.parent}:", files]


def _curves(summary: Summary, emotion: bool) -> list[str]:
    sums = regroup(summary.class_bins, summary.used, WIDTH).astype(np.float64)
    faces = sums[:, FACES] / np.maximum(sums[:, TIME], 1e-12)
    most = max(1.0, float(faces.max()))
    rows = []
    if emotion:
        labelled = sums[:, CLASS_LABELLED:]
        happy = labelled[:, LABELS.index("happy")] / np.maximum(labelled.sum(axis=1), 1e-12)
        valence = sums[:, VALENCE] / np.maximum(sums[:, VALENCE_TIME], 1e-12)
        rows.append(("appears happy", _bars(happy), "0 to 100 %"))
        rows.append(("valence", _bars((valence + 1) / 2), "−1 to +1"))
    rows.append(("faces", _bars(faces / most), f"0 to {most:.0f}"))
    end = clock(summary.duration)
    axis = "0:00" + end.rjust(max(1, len(sums) - 4))
    return table([*rows, ("", axis, "")])


def _bars(values: np.typing.NDArray[np.float64]) -> str:
    return "".join(BARS[round(float(np.clip(value, 0, 1)) * (len(BARS) - 1))] for value in values)


def _people(people: Sequence[Participant], emotion: bool) -> list[str]:
    posed = any(person.pose for person in people)
    head = ["Participant", "Present", "Camera on", "Face seen"] + (["Looks away"] if posed else [])
    rows = [[*head, *(["Appears most often"] if emotion else [])]]
    shown = sorted(people, key=lambda person: -person.present)[:MOST]
    for person in people:
        if person not in shown:
            continue
        name = f"{clean(person.name, 40)} {person.id}" if person.name else person.id
        row = [name, seconds_in_words(person.present)]
        row += [_share(part, person.present) for part in (person.camera, person.face)]
        row += [_share(person.away, person.pose)] if posed else []
        if emotion:
            named = person.labels[:-1]
            best = max(named)
            row.append(f"{LABELS[named.index(best)]} {_share(best, sum(person.labels))}" if best else "–")
        rows.append(row)
    lines = table(rows, right=range(1, len(head)))
    more = len(people) - len(shown)
    return [*lines, *([f"and {plural(more, 'more', 'more')}, who were there more briefly"] if more else [])]


def _share(part: float, whole: float) -> str:
    return percent(part / whole if whole else None)
