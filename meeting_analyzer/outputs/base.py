"""What an output is: a consumer of (Frame, Moment) pairs. A new output is one new file with a subclass of `Output`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from ..types import Frame, Moment


class Output(ABC):
    """Receives every analysed frame with what was seen in it, in time order, from one thread."""

    @abstractmethod
    def write(self, frame: Frame, moment: Moment) -> None:
        """Take one frame and its moment. Raises OutputError when it cannot be delivered."""

    @abstractmethod
    def close(self) -> None:
        """Finish what was begun (files become readable). Idempotent."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
