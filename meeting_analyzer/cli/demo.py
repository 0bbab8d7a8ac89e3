"""`meeting-analyzer demo`: the sample call through the whole pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..analyzer import Analyzer
from ..config import EventSettings, LiveSettings, Settings
from ..outputs.history import History
from ..results import RECORDS, REPORT, VIDEO
from ..sources import open_source
from .analyze import run_job
from .common import Notices, say, settings_options, take
from .jobs import Job
from .live import FILE, follow, open_displays


@click.command("demo")
@click.option(
    "--out", type=FILE, default=Path("out/demo"), show_default=True, help="Folder for results where there is no screen."
)
@click.option("--loop", is_flag=True, help="Play again and again in the window.")
@settings_options("live", "analysis", "events")
def command(out: Path, loop: bool, **values: Any) -> None:
    """Play the built-in sample call: in a window where there is a screen, otherwise to an annotated video and a report.

    Everyone in it is rendered by a computer. Results of an earlier demo are replaced.
    """
    live: LiveSettings = take("live", values)
    settings: Settings = take("analysis", values)
    events: EventSettings = take("events", values)
    with Analyzer(settings, notify=Notices(), events=events) as analyzer:
        history = History()
        displays = open_displays(live, camera=False, device=None, beside=None, history=history)
        if displays:
            with open_source("sample", realtime=True, loop=loop) as source:
                follow(source, analyzer, displays, [history], live, None)
            return
        say("There is no screen here, so the demo goes to files.")
        job = Job(("sample",), False, str(out / RECORDS), out / VIDEO, out / REPORT)
        run_job(job, analyzer, fps=None, overwrite=True, quiet=False)
