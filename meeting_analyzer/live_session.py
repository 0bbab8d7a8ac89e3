"""What is kept of a live call: a session folder, written as it happens, and what is said of it at the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from .errors import OutputError
from .outputs.base import Output
from .outputs.place import cannot_write
from .progress import clock
from .reports import write_report
from .reports.call import Call, call_of
from .reports.sentences import lead
from .reports.wording import plural
from .sessions import SessionWriter, open_session
from .sources.base import SourceInfo
from .types import Frame, Moment
from .untrusted import clean

STORE, REPORT = "session.sqlite", "report.html"
SHOWN_EVENTS = 5


class LiveSession(Output):
    """Writes `session.sqlite` while the call goes on and `report.html` when it ends, both in `folder`.

    Records only, never pictures. A killed program loses the last second at most. `mark` and `save_report` belong to the
    thread that calls `write`. Raises OutputError where the folder cannot be made or written to.
    """

    watched = False

    def __init__(self, folder: Path, info: SourceInfo, description: Mapping[str, str]) -> None:
        self.folder = folder
        self._closed = False
        self._lines: list[str] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from error
        self._writer = SessionWriter(folder / STORE, info, description, live=True, started=datetime.now().astimezone())

    def write(self, frame: Frame, moment: Moment) -> None:
        """Keep what was seen; nothing is kept of the picture."""
        self._writer.write(frame, moment)

    def mark(self, time: float) -> str:
        """Remember this time, in seconds of the source's clock; returns the answer for the user."""
        self._writer.add_mark(time)
        return f"Marked {clock(time)}."

    def save_report(self) -> str:
        """Write a report of what was seen until now; returns the answer for the user. Raises OutputError."""
        name = f"report-{datetime.now():%H%M%S}.html"
        with open_session(self.folder) as session:
            write_report(session, self.folder / name)
        return f"Report saved: {name} in the session's folder."

    def close(self) -> None:
        """End the session and write its report. Idempotent. Raises OutputError when one of the two cannot be written."""
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        with open_session(self.folder) as session:
            if session.info.frames:
                write_report(session, self.folder / REPORT)
                self._lines = sentences(call_of(session, self.folder))
                self._lines.append(f"Session: {self.folder} (records, no pictures; {REPORT} in it)")

    def sentences(self) -> list[str]:
        """What to say of the call on the terminal when it is over, a line each; nothing before, and of an empty call."""
        return self._lines


def sentences(call: Call) -> list[str]:
    """A call in a few lines: mood, participants, events, marks."""
    lines = [f"The call: {clock(call.summary.duration)} were followed."]
    lines += [clean(sentence) for sentence in lead(call.summary, call.emotion)]
    if call.events:
        lines.append(f"{plural(len(call.events), 'event')}, the last:")
        lines += [f"  {clock(call.since(event.time))}  {clean(event.text)}" for event in call.events[-SHOWN_EVENTS:]]
    if call.marks:
        lines.append(f"Marked: {', '.join(clock(call.since(mark.time)) for mark in call.marks)}.")
    return lines


def new_folder(out: Path, now: datetime | None = None) -> Path:
    """A folder in `out` for a session that begins now, named by date and time, that is not there yet."""
    name = f"live-{now or datetime.now():%Y-%m-%d-%H%M%S}"
    folder, number = out / name, 2
    while folder.exists():
        folder, number = out / f"{name}-{number}", number + 1
    return folder


def open_live_session(out: Path, info: SourceInfo, description: Mapping[str, str]) -> LiveSession:
    """A new session in the folder `out`. Raises OutputError with the way out."""
    try:
        return LiveSession(new_folder(out), info, description)
    except OutputError as error:
        raise OutputError(f"{error} Or go on without a session: --session off.") from error
