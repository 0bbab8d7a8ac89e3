"""`meeting-analyzer web`: the web page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..config import Settings, WebSettings
from .common import Notices, settings_options, take


@click.command("web")
@click.option(
    "--sessions",
    "kept",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Show the sessions in this folder and keep what is uploaded there; by default nothing outlives the visit.",
)
@settings_options("web", "analysis")
def command(kept: Path | None, **values: Any) -> None:
    """Open a web page on this computer: camera, shared window, uploads, sessions.

    Any other --address than this computer's own demands a password (MEETING_ANALYZER_PASSWORD) or OIDC. See docs/web.md.
    """
    web: WebSettings = take("web", values)
    settings: Settings = take("analysis", values)
    from ..web.app import serve

    serve(settings, web, kept, Notices())
