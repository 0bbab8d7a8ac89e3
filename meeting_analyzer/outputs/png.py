"""The annotated picture as an image file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2

from ..errors import OutputError
from ..types import Frame, Image, Moment
from .base import Output
from .draw import draw
from .place import cannot_write, refuse_existing

FORMATS: dict[str, tuple[str, tuple[int, ...]]] = {
    ".png": (".png", ()),
    ".jpg": (".jpg", (cv2.IMWRITE_JPEG_QUALITY, 92)),
    ".jpeg": (".jpg", (cv2.IMWRITE_JPEG_QUALITY, 92)),
}
"""Ending of the file's name: (encoder, its parameters)."""


class AnnotatedImage(Output):
    """Draws the last frame it was given into one PNG or JPEG file, written whole or not at all.

    Raises OutputError for another ending, for a file that is there already (unless `overwrite`) and when it cannot be
    written.
    """

    def __init__(self, path: Path, overwrite: bool = False, render: Callable[[Image, Moment], Image] = draw) -> None:
        self.path = Path(path)
        self._render = render
        self._last: tuple[Frame, Moment] | None = None
        if self.path.suffix.lower() not in FORMATS:
            raise OutputError(f"A picture cannot be written as {self.path.name}; end its name in {', '.join(FORMATS)}.")
        refuse_existing(self.path, overwrite)

    def write(self, frame: Frame, moment: Moment) -> None:
        """Keep the frame; the file is made by `close`."""
        self._last = frame, moment

    def close(self) -> None:
        """Draw and write the picture. Nothing is written when no frame came. Idempotent; raises OutputError."""
        last, self._last = self._last, None
        if last is None:
            return
        ending, parameters = FORMATS[self.path.suffix.lower()]
        # encoded in memory and written by Python: OpenCV cannot write to every Unicode path on Windows
        made, data = cv2.imencode(ending, self._render(last[0].image, last[1]), parameters)
        if not made:
            raise OutputError(f"{self.path} cannot be encoded; choose another ending out of {', '.join(FORMATS)}.")
        part = self.path.with_name(f"{self.path.name}.part")
        try:
            part.write_bytes(data.tobytes())
            part.replace(self.path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise cannot_write(self.path, error) from error
