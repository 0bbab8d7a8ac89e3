"""Shared documents and the participants beside them."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.papers import beside_papers, off, papers
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Box, Image
from tests.simulator import arranged_spec, render
from tests.simulator.spec import Client

SLIDE = Box(40, 60, 520, 340)
STRIP = [Box(600, 70 + 110 * i, 160, 90) for i in range(3)]


def picture() -> Image:
    """A slide with a photograph beside three tiles on a dark background."""
    image = np.full((480, 800, 3), (36, 33, 32), np.uint8)
    SLIDE.of(image)[:] = 250
    for line in range(6):
        cv2.putText(image, "Results of the year", (60, 100 + 50 * line), 0, 0.8, (40, 20, 20), 2)
    rng = np.random.default_rng(5)
    for box in (*STRIP, Box(380, 200, 150, 150)):
        box.of(image)[:] = rng.integers(100, 170, (box.h, box.w, 3))
    return image


def test_a_slide_is_a_document_and_the_background_of_tiles_is_none() -> None:
    image = picture()
    found = papers(image, [Box(0, 0, 800, 480), SLIDE, Box(580, 50, 200, 360), Box(38, 58, 524, 343)], Edges(image))
    assert len(found) == 1
    assert found[0].iou(SLIDE) > 0.98


def test_a_light_gallery_is_no_document() -> None:
    image = np.full((480, 800, 3), (36, 33, 32), np.uint8)
    background = Box(20, 40, 760, 420)
    background.of(image)[:] = 245
    rng = np.random.default_rng(6)
    for x in (22, 276, 530):
        for y in (42, 252):
            Box(x, y, 248, 206).of(image)[:] = rng.integers(100, 170, (206, 248, 3))
            cv2.putText(image, "A name", (x + 8, y + 190), 0, 0.7, (255, 255, 255), 2)
    assert papers(image, [background], Edges(image)) == []


def test_what_lies_on_a_document_is_left_out_and_what_is_beside_it_looked_for() -> None:
    image = picture()
    edges = Edges(image)
    photograph = Box(380, 200, 150, 150)
    asked: list[tuple[int, ...]] = []

    def read(part: Image) -> list[Box]:
        asked.append(part.shape[:2])
        return [tile.shifted(-SLIDE.right, 0) for tile in STRIP] if part.shape[1] == 800 - SLIDE.right else []

    assert beside_papers(image, [SLIDE], [photograph], edges, read) == STRIP
    assert len(asked) > 1
    # where some are known only these are looked for
    asked.clear()
    assert beside_papers(image, [SLIDE], [photograph, *STRIP[:2]], edges, read) == STRIP
    assert asked == [(480, 800 - SLIDE.right)]
    assert off(SLIDE, [photograph, *STRIP]) == STRIP


@pytest.mark.parametrize(
    ("client", "seed"),
    [
        ("webex", "601 webex 4 side"),  # a program
        ("zoom", "601 zoom 13 side"),  # the boxes of a diagram
    ],
)
def test_participants_beside_a_document_are_found_and_nothing_on_it(client: Client, seed: str) -> None:
    rng = random.Random(seed)
    shot = render(arranged_spec(rng, client, "side", (1280, 720)), rng.getrandbits(30))
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(found) == len(shot.tiles)
    assert all(max(tile.box.iou(box) for box in found) > 0.7 for tile in shot.tiles)
