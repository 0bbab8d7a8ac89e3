"""The sample call that comes with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ..errors import SourceError
from .base import Source
from .playback import PlayedSource
from .video import VideoSource

NAME = "sample_call.mp4"


def sample_path() -> Path:
    """Where the sample call lies; raises SourceError when it is missing."""
    path = Path(str(resources.files("meeting_analyzer") / "assets" / NAME))
    if not path.is_file():
        raise SourceError(
            f"The sample call {path} is missing: reinstall it (pip install --force-reinstall meeting-analyzer)."
        )
    return path


def open_sample(realtime: bool = False, loop: bool = False, sample_fps: float | None = None) -> Source:
    """The sample call as a file (every frame, at once), or with `realtime` played as if it were a call."""
    return PlayedSource(sample_path(), loop) if realtime else VideoSource(sample_path(), sample_fps)
