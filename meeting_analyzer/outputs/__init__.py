"""Where results go: files, the virtual camera, the side window. All are consumers of (Frame, Moment)."""

from __future__ import annotations

from .base import Output
from .camera import CameraDisplay
from .jsonl import JsonLines
from .png import AnnotatedImage
from .video import AnnotatedVideo
from .window import SideWindow

__all__ = ["AnnotatedImage", "AnnotatedVideo", "CameraDisplay", "JsonLines", "Output", "SideWindow"]
