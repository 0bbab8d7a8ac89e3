"""Who joined, who left, whose camera went off: from who is seen in the gallery, with patience for pages and flicker."""

from __future__ import annotations

from dataclasses import dataclass

from ..types import Moment

SETTLE = 4.0
"""Seconds at the start in which everybody is there already: nobody joins."""
JOINED_AFTER = 3.0
"""Seconds somebody must be seen before having joined: a tile found by mistake for a moment is nobody."""
FLICKER = 0.6
"""Seconds for which a tile may be missed without that mattering."""
LEFT_AFTER = 15.0
"""Seconds somebody must be missing before having left: a window covers a part of the call, the layout changes."""
PAGE = 0.5
"""Share of those present, and at least 3, who vanish in one frame when it is the view that changed: a page was turned,
somebody shares the screen. They have not left, and who is there instead has not joined."""


@dataclass(slots=True)
class Attendee:
    """What is known of one participant. first: the first sight; since: the beginning of the present one."""

    first: float
    since: float
    last: float
    here: bool = False
    known: bool = False
    """Has been here before."""
    hidden: bool = False
    """Out of view, not gone."""
    camera: bool | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Who changed at this moment; ids."""

    joined: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    cameras_off: tuple[str, ...] = ()
    cameras_on: tuple[str, ...] = ()


class Attendance:
    """Follows who is here. `update` is called once a frame, in time order."""

    def __init__(self) -> None:
        self._people: dict[str, Attendee] = {}
        self._start: float | None = None
        self._time = 0.0
        self._view_changed = -SETTLE

    def update(self, moment: Moment) -> Changes:
        """What changed with this moment."""
        time = moment.time
        if self._start is None:
            self._start = self._time = self._view_changed = time
        elapsed, before, self._time = time - self._time, self._time, time
        if not moment.tiles or elapsed > LEFT_AFTER:
            # nothing is seen of the call, or was for long: nobody can be said to have left meanwhile
            for person in self._people.values():
                person.last += elapsed
            before = time
        for tile in moment.tiles:
            if tile.participant is not None:
                self._people.setdefault(tile.participant, Attendee(time, time, time)).last = time
        self._turn_page(before, time)
        joined, back = self._come(time)
        off, on = self._cameras(moment)
        return Changes(joined, back, self._go(time), off, on)

    def _turn_page(self, before: float, time: float) -> None:
        here = [person for person in self._people.values() if person.here]
        vanished = [person for person in here if person.last == before < time]
        returned = sum(p.hidden and p.last == time and p.since == before < time for p in self._people.values())
        if returned >= 3 or (len(vanished) >= 3 and len(vanished) > PAGE * len(here)):
            self._view_changed = time
            for person in vanished:
                person.here, person.hidden = False, True

    def _come(self, time: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
        assert self._start is not None
        joined: list[str] = []
        back: list[str] = []
        for who, person in self._people.items():
            if person.here or person.last < time:
                continue
            if time - person.since < JOINED_AFTER:
                continue
            early = not person.known and person.first - self._start < SETTLE
            silent = early or person.hidden or 0 <= person.since - self._view_changed < JOINED_AFTER
            if not silent:
                (back if person.known else joined).append(who)
            person.here, person.known, person.hidden = True, True, False
        return tuple(joined), tuple(back)

    def _go(self, time: float) -> tuple[str, ...]:
        left = []
        for who, person in self._people.items():
            if person.last == time:
                continue
            if not person.here and time - person.last > FLICKER:
                person.since = time  # must be seen for a while again
            if person.here and time - person.last >= LEFT_AFTER:
                person.here, person.since, person.camera = False, time, None
                left.append(who)
        return tuple(left)

    def _cameras(self, moment: Moment) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Whose camera went off and on; the signals are steadied already."""
        off: list[str] = []
        on: list[str] = []
        stills = {tile.participant for tile in moment.tiles if tile.kind == "still"}
        for signal in moment.signals:
            person = self._people[signal.participant]
            if signal.participant in stills or not person.here:
                continue
            if person.camera is not None and person.camera != signal.camera_on:
                (on if signal.camera_on else off).append(signal.participant)
            person.camera = signal.camera_on
        return tuple(off), tuple(on)
