"""The result files of a session, for every way to make one: a recording, a live call, an upload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from .outputs.base import Output
from .outputs.place import cannot_write
from .reports import write_report
from .sessions import SessionWriter, open_session
from .sessions.export import FORMATS, export
from .sessions.schema import NAME
from .sessions.when import recorded
from .sources.base import SourceInfo
from .types import Frame, Moment

REPORT = "report.html"
RESULTS = (NAME, *(name for name, _ in FORMATS.values()), REPORT)
"""Every file that a session's folder holds by default."""


def write_results(folder: Path, *, thumbnails: bool = False) -> list[Path]:
    """Make all results of the session in `folder` from its store; returns their paths. Raises AnalyzerError."""
    with open_session(folder) as session:
        for kind, (name, _) in FORMATS.items():
            export(session, kind, folder / name)
        write_report(session, folder / REPORT, thumbnails)
    return [folder / name for name in RESULTS]


class ResultFiles(Output):
    """Writes the store while a run goes on and every other result of RESULTS when it is closed, in `folder`.

    live, started, course: as for SessionWriter; of a recording `started` is its file's date by default. Raises OutputError.
    """

    def __init__(
        self,
        folder: Path,
        info: SourceInfo,
        description: Mapping[str, str],
        *,
        live: bool = False,
        started: datetime | None = None,
        course: str | None = None,
        overwrite: bool = False,
        thumbnails: bool = False,
    ) -> None:
        self.folder = Path(folder)
        self._thumbnails = thumbnails
        self._closed = False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(self.folder, error) from error
        date = started or (datetime.now().astimezone() if live else recorded(info))
        self.store = SessionWriter(
            self.folder / NAME, info, description, live=live, started=date, course=course, overwrite=overwrite
        )

    def write(self, frame: Frame, moment: Moment) -> None:
        """Take the next moment."""
        self.store.write(frame, moment)

    def close(self) -> None:
        """Finish the store and make the other files from it. Idempotent. Raises OutputError."""
        if self._closed:
            return
        self._closed = True
        self.store.close()
        if self.store.failed:
            return
        write_results(self.folder, thumbnails=self._thumbnails)


def result_outputs(
    folder: Path,
    info: SourceInfo,
    description: Mapping[str, str],
    *,
    overwrite: bool = False,
    thumbnails: bool = False,
    course: str | None = None,
) -> list[Output]:
    """The outputs that make all results of a recording in `folder`. Raises OutputError."""
    return [ResultFiles(folder, info, description, overwrite=overwrite, thumbnails=thumbnails, course=course)]
