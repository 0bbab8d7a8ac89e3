from __future__ import annotations

import pytest

from meeting_analyzer.untrusted import clean


@pytest.mark.parametrize(
    ("untrusted", "safe"),
    [
        ("Eve\u202egnp.exe", "Evegnp.exe"),
        ("a\nb\tc", "a b c"),
        ("\u2066x\u2069\u0000\u0007", "x"),
        ("  Ann   B ", "Ann B"),
        ("\ud800bad", "bad"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_what_could_reorder_or_hide_is_dropped(untrusted: str, safe: str) -> None:
    assert clean(untrusted) == safe
