from __future__ import annotations

import numpy as np
import pytest
from PIL import features

from meeting_analyzer.outputs.text import CJK, DEVANAGARI, LATIN, drawable, render_text, runs, shorten, text_width


@pytest.mark.parametrize(
    "text", ["Tomás Novák", "Łukasz Żak", "Ngozi Ọkafọr", "Мария", "Ελένη", "आशा वर्मा", "王伟", "田中 ゆき", "김민준"]
)
def test_names_of_the_world_are_drawn_with_real_letters(text: str) -> None:
    patch = render_text(text, 20)
    assert patch.shape == (30, text_width(text, 20) + 2)
    assert patch.max() > 200
    letters = {render_text(c, 20).tobytes() for c in set(text) if not c.isspace()}
    missing = render_text("\U000e0041", 20).tobytes()
    assert missing not in letters
    assert len(letters) > 1, "not the same empty box for every letter"


def test_scripts_get_their_own_font() -> None:
    assert runs("王伟 (Wei) आशा") == [("王伟 ", CJK), ("(Wei) ", LATIN), ("आशा", DEVANAGARI)]


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow has no Raqm, which shapes Devanagari")
def test_devanagari_is_shaped() -> None:
    # the vowel sign i is written before its consonant
    assert not np.array_equal(render_text("कि", 30), np.hstack([render_text("क", 30), render_text("ि", 30)]))
    assert text_width("क्ष", 30) < text_width("क", 30) + text_width("ष", 30)


def test_long_names_end_in_an_ellipsis_within_the_width() -> None:
    long = "Bartholomäus Wolfeschlegelsteinhausenbergerdorff"
    short = shorten(long, 16, 120)
    assert short.endswith("…")
    assert long.startswith(short[:-1])
    assert text_width(short, 16) <= 120
    assert shorten("Ann", 16, 120) == "Ann"


def test_an_ellipsis_never_cuts_a_letter_from_its_marks() -> None:
    for width in range(20, 120, 5):
        assert not shorten("आशा वर्मा आशा वर्मा", 16, width).endswith(("्…",))


def test_nothing_is_drawn_for_nothing() -> None:
    assert not render_text("", 20).any()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Anna 🎓 Müller", "Anna Müller"),
        ("👩\u200d🏫 Eva", "Eva"),
        ("محمد (Ali)", "(Ali)"),
        ("שלום", ""),
        ("สมชาย", ""),
        ("🎓 - ★", ""),
        ("a\u202eb\u2066c\nd", "abc d"),
        ("क्\u200dष", "क्\u200dष"),
        ("王伟🎓", "王伟"),
        ("e\u0301va", "e\u0301va"),
        ("", ""),
    ],
)
def test_what_no_font_has_is_left_out_with_its_marks(text: str, left: str) -> None:
    assert drawable(text) == left


def test_words_stand_one_after_the_other() -> None:
    both = render_text("one two", 20)
    gap = text_width("one two", 20) - text_width("one", 20) - text_width("two", 20)
    assert 3 <= gap <= 8
    middle = text_width("one", 20) + 1
    assert not both[:, middle + 1 : middle + gap - 1].any()
    assert both[:, :middle].any()
    assert both[:, middle + gap :].any()


def test_what_is_shared_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        render_text("shared", 20)[:] = 0
