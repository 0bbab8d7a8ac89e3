"""The files of a finished recording, made from its moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from ..results import RESULTS, STORE, write_results
from ..sessions import SessionWriter
from ..sources.base import SourceInfo
from ..timeline import Timeline
from ..types import Frame, Moment, Scene


@dataclass(frozen=True, slots=True)
class About:
    """What results say of their recording and of how it was analysed.

    description: `Analyzer.describe()`; started: when the recording is from; course: the folder it was found in.
    """

    info: SourceInfo
    description: dict[str, str]
    started: datetime | None = None
    course: str | None = None


class Results:
    """Scenes of one recording in time order in, files in `folder` out. Raises OutputError when they cannot be written."""

    def __init__(self, folder: Path, about: About, timeline: Timeline) -> None:
        self._folder, self._timeline = folder, timeline
        self._store = SessionWriter(
            folder / STORE, about.info, about.description, started=about.started, course=about.course, overwrite=True
        )
        self.frames, self.time = 0, 0.0
        self._last: Moment | None = None

    def add(self, scene: Scene) -> None:
        """Take the next scene."""
        moment = self._timeline.update(scene)
        if self._last is not None:
            self._write(self._last)
        # the last one is told what the call's end brings
        self._last = moment
        self.frames, self.time = self.frames + 1, scene.time

    def _write(self, moment: Moment) -> None:
        # the store holds no pixels
        self._store.write(Frame(_NOTHING, moment.time, moment.frame), moment)

    def finish(self, notice: str | None) -> list[str]:
        """Complete all files; returns their names. `notice`: what a reader should know about the recording."""
        if self._last is not None:
            self._write(self._timeline.finish(self._last))
            self._last = None
        if notice:
            self._store.add_note(notice)
        self._store.close()
        write_results(self._folder)
        return list(RESULTS)

    def abandon(self) -> None:
        """Let go of files that nobody will finish."""
        self._store.abandon()


_NOTHING = np.zeros((1, 1, 3), np.uint8)
