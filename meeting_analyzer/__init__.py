"""Meeting analyzer: reads the faces of a video call's gallery view on your own computer.

>>> from meeting_analyzer import Analyzer
>>> moment = Analyzer().analyze(image)        # BGR uint8 (H, W, 3)

The names below are imported when they are first used, so that `meeting-analyzer doctor` can still speak where a
library that they need is broken.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .analyzer import Analyzer as Analyzer
    from .config import Settings as Settings
    from .errors import AnalyzerError as AnalyzerError
    from .types import EMOTIONS as EMOTIONS
    from .types import Box as Box
    from .types import Face as Face
    from .types import Frame as Frame
    from .types import Moment as Moment
    from .types import Mood as Mood
    from .types import Scene as Scene
    from .types import Tile as Tile

__version__ = "0.1.0"

_HOME = {
    "Analyzer": "analyzer",
    "Settings": "config",
    "AnalyzerError": "errors",
    **dict.fromkeys(("EMOTIONS", "Box", "Face", "Frame", "Moment", "Mood", "Scene", "Tile"), "types"),
}
__all__ = ["__version__", *_HOME]  # noqa: PLE0604 - the keys are strings


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
