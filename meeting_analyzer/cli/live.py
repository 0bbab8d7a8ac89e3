"""`meeting-analyzer live`: a call as it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from ..analyzer import Analyzer
from ..config import EventSettings, LiveSettings, Settings, parse_cores, parse_size
from ..errors import OutputError, UsageError
from ..heap import keep_one_heap
from ..live import LiveRunner
from ..live_session import LiveSession, open_live_session
from ..outputs import CameraDisplay, JsonLines, Output, SideWindow
from ..outputs.base import Display
from ..outputs.browser import BrowserSource
from ..outputs.history import History
from ..outputs.obs import ObsAlerts, parse_address
from ..reports import ReportOutput
from ..sources import Source, open_source
from ..types import Box
from .common import Notices, make_folder, refuse_existing, say, settings_options, take

FILE = click.Path(path_type=Path)


@click.command("live")
@click.option(
    "--window",
    "window",
    metavar="TITLE",
    help="The window to follow, by a part of its title or id:NUMBER; by default the call.",
)
@click.option("--monitor", type=int, metavar="N", help="A whole monitor instead, counted from 1.")
@click.option("--region", metavar="X,Y,W,H", help="A rectangle of the screen instead.")
@click.option("--webcam", metavar="N", help="A camera instead, by number or device.")
@click.option(
    "--source",
    "spec",
    metavar="SPEC",
    help="Any source: window:TITLE, monitor:1, region:x,y,w,h, webcam:0, sample, or a file.",
)
@click.option(
    "--camera/--no-camera", default=False, show_default=True, help="Feed the annotated picture to a virtual camera."
)
@click.option(
    "--camera-device",
    metavar="NAME",
    help="The virtual camera's device, for example /dev/video10; by default the first free one.",
)
@click.option(
    "--json", "json_file", metavar="FILE", help="Also write records, as JSON Lines, to this file; - is standard output."
)
@click.option("--report", type=FILE, help="Also write a report, one HTML file, at the end.")
@click.option(
    "--out",
    type=FILE,
    default=Path("out"),
    show_default=True,
    help="Folder in which the session gets a folder of its own.",
)
@click.option("--duration", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Stop by itself after this time.")
@click.option("--overwrite", is_flag=True, help="Replace results that are there already.")
@settings_options("live", "analysis", "events")
def command(
    window: str | None,
    monitor: int | None,
    region: str | None,
    webcam: str | None,
    spec: str | None,
    camera: bool,
    camera_device: str | None,
    json_file: str | None,
    report: Path | None,
    out: Path,
    duration: float | None,
    overwrite: bool,
    **values: Any,
) -> None:
    """Follow a call and show the annotated class. What is seen is kept in a session folder; pictures never are.

    Keys in the side window: q or Esc quits, space pauses, b hides everything at once, n hides the names, m marks the moment,
    s saves a report.
    """
    live: LiveSettings = take("live", values)
    settings: Settings = take("analysis", values)
    events: EventSettings = take("events", values)
    chosen = source_spec(window, monitor, region, webcam, spec)
    files = [Path(json_file)] if json_file not in (None, "-") else []
    refuse_existing([*files, *([report] if report else [])], overwrite)
    source = open_source(chosen, fps=live.fps, realtime=True)
    try:
        keep_one_heap()
        with Analyzer(settings, notify=Notices(), live=True, events=events) as analyzer:
            outputs: list[Output] = []
            displays: list[Display] = []
            history = History()
            session: LiveSession | None = None
            try:
                if json_file is not None:
                    outputs.append(open_json(json_file, overwrite))
                if report is not None:
                    make_folder(report.parent)
                    outputs.append(ReportOutput(report, source.info, analyzer.describe(), overwrite=overwrite))
                displays += open_displays(
                    live, camera or camera_device is not None, camera_device, source.area, history
                )
                if not displays and not outputs:
                    raise UsageError(
                        "There is no side window and nothing else was asked for; add --camera, --json FILE or --report FILE."
                    )
                outputs.append(history)
                if live.session == "on":
                    session = open_live_session(out, source.info, analyzer.describe())
                    outputs.append(session)
                    say(f"Session: {session.folder} (records, no pictures; --session off keeps nothing)")
            except BaseException:
                for display in displays:
                    display.close()
                for output in outputs:
                    output.close()
                raise
            actions = session_actions(session, history)
            try:
                follow(source, analyzer, displays, outputs, live, duration, actions)
            finally:
                for sentence in session.sentences() if session else ():
                    say(sentence)
    finally:
        source.close()
    for path in (*files, *([report] if report else [])):
        say(f"Written: {path}")


def source_spec(
    window: str | None, monitor: int | None, region: str | None, webcam: str | None, spec: str | None
) -> str:
    """The one source that is meant, as `open_source` takes it; raises UsageError when several are."""
    asked = {
        "--window": None if window is None else f"window:{window}",
        "--monitor": None if monitor is None else f"monitor:{monitor}",
        "--region": None if region is None else f"region:{region}",
        "--webcam": None if webcam is None else f"webcam:{webcam}",
        "--source": spec,
    }
    given = {flag: value for flag, value in asked.items() if value is not None}
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} name different sources; give one of them.")
    return next(iter(given.values()), "window")


def open_json(json_file: str, overwrite: bool) -> JsonLines:
    """The records output, its folder made where needed."""
    if json_file == "-":
        return JsonLines("-")
    make_folder(Path(json_file).parent)
    return JsonLines(Path(json_file), overwrite=overwrite)


def session_actions(session: LiveSession | None, history: History) -> dict[str, Callable[[float], str]]:
    """What the side window's keys m and s do."""

    def mark(time: float) -> str:
        if session is None:
            return "There is no session to mark; start without --session off."
        answer = session.mark(time)
        history.mark(time)
        return answer

    def report(time: float) -> str:
        return session.save_report() if session else "There is no session to report on; start without --session off."

    return {"mark": mark, "report": report}


def open_displays(
    live: LiveSettings, camera: bool, device: str | None, beside: Box | None, history: History | None = None
) -> list[Display]:
    """What is asked for of side window (beside the call), virtual camera, browser source and alerts in OBS.

    Without a screen, "auto" means no side window."""
    displays: list[Display] = []
    try:
        if camera:
            displays.append(CameraDisplay(parse_size(live.camera_size), live.camera_fps, device, notify=say))
        if history is not None and live.browser_port:
            page = BrowserSource(history, live.browser_port)
            displays.append(page)
            say(f"Browser source for OBS: {page.url}")
        if history is not None and live.obs != "off":
            obs = (*parse_address(live.obs), live.obs_password, live.obs_text, live.obs_scene)
            displays.append(ObsAlerts(history, *obs, notify=say))
        if live.side_window != "off":
            try:
                displays.append(SideWindow(beside=beside, history=history, on_top=live.on_top == "on"))
            except OutputError:
                if live.side_window == "on":
                    raise
    except BaseException:
        for display in displays:
            display.close()
        raise
    return displays


def follow(
    source: Source,
    analyzer: Analyzer,
    displays: list[Display],
    outputs: list[Output],
    live: LiveSettings,
    duration: float | None,
    actions: Mapping[str, Callable[[float], str]] | None = None,
) -> None:
    """Run until the source ends, the user quits or the time is over, and say what was done."""
    runner = LiveRunner(
        source,
        analyzer.follow,
        displays,
        outputs,
        fps=live.fps,
        analysis_fps=live.analysis_fps,
        duration=duration,
        notify=say,
        cores=parse_cores(live.cpu),
        actions=actions,
    )
    say(
        f"Following {source.info.title}; {analyzer.perception.detector.name}. Ctrl-C stops"
        + (", q in the window too." if any(isinstance(each, SideWindow) for each in displays) else ".")
    )
    try:
        runner.run()
    finally:
        say(runner.summary())
