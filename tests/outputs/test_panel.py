"""The panel and the layout of the side window at every size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meeting_analyzer.outputs.base import Status
from meeting_analyzer.outputs.history import SPAN, STEP, Concern, Overview
from meeting_analyzer.outputs.palette import COLOURS
from meeting_analyzer.outputs.panel import GROUND, WARN, panel
from meeting_analyzer.outputs.window import without_names
from meeting_analyzer.outputs.window_layout import natural_size, split
from meeting_analyzer.types import EMOTIONS, Box, Event, Image, Mode, Mood

HAPPY = tuple(0.7 if name == "happy" else 0.05 for name in EMOTIONS)


def overview(mode: Mode = "emotion", concerns: int = 3, rows: int = SPAN // STEP) -> Overview:
    shares = np.full((SPAN // STEP, 7), np.nan)
    shares[-rows:] = HAPPY
    return Overview(
        600.0,
        Mood(HAPPY, 0.55, 22, 3, 2),
        mode,
        shares,
        np.where(np.isnan(shares[:, 0]), np.nan, 0.5),
        tuple(Concern(f"P{n:02d}", "王伟 Zoë", "looking away", 10.0 + n) for n in range(concerns)),
        (Event(590.0, "cameras_off", "4 cameras went off within a minute"),),
        (300.0,),
    )


def count(image: Image, colour: tuple[int, int, int]) -> int:
    return int((np.abs(image.astype(int) - colour).max(axis=2) <= 2).sum())


@pytest.mark.parametrize(
    "size", [(325, 800), (325, 300), (1000, 300), (640, 320), (400, 60), (90, 40), (8, 8), (2000, 1400)]
)
@pytest.mark.parametrize("font", [13, 26])
def test_it_fits_any_size(size: tuple[int, int], font: int) -> None:
    made = panel(size, overview(concerns=30), Status(notice="The window is covered. " * 9), font)
    assert made.shape == (size[1], size[0], 3)


def test_it_shows_mood_chart_concerns_and_state() -> None:
    made = panel((325, 800), overview(), Status(analysed=12), 13)
    assert count(made, COLOURS["happy"]) > 12_000, "the chart is mostly the class's colour"
    assert count(made, WARN) > 100, "who may need attention, and the mark"
    calm = panel((325, 800), overview(concerns=0), Status(analysed=12), 13)
    assert count(calm, WARN) < count(made, WARN)


def test_the_chart_grows_from_its_right_end() -> None:
    young = panel((325, 800), overview(rows=10), Status(), 13)
    assert 0 < count(young, COLOURS["happy"]) < 3000
    columns = np.flatnonzero((np.abs(young.astype(int) - COLOURS["happy"]).max(axis=2) <= 2).sum(axis=0) > 30)
    assert columns.min() > 260


def test_lines_grow_with_the_text() -> None:
    def width_of_a_mark(font: int) -> int:
        size = 25 * font, 55 * font
        marked, plain = (panel(size, o, Status(), font) for o in (overview(), replace(overview(), marks=())))
        return int((marked != plain).any(axis=(0, 2)).sum())

    assert 0 < width_of_a_mark(13) < width_of_a_mark(26)


def test_presence_mode_shows_no_emotion() -> None:
    made = panel((325, 800), overview("presence"), Status(), 13)
    assert not any(count(made, COLOURS[name]) for name in ("happy", "sad", "angry", "fear"))


def test_nothing_seen_yet_is_no_failure() -> None:
    none = np.full((SPAN // STEP, 7), np.nan)
    made = panel((325, 800), Overview(0.0, None, "emotion", none, none[:, 0], (), (), ()), Status(), 13)
    assert count(made, GROUND) < made.shape[0] * made.shape[1]


def test_a_notice_is_in_the_colour_of_warnings() -> None:
    assert count(panel((325, 800), overview(concerns=0), Status(notice="Move it back."), 13), WARN) > count(
        panel((325, 800), overview(concerns=0), Status(), 13), WARN
    )


@pytest.mark.parametrize(
    ("size", "beside"),
    [((1600, 800), True), ((760, 900), False), ((500, 1000), False), ((1280, 720), True)],
)
def test_the_panel_goes_where_it_leaves_the_picture_larger(size: tuple[int, int], beside: bool) -> None:
    box, line = split(size, (1920, 1080), 13)
    assert box is not None
    assert not line
    assert (box.x > 0) is beside
    assert (box.y > 0) is not beside
    assert box.right == size[0]
    assert box.bottom == size[1]


@pytest.mark.parametrize("size", [(300, 200), (200, 900), (640, 150)])
def test_a_small_window_has_a_line_instead(size: tuple[int, int]) -> None:
    assert split(size, (1920, 1080), 13) == (None, True)


def test_a_window_in_its_natural_size_has_no_empty_border() -> None:
    size = natural_size((1280, 720), 13, with_panel=True)
    box, _ = split(size, (1280, 720), 13)
    assert box == Box(1280, 0, size[0] - 1280, 720)


def test_names_are_left_out_of_the_panel_and_its_events_too() -> None:
    event = Event(590.0, "left", "Zoë left", ("P01",), unnamed="participant P01 left")
    shown = without_names(replace(overview(), events=(event,)))
    assert {concern.name for concern in shown.concerns} == {None}
    assert [event.text for event in shown.events] == ["participant P01 left"]


@pytest.mark.parametrize("size", [(325, 800), (680, 380), (1000, 320), (1400, 320)])
def test_rates_and_keys_are_told_at_every_size_and_of_a_hidden_class_nothing_else(size: tuple[int, int]) -> None:
    status = Status(analysed=12, notice="The window is covered by another one; bring it to the front.")
    full, hidden = panel(size, overview(concerns=30), status, 13), panel(size, None, status, 13)
    foot = np.s_[-24:-8]
    assert (full[foot] == hidden[foot]).all()
    assert (hidden[foot] != GROUND).any()
    assert not any(count(hidden, COLOURS[name]) for name in ("happy", "sad", "angry", "fear"))
    assert count(full, COLOURS["happy"]) > 100
    assert (panel(size, None, replace(status, captured=30), 13) != hidden).any()
