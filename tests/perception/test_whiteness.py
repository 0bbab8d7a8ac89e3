"""White letters are told from what is behind them, however light that is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from meeting_analyzer.perception.whiteness import whiteness
from tests.simulator.paint import array, text_width, write


def lettered(grounds: list[int], size: int = 18):
    """A band with white text over stripes of gray, and where the text is, 0..1."""
    text = "Anna Smith"
    width, height = text_width(text, size) + 12, round(1.8 * size)
    ground = np.repeat(np.array(grounds, np.uint8), -(-width // len(grounds)))[:width]
    picture = Image.fromarray(np.repeat(np.broadcast_to(ground, (height, width))[:, :, None], 3, axis=2).copy())
    mask = Image.new("RGB", (width, height))
    write(picture, (6, height // 2), text, (250, 250, 250), size)
    write(mask, (6, height // 2), text, (255, 255, 255), size)
    return array(picture).min(axis=2), array(mask).min(axis=2) / 255


@pytest.mark.parametrize("grounds", [[30], [200], [225], [30, 210], [215, 60], [40, 210, 90]])
def test_letters_stand_out_of_every_ground(grounds):
    band, letters = lettered(grounds)
    found = whiteness(band)
    assert (found[letters > 0.9] > 150).mean() > 0.95
    assert (found[letters == 0] < 60).mean() > 0.95


def test_what_is_even_holds_no_letters():
    assert not whiteness(np.full((20, 60), 180, np.uint8)).any()
    assert not whiteness(np.full((4, 3), 255, np.uint8)).any()
