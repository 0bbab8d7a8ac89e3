"""The budget of perception: what is earned, saved up, and owed."""

from __future__ import annotations

from meeting_analyzer.config import Settings, validate
from meeting_analyzer.perception.pace import EVERYTHING, LEAST_AT_ONCE, RECORDINGS, Allowance, Room, least


def test_without_a_limit_all_are_allowed() -> None:
    allowance = Allowance(None)
    allowance.take(1000)
    assert allowance.at(5.0) is None


def test_what_is_not_taken_is_saved_up_but_not_for_ever() -> None:
    allowance = Allowance(10.0)
    assert allowance.at(0.0) == int(LEAST_AT_ONCE)
    allowance.take(4)
    assert allowance.at(0.1) == 1
    assert allowance.at(0.3) == 3
    assert allowance.at(0.31) == 3
    assert allowance.at(0.9) == 5, "what the time since the frame before allows"
    allowance.take(5)
    for step in range(100):
        assert (allowance.at(1.0 + step / 10) or 0) <= LEAST_AT_ONCE


def test_more_than_was_allowed_is_made_up_for() -> None:
    allowance = Allowance(10.0)
    allowance.at(0.0)
    allowance.take(9)
    assert allowance.at(0.4) == 0
    assert allowance.at(0.6) == 1


def test_a_batch_is_waited_for() -> None:
    allowance = Allowance(10.0, batch=4)
    assert allowance.at(0.0) == 4
    allowance.take(4)
    assert [allowance.at(t) for t in (0.1, 0.2, 0.3, 0.4)] == [0, 0, 0, 4]


def test_waiting_for_a_batch_loses_little_of_what_was_earned() -> None:
    allowance, done = Allowance(75.0, batch=4), 0
    for frame in range(1, 281):
        allowed = allowance.at(frame / 28) or 0
        assert allowed == 0 or allowed >= 4
        allowance.take(allowed)
        done += allowed
    assert 0.9 * 750 < done <= 750 + 4


def test_a_jump_back_in_time_earns_nothing() -> None:
    allowance = Allowance(10.0)
    allowance.at(9.0)
    allowance.take(4)
    assert allowance.at(1.0) == 0
    assert allowance.at(1.2) == 2


def test_a_frame_has_room_for_what_fits_into_its_time() -> None:
    now = 0.0
    room = Room(6, 0.01, clock=lambda: now)
    assert room.left == 6, "nothing is known yet"
    with room.used_by(4):
        now += 0.016
    assert room.left == 2
    for _ in range(40):
        with room.used_by(2):
            now += 0.002
    assert room.left == 6, "no more than that, however quick"
    for _ in range(40):
        with room.used_by(1):
            now += 0.05
    assert room.left == 1, "one is always done"
    with room.used_by(0):
        now += 5
    assert room.left == 1


def test_a_clock_too_coarse_to_tell_allows_the_most() -> None:
    now = 0.0
    room = Room(6, 0.01, clock=lambda: now)
    with room.used_by(1):
        now += 0.0156
    for _ in range(10_000):
        with room.used_by(6):
            pass
    assert room.left == 6


def test_what_took_long_once_says_little() -> None:
    now = 0.0
    room = Room(10, 0.01, clock=lambda: now)
    for took in (0.002, 0.002, 3.0):
        with room.used_by(2):
            now += took
    assert room.left == 9


def test_without_a_limit_or_a_time_there_is_no_measure() -> None:
    for room, left in ((Room(None, 0.01), None), (Room(5, None), 5)):
        with room.used_by(1):
            pass
        assert room.left == left


def test_the_smallest_number_counts_and_none_is_any() -> None:
    assert least(None, 3, 5) == 3
    assert least(None, None) is None


def test_the_setting_names_the_paces_of_recordings() -> None:
    assert Settings().recording_pace == "sparing"
    assert RECORDINGS["full"] == EVERYTHING
    for name in RECORDINGS:
        validate(Settings(recording_pace=name))  # type: ignore[arg-type]
