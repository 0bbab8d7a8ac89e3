"""Where results go: files, the virtual camera, the side window. All are consumers of (Frame, Moment).

The annotated video is in `video`, which loads the video libraries: a live call can do without their memory.
"""

from __future__ import annotations

from .base import Output
from .camera import CameraDisplay
from .jsonl import JsonLines
from .png import AnnotatedImage
from .window import SideWindow

__all__ = ["AnnotatedImage", "CameraDisplay", "JsonLines", "Output", "SideWindow"]
