"""What an output is: a consumer of (Frame, Moment) pairs. A new output is one new file with a subclass of `Output`.

A display is what a live run also feeds at its own rate, with how the run goes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from ..types import Frame, Moment


@dataclass(frozen=True, slots=True)
class Status:
    """How a live run goes, for whoever shows it.

    notice: what the user should know or do, in one sentence; flash: the answer to a key, shown for a while. captured, shown
    and analysed are frames a second; p50 and p99: seconds from a frame's grab to its labels on the screen; cores:
    processor cores in use, 1.0 is one.
    """

    notice: str | None = None
    flash: str | None = None
    paused: bool = False
    asleep: bool = False
    captured: float = 0.0
    shown: float = 0.0
    analysed: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    cores: float = 0.0

    @property
    def state(self) -> str:
        """The state in a word or a sentence."""
        if self.notice:
            return f"paused. {self.notice}" if self.paused else self.notice
        return "paused" if self.paused else "asleep: nobody watches" if self.asleep else "live"

    @property
    def rates(self) -> str:
        """The rates in a line."""
        return (
            f"analysed {self.analysed:.1f} fps, captured {self.captured:.0f}, shown {self.shown:.0f}, "
            f"latency {1000 * self.p50:.0f} ms (p99 {1000 * self.p99:.0f}), {100 * self.cores:.0f} % of a core"
        )

    def __str__(self) -> str:
        if self.flash:
            return self.flash
        return self.rates if self.state == "live" else self.state


class Display(Protocol):
    """Where the annotated picture goes, at a steady rate: side window, virtual camera."""

    @property
    def watched(self) -> bool | None:
        """Whether anybody sees it now; None where that cannot be told."""

    @property
    def notice(self) -> str | None:
        """What the user should know of it, in one sentence: its device is lost; else None."""

    @property
    def lag(self) -> float:
        """Seconds, at last, from the call of `show` to when others saw its picture; 0 where `show` itself shows it."""

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        """Show the newest frame with the newest moment; returns what the user asked for, or None.

        "quit", "pause", "blank" and "names" are done here, others are looked up in the runner's actions.
        """

    def set_blank(self, blanked: bool) -> None:
        """Show nothing of the call from now on, or show it again."""

    def set_names(self, names: bool) -> None:
        """Show the participants' names from now on, or not."""

    def close(self) -> None:
        """Release the device. Idempotent."""


class Output(ABC):
    """Receives every analysed frame with what was seen in it, in time order, from one thread.

    watched: whether it is a reason to analyse: False for one that only keeps what is analysed anyway.
    """

    watched: bool | None = True

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
