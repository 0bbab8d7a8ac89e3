"""Still images: screenshots, photographs, folders of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from ..errors import SourceError
from ..types import Frame, Image
from .base import EndOfSource, Source, SourceInfo
from .files import check_file, check_size, folder_entries, is_folder

SUFFIXES = frozenset(
    {
        ".png",
        ".jpg",
        ".jpeg",
        ".jpe",
        ".bmp",
        ".dib",
        ".webp",
        ".tif",
        ".tiff",
        ".gif",
        ".pgm",
        ".ppm",
        ".pnm",
        ".avif",
        ".jp2",
    }
)
WHITE = 255


def is_image_name(path: Path) -> bool:
    """Whether the file's name ends like an image's."""
    return path.suffix.lower() in SUFFIXES


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) from the file's header alone, nothing decoded; raises SourceError when it is no image."""
    try:
        with warnings.catch_warnings():
            # Pillow warns about large headers; check_size decides about those
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            with Pillow.open(path) as header:
                return header.size
    except Pillow.DecompressionBombError:
        raise SourceError(
            f"{path} has far more pixels than the 100 million that are allowed; scale it down first."
        ) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as failure:
        raise SourceError(
            f"{path} is not an image, or is damaged; open it in a viewer and save it again as PNG."
        ) from failure


def read_image(path: Path) -> Image:
    """Decode an image file to BGR uint8 (H, W, 3), turned upright by its EXIF orientation.

    Transparency is put on white, grey becomes BGR, 16 bits become 8, and of an animation the first picture is taken.
    Raises SourceError when the file is missing, unreadable, no image, damaged, or of an impossible size.
    """
    check_file(path, "image")
    check_size(path, *image_size(path))
    # Pillow rather than cv2.imread: that cannot open every path on Windows, lets damaged files pass as grey areas and
    # has libpng write to stderr
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            with Pillow.open(path) as picture:
                return _to_bgr(ImageOps.exif_transpose(picture))
    except (OSError, SyntaxError, ValueError) as failure:
        raise SourceError(f"{path} is damaged ({failure}); open it in a viewer and save it again as PNG.") from failure


def _to_bgr(picture: Pillow.Image) -> Image:
    """Any of Pillow's modes as BGR uint8."""
    if picture.mode.startswith("I"):
        picture = Pillow.fromarray(np.asarray(np.clip(np.asarray(picture) >> 8, 0, WHITE), np.uint8))
    elif picture.mode == "F":
        values = np.asarray(picture)
        picture = Pillow.fromarray(
            np.asarray(np.clip(values * (WHITE if values.max() <= 1 else 1), 0, WHITE), np.uint8)
        )
    if picture.has_transparency_data:
        picture = Pillow.alpha_composite(Pillow.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    return np.asarray(cv2.cvtColor(np.asarray(picture.convert("RGB")), cv2.COLOR_RGB2BGR), np.uint8)


class StillSource(Source):
    """Images one after the other, each one second after the one before; folders stand for the images in them, by name.

    An image that was named must be good: its header is checked at once. Of a folder's images the bad ones are left out
    and counted in `skipped`.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        """Raises SourceError for a named file that is missing or no image, and for a folder without images."""
        self.skipped = 0
        self._entries: list[tuple[Path, bool]] = []  # (file, whether it was named)
        for path in map(Path, paths):
            if is_folder(path):
                found = [entry for entry in folder_entries(path) if is_image_name(entry)]
                if not found:
                    raise SourceError(
                        f"The folder {path} has no images in it (PNG, JPEG, WebP, BMP, TIFF, GIF); choose another one."
                    )
                self._entries += [(entry, False) for entry in found]
            else:
                check_file(path, "image")
                check_size(path, *image_size(path))
                self._entries.append((path, True))
        if not self._entries:
            raise SourceError("No image was named; name image files or folders of them.")
        self._next = 0
        self._shown = 0
        self._closed = False
        self._size = image_size(self._entries[0][0]) if self._entries[0][1] else None
        self.current: Path | None = None
        """The file that the latest frame came from."""

    @property
    def info(self) -> SourceInfo:
        """Title, how many images, and the size (of the latest one, when they differ)."""
        first = self._entries[0][0]
        count = len(self._entries)
        title = first.name if count == 1 else f"{first.name} and {count - 1} more images"
        return SourceInfo(title, size=self._size, frames=count, path=str(first) if count == 1 else None)

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The next image. Raises SourceError for a named image that cannot be decoded; reading may go on after that."""
        while not self._closed and self._next < len(self._entries):
            path, named = self._entries[self._next]
            self._next += 1
            try:
                image = read_image(path)
            except SourceError as failure:
                if named:
                    raise
                self.skipped += 1
                self.notice = f"{self.skipped} images of the folder were left out, the last one because: {failure}"
                continue
            self.current = path
            self._size = (image.shape[1], image.shape[0])
            self._shown += 1
            return Frame(image, float(self._shown - 1), self._shown - 1)
        if not self._shown and self.skipped:
            raise SourceError(f"None of the {self.skipped} images could be used. {self.notice}")
        raise EndOfSource

    def close(self) -> None:
        """Nothing is held open."""
        self._closed = True
