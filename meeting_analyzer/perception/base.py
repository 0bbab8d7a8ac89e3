"""The seams of perception: a tile finder and a face detector. Each is stateless, so that frames can be batched.

A new detector is one new file with a subclass of `FaceDetector` and one line in the table of `perception/detect.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from ..types import Box, Face, Image, TileKind


@dataclass(frozen=True, slots=True)
class TileBox:
    """A tile as the tile finder sees it, in frame pixels: no faces yet."""

    box: Box
    kind: TileKind = "video"
    speaking: bool = False


class FaceDetector(ABC):
    """Finds faces in several crops at once.

    name: what the user is told ("mediapipe (onnx, short range)"); threads: how many it computes with.
    """

    name: str = ""

    @abstractmethod
    def detect(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Faces of each crop (BGR uint8, any size), best score first, in that crop's own pixels; emotion fields unset."""

    def search(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Like `detect`, for many windows of one picture, most of them without a face."""
        return self.detect(crops)

    def close(self) -> None:  # noqa: B027 - most detectors hold nothing that needs closing
        """Release native resources. Idempotent."""
