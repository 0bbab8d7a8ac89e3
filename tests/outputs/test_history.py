"""What the panel tells: the class lately, and who may need attention."""

from __future__ import annotations

import numpy as np
import pytest

from meeting_analyzer.outputs.history import SPAN, STEP, History
from meeting_analyzer.types import EMOTIONS, Box, Event, Frame, Moment, Mood, Signals, Tile

BOX = Box(0, 0, 10, 10)
FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)


TILE = Tile(BOX, participant="P01")


def signals(state: str, lasting: float, who: str = "P01") -> Signals:
    """What the timeline tells of somebody who has been so for `lasting` seconds."""
    return {
        "away": Signals(who, True, True, looking_away=True, away_for=lasting),
        "closed": Signals(who, True, True, eyes_closed=True, closed_for=lasting),
        "nobody": Signals(who, True, False, nobody_for=lasting),
        "there": Signals(who, True, True),
    }[state]


def mood(happy: float) -> Mood:
    rest = (1 - happy) / 6
    return Mood(tuple(happy if name == "happy" else rest for name in EMOTIONS), happy - 0.5, 3, 1)


def feed(
    history: History,
    seconds: range,
    *tiles: Tile,
    mood: Mood | None = None,
    events: tuple[Event, ...] = (),
    states: tuple[tuple[str, str, int], ...] = (),
) -> None:
    """A moment a second; states: (participant, state, second since when)."""
    for second in seconds:
        told = tuple(signals(state, float(second - since), who) for who, state, since in states)
        history.write(FRAME, Moment(float(second), second, (2, 2), tiles, mood, events=events, signals=told))


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
    ("state", "reason", "least"),
    [("nobody", "no face in the picture", 20), ("away", "looking away", 10), ("closed", "eyes closed", 5)],
)
def test_somebody_may_need_attention_after_a_while(state: str, reason: str, least: int) -> None:
    history = History()
    feed(history, range(100, 100 + least), TILE, states=(("P01", state, 100),))
    assert reasons(history) == {}
    feed(history, range(100 + least, 131 + least), TILE, states=(("P01", state, 100),))
    assert reasons(history) == {"P01": (reason, least + 30.0)}
    feed(history, range(131 + least, 136 + least), TILE, states=(("P01", "there", 0),))
    assert reasons(history) == {}, "over"


def test_a_camera_that_is_off_for_a_minute_is_a_reason_and_a_flicker_is_no_end() -> None:
    history = History()
    off = Tile(BOX, "off", participant="P01")
    feed(history, range(0, 60), off)
    assert reasons(history) == {}
    for second in range(60, 100):
        feed(history, range(second, second + 1), TILE if second % 10 == 5 else off)
    assert reasons(history) == {"P01": ("camera off", 99.0)}


def test_the_gravest_reason_is_said_first() -> None:
    history = History()
    both = TILE, Tile(BOX, participant="P02")
    feed(history, range(0, 60), *both, states=(("P01", "away", 0), ("P02", "closed", 30)))
    assert [c.participant for c in history.overview().concerns] == ["P02", "P01"]


def test_an_event_about_somebody_is_a_reason_for_a_minute() -> None:
    history = History()
    event = Event(5.0, "came_back", "Ada came back", ("P03",))
    feed(history, range(5, 6), events=(event,))
    feed(history, range(6, 20))
    assert reasons(history) == {"P03": ("came back", 14.0)}, "the name stands beside it"
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
