"""When a recording is from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ..sources.base import SourceInfo


def recorded(info: SourceInfo) -> datetime | None:
    """The date of the recording's file, with this computer's time zone; None where there is no file."""
    if not info.path:
        return None
    try:
        changed = Path(info.path).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(round(changed)).astimezone()
