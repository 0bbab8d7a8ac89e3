from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from meeting_analyzer.timeline.desk import TOGETHER, Desk


def say(people: Sequence[str], named: bool) -> str:
    return f"{len(people)} people"


def told(desk: Desk, start: float, end: float) -> list[tuple[float, str]]:
    return [(float(t), event.text) for t in range(int(start), int(end)) for event in desk.due(float(t), t)]


def test_what_comes_together_is_said_together() -> None:
    desk = Desk(60)
    desk.report("left", ["P01"], 0.0, 1.0, say)
    assert desk.due(2.0, 0) == ()
    desk.report("left", ["P02", "P01"], 2.0, 2.0, say)
    (event,) = desk.due(1.0 + TOGETHER, 7)
    assert (event.time, event.kind, event.text, event.participants, event.frame) == (
        0.0,
        "left",
        "2 people",
        ("P01", "P02"),
        7,
    )


def test_a_kind_waits_for_its_pause_and_then_says_all() -> None:
    desk = Desk(60)
    desk.report("left", ["P01"], 0, 0, say)
    assert told(desk, 0, 20) == [(4.0, "1 people")]
    for time in (20, 30, 40):
        desk.report("left", [f"P{time}"], time, time, say)
        desk.report("joined", [f"P{time}"], time, time, say)
    assert told(desk, 40, 100) == [(40.0, "3 people"), (64.0, "3 people")], "each kind has a pause of its own"


def test_a_kind_that_never_stops_waits_longer_and_longer() -> None:
    desk, spoken = Desk(60), []
    for time in range(3600):
        desk.report("left", [f"P{time}"], time, time, say)
        spoken += [time for _ in desk.due(float(time), time)]
    pauses = [later - earlier for earlier, later in pairwise(spoken)]
    assert pauses[:4] == [60, 120, 240, 480]
    assert max(pauses) == 480


def test_after_a_busy_time_it_is_quick_again() -> None:
    desk, spoken = Desk(60), []
    for time in range(4000):
        if time < 600 or time % 150 == 0:
            desk.report("left", [f"P{time}"], time, time, say)
        spoken += [time for _ in desk.due(float(time), time)]
    assert max(later - earlier for earlier, later in pairwise(spoken)) == 480
    assert spoken[-5:] == [3304, 3454, 3604, 3754, 3904]


def test_what_is_withdrawn_is_not_said() -> None:
    desk = Desk(60)
    desk.withdraw("left", ["P01"])
    desk.report("left", ["P01", "P02"], 0, 0, say)
    desk.withdraw("left", ["P01"])
    assert [event.participants for event in desk.due(5.0, 0)] == [("P02",)]
    desk.report("left", ["P03"], 10, 10, say)
    desk.withdraw("left", ["P03"])
    assert desk.due(500.0, 0) == ()


def test_at_the_end_nothing_waits_any_more() -> None:
    desk = Desk(60)
    desk.report("left", ["P01"], 100.0, 100.0, say)
    desk.due(110.0, 1)
    desk.report("left", ["P02", "P03"], 111.0, 111.0, say)  # it has just spoken
    desk.report("joined", ["P04"], 112.0, 112.0, say)  # others may still join
    assert desk.due(112.5, 2) == ()
    assert [(event.time, event.kind, event.text, event.frame) for event in desk.rest(3)] == [
        (111.0, "left", "2 people", 3),
        (112.0, "joined", "1 people", 3),
    ]
    assert desk.rest(4) == ()
