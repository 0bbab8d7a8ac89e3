"""`meeting-analyzer query`: questions to all sessions."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..sessions.export import neutral
from ..sessions.query import Answer, ask
from ..sessions.questions import QUESTIONS, sql_of
from ..untrusted import clean
from .common import say
from .session_text import table

FILE = click.Path(path_type=Path)


@click.command("query")
@click.argument("question", required=False)
@click.option("--in", "folder", type=FILE, default=Path("out"), show_default=True, help="Folder with the sessions.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print the answer.",
)
@click.option("--list", "show", is_flag=True, help="List the ready-made questions with their SQL, and the tables.")
def command(question: str | None, folder: Path, kind: str, show: bool) -> None:
    """Ask a ready-made QUESTION (--list), or any SELECT, over all sessions.

    Tables: recordings, minutes, events, timeline (docs/sessions.md). Nothing can be changed by a question.
    """
    if show:
        for name, ready in QUESTIONS.items():
            click.echo(f"{name}\n    {ready.words}.\n    {ready.sql}\n")
        return
    if question is None:
        raise UsageError('Ask something: `meeting-analyzer query --list`, or `meeting-analyzer query "SELECT ..."`.')
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}; name the one with the sessions with --in.")
    click.echo(FORMS[kind](ask(sql_of(question), folder, say)), nl=False)


def as_table(answer: Answer) -> str:
    """Columns for a terminal."""
    rows = [[clean(name) for name in answer.columns], *([_shown(value) for value in row] for row in answer.rows)]
    numbers = [
        number
        for number in range(len(answer.columns))
        if answer.rows and all(isinstance(row[number], int | float | None) for row in answer.rows)
    ]
    return "".join(f"{line}\n" for line in table(rows, numbers))


def _shown(value: Any) -> str:
    return "" if value is None else clean(f"{value:.10g}" if isinstance(value, float) else str(value))


def as_csv(answer: Answer) -> str:
    """RFC 4180, with no cell that a spreadsheet takes for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in answer.columns])
    for row in answer.rows:
        writer.writerow(["" if v is None else neutral(v) if isinstance(v, str) else v for v in row])
    return text.getvalue()


def as_json(answer: Answer) -> str:
    """A list of objects."""
    rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
    return json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n"


FORMS = {"table": as_table, "csv": as_csv, "json": as_json}
