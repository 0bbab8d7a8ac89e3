# ruff: noqa: E731 - a scene that fits a line reads best as one
from __future__ import annotations

import random

import pytest

from meeting_analyzer.timeline import Timeline
from meeting_analyzer.timeline.attention import AttentionTracker, Held, turned_away
from meeting_analyzer.types import Attention, Box, Face, Signals, Tile
from meeting_analyzer.types import Scene as SeenScene

from .calls import Person, Scene, every, moments


def last(scene: Scene, times: list[float]) -> Signals:
    return list(moments(scene, times))[-1].signals[0]


def between(start: float, end: float, then: Person, otherwise: Person | None = None) -> Scene:
    return lambda time: [then if start <= time < end else otherwise or Person("P01")]


def test_a_state_changes_only_after_it_lasted_and_counts_from_its_beginning() -> None:
    held = Held(on_after=1.0, off_after=2.0)
    seen = {t / 10: 10 <= t < 40 for t in range(100)}
    states = {t: held.update(value, t) for t, value in seen.items()}
    assert not states[1.9]
    assert states[2.0]
    assert states[5.9]
    assert not states[6.0]
    held.update(True, 10.0)
    held.update(True, 11.5)
    assert held.lasting(15.0) == 5.0


def test_flicker_never_changes_a_state() -> None:
    held = Held(1.0, 1.0)
    assert not any(held.update(step % 3 != 0, step / 10) for step in range(500))


def test_what_cannot_be_told_keeps_the_state_for_a_while_only() -> None:
    held = Held(0.0, 1.0)
    assert held.update(True, 0.0)
    assert held.update(None, 4.0)
    assert not held.update(None, 6.0)
    assert held.update(True, 7.0)
    assert held.lasting(8.0) == 1.0


@pytest.mark.parametrize(
    ("pose", "already", "away"),
    [
        (None, False, False),
        (Attention(29, 0, False), False, False),
        (Attention(31, 0, False), False, True),
        (Attention(-31, 0, False), False, True),
        (Attention(27, 0, False), True, True),
        (Attention(24, 0, False), True, False),
        (Attention(0, 26, False), False, True),
        (Attention(0, -26, False), False, True),
        (Attention(0, 19, False), True, False),
    ],
)
def test_turned_away_with_hysteresis(pose: Attention | None, already: bool, away: bool) -> None:
    assert turned_away(pose, already) is away


def test_looking_away_lasts_through_glances_back() -> None:
    def scene(time: float) -> list[Person]:
        glance = 20 <= time < 22 or 40 <= time < 42
        return [Person("P01", yaw=0 if time < 10 or glance else 50)]

    signal = last(scene, every(0.5, 60))
    assert signal.looking_away
    assert signal.away_for == pytest.approx(50)


def test_a_long_look_back_ends_it() -> None:
    signal = last(between(20, 26, Person("P01"), Person("P01", yaw=-60)), every(0.5, 40))
    assert signal.away_for == pytest.approx(14)


@pytest.mark.parametrize("step", [0.033, 0.1, 1.0, 4.0])
def test_durations_hold_at_any_frame_rate(step: float) -> None:
    signal = last(between(12, 999, Person("P01", yaw=45, closed=True)), every(step, 60))
    assert signal.looking_away
    assert signal.eyes_closed
    assert signal.away_for == pytest.approx(48, abs=step + 0.1)
    assert signal.closed_for == pytest.approx(48, abs=step + 0.1)


def test_irregular_times() -> None:
    rng, times = random.Random(1), [0.0]
    while times[-1] < 90:
        times.append(times[-1] + rng.choice((0.01, 0.05, 0.3, 2.0, 4.9)))
    signal = last(between(30, 999, Person("P01", pitch=40)), times)
    assert signal.looking_away
    assert signal.away_for == pytest.approx(times[-1] - 30, abs=5)


def test_a_blink_is_no_closed_eye_and_a_nap_is() -> None:
    blinking: Scene = lambda time: [Person("P01", closed=time % 3 < 0.4)]
    assert not any(m.signals[0].eyes_closed for m in moments(blinking, every(0.1, 60)))
    assert last(between(5, 99, Person("P01", closed=True)), every(0.1, 20)).closed_for == pytest.approx(15)


def test_readings_that_miss_a_fifth_of_closed_eyes_still_add_up() -> None:
    rng = random.Random(5)
    scene: Scene = lambda time: [Person("P01", closed=time >= 5 and rng.random() > 0.2)]
    assert last(scene, every(0.2, 30)).closed_for == pytest.approx(25, abs=0.5)


def test_eyes_of_a_small_face_say_nothing() -> None:
    assert not last(between(0, 99, Person("P01", closed=True, size=20)), every(0.1, 20)).eyes_closed


def test_a_camera_that_shows_nobody() -> None:
    signal = last(between(10, 99, Person("P01", face=False)), every(0.5, 40))
    assert signal.camera_on
    assert not signal.face_present
    assert signal.nobody_for == pytest.approx(30)
    off = last(between(10, 99, Person("P01", kind="off")), every(0.5, 40))
    assert not off.camera_on
    assert off.nobody_for == 0.0


def test_a_camera_that_goes_off_ends_what_was_seen_of_the_face() -> None:
    def scene(time: float) -> list[Person]:
        return [Person("P01", kind="video" if time < 20 else "off", yaw=60, closed=True)]

    signal = last(scene, every(0.5, 20.5))
    assert (signal.looking_away, signal.eyes_closed, signal.away_for, signal.face_present) == (False, False, 0.0, False)


def test_a_face_missed_now_and_then_is_still_present() -> None:
    rng = random.Random(2)
    scene: Scene = lambda time: [Person("P01", face=rng.random() > 0.4)]
    seen = [m.signals[0] for m in moments(scene, every(0.1, 120))]
    assert all(s.face_present for s in seen[5:])
    assert all(s.nobody_for == 0 for s in seen)


def test_a_still_picture_is_no_camera() -> None:
    assert not last(between(0, 99, Person("P01", kind="still")), every(1, 5)).camera_on


def test_speaking_outlasts_pauses_between_words() -> None:
    scene: Scene = lambda time: [Person("P01", speaking=time % 2 < 1.5)]
    assert all(m.signals[0].speaking for m in moments(scene, every(0.1, 20)))
    assert not last(between(0, 5, Person("P01", speaking=True)), every(0.1, 7)).speaking


def test_a_single_picture_tells_what_it_shows_but_nothing_that_lasts() -> None:
    (moment,) = moments(lambda time: [Person("P01", yaw=60, closed=True, speaking=True)], [0.0])
    assert moment.signals == (Signals("P01", True, True, speaking=True),)


def test_time_nobody_saw_is_not_counted() -> None:
    away: Scene = lambda time: [Person("P01", yaw=60, closed=True)]
    times = [*every(0.5, 20), *every(0.5, 500, start=490)]
    signal = last(away, times)
    assert signal.away_for == pytest.approx(10)
    assert signal.closed_for == pytest.approx(10)


def test_someone_who_left_and_came_back_starts_afresh() -> None:
    scene: Scene = lambda time: [Person("P02"), *([] if 20 <= time < 60 else [Person("P01", yaw=60)])]
    seen = list(moments(scene, every(0.5, 70)))[-1].signals
    assert {s.participant: round(s.away_for) for s in seen} == {"P01": 10, "P02": 0}


def test_a_time_that_jumps_back_forgets() -> None:
    times = [*every(0.5, 30), *every(0.5, 5)]
    assert last(lambda time: [Person("P01", yaw=60)], times).away_for == pytest.approx(5)


def test_a_room_looks_away_only_when_all_of_it_does() -> None:
    def room(*yaws: float) -> Tile:
        faces = tuple(Face(Box(60 * i, 0, 50, 50), 0.9, attention=Attention(y, 0, False)) for i, y in enumerate(yaws))
        return Tile(Box(0, 0, 300, 200), participant="P01", faces=faces)

    tracker = AttentionTracker()
    for step in range(50):
        (signal,), away = tracker.update((room(50, 0),), step / 10)
    assert (signal.looking_away, away) == (False, 1)
    for step in range(50, 100):
        (signal,), away = tracker.update((room(50, -50),), step / 10)
    assert (signal.looking_away, away) == (True, 2)


def test_the_timeline_fills_the_mood_and_the_signals() -> None:
    timeline = Timeline()
    for step in range(40):
        people = (Person("x", yaw=50), Person("y"), Person("z", kind="off"))
        tiles = tuple(person.tile(i) for i, person in enumerate(people))
        moment = timeline.update(SeenScene(step / 10, step, (640, 360), tiles))
    assert moment.mood is not None
    assert moment.mood.looking_away == 1
    assert [(s.participant, s.looking_away, s.camera_on) for s in moment.signals] == [
        ("P01", True, True),
        ("P02", False, True),
        ("P03", False, False),
    ]
