"""What the panel tells: the class lately, and who may need attention."""

from __future__ import annotations

import numpy as np
import pytest

from meeting_analyzer.outputs.history import SPAN, STEP, History
from meeting_analyzer.types import EMOTIONS, Attention, Box, Event, Face, Frame, Moment, Mood, Tile

BOX = Box(0, 0, 10, 10)
FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)


def face(yaw: float = 0.0, pitch: float = 0.0, closed: bool = False) -> Face:
    return Face(BOX, 0.9, attention=Attention(yaw, pitch, closed))


def mood(happy: float) -> Mood:
    rest = (1 - happy) / 6
    return Mood(tuple(happy if name == "happy" else rest for name in EMOTIONS), happy - 0.5, 3, 1)


def feed(
    history: History, seconds: range, *tiles: Tile, mood: Mood | None = None, events: tuple[Event, ...] = ()
) -> None:
    for second in seconds:
        history.write(FRAME, Moment(float(second), second, (2, 2), tiles, mood, events=events))


def reasons(history: History) -> dict[str, tuple[str, float]]:
    return {concern.participant: (concern.reason, concern.seconds) for concern in history.overview().concerns}


def test_the_chart_is_the_mean_of_each_stretch_and_reaches_back_ten_minutes() -> None:
    history = History()
    feed(history, range(0, 100), mood=mood(0.2))
    feed(history, range(100, 900), mood=mood(0.8))
    seen = history.overview()
    assert seen.shares.shape == (SPAN // STEP, len(EMOTIONS))
    assert seen.shares[-1][EMOTIONS.index("happy")] == pytest.approx(0.8)
    assert seen.shares[0][EMOTIONS.index("happy")] == pytest.approx(0.8), "what is older is forgotten"
    assert seen.valence[-1] == pytest.approx(0.3)
    assert np.isfinite(seen.shares).all()


def test_what_was_not_seen_is_a_gap() -> None:
    history = History()
    feed(history, range(0, 10), mood=mood(0.2))
    feed(history, range(100, 110), mood=mood(0.2))
    shares = history.overview().shares[:, 0]
    assert np.isfinite(shares[-2:]).all()
    assert np.isnan(shares[-10:-2]).all()
    assert np.isnan(History().overview().shares).all()


@pytest.mark.parametrize(
    ("tile", "reason", "least"),
    [
        (Tile(BOX, "off", participant="P01"), "camera off", 60),
        (Tile(BOX, participant="P01"), "no face in the picture", 20),
        (Tile(BOX, participant="P01", faces=(face(yaw=-50),)), "looking away", 10),
        (Tile(BOX, participant="P01", faces=(face(pitch=40),)), "looking away", 10),
        (Tile(BOX, participant="P01", faces=(face(closed=True),)), "eyes closed", 5),
    ],
)
def test_somebody_may_need_attention_after_a_while(tile: Tile, reason: str, least: int) -> None:
    history = History()
    feed(history, range(0, least), tile)
    assert reasons(history) == {}
    feed(history, range(least, least + 31), tile)
    assert reasons(history) == {"P01": (reason, least + 30.0)}
    feed(history, range(least + 31, least + 36), Tile(BOX, participant="P01", faces=(face(),)))
    assert reasons(history) == {}, "over"


def test_a_flicker_does_not_end_it() -> None:
    history = History()
    away, back = (Tile(BOX, participant="P01", faces=(face(yaw=yaw),)) for yaw in (50, 0))
    for second in range(0, 40):
        feed(history, range(second, second + 1), back if second % 10 == 5 else away)
    assert reasons(history) == {"P01": ("looking away", 39.0)}


def test_the_gravest_reason_is_said_and_the_longest_come_first() -> None:
    history = History()
    feed(history, range(0, 30), Tile(BOX, participant="P01", faces=(face(yaw=60),)))
    both = Tile(BOX, participant="P02", faces=(face(closed=True),)), Tile(BOX, participant="P01", faces=(face(yaw=60),))
    feed(history, range(30, 60), *both)
    assert [c.participant for c in history.overview().concerns] == ["P02", "P01"]


def test_an_event_about_somebody_is_a_reason_for_a_minute() -> None:
    history = History()
    event = Event(5.0, "spike", "appears surprised all of a sudden", ("P03",))
    feed(history, range(5, 6), events=(event,))
    feed(history, range(6, 20))
    assert reasons(history) == {"P03": (event.text, 14.0)}
    assert history.overview().events == (event,)
    feed(history, range(20, 100))
    assert reasons(history) == {}
    feed(history, range(100, 700))
    assert history.overview().events == ()


def test_marks_are_kept_for_as_long_as_the_chart() -> None:
    history = History()
    feed(history, range(0, 10))
    history.mark(7.0)
    assert history.overview().marks == (7.0,)
    feed(history, range(10, 700))
    assert history.overview().marks == ()
