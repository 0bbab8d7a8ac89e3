"""Rectangles that stand on a background of one colour."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.frames import alike, frames, pieces
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Box, Image
from tests.simulator import arranged_spec, render
from tests.simulator.spec import Client

BACKGROUND = (40, 36, 34)
TRUE = [Box(30, 40, 520, 300), Box(570, 40, 180, 110), Box(570, 170, 180, 110)]


def picture(boxes: list[Box]) -> Image:
    """Bright surfaces (with noise too fine for edges) on the background, 480 rows of 800 pixels."""
    image = np.full((480, 800, 3), BACKGROUND, np.uint8)
    rng = np.random.default_rng(5)
    for box in boxes:
        box.of(image)[:] = rng.integers(150, 170, (box.h, box.w, 3))
    return image


def found_in(image: Image) -> list[Box]:
    return pieces(frames(Edges(image).framed(BACKGROUND, 14)), image.shape[0] * image.shape[1])


def agree(found: list[Box], true: list[Box]) -> bool:
    return len(found) == len(true) and all(max(box.iou(other) for other in found) > 0.95 for box in true)


def test_rectangles_on_the_background_are_found() -> None:
    assert agree(found_in(picture(TRUE)), TRUE)


def test_a_dirty_gutter_costs_nothing_but_a_cut_would_not_go_through() -> None:
    image = picture(TRUE[:2])
    # a page arrow that lies across the gutter
    image[80:100, 540:580] = 255
    assert agree(found_in(image), TRUE[:2])


def test_rectangles_of_one_size_are_told_from_what_is_made_of_them() -> None:
    tiles = [Box(20 + 90 * x, 20 + 60 * y, 86, 56) for y in range(3) for x in range(4)]
    pairs = [Box(20 + 180 * x, 20 + 60 * y, 176, 56) for y in range(3) for x in range(2)]
    assert alike([*pairs, *tiles[:2]])[0] == pairs
    assert alike([*pairs, *tiles])[0] == tiles


def test_a_line_inside_of_a_video_is_no_side() -> None:
    image = picture(TRUE)
    cv2.rectangle(image, (120, 90), (400, 280), (90, 110, 200), -1)
    assert agree(found_in(image), TRUE)


def test_edges_without_the_background_outside_frame_nothing() -> None:
    image = picture(TRUE)
    assert pieces(frames(Edges(image).framed((200, 40, 40), 14)), image.shape[0] * image.shape[1]) == []


def test_a_plain_picture_has_no_rectangles() -> None:
    assert found_in(np.full((300, 400, 3), 90, np.uint8)) == []


@pytest.mark.parametrize(
    ("client", "size", "seed"),
    [
        ("zoom", (1280, 720), "501 zoom (1280, 720) 0 spotlight"),
        ("meet", (1280, 720), "501 meet (1280, 720) 1 spotlight"),
        ("bigbluebutton", (640, 400), "502 bigbluebutton (640, 400) 1 spotlight"),
    ],
)
def test_a_speaker_alone_or_with_one_other_is_found_though_no_cut_goes_through(
    client: Client, size: tuple[int, int], seed: str
) -> None:
    rng = random.Random(seed)
    spec = arranged_spec(rng, client, "spotlight", size)
    shot = render(spec, rng.getrandbits(30))
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(found) == len(shot.tiles) <= 2
    assert all(max(tile.box.iou(box) for box in found) > 0.9 for tile in shot.tiles)
