"""What the page tells of: the sums of a call and everything around them, from a run that just ended or from a store."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from ..sessions.reader import Mark, Session
from ..sources.base import SourceInfo
from ..types import Event
from .summary import Summary


@dataclass(slots=True)
class Call:
    """All that a report is made of.

    started: when the call began, or the recording's date; events and marks carry times of the source's clock; link: the
    recording's address relative to the page, or None; thumbnails: JPEG pictures by time of the source's clock.
    """

    summary: Summary
    source: SourceInfo
    description: Mapping[str, str]
    started: datetime | None = None
    live: bool = False
    events: Sequence[Event] = ()
    marks: Sequence[Mark] = ()
    notes: Sequence[str] = ()
    finished: bool = True
    link: str | None = None
    thumbnails: Mapping[float, bytes] = field(default_factory=dict)

    @property
    def emotion(self) -> bool:
        """Whether expressions were looked at."""
        return (self.summary.mode or self.description.get("mode")) != "presence"

    def since(self, time: float) -> float:
        """Seconds from the report's beginning of a time of the source's clock."""
        return max(0.0, time - self.summary.clock.origin)


def summary_of(session: Session) -> Summary:
    """The sums of a stored session."""
    summary = Summary()
    for second in session.seconds():
        summary.add_second(second)
    summary.name(session.names())
    summary.mode = "presence" if session.info.mode == "presence" else "emotion"
    return summary


def call_of(session: Session, folder: Path) -> Call:
    """Everything about a stored session, for a page that will lie in `folder`."""
    info = session.info
    return Call(
        summary_of(session),
        info.source,
        info.description,
        info.started,
        info.live,
        session.events(),
        session.marks(),
        info.notes,
        info.finished,
        None if info.live else link_to(info.source.path, folder),
    )


def link_to(recording: str | None, folder: Path) -> str | None:
    """The relative address of a recording on this computer as seen from `folder`; None where there is none."""
    if not recording or not Path(recording).is_file():
        return None
    try:
        relative = os.path.relpath(Path(recording).absolute(), folder.absolute())
    except ValueError:  # another drive of Windows
        return None
    # without the dot a name such as "a:b.mp4" would read as another protocol
    return "./" + quote(relative.replace(os.sep, "/"))
