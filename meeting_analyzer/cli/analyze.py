"""`meeting-analyzer analyze`: recordings, pictures and the sample call, offline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..analyzer import Analyzer
from ..batch.chunks import LONGEST, SHORTEST
from ..batch.recording import Options
from ..config import EventSettings, Settings
from ..errors import EXIT_FAILED, EXIT_OK, AnalyzerError
from ..offline import Outcome, run_offline
from ..outputs import AnnotatedImage, JsonLines, Output
from ..outputs.video import AnnotatedVideo
from ..progress import Progress
from ..reports import ReportOutput
from ..sources import Source, open_paths
from ..types import Frame, Moment
from .archive import By, Engines, analyse_recordings, cores, engine_option, exit_error, place_of
from .common import Notices, make_folder, refuse_existing, say, settings_options, take
from .estimate import tell_costs
from .jobs import STDOUT, Job, Wanted, plan

FPS = 5.0
"""Frames per second that are analysed of recordings whose results go to a folder."""

FILE = click.Path(path_type=Path)


@click.command("analyze")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--out",
    default="out",
    show_default=True,
    metavar="FOLDER",
    help="Folder for results, or an address such as s3://bucket/folder; each input gets a folder in it.",
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Only write records, as JSON Lines, to this file; - is standard output."
)
@click.option("--video", type=FILE, help="Only write the annotated video, with the recording's sound.")
@click.option("--report", type=FILE, help="Only write the report, one HTML file.")
@click.option("--image", type=FILE, help="Only write the annotated picture.")
@click.option(
    "--fps",
    type=click.FloatRange(0.01, 120),
    help=f"Frames per second that are analysed; by default {FPS:g} for results in a folder, else (and of the sample) all.",
)
@click.option(
    "--annotate",
    is_flag=True,
    help="Also make the annotated video of a recording in its folder; of the sample it is always made.",
)
@click.option(
    "--thumbnails",
    is_flag=True,
    help="Embed small pictures of the recording in its report, at the moments worth rewatching.",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that analyse recordings; one a core by default."
)
@click.option(
    "--chunk",
    type=click.FloatRange(1, 3600),
    help="Seconds of a recording that are analysed as one piece and not lost any more once they are done; by default a "
    f"sixteenth of it, {SHORTEST:g} at least and {LONGEST:g} at most, shorter at the end.",
)
@click.option("--address", help="Ray cluster that --engine ray uses (auto, ray://HOST:10001); by default a local one.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there already.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and what it would cost, and do nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@engine_option
@settings_options("analysis", "events", without=("engine",))
@click.pass_context
def command(
    ctx: click.Context,
    /,
    inputs: tuple[str, ...],
    out: str,
    json_file: str | None,
    video: Path | None,
    report: Path | None,
    image: Path | None,
    fps: float | None,
    annotate: bool,
    thumbnails: bool,
    workers: int | None,
    chunk: float | None,
    address: str | None,
    overwrite: bool,
    dry_run: bool,
    quiet: bool,
    engine: Engines,
    **values: Any,
) -> None:
    """Analyse recordings, pictures, folders of them, or the built-in sample call ("sample").

    Without --json, --video, --report or --image, each input gets a folder under --out with all results; recordings are
    then worked through by all cores, and the same command goes on with what was interrupted. One input that fails does
    not stop the others; the exit code is then 1, as it is when a recording was damaged or cut off.
    """
    settings: Settings = take("analysis", {**values, "engine": engine.detector})
    events: EventSettings = take("events", values)
    jobs = plan(inputs, Wanted(place := place_of(out), json_file, video, report, image))
    refuse_existing([path for job in jobs for path in job.files], overwrite or dry_run)
    # the sample call is there to show everything
    sample = all(job.sources == ("sample",) for job in jobs)
    options = Options(
        settings, fps or (None if sample else FPS), chunk, annotate or sample, thumbnails, overwrite, events
    )
    if dry_run:
        ctx.exit(EXIT_FAILED if tell_costs(jobs, options, fps, workers or cores()) else EXIT_OK)
    recordings = [job for job in jobs if job.folder is not None]
    bad = False
    if recordings:
        by = By(engine.runner, workers, address)
        bad = exit_error(analyse_recordings(recordings, place, options, by, quiet))
    others = [job for job in jobs if job.folder is None]
    if others:
        bad |= analyse_one_by_one(others, settings, events, fps, overwrite, quiet, len(jobs) == 1, thumbnails)
    if bad:
        ctx.exit(EXIT_FAILED)


def analyse_one_by_one(
    jobs: list[Job],
    settings: Settings,
    events: EventSettings,
    fps: float | None,
    overwrite: bool,
    quiet: bool,
    alone: bool,
    thumbnails: bool = False,
) -> bool:
    """Pictures, and results that were named: in this process, in order. Returns whether something was not as it should be.

    alone: an error is raised, not told.
    """
    failed = incomplete = 0
    with Analyzer(settings, notify=Notices(), events=events) as analyzer:
        for job in jobs:
            try:
                if run_job(job, analyzer, fps, overwrite, quiet, thumbnails).notice:
                    incomplete += 1
            except AnalyzerError as error:
                if alone:
                    raise
                failed += 1
                say(f"{', '.join(job.sources)}: {error}")
    if failed:
        say(f"{failed} of {len(jobs)} inputs could not be analysed.")
    return bool(failed or incomplete)


def run_job(
    job: Job, analyzer: Analyzer, fps: float | None, overwrite: bool, quiet: bool, thumbnails: bool = False
) -> Outcome:
    """Do one job and say where its results are. Raises SourceError and OutputError."""
    with open_paths(job.sources, fps) as source:
        progress = Progress(source.info.frames if not fps else None, source.info.duration, quiet=quiet)
        outputs = open_outputs(job, source, analyzer, overwrite, thumbnails)
        analyzer.reset()
        try:
            if job.pictures:
                outcome = run_offline(source, alone(analyzer), outputs, progress)
            else:
                outcome = run_offline(source, analyzer.follow, outputs, progress, analyzer.finish)
        except (AnalyzerError, KeyboardInterrupt):
            if progress.frames:
                progress.say(f"{progress.frames} frames were done; what there is of them: {listed(job)}.")
            raise
        summary = progress.finish()
    if not quiet:
        say(summary)
    if job.files:
        say(f"Written: {listed(job)}")
    return outcome


def alone(analyzer: Analyzer) -> Callable[[Frame], Moment]:
    """Analyse each picture as if it were the only one."""

    def analyse(frame: Frame) -> Moment:
        analyzer.reset()
        return analyzer.follow(frame)

    return analyse


def listed(job: Job) -> str:
    """The results of a job that exist, for a sentence."""
    return ", ".join(str(path) for path in job.files if path.exists()) or "nothing on disk"


def open_outputs(
    job: Job, source: Source, analyzer: Analyzer, overwrite: bool, thumbnails: bool = False
) -> list[Output]:
    """The outputs of a job; those already opened are closed again when one cannot be. Raises OutputError."""
    for path in job.files:
        make_folder(path.parent)
    factories: list[Callable[[], Output]] = []
    if job.json is not None:
        factories.append(lambda: JsonLines(STDOUT if job.json == STDOUT else Path(str(job.json)), overwrite=overwrite))
    if job.video is not None:
        video = job.video
        factories.append(lambda: AnnotatedVideo(video, source.info, overwrite=overwrite))
    if job.image is not None:
        image = job.image
        factories.append(lambda: AnnotatedImage(image, overwrite=overwrite))
    if job.report is not None:
        report = job.report
        factories.append(
            lambda: ReportOutput(report, source.info, analyzer.describe(), overwrite=overwrite, thumbnails=thumbnails)
        )
    outputs: list[Output] = []
    try:
        for factory in factories:
            outputs.append(factory())
    except BaseException:
        for output in outputs:
            output.close()
        raise
    return outputs
