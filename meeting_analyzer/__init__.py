"""Meeting analyzer: reads the faces of a video call's gallery view on your own computer.

>>> from meeting_analyzer import Analyzer
>>> moment = Analyzer().analyze(image)        # BGR uint8 (H, W, 3)
"""

from .analyzer import Analyzer
from .config import Settings
from .errors import AnalyzerError
from .types import EMOTIONS, Box, Face, Frame, Mood, Moment, Scene, Tile

__version__ = "0.1.0"
__all__ = ["EMOTIONS", "Analyzer", "AnalyzerError", "Box", "Face", "Frame", "Mood", "Moment", "Scene", "Settings", "Tile", "__version__"]
