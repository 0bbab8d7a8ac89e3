"""What the report says in plain words, from the sums. The sentences hold no text from outside."""

from __future__ import annotations

import numpy as np

from ..progress import clock as m_ss
from ..types import ADJECTIVES, EMOTIONS, UNCERTAIN
from .highlights import happiest
from .series import Sums
from .summary import CLASS_LABELLED, FACES, LABELS, OFF, TIME, Summary, share
from .wording import percent, plural

MIXED = 0.35
"""Share of the most frequent label below which the class is not summed up by it alone."""


def totals(summary: Summary) -> Sums:
    """Sums of the class over the whole run, shape (CLASS_COLUMNS,)."""
    return np.asarray(summary.class_bins.sum(axis=0))


def label_shares(summary: Summary) -> dict[str, float]:
    """Share of the faces' time with each label, in 0..1; empty where no face was classified."""
    labelled = totals(summary)[CLASS_LABELLED:]
    whole = float(labelled.sum())
    return {name: float(part) / whole for name, part in zip(LABELS, labelled, strict=True)} if whole > 0 else {}


def lead(summary: Summary, emotion: bool) -> list[str]:
    """The summary in plain words, the most important sentence first."""
    if not summary.frames:
        return ["No frame was analysed, so there is nothing to show.", "The run ended before the first picture came."]
    sentences = [_mood_sentence(summary)] if emotion else []
    sums = totals(summary)
    time = float(sums[TIME])
    people = len(summary.participants) + summary.uncounted
    faces, off = share(float(sums[FACES]), time) or 0.0, share(float(sums[OFF]), time) or 0.0
    sentences.append(
        f"{plural(people, 'participant was', 'participants were')} seen. On average {faces:.1f} "
        f"{'face' if round(faces, 1) == 1 else 'faces'} could be seen"
        + (f" and {off:.1f} {'camera was' if round(off, 1) == 1 else 'cameras were'} off." if off >= 0.05 else ".")
    )
    return sentences


def _mood_sentence(summary: Summary) -> str:
    shares = label_shares(summary)
    if not shares:
        return "No face could be read, so nothing can be said about expressions."
    best = max(shares, key=lambda name: shares[name])
    often = "Most of the time" if shares[best] > 0.5 else "Most often"
    if best == UNCERTAIN:
        named = max(EMOTIONS, key=lambda name: shares[name])
        said = f"{often} no expression was clear enough to be named ({percent(shares[best])})"
        said += f"; where one was, the class most often appeared {ADJECTIVES[named]}" if shares[named] else ""
    elif shares[best] < MIXED:
        second = max((name for name in EMOTIONS if name != best), key=lambda name: shares[name])
        said = (
            f"The class appeared mixed: most often {ADJECTIVES[best]} ({percent(shares[best])} of the faces), "
            f"then {ADJECTIVES[second]} ({percent(shares[second])})"
        )
    else:
        said = f"{often} the class appeared {ADJECTIVES[best]} ({percent(shares[best])} of the faces)"
    peak = happiest(summary)
    return said + (f"; it appeared happiest around {m_ss(peak[0])} ({percent(peak[1])})." if peak else ".")
