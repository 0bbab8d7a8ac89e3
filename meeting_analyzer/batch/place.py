"""Where pieces of work are kept: a folder in which a file is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..outputs.place import cannot_write


class Place(Protocol):
    """A folder of small files, on a disk or in an object store. Picklable; used by several processes at once."""

    def __truediv__(self, name: str) -> Place:
        """A folder in this one."""

    def put(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all; what was there is replaced. Raises OutputError."""

    def get(self, name: str) -> bytes | None:
        """The content of a file; None where there is none."""

    def names(self) -> set[str]:
        """Names of the files that are there; empty where there is no folder yet."""

    def remove(self, name: str) -> None:
        """Remove one file, if it is there."""

    def clear(self) -> None:
        """Remove everything in it."""


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A folder of this machine, or one that all machines of a cluster have mounted."""

    folder: Path

    def __truediv__(self, name: str) -> LocalPlace:
        return LocalPlace(self.folder / name)

    def __str__(self) -> str:
        return str(self.folder)

    def put(self, name: str, content: bytes) -> None:
        """Write beside, wait for the disk, rename: a machine that loses power has the whole file or none."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            put_file(self.folder / name, content)
        except OSError as error:
            raise cannot_write(
                self.folder / name, error, "what was done is kept, so run the same command again"
            ) from error

    def get(self, name: str) -> bytes | None:
        """The content of a file; None where there is none."""
        try:
            return (self.folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def names(self) -> set[str]:
        """Names of whole files."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return {entry.name for entry in os.scandir(self.folder) if entry.is_file() and not _is_part(entry.name)}
        return set()

    def remove(self, name: str) -> None:
        """Remove one file, if it is there."""
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_part(name: str) -> bool:
    return name.endswith(".part")


def put_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises OSError, and leaves nothing behind then."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the disk remember the names in a folder, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_files(files: Iterator[Path]) -> None:
    """Wait until these files are on the disk. Raises OSError."""
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
