"""`meeting-analyzer doctor`: what works here, what is missing, and the command that mends it."""

from __future__ import annotations

import json

import click

from ..checks import BROKEN, MISSING, OK, Check, all_checks
from ..errors import EXIT_FAILED

MARKS = {OK: ("ok", "green"), MISSING: ("missing", "yellow"), BROKEN: ("broken", "red")}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check every part that a run may need. Exit code 1 when something is broken; a missing optional part is no failure."""
    checks = list(all_checks())
    if as_json:
        rows = [
            {"part": c.part, "state": c.state, "detail": c.detail, "needed_for": c.needed_for, "fix": c.fix}
            for c in checks
        ]
        click.echo(json.dumps({"ok": not _broken(checks), "checks": rows}, ensure_ascii=False))
    else:
        for check in checks:
            _print(check)
        click.echo(_verdict(checks))
    if _broken(checks):
        ctx.exit(EXIT_FAILED)


def _broken(checks: list[Check]) -> list[Check]:
    return [check for check in checks if check.state == BROKEN]


def _print(check: Check) -> None:
    word, colour = MARKS[check.state]
    click.echo(f"{click.style(f'{word:>7}', fg=colour, bold=check.state != OK)}  {check.part:<18} {check.detail}")
    if check.state != OK:
        click.echo(f"{'':9}{'needed for':<18} {check.needed_for}")
        click.echo(f"{'':9}{'fix':<18} {check.fix}")


def _verdict(checks: list[Check]) -> str:
    broken, missing = len(_broken(checks)), sum(check.state == MISSING for check in checks)
    if broken:
        return f"{broken} part{'s are' if broken > 1 else ' is'} broken; mend {'them' if broken > 1 else 'it'} as told above."
    if missing:
        return f"What is needed to analyse recordings works; {missing} optional part{'s are' if missing > 1 else ' is'} missing."
    return "Everything works."
