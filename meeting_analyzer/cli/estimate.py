"""`analyze --dry-run`: what would be done, and what it would cost."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from ..analyzer import Analyzer
from ..batch.place import LocalPlace
from ..batch.recording import Options
from ..batch.storage import RemoteFile, is_url
from ..batch.work import PLAN, WORK, read_summary
from ..errors import AnalyzerError, SourceError
from ..progress import clock
from ..results import RESULTS, VIDEO
from ..sources import Source, open_paths
from .common import Notices, say
from .jobs import Job

PROBED = 5
"""Frames that are analysed to tell what the whole will cost."""
MEASURED = 3
"""Inputs of which frames are analysed; for the others the cost of a frame is taken from these."""


def tell_costs(jobs: Sequence[Job], options: Options, fps: float | None, workers: int) -> bool:
    """Say for each job what it would do, and the cost of all. Returns whether some cannot be analysed. Writes nothing.

    Raises the error of a job that is alone.
    """
    failed, total, length = 0, 0.0, 0.0
    per_frame: list[float] = []
    with Analyzer(
        replace(options.settings, threads=1) if len(jobs) > 1 else options.settings, notify=Notices()
    ) as analyzer:
        for job in jobs:
            rate, many = (options.fps, workers) if job.folder is not None else (fps, 1)
            try:
                with _fetched(job.sources) as paths, open_paths(paths, rate) as source:
                    frames = _frames(source, rate, job)
                    if len(per_frame) < MEASURED:
                        per_frame.append(_cost(source, analyzer, frames))
                    cost = sum(per_frame) / len(per_frame) * frames / many
                    _tell(job, source, frames, cost, many, options.video)
                    total, length = total + cost, length + (source.info.duration or 0.0)
            except AnalyzerError as error:
                if len(jobs) == 1:
                    raise
                failed += 1
                say(f"{', '.join(job.sources)}: {error}")
    if len(jobs) > 1:
        bad = f", {failed} of them cannot be" if failed else ""
        say(f"{len(jobs)} inputs to analyse{bad}: {clock(length)} of recordings, about {clock(total)}.")
    return bool(failed)


@contextmanager
def _fetched(sources: Sequence[str]) -> Iterator[list[str]]:
    """Where the sources can be looked at: recordings that lie elsewhere are fetched for so long."""
    fetched: list[RemoteFile] = []
    try:
        paths = list(sources)
        for i, source in enumerate(sources):
            if is_url(source):
                fetched.append(RemoteFile.of(source))
                paths[i] = str(fetched[-1].local())
        yield paths
    finally:
        for file in fetched:
            file.forget()


def _frames(source: Source, rate: float | None, job: Job) -> int:
    info = source.info
    frames = info.frames or round((info.duration or 0) * (info.fps or 0)) or len(job.sources)
    return min(frames, math.ceil(info.duration * rate - 1e-6)) if rate and info.duration else frames


def _cost(source: Source, analyzer: Analyzer, frames: int) -> float:
    """Seconds that a frame takes, from a few that are analysed. Raises SourceError when there is none."""
    done, started = 0, time.perf_counter()
    for frame in islice(source, min(PROBED, frames)):
        done += 1
        analyzer.follow(frame)
        # the first one warms up the models
        started = time.perf_counter() if done == 1 and frames > 1 else started
    if not done:
        raise SourceError(
            f"{source.info.title} has no frame that could be analysed; check that it plays in a video player."
        )
    return (time.perf_counter() - started) / max(1, done - (1 if frames > 1 else 0))


def _tell(job: Job, source: Source, frames: int, cost: float, workers: int, video: bool) -> None:
    info = source.info
    size = f"{info.size[0]}x{info.size[1]}" if info.size else "unknown size"
    length = f", {clock(info.duration)} long" if info.duration else ""
    by = f" by {workers} workers" if workers > 1 else ""
    say(
        f"{', '.join(job.sources)}: {size}{length}, {frames} frames to analyse, about {clock(cost)}{by} without writing video."
    )
    for path in job.files:
        say(f"  would write {path}" + (" (exists: needs --overwrite)" if path.exists() else ""))
    if job.folder is not None:
        say(f"  would write {job.folder}: {', '.join([*RESULTS, VIDEO] if video else RESULTS)}{_state(job)}")


def _state(job: Job) -> str:
    assert job.folder is not None
    home = LocalPlace(job.folder) if isinstance(job.folder, Path) else job.folder
    if read_summary(home) is not None:
        return " (has results: goes on only if they are of another analysis and with --overwrite)"
    return " (begun: goes on)" if PLAN in (home / WORK).names() else ""
