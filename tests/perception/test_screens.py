"""What a shared screen shows is nobody who is there."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from meeting_analyzer.perception.grid import Gallery
from meeting_analyzer.perception.screens import goes_on_nameless, goes_on_over_text, without_nameless
from meeting_analyzer.types import Box, Image

STRIP = [Box(20 + 210 * i, 20, 200, 112) for i in range(4)]
BELOW = [box.shifted(0, 122) for box in STRIP]


def picture(named: Sequence[Box], written: Sequence[Box] = ()) -> Image:
    image = np.full((520, 880, 3), 20, np.uint8)
    rng = np.random.default_rng(6)
    for box in (*STRIP, *BELOW):
        box.of(image)[:] = rng.integers(60, 110, (box.h, box.w, 3))
    for box in written:
        box.of(image)[:] = 250
        for line in range(5):
            cv2.putText(image, "the results of the year", (box.x + 4, box.y + 20 + 20 * line), 0, 0.45, (20, 20, 20), 1)
    for box in named:
        cv2.putText(image, "Ann Brown", (box.x + 9, box.bottom - 9), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
    return image


def test_larger_ones_without_a_name_beside_a_strip_with_names_are_left_out() -> None:
    parts = [Box(20, 142, 400, 240), Box(430, 142, 400, 240)]
    assert without_nameless(picture(STRIP), [*STRIP, *parts]) == STRIP
    assert without_nameless(picture([*STRIP, parts[1]]), [*STRIP, *parts]) == [*STRIP, *parts]
    assert without_nameless(picture([]), [*STRIP, *parts]) == [*STRIP, *parts]


def test_a_lattice_does_not_go_on_over_what_has_no_names_or_is_written_on() -> None:
    lattice, clear = Gallery([*STRIP, *BELOW], 0.9, 0.2), Gallery(STRIP, 1.0, 0.2)
    assert goes_on_nameless(picture(STRIP), lattice, clear)
    assert not goes_on_nameless(picture([*STRIP, *BELOW]), lattice, clear)
    assert not goes_on_nameless(picture(STRIP), Gallery(STRIP, 0.9, 0.2), clear)
    more = [*STRIP, *BELOW, *(box.shifted(0, 122) for box in BELOW)]
    assert goes_on_over_text(picture(STRIP, BELOW), more, STRIP)
    assert not goes_on_over_text(picture(STRIP), more, STRIP)
