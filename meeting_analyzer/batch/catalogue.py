"""The catalogue of results that lie elsewhere; `meeting_analyzer.sessions.catalogue` makes that of a local folder."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import AnalyzerError
from ..results import STORE
from ..sessions.catalogue import FOLDER, TABLES, Rows, build_catalogue, catalogue_rows, write_catalogue
from ..sessions.reader import open_session
from .recording import Outcome
from .storage import RemotePlace


def make_catalogue(out: Path | RemotePlace, outcomes: Sequence[Outcome], say: Callable[[str], None]) -> int:
    """Make the catalogue in `out`, of all results there, or, elsewhere, of those of this run; returns how many it holds.

    Raises OutputError.
    """
    if isinstance(out, Path):
        return build_catalogue(out, say)
    with tempfile.TemporaryDirectory(prefix="meeting-analyzer-") as folder:
        count = write_catalogue(Path(folder), _rows(out, outcomes, Path(folder), say))
        for name in TABLES:
            (out / FOLDER).put_file(f"{name}.parquet", Path(folder) / f"{name}.parquet")
    return count


def _rows(out: RemotePlace, outcomes: Sequence[Outcome], folder: Path, say: Callable[[str], None]) -> Iterator[Rows]:
    """The rows of each session, fetched one by one."""
    for outcome in outcomes:
        place = outcome.folder
        if outcome.error is not None or not isinstance(place, RemotePlace):
            continue
        try:
            content = place.get(STORE)
            if content is None:
                continue
            (folder / STORE).write_bytes(content)
            with open_session(folder / STORE) as session:
                yield catalogue_rows(session, place.url.removeprefix(out.url.rstrip("/") + "/"))
        except AnalyzerError as error:
            say(str(error))
