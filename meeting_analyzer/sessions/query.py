"""Questions to all sessions, in SQL, answered by DuckDB that may read the sessions' tables and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AnalyzerError, UsageError
from . import catalogue
from .database import connect, quoted
from .export import TYPES
from .places import find_stores

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns and rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def ask(sql: str, folder: Path, notify: Callable[[str], None]) -> Answer:
    """Answer one SELECT over the sessions below `folder`.

    Tables: recordings, minutes, events (the catalogue, made for this question where there is none or it is out of date) and
    timeline (the sessions' timeline.parquet, with the column `session`). Nothing can be written and no other file be read.
    Raises UsageError for anything but one SELECT, AnalyzerError where there is no session.
    """
    import duckdb

    with ExitStack() as stack:
        database = stack.enter_context(connect())
        _only_select(database, sql)
        if not any(True for _ in find_stores([folder])):
            raise AnalyzerError(
                f"There is no session in {folder}; name the folder where they are with --in, or analyse something first."
            )
        tables = folder / catalogue.FOLDER
        if not catalogue.is_current(folder):
            tables = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="meeting-analyzer-")))
            catalogue.build_catalogue(folder, notify, tables)
        try:
            _open_tables(database, folder, tables)
            cursor = database.execute(sql)
            return Answer([str(column[0]) for column in cursor.description or ()], cursor.fetchall())
        except duckdb.PermissionException as error:
            raise UsageError(
                "A question may read recordings, minutes, events and timeline, and no other file."
            ) from error
        except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException) as error:
            raise UsageError(f"The question cannot be understood: {_first_line(error)}") from error
        except duckdb.Error as error:
            raise AnalyzerError(f"The question cannot be answered: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n\n")[0].split())


def _only_select(database: duckdb.DuckDBPyConnection, sql: str) -> None:
    import duckdb

    try:
        kinds = [statement.type for statement in database.extract_statements(sql)]
    except duckdb.Error as error:
        raise UsageError(f"The question cannot be understood: {_first_line(error)}") from error
    # not EXPLAIN either, which with ANALYZE does what it explains
    if kinds != [duckdb.StatementType.SELECT]:
        raise UsageError("A question is one SELECT; nothing can be changed by it.")


def _open_tables(database: duckdb.DuckDBPyConnection, folder: Path, tables: Path) -> None:
    files = [(tables / f"{name}.parquet").absolute() for name in catalogue.TABLES]
    for name, file in zip(catalogue.TABLES, files, strict=True):
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(file)})")
    timelines = [store.absolute().with_name("timeline.parquet") for store in find_stores([folder])]
    timelines = [path for path in timelines if path.is_file()]
    if timelines:
        listed = ", ".join(quoted(path) for path in timelines)
        top = len(str(folder.absolute())) + 2
        database.execute(
            f"CREATE VIEW timeline AS SELECT regexp_replace(substr(filename, {top}), '/?timeline.parquet$', '') AS session, "
            f"* EXCLUDE (filename) FROM read_parquet([{listed}], filename = true, union_by_name = true)"
        )
    else:
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in TYPES.items())
        database.execute(f"CREATE VIEW timeline AS SELECT NULL::VARCHAR AS session, {columns} WHERE false")
    allowed = ", ".join(quoted(path) for path in (*files, *timelines))
    # from here on the database can read these files, write none, and change none of this
    for statement in (
        f"SET memory_limit = '{MEMORY}'",
        "SET temp_directory = ''",
        f"SET allowed_paths = [{allowed}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        database.execute(statement)
