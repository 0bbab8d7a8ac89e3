"""`meeting-analyzer sessions`: list, show, export, delete and prune what is stored."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from ..config import SessionSettings
from ..errors import AnalyzerError, UsageError
from ..outputs.place import refuse_existing
from ..reports import write_report
from ..results import REPORT
from ..sessions import Session, open_session
from ..sessions.catalogue import FOLDER, build_catalogue
from ..sessions.describe import listed_json, session_json
from ..sessions.export import FORMATS, export, write_csv
from ..sessions.places import (
    CANNOT_PROMISE,
    Listed,
    belonging,
    data_folder,
    delete,
    find_stores,
    listed,
    older_than,
    parse_age,
    session_folder,
    usual_folders,
)
from .common import make_folder, say, settings_options, take
from .session_text import list_lines, show_lines

FILE = click.Path(path_type=Path)
KINDS = (*FORMATS, "report")


@click.group("sessions", context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def command(ctx: click.Context) -> None:
    """What is stored of recordings and live calls: list, show, export, delete."""
    ctx.default_map = {name: dict(ctx.default_map or {}) for name in command.commands}


def folders_of(given: tuple[Path, ...]) -> list[Path]:
    """The folders to look in: those given, or the usual ones. Raises UsageError for one that is not there."""
    for folder in given:
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder}; name one that holds sessions.")
    return list(given) or usual_folders()


@command.command("list")
@click.argument("folders", nargs=-1, type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one session a line.")
def list_command(folders: tuple[Path, ...], as_json: bool) -> None:
    """Sessions in and below FOLDERS; by default in `out` and in your data folder."""
    looked = folders_of(folders)
    rows = [listed(store) for store in find_stores(looked)]
    if as_json:
        for row in rows:
            click.echo(json.dumps(listed_json(row), ensure_ascii=False))
        return
    for line in list_lines(rows):
        click.echo(line)
    if not rows:
        where = ", ".join(map(str, looked)) or f"out, {data_folder()}"
        say(f"There is no session in {where}; `meeting-analyzer analyze RECORDING` makes one.")


@command.command("show")
@click.argument("session", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (docs/results.md).")
def show(session: Path, as_json: bool) -> None:
    """What was seen in one SESSION, named by its folder."""
    with open_session(session) as stored:
        if as_json:
            click.echo(json.dumps(session_json(stored), ensure_ascii=False, indent=1))
            return
        for line in show_lines(stored):
            click.echo(line)


@command.command("export")
@click.argument("session", type=FILE)
@click.option("-f", "--format", "kinds", type=click.Choice(KINDS), multiple=True, help="What to write; all by default.")
@click.option(
    "-o",
    "--out",
    type=FILE,
    help="Folder, or file for one format; - is standard output. Default: the session's folder.",
)
@click.option("--excel", is_flag=True, help="Mark the CSV as UTF-8 in the way that Excel understands.")
@click.option("--thumbnails", is_flag=True, help="Embed small pictures of the recording in the report.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
def export_command(
    session: Path, kinds: tuple[str, ...], out: Path | None, excel: bool, thumbnails: bool, overwrite: bool
) -> None:
    """Make tables, subtitles, records and the report of a SESSION again from its store."""
    chosen = list(dict.fromkeys(kinds)) or list(KINDS)
    with open_session(session) as stored:
        if out is not None and str(out) == "-":
            _to_stdout(stored, chosen, excel, thumbnails)
            return
        targets = _targets(stored, chosen, out)
        for path in targets.values():
            refuse_existing(path, overwrite)
        for kind, path in targets.items():
            _export(stored, kind, path, excel, thumbnails)
            say(f"Written: {path}")


def _targets(session: Session, kinds: list[str], out: Path | None) -> dict[str, Path]:
    names = {kind: REPORT if kind == "report" else FORMATS[kind][0] for kind in kinds}
    if out is not None and len(kinds) == 1 and out.suffix and not out.is_dir():
        make_folder(out.parent)
        return {kinds[0]: out}
    folder = session.path.parent if out is None else make_folder(out)
    return {kind: folder / name for kind, name in names.items()}


def _export(session: Session, kind: str, path: Path, excel: bool, thumbnails: bool) -> None:
    if kind == "report":
        write_report(session, path, session.info.source.path if thumbnails else None)
    elif kind == "csv":
        write_csv(session, path, excel)
    else:
        export(session, kind, path)


def _to_stdout(session: Session, kinds: list[str], excel: bool, thumbnails: bool) -> None:
    if len(kinds) != 1:
        raise UsageError("Standard output takes one format; add --format, for example --format csv.")
    with tempfile.TemporaryDirectory(prefix="meeting-analyzer-") as folder:
        path = Path(folder) / "file"
        _export(session, kinds[0], path, excel, thumbnails)
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


@command.command("delete")
@click.argument("sessions", nargs=-1, required=True, type=FILE)
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete_command(sessions: tuple[Path, ...], yes: bool) -> None:
    """Delete SESSIONS for good: store, tables, report, annotated video, everything that was made."""
    _delete([session_folder(path) for path in sessions], yes)


@command.command("prune")
@click.argument("folders", nargs=-1, type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what would be deleted.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@settings_options("sessions")
def prune(folders: tuple[Path, ...], dry_run: bool, yes: bool, **values: Any) -> None:
    """Delete the sessions in FOLDERS that are older than --keep (by default in `out` and in your data folder)."""
    settings: SessionSettings = take("sessions", values)
    if not settings.keep:
        raise UsageError(
            "Say how long sessions are kept, for example --keep 30d, or set `keep` in the configuration file."
        )
    old = older_than(folders_of(folders), parse_age(settings.keep))
    if not old:
        say(f"No session is older than {settings.keep}.")
    elif dry_run:
        for folder in old:
            click.echo(folder)
        say(f"{len(old)} would be deleted; nothing was.")
    else:
        _delete(old, yes)


def _delete(chosen: list[Path], yes: bool) -> None:
    """Ask, delete, say what is left and what cannot be promised. Raises AnalyzerError after doing all it can."""
    chosen = list(dict.fromkeys(chosen))
    for folder in chosen:
        row: Listed = listed(folder / "session.sqlite")
        what = f"{row.info.source.title}, {row.people} participants" if row.info else "damaged"
        say(f"{folder}: {len(belonging(folder))} files ({what})")
    if not yes:
        click.confirm(
            f"Delete {'this session' if len(chosen) == 1 else f'these {len(chosen)} sessions'} for good?",
            abort=True,
            err=True,
        )
    failures: list[AnalyzerError] = []
    for folder in chosen:
        try:
            left = delete(folder)
        except AnalyzerError as error:
            failures.append(error)
            say(str(error))
            continue
        say(
            f"Deleted: {folder}" + (f" (kept, since not ours: {', '.join(path.name for path in left)})" if left else "")
        )
        _forget(folder)
    if len(failures) < len(chosen):
        say(CANNOT_PROMISE)
    if failures:
        raise AnalyzerError(f"{len(failures)} of {len(chosen)} sessions could not be deleted completely.")


def _forget(folder: Path) -> None:
    """Take a deleted session out of the catalogues above it."""
    for above in (folder.absolute().parent, *folder.absolute().parent.parents[:2]):
        if (above / FOLDER / "recordings.parquet").is_file():
            build_catalogue(above, say)
            say(f"The catalogue in {above} was made anew without it.")


@command.command("catalogue")
@click.argument("folder", type=FILE, default=Path("out"))
def catalogue(folder: Path) -> None:
    """Make FOLDER/catalogue: all sessions below FOLDER as Parquet tables without names, for `query` and other programs."""
    (folder,) = folders_of((folder,))
    count = build_catalogue(folder, say)
    say(f"Written: {folder / FOLDER} ({count} sessions)")
