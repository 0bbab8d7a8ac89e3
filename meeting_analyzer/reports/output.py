"""The report as an output: collects while the run goes on, writes one HTML file when it is closed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ..outputs.base import Output
from ..outputs.place import cannot_write, refuse_existing
from ..sources.base import SourceInfo
from ..types import Frame, Moment
from .html import page
from .summary import Summary


class ReportOutput(Output):
    """A self-contained HTML page on what was seen, written whole or not at all.

    description: how frames are analysed, as `Analyzer.describe()` tells it; its texts need not be safe. Raises
    OutputError when the file is there already and `overwrite` is false or when its folder cannot be written to; `close`
    raises it when the disk is full. A run that is interrupted still gets its report, of what was seen until then.
    """

    def __init__(self, path: Path, info: SourceInfo, description: Mapping[str, str], overwrite: bool = False) -> None:
        self._path = Path(path)
        self._info = info
        self._description = dict(description)
        self._summary = Summary()
        self._began = datetime.now().astimezone()
        self._closed = False
        refuse_existing(self._path, overwrite)
        # a folder that cannot be written to is told now, not after two hours of call
        self._part = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        try:
            self._part.touch()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def write(self, frame: Frame, moment: Moment) -> None:
        """Count the moment; nothing is kept of the frame."""
        if self._closed:
            raise ValueError("the output is closed")
        self._summary.add(moment)

    def close(self) -> None:
        """Write the page beside its place and move it there. Idempotent. Raises OutputError when it cannot be written."""
        if self._closed:
            return
        self._closed = True
        self._summary.finish()
        text = page(self._summary, self._info, self._description, self._began)
        try:
            with self._part.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._part.replace(self._path)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        finally:
            with contextlib.suppress(OSError):
                self._part.unlink(missing_ok=True)
