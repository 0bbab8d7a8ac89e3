"""The browser source's page in a real Chromium, as OBS's browser (the same engine) draws it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from meeting_analyzer.outputs.browser import BrowserSource
from meeting_analyzer.outputs.history import History
from meeting_analyzer.types import EMOTIONS, Event, Frame, Image, Moment, Mood

from .conftest import CHROMIUM_FLAGS

FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)
SIZE = 440, 320
YELLOW = (66, 228, 240)


@pytest.fixture
def source() -> Iterator[BrowserSource]:
    history = History()
    for second in range(300):
        happy = 0.3 + 0.3 * np.sin(second / 40)
        shares = tuple(happy if name == "happy" else (1 - happy) / 6 for name in EMOTIONS)
        events = (
            (
                Event(
                    280.0,
                    "cameras_off",
                    "4 cameras went off within a minute: Ada",
                    unnamed="4 cameras went off within a minute",
                ),
            )
            if second == 290
            else ()
        )
        mood = Mood(shares, 1.6 * happy - 0.6, 22, 3)
        history.write(FRAME, Moment(float(second), second, (2, 2), (), mood, events=events))
    made = BrowserSource(history, 0, "a-token-for-the-tests-only")
    yield made
    made.close()


def photograph(url: str, folder: Path) -> Image:
    """The page as BGRA (H, W, 4): what is not painted stays transparent, as in OBS."""
    if shutil.which("chromium") is None:
        pytest.skip("not installed: chromium")
    picture = folder / "page.png"
    words = [
        *("chromium", "--headless=new", *CHROMIUM_FLAGS, f"--user-data-dir={folder / 'profile'}"),
        *(f"--window-size={SIZE[0]},{SIZE[1]}", "--default-background-color=00000000", "--timeout=4000"),
        "--force-prefers-reduced-motion",
        *(f"--screenshot={picture}", url),
    ]
    subprocess.run(words, check=False, capture_output=True, timeout=120)
    image = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
    assert image is not None, "Chromium made no picture"
    return np.asarray(image, np.uint8)


def test_the_page_shows_mood_and_events_on_a_transparent_ground(source: BrowserSource, tmp_path: Path) -> None:
    image = photograph(source.url, tmp_path)
    assert image.shape[2] == 4
    assert image[-4:, -4:, 3].max() == 0, "transparent where nothing is"
    card = image[40:60, 30:400]
    assert 180 < np.median(card[..., 3]) < 240, "the card lets a little through"
    yellow = np.abs(image[..., :3].astype(int) - YELLOW).max(axis=2) <= 12
    assert yellow.sum() > 200, "the class's colour is in the bar"


def test_a_hidden_call_leaves_the_page_empty(source: BrowserSource, tmp_path: Path) -> None:
    source.set_blank(True)
    assert photograph(source.url, tmp_path)[..., 3].max() == 0


def test_a_wrong_token_shows_nothing_of_the_class(source: BrowserSource, tmp_path: Path) -> None:
    image = photograph(source.url.replace("a-token", "another"), tmp_path)
    yellow = np.abs(image[..., :3].astype(int) - YELLOW).max(axis=2) <= 12
    assert not yellow.any()
