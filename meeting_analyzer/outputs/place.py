"""Where a result file goes: refusing what is there already, and saying why it cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raises OutputError when `path` is a folder, is there already without `overwrite`, or has no folder to be in."""
    if path.is_dir():
        raise OutputError(f"{path} is a folder; give the name of a file.")
    if path.exists() and not overwrite:
        raise OutputError(f"{path} is there already; use --overwrite to replace it, or choose another name.")
    if not path.parent.is_dir():
        raise OutputError(f"The folder {path.parent} for {path.name} does not exist; make it, or choose another.")


def cannot_write(path: Path, error: OSError, kept: str = "") -> OutputError:
    """The sentence for a failed write of `path`; `kept` says what there is of it."""
    after = f"; {kept}" if kept else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError(f"The disk is full, so {path} is not complete; make room and run it again{after}.")
    if error.errno == errno.EROFS:
        return OutputError(f"{path} lies on a disk that is read-only; choose another place{after}.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return OutputError(
            f"{path} must not be written by you; choose another folder or change its permissions{after}."
        )
    return OutputError(f"{path} cannot be written ({error.strerror or error}); choose another place{after}.")


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place to write to beside `path`; at the end it becomes `path`, after a failure nothing is left of it.

    Raises OutputError when it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
