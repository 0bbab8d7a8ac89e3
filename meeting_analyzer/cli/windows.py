"""`meeting-analyzer windows`: what can be captured."""

from __future__ import annotations

import json

import click

from ..sources.monitor import list_monitors
from ..sources.windows import list_windows


@click.command("windows")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(as_json: bool) -> None:
    """List windows and monitors, calls first. A call is chosen by itself by `live`; --window TITLE picks another."""
    windows = sorted(list_windows(), key=lambda window: (window.client is None, window.title.casefold()))
    monitors = list_monitors()
    if as_json:
        rows = [
            {
                "id": w.id,
                "title": w.title,
                "app": w.app,
                "box": list(w.box),
                "minimised": w.minimised,
                "client": w.client,
            }
            for w in windows
        ]
        click.echo(json.dumps({"windows": rows, "monitors": [list(m) for m in monitors]}, ensure_ascii=False))
        return
    for window in windows:
        size = "minimised" if window.minimised else f"{window.box.w}x{window.box.h}"
        click.echo(f"{window.client or '-':<14} {size:>10}  {window.id:<#12x} {window.title}")
    for number, box in enumerate(monitors, 1):
        click.echo(f"{'monitor ' + str(number):<14} {f'{box.w}x{box.h}':>10}  at {box.x},{box.y}")
    if not windows:
        click.echo("No window is open on this screen.", err=True)
