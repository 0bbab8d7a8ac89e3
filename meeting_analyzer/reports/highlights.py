"""Moments worth watching again: where something stands out, what was noticed, and what somebody marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..types import Event
from .call import Call
from .series import Sums
from .summary import AWAY, CLASS_LABELLED, FACES, LABELS, OFF, POSED, TIME, VALENCE, VALENCE_TIME, Summary
from .wording import clean, percent, plural

WINDOW = 5.0
"""Least seconds that a stretch is averaged over."""
ABOVE = 0.1
"""How far a stretch must lie above the whole, as a share of the faces, to stand out."""
TURN = 0.3
"""Change of valence between two stretches that is a turn of the mood."""
MOST = 10
"""Moments that are told at most, marks aside."""
LEAD_IN = 3.0
"""Seconds before the moment at which watching begins."""
UNPLEASANT = ("angry", "disgust", "fear", "sad")


@dataclass(frozen=True, slots=True)
class Highlight:
    """A moment: seconds from the beginning, a heading, and sentences (cleaned, not yet escaped)."""

    time: float
    heading: str
    words: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Peak:
    """Where a share is greatest: middle in seconds from the beginning, the share there, and that of the whole."""

    time: float
    share: float
    usual: float


def window_of(summary: Summary) -> int:
    """Bins of the stretches that are compared."""
    return max(1, round(max(WINDOW, summary.duration / 30) / summary.clock.width))


def peak(summary: Summary, part: Sums, whole: Sums, above: float = ABOVE) -> Peak | None:
    """The stretch where part / whole, both per bin, is greatest; None where it does not stand out.

    Stretches with hardly any of the whole do not count. Of equal ones next to each other the middle is taken.
    """
    window = window_of(summary)
    if len(part) <= window or not whole.sum() > 0:
        return None
    ones = np.ones(window)
    parts, wholes = np.convolve(part, ones, "valid"), np.convolve(whole, ones, "valid")
    shares = np.where(wholes >= 0.25 * wholes.mean(), parts / np.maximum(wholes, 1e-12), 0.0)
    greatest = np.flatnonzero(shares >= shares.max() - 1e-6)
    # the first run of neighbours
    run = greatest[: int(np.argmax(np.append(np.diff(greatest) > 1, True))) + 1]
    usual = float(part.sum() / whole.sum())
    if shares.max() < usual + above:
        return None
    middle = float(run[0] + run[-1]) / 2 + window / 2
    return Peak(middle * summary.clock.width, float(shares.max()), usual)


def happiest(summary: Summary) -> tuple[float, float] | None:
    """Time in seconds from the start, and share of faces appearing happy, of the stretch where that is greatest."""
    labelled = summary.class_bins[: summary.used, CLASS_LABELLED:]
    found = peak(summary, labelled[:, LABELS.index("happy")], labelled.sum(axis=1))
    return (found.time, found.share) if found else None


def highlights(call: Call) -> list[Highlight]:
    """In time order: every mark, and of the rest the MOST that stand out, none too near to another."""
    summary = call.summary
    if not summary.used:
        return []
    chosen = [
        Highlight(call.since(mark.time), clean(mark.text) or "You marked this", ("Marked during the call.",), True)
        for mark in call.marks
    ]
    apart = max(8.0, summary.duration / 45)
    room = MOST
    for candidate in [*_standing_out(call), *(_of_event(call, e) for e in _spread(call.events))]:
        near = [i for i, h in enumerate(chosen) if abs(h.time - candidate.time) < apart]
        if near:
            first = chosen[near[0]]
            words = (*first.words, f"{candidate.heading}.", *candidate.words)
            chosen[near[0]] = Highlight(first.time, first.heading, tuple(dict.fromkeys(words))[:4], first.marked)
        elif room:
            chosen.append(candidate)
            room -= 1
    return sorted(chosen, key=lambda h: h.time)


def _spread(events: Sequence[Event]) -> list[Event]:
    """Events of different kinds first, so that one kind does not crowd out the others."""
    waiting = list(events)
    ordered: list[Event] = []
    while waiting:
        of_kind = {event.kind: event for event in reversed(waiting)}
        ordered += sorted(of_kind.values(), key=lambda event: event.time)
        waiting = [event for event in waiting if event is not of_kind[event.kind]]
    return ordered


def _of_event(call: Call, event: Event) -> Highlight:
    return Highlight(call.since(event.time), clean(event.text, 200) or clean(event.kind))


def _standing_out(call: Call) -> list[Highlight]:
    """What the sums say stands out, the most telling first."""
    summary = call.summary
    bins = summary.class_bins[: summary.used].astype(np.float64)
    labelled = bins[:, CLASS_LABELLED:]
    faces = labelled.sum(axis=1)
    found: list[Highlight] = []
    if call.emotion:
        if p := peak(summary, labelled[:, LABELS.index("happy")], faces):
            found.append(Highlight(p.time, "The class appeared happiest", (_share("of the faces appeared happy", p),)))
        worst = sum(labelled[:, LABELS.index(name)] for name in UNPLEASANT)
        if p := peak(summary, np.asarray(worst), faces):
            words = "of the faces appeared angry, disgusted, afraid or sad"
            found.append(Highlight(p.time, "Expressions were least pleasant", (_share(words, p),)))
        if p := peak(summary, labelled[:, LABELS.index("surprise")], faces):
            found.append(Highlight(p.time, "Surprise", (_share("of the faces appeared surprised", p),)))
        if turn := _turn(summary, bins):
            found.append(turn)
    if summary.attention and (p := peak(summary, bins[:, AWAY], np.maximum(bins[:, POSED], bins[:, AWAY]), 0.15)):
        found.append(Highlight(p.time, "Most heads were turned away", (_share("of the faces looked away", p),)))
    if (p := peak(summary, bins[:, OFF], bins[:, TIME], 1.0)) is not None:
        word = f"{plural(round(p.share), 'camera was', 'cameras were')} off, {p.usual:.1f} on average."
        found.append(Highlight(p.time, "Most cameras were off", (word,)))
    if (p := peak(summary, bins[:, FACES], bins[:, TIME], 1.0)) is not None and not call.emotion:
        word = f"{plural(round(p.share), 'face', 'faces')} could be seen, {p.usual:.1f} on average."
        found.append(Highlight(p.time, "Most faces were there", (word,)))
    return found


def _share(words: str, found: Peak) -> str:
    return f"{percent(found.share)} {words}, over the whole time {percent(found.usual)}."


def _turn(summary: Summary, bins: Sums) -> Highlight | None:
    """Where the mood changed most between two stretches that touch."""
    window = window_of(summary)
    if len(bins) < 2 * window:
        return None
    ones = np.ones(window)
    seen = np.convolve(bins[:, VALENCE_TIME], ones, "valid")
    mean = np.convolve(bins[:, VALENCE], ones, "valid") / np.maximum(seen, 1e-12)
    enough = seen >= 0.25 * seen.mean()
    change = np.where(enough[window:] & enough[:-window], mean[window:] - mean[:-window], 0.0)
    at = int(np.argmax(np.abs(change)))
    if abs(change[at]) < TURN:
        return None
    before, after = float(mean[at]), float(mean[at + window])
    heading = "The mood lifted" if after > before else "The mood sank"
    time = (at + window) * summary.clock.width
    return Highlight(time, heading, (f"Valence went from {_signed(before)} to {_signed(after)}.",))


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
