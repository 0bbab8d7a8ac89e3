"""The desk that lets events out: what happens together is one sentence, and no kind speaks more often than it may."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..types import Event

TOGETHER = 4.0
"""Seconds that the first of several is held back, so that the others can join its sentence."""

SLOWER = 2.0
SLOWEST = 8.0
"""A kind that has something to say again as soon as it may waits that much longer the next time, up to so many pauses."""

Say = Callable[[Sequence[str], bool], str]
"""Makes the sentence for the participants' ids that an event is about, with their names or (False) without."""


@dataclass(slots=True)
class _Kind:
    """One kind of event: whom it waits for, since when, and when it last spoke."""

    say: Say | None = None
    began: float = 0.0
    asked: float = 0.0
    hold: float = TOGETHER
    people: dict[str, None] = field(default_factory=dict)
    spoke: float | None = None
    pauses: float = 1.0


class Desk:
    """Groups and rate-limits. pause: least seconds between two events of one kind, more for one that always has something to
    say; what comes meanwhile is kept and said together."""

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._kinds: dict[str, _Kind] = {}

    def report(
        self, kind: str, people: Sequence[str], began: float, time: float, say: Say, hold: float = TOGETHER
    ) -> None:
        """Something of this kind began at `began` and is noticed at `time`; `say` makes the sentence for all together.

        hold: seconds for which the first waits for the others.
        """
        waiting = self._kinds.setdefault(kind, _Kind())
        if waiting.say is None:
            waiting.began, waiting.asked, waiting.hold = began, time, hold
        waiting.say = say
        waiting.began = min(waiting.began, began)
        waiting.people |= dict.fromkeys(people)

    def withdraw(self, kind: str, people: Sequence[str]) -> None:
        """What was reported of these people no longer holds and need not be said."""
        waiting = self._kinds.get(kind)
        if waiting is None or waiting.say is None:
            return
        for who in people:
            waiting.people.pop(who, None)
        if not waiting.people:
            waiting.say = None

    def rest(self, frame: int) -> tuple[Event, ...]:
        """The call is over: what still waits is said."""
        for kind in self._kinds.values():
            kind.spoke, kind.hold = None, -math.inf
        return self.due(0.0, frame)

    def due(self, time: float, frame: int) -> tuple[Event, ...]:
        """The events that are let out now, in the order of their beginning."""
        events = []
        for name, kind in self._kinds.items():
            if kind.say is None or time - kind.asked < kind.hold:
                continue
            if kind.spoke is not None:
                if time - kind.spoke < self._pause * kind.pauses:
                    continue
                busy = kind.asked - kind.spoke < self._pause
                kind.pauses = min(SLOWEST, kind.pauses * SLOWER) if busy else max(1.0, kind.pauses / SLOWER)
            people = tuple(kind.people)
            events.append(Event(kind.began, name, kind.say(people, True), people, frame, kind.say(people, False)))
            kind.say, kind.people, kind.spoke = None, {}, time
        return tuple(sorted(events, key=lambda event: (event.time, event.kind)))
