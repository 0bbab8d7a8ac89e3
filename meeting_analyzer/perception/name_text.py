"""A label's text as a name: without what clients, microphones and misreadings add to it."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

from ..untrusted import clean

MAX_LETTERS = 64
_SUFFIX = re.compile(
    r"[\s,]*[(（\[]\s*(?:(?:co-?)?host|me|you|guest|unverified|external|organi[sz]er|presenter|ich|yo|moi|主持人|我)\b[^)）\]]*[)）\]]?\s*$",
    re.IGNORECASE,
)
_SUFFIX_WORDS = ("host", "cohost", "guest", "unverified", "external", "organizer", "presenter")
_ALIKE_WORD = 0.75
"""Similarity from which a word in a bracket at the end is one of these, misread."""
_LAST_BRACKET = re.compile(r"\s*[(（\[]([^()（）\[\]]*)[)）\]]?\W*$")
_CUT_OFF = re.compile(r"\s*[(（\[][^)）\]]*$")
"""A bracket that the label's end cut off: hardly ever part of a name."""
_EMPTY = re.compile(r"\s*[(（\[][^)）\]\w]*[\d\W_o]*[)）\]]?\W*$")
"""A bracket without letters: a suffix in a script that was not read."""
_ELLIPSIS = re.compile(r"\s*(?:\.{2,}|…)\s*$")


def clean_name(text: str) -> str | None:
    """A label's text as a name: no control or direction marks, no "(Host, me)", no crumbs of icons, 64 letters at most.

    None when no two letters (one in Chinese, Japanese or Korean writing) are left.
    """
    text = without_suffix(clean(unicodedata.normalize("NFC", text)))
    text = _ELLIPSIS.sub("", _EMPTY.sub("", _CUT_OFF.sub("", text)))
    words = text.split()
    while words and not any(c.isalnum() for c in words[0]):
        words.pop(0)
    while words and not any(c.isalnum() for c in words[-1]):
        words.pop()
    # a microphone beside the name reads as one odd sign, mostly a lower-case letter or a digit
    if len(words) > 1 and len(words[-1]) == 1 and not words[-1].isupper() and ord(words[-1]) < 0x2E80:
        words.pop()
    if len(words) > 1 and len(words[0]) == 1 and not words[0].isupper() and ord(words[0]) < 0x2E80:
        words.pop(0)
    name = " ".join(words).strip(" |_~*^`´'\"=<>{}\\/;:,!?%&#@+-")[:MAX_LETTERS].rstrip()
    letters = [c for c in name if c.isalpha()]
    return name if len(letters) >= 2 or any(ord(c) >= 0x2E80 for c in letters) else None


def without_suffix(text: str) -> str:
    """The part of a label's text that stands before "(Host, me)" and the like."""
    while (shorter := _SUFFIX.sub("", text)) != text:
        text = shorter
    bracket = _LAST_BRACKET.search(text)
    if bracket and any(
        get_close_matches(w, _SUFFIX_WORDS, 1, _ALIKE_WORD) for w in re.findall(r"\w+", bracket[1].lower())
    ):
        text = text[: bracket.start()]
    return text
