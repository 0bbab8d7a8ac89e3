"""`meeting-analyzer analyze`: recordings, pictures and the sample call, offline."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ..analyzer import Analyzer
from ..config import EventSettings, Settings
from ..errors import EXIT_FAILED, AnalyzerError, SourceError
from ..offline import Outcome, run_offline
from ..outputs import AnnotatedImage, AnnotatedVideo, JsonLines, Output
from ..progress import Progress, clock
from ..reports import ReportOutput
from ..sources import EndOfSource, Source, open_paths
from ..types import Frame, Moment
from .common import Notices, make_folder, refuse_existing, say, settings_options, take
from .jobs import STDOUT, Job, Wanted, plan

PROBED = 5
"""Frames that --dry-run analyses to tell what the whole will cost."""

FILE = click.Path(path_type=Path)


@click.command("analyze")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--out",
    type=FILE,
    default=Path("out"),
    show_default=True,
    help="Folder for results; each input gets a folder in it.",
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Only write records, as JSON Lines, to this file; - is standard output."
)
@click.option("--video", type=FILE, help="Only write the annotated video, with the recording's sound.")
@click.option("--report", type=FILE, help="Only write the report, one HTML file.")
@click.option("--image", type=FILE, help="Only write the annotated picture.")
@click.option("--fps", type=click.FloatRange(0.01, 120), help="Frames per second that are analysed; all by default.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there already.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and what it would cost, and do nothing.")
@click.option("-q", "--quiet", is_flag=True, help="No progress on stderr.")
@settings_options("analysis", "events")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    inputs: tuple[str, ...],
    out: Path,
    json_file: str | None,
    video: Path | None,
    report: Path | None,
    image: Path | None,
    fps: float | None,
    overwrite: bool,
    dry_run: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Analyse recordings, pictures, folders of them, or the built-in sample call ("sample").

    Without --json, --video, --report or --image, each input gets a folder under --out with all results. One input that
    fails does not stop the others; the exit code is then 1, as it is when a recording was damaged or cut off.
    """
    settings: Settings = take("analysis", values)
    events: EventSettings = take("events", values)
    jobs = plan(inputs, Wanted(out, json_file, video, report, image))
    refuse_existing([path for job in jobs for path in job.files], overwrite or dry_run)
    notices = Notices()
    failed = incomplete = 0
    with Analyzer(settings, notify=notices, events=events) as analyzer:
        for job in jobs:
            try:
                if dry_run:
                    estimate(job, analyzer, fps)
                elif run_job(job, analyzer, fps, overwrite, quiet).notice:
                    incomplete += 1
            except AnalyzerError as error:
                if len(jobs) == 1:
                    raise
                failed += 1
                say(f"{', '.join(job.sources)}: {error}")
    if failed:
        say(f"{failed} of {len(jobs)} inputs could not be analysed.")
    if failed or incomplete:
        ctx.exit(EXIT_FAILED)


def run_job(job: Job, analyzer: Analyzer, fps: float | None, overwrite: bool, quiet: bool) -> Outcome:
    """Do one job and say where its results are. Raises SourceError and OutputError."""
    with open_paths(job.sources, fps) as source:
        progress = Progress(source.info.frames if not fps else None, source.info.duration, quiet=quiet)
        outputs = open_outputs(job, source, analyzer, overwrite)
        analyzer.reset()
        try:
            outcome = run_offline(source, alone(analyzer) if job.pictures else analyzer.follow, outputs, progress)
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


def open_outputs(job: Job, source: Source, analyzer: Analyzer, overwrite: bool) -> list[Output]:
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
        factories.append(lambda: ReportOutput(report, source.info, analyzer.describe(), overwrite=overwrite))
    outputs: list[Output] = []
    try:
        for factory in factories:
            outputs.append(factory())
    except BaseException:
        for output in outputs:
            output.close()
        raise
    return outputs


def estimate(job: Job, analyzer: Analyzer, fps: float | None) -> None:
    """Print the plan of one job and, from a few frames that are analysed, what it will cost. Writes nothing."""
    with open_paths(job.sources, fps) as source:
        info = source.info
        frames = info.frames or round((info.duration or 0) * (info.fps or 0)) or len(job.sources)
        if fps and info.duration:
            frames = min(frames, round(info.duration * fps))
        done, started = 0, time.perf_counter()
        while done < min(PROBED, frames):
            try:
                frame = source.read()
            except EndOfSource:
                break
            if frame is not None:
                done += 1
                analyzer.follow(frame)
                # the first one warms up the models
                started = time.perf_counter() if done == 1 and frames > 1 else started
    if not done:
        raise SourceError(f"{info.title} has no frame that could be analysed; check that it plays in a video player.")
    counted = max(1, done - (1 if frames > 1 else 0))
    cost = (time.perf_counter() - started) / counted * frames
    size = f"{info.size[0]}x{info.size[1]}" if info.size else "unknown size"
    length = f", {clock(info.duration)} long" if info.duration else ""
    say(
        f"{', '.join(job.sources)}: {size}{length}, {frames} frames to analyse, about {clock(cost)} without writing video."
    )
    for path in job.files:
        say(f"  would write {path}" + (" (exists: needs --overwrite)" if path.exists() else ""))
