"""Records as JSON Lines: one line per frame, readable while it is being written."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import BinaryIO

from ..record import to_json
from ..types import Frame, Moment
from .base import Output
from .place import cannot_write, refuse_existing

STDOUT = "-"


class JsonLines(Output):
    """One record (docs/record.md) a line, UTF-8, flushed line by line, to a file or to standard output ("-").

    After a failure the file ends with a whole line. Raises OutputError when the file is there already and `overwrite`
    is false, when it cannot be made, or when the disk is full. BrokenPipeError is passed on as it is: the reader of
    standard output has gone, which is no fault.
    """

    def __init__(self, path: Path | str, overwrite: bool = False) -> None:
        self.lines = 0
        self._path = None if path == STDOUT else Path(path)
        self._file: BinaryIO | None = None
        if self._path is None:
            sys.stdout.flush()
            self._file = sys.stdout.buffer
            return
        refuse_existing(self._path, overwrite)
        try:
            self._file = self._path.open("wb", buffering=0)
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def write(self, frame: Frame, moment: Moment) -> None:
        """Append the moment's record. Raises OutputError, or BrokenPipeError for standard output."""
        if self._file is None:
            raise ValueError("the output is closed")
        line = to_json(moment).encode() + b"\n"
        if self._path is None:
            self._file.write(line)
            self._file.flush()
        else:
            self._append(self._path, self._file, line)
        self.lines += 1

    def _append(self, path: Path, file: BinaryIO, line: bytes) -> None:
        start = file.tell()
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as error:
            # half a line would spoil the file for its readers
            with contextlib.suppress(OSError):
                os.ftruncate(file.fileno(), start)
                file.seek(start)
            raise cannot_write(path, error, f"its {self.lines} records are kept") from error

    def close(self) -> None:
        """Close the file; standard output stays open. Idempotent."""
        file, self._file = self._file, None
        if file is None or self._path is None:
            return
        try:
            file.close()
        except OSError as error:
            raise cannot_write(self._path, error) from error
