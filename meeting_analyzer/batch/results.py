"""The files of a finished recording, made from its moments."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from ..errors import AnalyzerError
from ..outputs.base import Output
from ..reports import ReportOutput
from ..sessions import SessionWriter, open_session
from ..sessions.export import FORMATS, export
from ..sources.base import SourceInfo
from ..timeline import Timeline
from ..types import Frame, Scene

STORE, REPORT, RECORDS, VIDEO = "session.sqlite", "report.html", "records.jsonl", "annotated.mp4"
ALWAYS = (STORE, *(name for name, _ in FORMATS.values()), REPORT)
"""What every recording gets; the annotated video is made when it is asked for."""


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
        self._outputs: list[Output] = [self._store]
        self.frames, self.time = 0, 0.0
        try:
            self._outputs.append(ReportOutput(folder / REPORT, about.info, about.description, overwrite=True))
        except BaseException:
            self.abandon()
            raise

    def add(self, scene: Scene) -> None:
        """Take the next scene."""
        moment = self._timeline.update(scene)
        # results hold no pixels
        frame = Frame(_NOTHING, scene.time, scene.frame)
        for output in self._outputs:
            output.write(frame, moment)
        self.frames, self.time = self.frames + 1, scene.time

    def finish(self, notice: str | None) -> list[str]:
        """Complete all files; returns their names. `notice`: what a reader should know about the recording."""
        if notice:
            self._store.add_note(notice)
        for output in self._outputs:
            output.close()
        with open_session(self._folder / STORE) as session:
            for kind, (name, _) in FORMATS.items():
                export(session, kind, self._folder / name)
        return list(ALWAYS)

    def abandon(self) -> None:
        """Let go of files that nobody will finish."""
        for output in self._outputs:
            with contextlib.suppress(AnalyzerError):
                output.close()


_NOTHING = np.zeros((1, 1, 3), np.uint8)
