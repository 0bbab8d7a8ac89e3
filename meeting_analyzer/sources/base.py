"""What a source is: something that yields frames until it ends.

A new source is one new file with a subclass of `Source` and one line in the table of `sources/__init__.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ..types import Box, Frame


class EndOfSource(Exception):
    """There is no further frame: the file is over, or the still was shown."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known before the first frame; None where a source cannot tell.

    size: (width, height) in pixels; fps: nominal frames per second; duration in seconds; frames: how many;
    path: the file that frames (and sound) come from.
    """

    title: str
    size: tuple[int, int] | None = None
    fps: float | None = None
    duration: float | None = None
    frames: int | None = None
    path: str | None = None
    has_audio: bool = False


class Source(ABC):
    """Frames in time order. Used by one thread; `close` may be called from another and more than once.

    live: True where frames are made by a clock (screen, webcam): newest frame wins and frames may be dropped. False
    where every frame counts (files).
    notice: one sentence for the user about the present state (minimised, black, frozen, skipped damaged packets),
    or None when all is well.
    """

    live: bool = False
    notice: str | None = None

    @property
    @abstractmethod
    def info(self) -> SourceInfo:
        """What is known about the source; may become more precise after the first frame."""

    @property
    def area(self) -> Box | None:
        """Where on the screen the pixels come from, in screen units, so that our own window can keep clear of it."""
        return None

    @abstractmethod
    def read(self, timeout: float = 1.0) -> Frame | None:
        """The next frame, or None when none came within `timeout` seconds (then `notice` may say why).

        Raises EndOfSource at the regular end and SourceError when no further frame can be had.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the device or file. Idempotent."""

    def __iter__(self) -> Iterator[Frame]:
        """The frames up to the end. Raises SourceError when no further frame can be had."""
        while True:
            try:
                frame = self.read()
            except EndOfSource:
                return
            if frame is not None:
                yield frame

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
