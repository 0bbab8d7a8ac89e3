from __future__ import annotations

import numpy as np
import pytest

from meeting_analyzer.outputs.fit import even, letterbox
from meeting_analyzer.outputs.status import status_line
from meeting_analyzer.outputs.window import lower
from meeting_analyzer.outputs.window_layout import opening_size


@pytest.mark.parametrize("width", [2, 40, 160, 640, 1920, 3840])
@pytest.mark.parametrize("status", ["", "paused", "北京 is minimised; restore it " * 20])
def test_the_line_fits_any_width(width: int, status: str) -> None:
    made = status_line(width, status, 13)
    assert made.shape == (25, width, 3)


def test_the_line_shows_the_status_and_the_keys() -> None:
    below = status_line(1280, "paused", 13)
    assert below[:, :200].max() > 200
    assert below[:, 500:700].max() < 60, "nothing between status and keys"
    assert below[:, 1000:].max() > 120
    assert (below != status_line(1280, "going", 13)).any()


def test_a_long_status_takes_the_place_of_the_keys() -> None:
    made = status_line(640, "word " * 100, 13)
    assert made[:, 300:600].max() > 200
    assert made[:, -6:].max() < 60


@pytest.mark.parametrize(
    ("picture", "screen", "expected"),
    [
        ((1920, 1120), (1920, 1080), (1400, 817)),
        ((1920, 1120), (1024, 768), (870, 508)),
        ((640, 380), None, (640, 380)),
        ((160, 112), (1920, 1080), (480, 336)),
        ((400, 4000), (1920, 1080), (82, 820)),
    ],
)
def test_the_window_opens_at_a_sensible_size(
    picture: tuple[int, int], screen: tuple[int, int] | None, expected: tuple[int, int]
) -> None:
    assert opening_size(picture, screen) == expected


@pytest.mark.parametrize(("key", "code"), [(-1, -1), (ord("Q"), ord("q")), (0x100000 | ord("b"), ord("b")), (27, 27)])
def test_keys_are_read_without_modifiers(key: int, code: int) -> None:
    assert lower(key) == code


@pytest.mark.parametrize(("size", "fitted"), [((30, 10), (30, 10)), ((31, 11), (32, 12)), ((1, 1), (2, 2))])
def test_odd_sides_are_made_even_by_repeating_the_edge(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    made = even(image)
    assert (made.shape[1], made.shape[0]) == fitted
    assert (made[: size[1], : size[0]] == image).all()
    assert (made[-1, -1] == image[-1, -1]).all()


@pytest.mark.parametrize("size", [(10, 300), (300, 10), (1, 1), (64, 36)])
def test_letterboxing_keeps_proportions(size: tuple[int, int]) -> None:
    made = letterbox(np.full((size[1], size[0], 3), 200, np.uint8), (64, 36))
    assert made.shape == (36, 64, 3)
    rows, columns = (made[:, :, 0] > 100).any(axis=1).sum(), (made[:, :, 0] > 100).any(axis=0).sum()
    scale = min(64 / size[0], 36 / size[1])
    assert rows == pytest.approx(size[1] * scale, abs=1)
    assert columns == pytest.approx(size[0] * scale, abs=1)
