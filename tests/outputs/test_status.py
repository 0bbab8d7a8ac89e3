from __future__ import annotations

import numpy as np
import pytest

from meeting_analyzer.outputs.base import Status
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
    ("picture", "screen", "font", "with_panel", "expected"),
    [
        ((1920, 1095), (1920, 1080), 13, False, (1404, 819)),
        ((1920, 1095), (1024, 768), 13, False, (870, 508)),
        ((640, 355), None, 13, False, (640, 380)),
        ((160, 87), (1920, 1080), 13, False, (481, 337)),
        ((1920, 1080), (1920, 1080), 13, True, (1404, 607)),
        ((1280, 720), (1024, 768), 13, True, (870, 598)),
        ((1920, 1080), (3840, 2160), 26, True, (2570, 1080)),
    ],
)
def test_the_window_opens_at_a_sensible_size(
    picture: tuple[int, int], screen: tuple[int, int] | None, font: int, with_panel: bool, expected: tuple[int, int]
) -> None:
    assert opening_size(picture, screen, font, with_panel) == expected


def test_a_paused_run_says_so_whatever_else_there_is_to_say() -> None:
    assert Status(paused=True).state == "paused"
    assert Status(paused=True, notice="It is covered.").state == "paused. It is covered."
    assert Status(notice="It is covered.").state == "It is covered."


def test_every_rate_is_told() -> None:
    told = Status(captured=29, shown=31, analysed=14.5, p50=0.08, p99=0.12, cores=0.5).rates
    for words in ("analysed 14.5", "captured 29", "shown 31", "80 ms", "120", "50 %"):
        assert words in told


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


@pytest.mark.parametrize("size", [(1920, 1080), (1921, 1081), (3840, 2160)])
def test_no_thin_line_is_lost_in_a_small_picture(size: tuple[int, int]) -> None:
    for x in range(600, 616):
        picture = np.zeros((size[1], size[0], 3), np.uint8)
        picture[:, x : x + 2] = 255
        assert letterbox(picture, (540, 304)).max() > 25, f"the line at {x}"
