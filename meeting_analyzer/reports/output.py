"""The report as a file: while a run goes on, or from a stored session."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ..outputs.base import Output
from ..outputs.place import cannot_write, refuse_existing, whole
from ..sessions.reader import Mark, Session
from ..sessions.when import recorded
from ..sources.base import SourceInfo
from ..types import Event, Frame, Moment
from .call import Call, call_of, link_to
from .highlights import highlights
from .html import page
from .summary import Summary


def write_report(session: Session, path: Path, recording: str | Path | None = None) -> None:
    """The report of a stored session: one HTML file, written whole or not at all.

    recording: embed a small picture of every moment worth rewatching, taken from this file if that is still there.
    Raises OutputError when the file cannot be written.
    """
    call = call_of(session, Path(path).parent)
    _illustrate(call, recording)
    with whole(Path(path)) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(page(call))


def _illustrate(call: Call, recording: str | Path | None) -> None:
    if recording is not None:
        from .thumbnails import take_thumbnails  # loads the video libraries

        times = [moment.time + call.summary.clock.origin for moment in highlights(call)]
        call.thumbnails = take_thumbnails(recording, times)


class ReportOutput(Output):
    """A self-contained HTML page on what was seen, written whole or not at all, without a session being stored.

    description: how frames are analysed, as `Analyzer.describe()` tells it; its texts need not be safe. started: when the
    call began; by default the date of the recording's file, and now where there is none. thumbnails: embed small pictures
    of the recording at the moments worth rewatching.

    Raises OutputError when the file is there already and `overwrite` is false or when its folder cannot be written to; `close` raises it
    when the disk is full. A run that is interrupted still gets its report, of what was seen until then.
    """

    def __init__(
        self,
        path: Path,
        info: SourceInfo,
        description: Mapping[str, str],
        overwrite: bool = False,
        started: datetime | None = None,
        thumbnails: bool = False,
    ) -> None:
        self._path = Path(path)
        self._info = info
        self._description = dict(description)
        self._summary = Summary()
        self._events: list[Event] = []
        self._marks: list[Mark] = []
        date = started or recorded(info)
        self._live = started is not None or date is None
        self._began = date or datetime.now().astimezone()
        self._thumbnails, self._closed = thumbnails, False
        refuse_existing(self._path, overwrite)
        # a folder that cannot be written to is told now, not after two hours of call
        self._part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            self._part.touch()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def write(self, frame: Frame, moment: Moment) -> None:
        """Count the moment; nothing is kept of the frame."""
        if self._closed:
            raise ValueError("the output is closed")
        self._summary.add(moment)
        self._events += moment.events

    def add_mark(self, time: float, text: str = "") -> None:
        """Remember this time, in seconds of the source's clock."""
        self._marks.append(Mark(time, text))

    def close(self) -> None:
        """Write the page beside its place and move it there. Idempotent. Raises OutputError when it cannot be written."""
        if self._closed:
            return
        self._closed = True
        self._summary.finish()
        link = None if self._live else link_to(self._info.path, self._path.parent)
        call = Call(
            *(self._summary, self._info, self._description, self._began, self._live),
            *(self._events, self._marks),
            link=link,
        )
        _illustrate(call, self._info.path if self._thumbnails else None)
        try:
            with whole(self._path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
                file.write(page(call))
        finally:
            with contextlib.suppress(OSError):
                self._part.unlink(missing_ok=True)
