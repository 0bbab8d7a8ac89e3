"""Stored sessions for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reports.calls import face_of, frame_of, moment_of, sure

from meeting_analyzer.results import STORE, write_results
from meeting_analyzer.sessions import SessionWriter
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Attention, Box, Event, Face, Moment, Tile

STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def moments(seconds: int, label: str = "happy", away_from: int | None = None) -> list[Moment]:
    """Two people and a camera that is off, a moment a second; the second one looks away from a time on."""
    made = []
    for t in range(seconds):
        away = away_from is not None and t >= away_from
        faces = [face_of(sure(label)), face_of(sure("neutral"), yaw=50.0 if away else 0.0)]
        tiles = [Tile(Box(0, 0, 9, 9), "video", f"=N{i}", f"P{i}", False, (f,)) for i, f in enumerate(faces, 1)]
        made.append(moment_of(t, (*tiles, Tile(Box(0, 0, 9, 9), "off", "Off", "P3"))))
    return made


def store(
    folder: Path,
    seen: Sequence[Moment] | None = None,
    *,
    course: str | None = None,
    started: datetime = STARTED,
    live: bool = False,
    events: Sequence[Event] = (),
    title: str = "lecture.mp4",
) -> Path:
    """A session with all its files in `folder`."""
    description = {"version": "1.0", "mode": "emotion", "face detector": "MediaPipe", "emotion model": "ours"}
    folder.mkdir(parents=True, exist_ok=True)
    source = SourceInfo(title)
    with SessionWriter(folder / STORE, source, description, live=live, started=started, course=course) as output:
        for moment in seen if seen is not None else moments(10):
            due = tuple(event for event in events if event.time == moment.time)
            moment = Moment(moment.time, moment.frame, moment.size, moment.tiles, moment.mood, moment.mode, due)  # noqa: PLW2901
            output.write(frame_of(moment), moment)
    write_results(folder)
    return folder


def nobody() -> tuple[Tile, ...]:
    """A gallery with a camera on and no face in it."""
    return (Tile(Box(0, 0, 9, 9), "video", None, "P1", False, ()),)


def posed(yaw: float, closed: bool = False) -> Face:
    """A face without expression, turned by `yaw` degrees."""
    return Face(Box(0, 0, 9, 9), 0.9, (), None, None, None, Attention(yaw, 0.0, closed))
