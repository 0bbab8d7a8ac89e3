"""The side window in a real X server with a window manager: its pixels, its keys, its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from Xlib import X, display, error

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs import SideWindow, desktop
from meeting_analyzer.outputs.base import Status
from meeting_analyzer.outputs.history import History
from meeting_analyzer.outputs.palette import COLOURS as PALETTE
from meeting_analyzer.types import Attention, Box, Face, Frame, Image, Moment, Mood, Tile

from .conftest import eventually, xdotool

COLOURS = {"left": (200, 60, 20), "right": (30, 160, 240)}
FACE = Face(Box(90, 90, 120, 120), 0.9, (), (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0), "happy", 1.0)
STATUS = Status(shown=30, analysed=9.8, p50=0.064)
MOMENT = Moment(
    0.0, 0, (640, 360), (Tile(Box(20, 20, 280, 320), name="Zoë Ångström 北京", participant="P01", faces=(FACE,)),)
)


def picture() -> Image:
    image = np.empty((360, 640, 3), np.uint8)
    image[:, :320], image[:, 320:] = COLOURS["left"], COLOURS["right"]
    return image


@pytest.fixture
def window(x_display: str) -> Iterator[SideWindow]:
    made = SideWindow()
    yield made
    made.close()


def shower(window: SideWindow) -> Callable[[], str | None]:
    """Shows the picture in the window, again and again."""
    frame = Frame(picture(), 0.0, 0)
    return lambda: window.show(frame, MOMENT, STATUS)


@pytest.fixture
def show(window: SideWindow) -> Callable[[], str | None]:
    return shower(window)


def shown_id() -> int | None:
    words = ["xdotool", "search", "--onlyvisible", "--name", "^Meeting analyzer$"]
    found = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
    return int(found[-1]) if found else None


def pixels(window: int) -> Image:
    """The window's inside as BGR (H, W, 3)."""
    connection = display.Display()
    try:
        inside = connection.create_resource_object("window", window)
        size = inside.get_geometry()
        data = inside.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xFFFFFFFF).data
    finally:
        connection.close()
    return np.frombuffer(data, np.uint8).reshape(size.height, size.width, 4)[:, :, :3]


def until(show: Callable[[], str | None], condition: Callable[[], bool], what: str) -> None:
    """Keep the window alive until the condition holds."""

    def shown() -> bool:
        assert show() is None
        return condition()

    eventually(shown, what)


def is_painted(at: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    window = shown_id()
    if window is None:
        return False
    try:
        image = pixels(window)
    except error.BadMatch:
        return False  # it went out of sight since
    found = image[int(image.shape[0] * at[1]), int(image.shape[1] * at[0])].astype(int)
    return bool(np.abs(found - colour).max() <= 12)


def press(show: Callable[[], str | None], key: str) -> str | None:
    """Press a key in the window and show until it is answered or two seconds are over."""
    window = shown_id()
    assert window is not None
    xdotool("windowactivate", "--sync", window)
    xdotool("key", "--window", window, key)
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        if (action := show()) is not None:
            return action
    return None


def test_the_picture_is_shown_in_its_colours_with_a_status_line(show: Callable[[], str | None]) -> None:
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture's right half")
    until(show, lambda: is_painted((0.01, 0.5), COLOURS["left"]), "the picture's left half, not mirrored")
    window = shown_id()
    assert window is not None
    image = pixels(window)
    assert image.shape[1] <= 1280
    strip = image[-16:]
    assert strip.min() < 60, "the line is dark"
    assert strip.max() > 180, "its text is bright"


@pytest.mark.parametrize(
    ("key", "action"),
    [("q", "quit"), ("Escape", "quit"), ("space", "pause"), ("Q", "quit"), ("m", "mark"), ("s", "report")],
)
def test_keys_ask_for_actions(show: Callable[[], str | None], key: str, action: str) -> None:
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture")
    assert press(show, key) == action


def test_b_asks_for_hiding_and_a_hidden_picture_is_not_shown(
    window: SideWindow, show: Callable[[], str | None]
) -> None:
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture")
    assert press(show, "b") == "blank"
    window.set_blank(True)
    until(show, lambda: not is_painted((0.97, 0.5), COLOURS["right"]), "the hiding")
    assert not is_painted((0.01, 0.5), COLOURS["left"])
    assert press(show, "b") == "blank"
    window.set_blank(False)
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture again")


def test_n_asks_for_the_names_to_be_hidden(window: SideWindow, show: Callable[[], str | None]) -> None:
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture")
    before = pixels(shown_id() or 0)
    assert press(show, "n") == "names"
    window.set_names(False)
    until(show, lambda: bool((pixels(shown_id() or 0) != before).any()), "the names' end")


@pytest.mark.parametrize("away", [("windowminimize",), ("set_desktop_for_window", "1")])
def test_a_window_that_is_minimised_or_on_another_desktop_is_not_closed(
    show: Callable[[], str | None], away: tuple[str, ...]
) -> None:
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture")
    window = shown_id() or 0
    xdotool(away[0], window, *away[1:])
    until(show, lambda: shown_id() is None, "that it cannot be seen")
    for _ in range(30):
        assert show() is None, "the lesson goes on"
    if len(away) > 1:
        xdotool("set_desktop_for_window", window, 0)
    xdotool("windowmap", "--sync", window)
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture again")


def test_closing_the_window_quits(show: Callable[[], str | None]) -> None:
    until(show, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture")
    subprocess.run(["wmctrl", "-i", "-c", hex(shown_id() or 0)], check=True)
    eventually(lambda: show() == "quit", "the answer to the closing")
    assert show() == "quit"


@pytest.mark.parametrize("platform", [None, "wayland"])
def test_qt_says_nothing_to_the_user_and_uses_x11(x_display: str, platform: str | None) -> None:
    code = (
        "import numpy as np; from meeting_analyzer.outputs import SideWindow; "
        "from meeting_analyzer.types import Frame; from meeting_analyzer.outputs.base import Status; w = SideWindow('Quiet'); "
        "[w.show(Frame(np.zeros((90, 160, 3), np.uint8), 0, i), None, Status()) for i in range(5)]; w.close()"
    )
    environment = {**os.environ, **({"QT_QPA_PLATFORM": platform} if platform else {})}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(("name", "said"), [("", "DISPLAY"), (":987", ":987"), ("nonsense", "nonsense")])
def test_without_a_screen_there_is_a_sentence_and_no_abort(
    monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setenv("DISPLAY", name)
    with pytest.raises(OutputError, match=said) as refused:
        SideWindow()
    assert "--side-window off" in str(refused.value)
    assert "\n" not in str(refused.value)


def state_of(window: int) -> str:
    words = ["xprop", "-id", str(window), "_NET_WM_STATE"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("on_top", [True, False])
def test_it_stays_above_other_windows_if_wanted(x_display: str, on_top: bool) -> None:
    made = SideWindow(on_top=on_top)
    try:
        keep = shower(made)
        until(keep, lambda: is_painted((0.97, 0.5), COLOURS["right"]), "the picture")
        until(keep, lambda: ("_NET_WM_STATE_ABOVE" in state_of(shown_id() or 0)) is on_top, "the state")
    finally:
        made.close()


def with_history() -> History:
    history = History()
    mood = Mood(FACE.emotion, 0.9, 1, 0)
    away = replace(FACE, attention=Attention(50.0, 0.0, False))
    for second in range(300):
        tiles = (replace(MOMENT.tiles[0], faces=(away,)),)
        history.write(Frame(picture(), 0.0, 0), Moment(float(second), second, (640, 360), tiles, mood))
    return history


@pytest.mark.parametrize(
    ("size", "place"),
    [((1200, 500), "right"), ((620, 760), "below"), ((300, 200), "none")],
)
def test_the_panel_is_laid_out_for_the_size_that_the_window_is_given(
    x_display: str, size: tuple[int, int], place: str
) -> None:
    made = SideWindow(history=with_history())
    try:
        keep = shower(made)
        until(keep, lambda: shown_id() is not None, "the window")
        xdotool("windowsize", shown_id() or 0, *size)
        until(keep, lambda: pixels(shown_id() or 0).shape[:2] == (size[1], size[0]), "the resize")

        def yellow(part: Image) -> int:
            return int((np.abs(part.astype(int) - PALETTE["happy"]).max(axis=2) <= 3).sum())

        def laid_out() -> bool:
            image = pixels(shown_id() or 0)
            right, below = image[:, -320:], image[-300:]
            return {"right": yellow(right) > 3000, "below": yellow(below) > 3000, "none": yellow(image) < 600}[place]

        until(keep, laid_out, f"the panel {place}")
    finally:
        made.close()


def test_text_is_as_large_as_the_desktop_wants_it(x_display: str) -> None:
    subprocess.run(["xrdb", "-merge"], input="Xft.dpi: 192\n", text=True, check=True)
    try:
        assert desktop.scale() == 2.0
        made = SideWindow(history=with_history())
        try:
            assert made._font == 26
        finally:
            made.close()
    finally:
        subprocess.run(["xrdb", "-remove"], check=True)
    assert desktop.scale() == 1.0
