"""Letters stay while the video behind them moves."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from meeting_analyzer.perception.steady import LOOKS, Steady
from meeting_analyzer.types import Box
from tests.simulator.paint import array, text_width, write

BAND = Box(10, 20, 300, 32)


def frame(text: str, look: int, size: int = 18):
    """A frame with white text in BAND, before white things that are elsewhere in each look."""
    picture = np.full((70, 330, 3), 90, np.uint8)
    places = np.random.default_rng(look).integers(0, 330, 12)
    for x in places:
        picture[:, x : x + 10] = 245
    canvas = Image.fromarray(picture)
    write(canvas, (BAND.x + 4, BAND.center[1]), text, (250, 250, 250), size)
    return array(canvas)


def test_what_moves_drops_out_and_the_letters_stay():
    steady = Steady(BAND)
    for look in range(LOOKS):
        steady.add(frame("Anna Smith", look))
    line = steady.line()
    assert line is not None
    patch, inks = line
    assert patch.shape[:2] == inks[0].shape == inks[1].shape
    assert abs(patch.shape[1] - 4 - text_width("Anna Smith", 18)) < 12
    ground = patch[2:6, :, 0]
    assert (ground > 150).mean() < 0.02 < (frame("Anna Smith", 0)[BAND.y + 2 : BAND.y + 6, BAND.x :] > 150).mean()


def test_it_is_due_from_some_looks_on_until_it_is_read():
    steady = Steady(BAND)
    due = []
    for look in range(LOOKS):
        steady.add(frame("Anna Smith", look))
        due.append(steady.due)
        if look != 3:
            steady.line()
    assert [look for look, now in enumerate(due, 1) if now] == [1, 4, 5, LOOKS]


def test_it_starts_afresh_after_some_looks():
    steady = Steady(BAND)
    for look in range(LOOKS):
        steady.add(frame("", look))
    assert steady.line() is None
    for look in range(4):
        steady.add(frame("Anna Smith", look))
    assert steady.line() is not None


def test_a_name_holds_as_long_as_its_letters_are_there():
    steady = Steady(BAND)
    for look in range(4):
        steady.add(frame("Anna Smith", look))
    steady.keep("Anna Smith", text_width("Anna Smith", 18) + 8, True)
    for look in range(4, 30):
        steady.add(frame("Anna Smith", look))
        assert steady.name == "Anna Smith"
    steady.add(frame("Noah Horvat", 30))
    assert steady.name is None
    assert not steady.sure


@pytest.mark.parametrize(("first", "then", "name"), [(True, False, "A"), (True, True, "B"), (False, False, "B")])
def test_what_was_read_surely_stays_until_another_name_is(first, then, name):
    steady = Steady(BAND)
    for look in range(4):
        steady.add(frame("Anna Smith", look))
    steady.keep("A", 100, first)
    steady.keep("B", 100, then)
    assert steady.name == name


def test_a_band_beyond_the_picture_is_nothing():
    steady = Steady(Box(400, 500, 80, 20))
    steady.add(frame("Anna Smith", 0))
    assert steady.line() is None
