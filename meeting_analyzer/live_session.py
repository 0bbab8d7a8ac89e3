"""What is kept of a live call: a session folder, written as it happens, and what is said of it at the end."""

from __future__ import annotations

import copy
import threading
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from .errors import OutputError
from .outputs.base import Output
from .outputs.place import cannot_write, whole
from .progress import clock
from .reports.html import page
from .reports.sentences import lead
from .reports.summary import Summary
from .reports.wording import plural
from .sessions import SessionWriter
from .sources.base import SourceInfo
from .types import Event, Frame, Moment
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
        self._info, self._description = info, dict(description)
        self._began = datetime.now().astimezone()
        self._summary = Summary()
        self._events: deque[Event] = deque(maxlen=SHOWN_EVENTS)
        self._kinds: Counter[str] = Counter()
        self._marks: list[float] = []
        self._lock = threading.Lock()
        self._closed = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(folder, error) from error
        self._writer = SessionWriter(folder / STORE, info, description, live=True, started=self._began)

    def write(self, frame: Frame, moment: Moment) -> None:
        """Keep what was seen; nothing is kept of the picture."""
        self._summary.add(moment)
        self._events.extend(moment.events)
        self._kinds.update(event.kind for event in moment.events)
        self._writer.write(frame, moment)

    def mark(self, time: float) -> str:
        """Remember this time, in seconds of the source's clock; returns the answer for the user."""
        self._writer.add_mark(time)
        self._marks.append(time)
        return f"Marked {clock(time)}."

    def save_report(self) -> str:
        """Write a report of what was seen until now; returns the answer for the user. Raises OutputError."""
        name = f"report-{datetime.now():%H%M%S}.html"
        summary = copy.deepcopy(self._summary)
        self._write_report(self.folder / name, summary)
        return f"Report saved: {name} in the session's folder."

    def close(self) -> None:
        """End the session and write its report. Idempotent. Raises OutputError when one of the two cannot be written."""
        if self._closed:
            return
        self._closed = True
        try:
            self._writer.close()
        finally:
            if self._summary.frames:
                self._write_report(self.folder / REPORT, self._summary)

    def sentences(self) -> list[str]:
        """What to say of the call on the terminal when it is over, a line each."""
        summary = self._summary
        if not summary.frames:
            return []
        lines = [f"The call: {clock(summary.duration)} were followed."]
        lines += [clean(sentence) for sentence in lead(summary, summary.mode != "presence")]
        if self._kinds:
            lines.append(f"{plural(sum(self._kinds.values()), 'event')}, the last:")
            lines += [f"  {clock(event.time)}  {clean(event.text)}" for event in self._events]
        if self._marks:
            lines.append(f"Marked: {', '.join(clock(time) for time in self._marks)}.")
        lines.append(f"Session: {self.folder} (records, no pictures; {REPORT} in it)")
        return lines

    def _write_report(self, path: Path, summary: Summary) -> None:
        summary.finish()
        text = page(summary, self._info, self._description, self._began)
        with whole(path) as part:
            part.write_text(text, encoding="utf-8", newline="\n")


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
