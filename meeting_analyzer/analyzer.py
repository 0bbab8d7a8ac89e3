"""The Python API: `Analyzer().analyze(image)`.

An Analyzer is perception and timeline together: feed it the frames of one call in time order.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from . import __version__
from .config import EventSettings, Settings
from .errors import UsageError
from .perception.appearance import distance
from .perception.pace import EVERYTHING, LIVE, Pace
from .perception.perceive import Perception
from .timeline import Timeline
from .types import Frame, Image, Mode, Moment

log = logging.getLogger(__name__)


def make_timeline(settings: Settings, uncertain_below: float, events: EventSettings) -> Timeline:
    """The timeline that goes with these settings and a model's "uncertain" threshold; it needs no model."""
    return Timeline(settings.smoothing, uncertain_below, distance, events)


class Analyzer:
    """Analyses the frames of one call, or unrelated pictures one by one.

    settings: see `Settings`; single settings may be given by name: `Analyzer(mode="presence", detector="haar")`.
    notify: called with one sentence when something is done otherwise than asked; by default it is logged as a warning.
    live: frames come by a clock; names, faces and poses may then wait a few frames for their turn to be read.
    pace: how much is done in a frame and in a second, see `perception.pace`; by default all that is due, live what `LIVE` says.
    events: what is noticed as an event, see `EventSettings`.
    Not for use from several threads at once. Raises UsageError and ModelError.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        notify: Callable[[str], None] | None = None,
        live: bool = False,
        pace: Pace | None = None,
        events: EventSettings | None = None,
        **named: Any,
    ) -> None:
        try:
            self.settings = replace(settings or Settings(), **named)
        except TypeError:
            known = ", ".join(Settings.__dataclass_fields__)
            raise UsageError(f"Analyzer has no setting {sorted(named)[0]!r}; the settings are {known}.") from None
        self.events = events or EventSettings()
        self.perception = Perception(self.settings, notify or log.warning, pace or (LIVE if live else EVERYTHING))
        self._timeline = self._new_timeline()

    def beside(self, mode: Mode | None = None) -> Analyzer:
        """An analyzer of another call that goes on at the same time: the same models, nothing else in common.

        Both must be used by one thread; closing either closes the models. mode: of the other call, by default the same.
        Raises UsageError for "emotion" where the emotion model was not loaded.
        """
        other = copy.copy(self)
        other.settings = replace(self.settings, mode=mode or self.settings.mode)
        other.perception = self.perception.beside(other.settings.mode)
        other.reset()
        return other

    def _new_timeline(self) -> Timeline:
        return make_timeline(self.settings, self.perception.uncertain_below, self.events)

    def analyze(self, image: Image, time: float | None = None) -> Moment:
        """What is seen in one picture: BGR uint8 of shape (H, W, 3).

        Without `time` the picture stands alone. With it (seconds, ascending) the pictures belong to one call: participants
        keep their ids and probabilities are smoothed. Raises SourceError for anything that is not such a picture.
        """
        if time is None:
            self.perception.forget()
            return self._new_timeline().update(self.perception.see(Frame(image, 0.0, 0)))
        return self.follow(Frame(image, time, round(time * 1000)))

    def follow(self, frame: Frame) -> Moment:
        """What is seen in the next frame of one call."""
        return self._timeline.update(self.perception.see(frame))

    def finish(self, last: Moment) -> Moment:
        """The last moment of a call with the events that still waited for others or for their turn."""
        return self._timeline.finish(last)

    def describe(self) -> dict[str, str]:
        """How frames are analysed, for reports and bug reports: what is measured by which model with which settings."""
        emotion = self.perception.emotion
        return {
            "version": __version__,
            "mode": self.settings.mode,
            "face detector": self.perception.detector.name,
            "emotion model": emotion.describe() if emotion else "not loaded (presence mode)",
            "uncertain below": f"{emotion.uncertain_below:.2f}" if emotion else "-",
            "smoothing": f"{self.settings.smoothing:g} s",
            "attention": f"read every {self.settings.attention_every:g} s" if self.perception.attention else "not read",
            "names": "read from the labels" if self.perception.names else "not read",
        }

    def reset(self) -> None:
        """Forget all participants: the next frame is of another call."""
        self.perception.forget()
        self._timeline = self._new_timeline()

    def close(self) -> None:
        """Release the models. Idempotent."""
        self.perception.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
