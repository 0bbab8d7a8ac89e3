"""What can be wrong with a file before anybody tries to decode it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from ..errors import SourceError

LEAST_SIDE = 16  # pixels
MOST_PIXELS = 100_000_000


def check_file(path: Path, kind: str) -> None:
    """Raise SourceError unless `path` is a readable file that is not empty; `kind` is "video" or "image"."""
    try:
        mode = path.stat()
        if stat.S_ISDIR(mode.st_mode):
            raise SourceError(f"{path} is a folder, not a {kind}; name the file in it.")
        if not stat.S_ISREG(mode.st_mode):
            raise SourceError(f"{path} is not a regular file; name a {kind} file.")
        with path.open("rb"):
            pass
    except FileNotFoundError as failure:
        raise SourceError(f"There is no file {path}; check the spelling and the folder.") from failure
    except PermissionError as failure:
        raise SourceError(f"{path} may not be read: ask its owner, or change its permissions (chmod u+r).") from failure
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or failure
        raise SourceError(f"{path} cannot be opened ({reason}); check the spelling and the folder.") from failure
    if not mode.st_size:
        raise SourceError(f"{path} is empty (0 bytes): the recording or download did not finish; get it again.")


def check_size(path: Path, width: int, height: int) -> None:
    """Raise SourceError for a picture too small to show a face or too large to be decoded safely."""
    if width < LEAST_SIDE or height < LEAST_SIDE:
        raise SourceError(
            f"{path} has {width}x{height} pixels, too few to show a face; "
            f"at least {LEAST_SIDE}x{LEAST_SIDE} are needed."
        )
    if width * height > MOST_PIXELS:
        raise SourceError(
            f"{path} has {width}x{height} pixels, "
            f"more than the {MOST_PIXELS // 1_000_000} million that are allowed; scale it down first."
        )


def is_folder(path: Path) -> bool:
    """Whether `path` is a folder; False where that cannot be found out, about which `check_file` has a sentence."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def folder_entries(folder: Path) -> list[Path]:
    """Files of a folder by name; raises SourceError when it may not be listed."""
    return _entries(folder, os.DirEntry.is_file)


def subfolders(folder: Path) -> list[Path]:
    """Folders in a folder by name, none that a link leads to; raises SourceError when it may not be listed."""
    return _entries(folder, lambda entry: entry.is_dir(follow_symlinks=False))


def _entries(folder: Path, wanted: Callable[[os.DirEntry[str]], bool]) -> list[Path]:
    try:
        return sorted(Path(entry.path) for entry in os.scandir(folder) if wanted(entry))
    except PermissionError as failure:
        raise SourceError(
            f"The folder {folder} may not be read: ask its owner, or change its permissions (chmod u+rx)."
        ) from failure
    except OSError as failure:
        raise SourceError(f"The folder {folder} cannot be read ({failure.strerror}).") from failure
