"""DuckDB as we use it: in memory, one thread, nothing loaded from the network."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import OutputError

if TYPE_CHECKING:
    import duckdb

SETTINGS = {
    "threads": "1",  # rows keep their order and files their bytes
    "memory_limit": "256MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@contextlib.contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory."""
    import duckdb

    connection = duckdb.connect(":memory:", config=dict(SETTINGS))
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Say in a sentence why DuckDB could not write `path`."""
    import duckdb

    try:
        yield
    except duckdb.IOException as error:
        first = str(error).partition("\n")[0].removeprefix("IO Error: ")
        if "No space left" in first:
            raise OutputError(f"The disk is full, so {path} is not complete; make room and run it again.") from error
        raise OutputError(f"{path} cannot be written ({first}); choose another place.") from error


def quoted(path: Path) -> str:
    """A path as a string of SQL."""
    return "'" + str(path).replace("'", "''") + "'"
