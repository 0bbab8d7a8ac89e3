"""Tesseract's answers about labels that the recogniser could not read surely, taken over when they are there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait

from ..types import Box
from . import tesseract
from .name_text import clean_name
from .whiteness import Mask

Heard = Callable[[tesseract.Words, str], None]
"""Receives what was read and the name in that."""


class SecondReader:
    """What was asked and not heard yet, about the reading with a key or what stays of a tile's label. Used by one thread."""

    def __init__(self) -> None:
        self._asked: dict[int | Box, tuple[Future[tesseract.Words | None], Heard]] = {}

    def __contains__(self, about: int | Box | None) -> bool:
        return about in self._asked

    def ask(self, about: int | Box, name: str | None, inks: Callable[[], Sequence[Mask]], heard: Heard) -> None:
        """Ask, where Tesseract is installed, about what the first reader takes for `name`."""
        if tesseract.language() is not None:
            least_sure = tesseract.LEAST_SURE if name is None else tesseract.SURE
            self._asked[about] = tesseract.read_beside(inks(), least_sure), heard

    def hear(self) -> None:
        """Take over what was answered by now."""
        for about, (answer, heard) in list(self._asked.items()):
            if answer.done():
                del self._asked[about]
                words = answer.result()
                name = clean_name(words.text) if words else None
                if words and name:
                    heard(words, name)

    def hear_all(self) -> None:
        """Wait for all answers and take them over."""
        wait([answer for answer, _ in self._asked.values()])
        self.hear()
