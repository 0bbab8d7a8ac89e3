"""`analyze` for recordings whose results go to a folder each: the options' words, the plan, the table at the end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from ..batch.catalogue import make_catalogue
from ..batch.cluster import Cluster
from ..batch.recording import Asked, Options, Outcome
from ..batch.run import Run
from ..batch.storage import RemotePlace, is_url
from ..batch.workers import Pool, Workers
from ..progress import Progress, clock
from ..sources.sample import sample_path
from .common import Notices, make_folder, say
from .jobs import Job

RUNNERS, DETECTORS = ("local", "ray"), ("onnx", "package")
SHOWN = 50
"""Failed recordings that are listed."""


class Engines(NamedTuple):
    """What does the work: the chunks' runner, and what computes MediaPipe's detector."""

    runner: str = "local"
    detector: str = "onnx"


class EngineType(click.ParamType[Engines]):
    """One word of each kind, or one alone: "ray", "package", "ray,package"."""

    name = "engine"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Engines:
        if isinstance(value, Engines):
            return value
        chosen = Engines()
        for word in str(value).lower().split(","):
            if word in RUNNERS:
                chosen = chosen._replace(runner=word)
            elif word in DETECTORS:
                chosen = chosen._replace(detector=word)
            else:
                self.fail(f"{word!r} is not one of {', '.join(RUNNERS + DETECTORS)}.", param, ctx)
        return chosen


def engine_option(command: Any) -> Any:
    """--engine, which names who works through the chunks, or what computes the detector, or both."""
    return click.option(
        "--engine",
        type=EngineType(),
        default="local,onnx",
        show_default=True,
        envvar="MEETING_ANALYZER_ENGINE",
        metavar="WORD[,WORD]",
        help="Who works through the chunks of recordings: local (processes of this machine) or ray (extra 'ray'); and what "
        "computes MediaPipe's detector: onnx (the shipped files) or package (extra 'mediapipe').",
    )(command)


def asked_of(jobs: Sequence[Job]) -> list[Asked]:
    """The recordings of these jobs."""
    found = []
    for job in jobs:
        (source,) = job.sources
        path: Path | str = source
        if not is_url(source):
            path = sample_path() if source == "sample" else Path(source).expanduser()
        assert job.folder is not None
        found.append(Asked(path, job.folder, job.course))
    return found


class By(NamedTuple):
    """Who works through recordings: "local" or "ray", with how many workers, and the address of a Ray cluster."""

    runner: str = "local"
    workers: int | None = None
    address: str | None = None


def analyse_recordings(
    jobs: Sequence[Job], out: Path | RemotePlace, options: Options, by: By, quiet: bool
) -> list[Outcome]:
    """Work through recordings, make the catalogue of an archive, and say what became of them. Raises AnalyzerError."""
    asked = asked_of(jobs)
    if isinstance(out, Path):
        make_folder(out)
    progress = Progress(quiet=quiet)
    pool: Pool = Cluster(by.address, by.workers) if by.runner == "ray" else Workers(by.workers or cores())
    outcomes = Run(asked, options, pool, progress, Notices(progress.say), follows=by.runner != "ray").run()
    summary = progress.finish()
    if progress.frames and not quiet:
        say(summary)
    if (by.runner == "ray" or any(job.course for job in jobs)) and any(one.error is None for one in outcomes):
        make_catalogue(out, outcomes, say)
    tell(outcomes)
    return outcomes


def place_of(out: str) -> Path | RemotePlace:
    """Where results go: a folder, or an address that fsspec knows."""
    return RemotePlace(out.rstrip("/")) if is_url(out) else Path(out)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def tell(outcomes: Sequence[Outcome]) -> None:
    """Say where results are, what was wrong with recordings, and raise the error where there was one recording only."""
    if len(outcomes) == 1:
        (one,) = outcomes
        if one.error is not None:
            raise one.error
        if one.notice:
            say(one.notice)
        word = "is done already; --overwrite analyses it again" if one.already else "written"
        say(f"{one.folder} {word}.")
        return
    for one in outcomes:
        if one.notice and one.error is None:
            say(one.notice)
    bad = [one for one in outcomes if one.error is not None]
    if bad:
        width = min(60, max(len(one.source) for one in bad[:SHOWN]))
        say(f"{'not analysed':<{width}}  reason")
        for one in bad[:SHOWN]:
            say(f"{one.source:<{width}}  {one.error}")
        if len(bad) > SHOWN:
            say(f"... and {len(bad) - SHOWN} more")
    already = sum(one.already for one in outcomes)
    length = clock(sum(one.seconds for one in outcomes))
    say(
        f"{len(outcomes) - len(bad)} of {len(outcomes)} recordings are analysed, {length} long"
        + (f"; {already} of them were done already" if already else "")
        + (f"; {len(bad)} of {len(outcomes)} inputs could not be analysed." if bad else ".")
    )


def exit_error(outcomes: Sequence[Outcome]) -> bool:
    """Whether something was not as it should be: a recording that failed, was damaged or cut off."""
    return any(one.error is not None or one.notice for one in outcomes)
