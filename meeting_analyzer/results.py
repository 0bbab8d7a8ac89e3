"""The files of a finished session, all made from its store."""

from __future__ import annotations

from pathlib import Path

from .reports import write_report
from .sessions import open_session
from .sessions.export import FORMATS, export_all
from .sessions.schema import NAME

STORE, REPORT, VIDEO = NAME, "report.html", "annotated.mp4"
RECORDS = FORMATS["jsonl"][0]
RESULTS = (STORE, *(name for name, _ in FORMATS.values()), REPORT)
"""Every file that a session's folder holds; the annotated video is made when it is asked for."""


def write_results(folder: Path) -> None:
    """Make all of RESULTS from the store in `folder`. Raises AnalyzerError."""
    with open_session(folder) as session:
        export_all(session, folder)
        write_report(session, folder / REPORT)


def illustrate(folder: Path, recording: Path) -> None:
    """Make the report in `folder` anew, with small pictures of the recording at its moments. Raises AnalyzerError."""
    with open_session(folder) as session:
        write_report(session, folder / REPORT, recording)
