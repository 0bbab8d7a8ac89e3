"""Words and numbers as the report prints them. Everything that came from outside goes through `text`."""

from __future__ import annotations

import html

from ..untrusted import clean as one_line

LONGEST_NAME = 80


def clean(untrusted: str, longest: int = LONGEST_NAME) -> str:
    """Cleaned and of at most `longest` characters. Not yet escaped."""
    kept = one_line(untrusted)
    return kept if len(kept) <= longest else kept[: longest - 1].rstrip() + "…"


def text(untrusted: str, longest: int = LONGEST_NAME) -> str:
    """`clean`, and escaped for HTML text and quoted attributes."""
    return html.escape(clean(untrusted, longest), quote=True)


def percent(part: float | None) -> str:
    """ "61 %", "<1 %" for a little that is not nothing, an en dash for what is not known."""
    if part is None:
        return "–"
    return "<1 %" if 0 < part < 0.005 else f"{100 * part:.0f} %"


def seconds_in_words(seconds: float) -> str:
    """ "8 s", "4 min 10 s", "1 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if 0 < seconds < 10 and seconds != whole else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def plural(count: int, one: str, many: str | None = None) -> str:
    """ "1 face", "2,300 faces"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
