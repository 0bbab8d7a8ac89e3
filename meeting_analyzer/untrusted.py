"""Text from outside (name labels, file names): what is shown of it can neither hide, reorder nor break what stands around it."""

from __future__ import annotations

import unicodedata

# control, format (bidirectional overrides among them), surrogates, private use, unassigned
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = {"\u200c", "\u200d"}
"""Invisible and of class Cf, but part of how Devanagari and Persian are written."""


def clean(text: str) -> str:
    """The text on one line, without characters that are dropped in any script, each run of white space one blank."""
    spaced = "".join(" " if c.isspace() else c for c in text)
    kept = (c for c in spaced if c in _JOINERS or unicodedata.category(c) not in _DROPPED)
    return " ".join("".join(kept).split())
