"""Sentences of events. Names come from outside and are cleaned; what a face shows "appears", and nobody "is" anything."""

from __future__ import annotations

from collections.abc import Sequence

from ..untrusted import clean

LONGEST_NAME = 40
LISTED = 3
"""Names that are listed one by one."""


def called(participant: str, name: str | None) -> str:
    """How somebody is called: by the name label, cleaned and cut, or "participant P03"."""
    shown = clean(name or "")
    if len(shown) > LONGEST_NAME:
        shown = shown[: LONGEST_NAME - 1].rstrip() + "…"
    return shown or f"participant {participant}"


def listed(names: Sequence[str]) -> str:
    """ "Asha", "Asha and Wei", "Asha, Wei, Yuki and 4 others"."""
    shown, more = list(names[:LISTED]), len(names) - LISTED
    if more > 0:
        shown.append("1 other" if more == 1 else f"{more} others")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def said(names: Sequence[str], one: str, many: str) -> str:
    """A sentence on some people: `one` holds {who}, `many` holds {count} and ends before ": " and the names."""
    if len(names) == 1:
        sentence = one.format(who=names[0])
        return sentence[:1].upper() + sentence[1:]
    return f"{many.format(count=len(names))}: {listed(names)}"


def lasting(seconds: float) -> str:
    """ "10 seconds", "1 minute", "3 minutes", "2 hours": rounded to the unit that fits."""
    for size, unit in ((3600.0, "hour"), (60.0, "minute")):
        if seconds >= size * (1 if seconds % size == 0 else 1.5):
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    count = max(1, round(seconds))
    return f"{count} second{'' if count == 1 else 's'}"


def within(seconds: float) -> str:
    """ "within a minute", "within 30 seconds"."""
    return "within a minute" if round(seconds) == 60 else f"within {lasting(seconds)}"
