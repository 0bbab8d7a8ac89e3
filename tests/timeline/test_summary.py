from __future__ import annotations

import pytest

from meeting_analyzer.config import EventSettings
from meeting_analyzer.record import from_record, to_record
from meeting_analyzer.timeline import CallSummary, Totals, replay
from meeting_analyzer.timeline.events import EventMaker
from meeting_analyzer.types import EMOTIONS, UNCERTAIN, VALENCE, Moment

from .calls import Person, Scene, every, moments


def summary_of(scene: Scene, times: list[float]) -> CallSummary:
    summary = CallSummary()
    for moment in moments(scene, times):
        summary.add(moment)
    summary.finish()
    return summary


def scene(time: float) -> list[Person]:
    return [
        Person("P01", label="happy" if time < 60 else "sad", speaking=20 <= time < 40, name="Asha"),
        Person("P02", label=UNCERTAIN, yaw=50 if time >= 60 else 0),
        Person("P03", kind="off" if time >= 90 else "video", label="happy"),
    ]


def test_mood_minute_by_minute() -> None:
    first, second = summary_of(scene, every(0.5, 119.5)).minutes
    assert (first.start, first.seconds, second.start, second.seconds) == (0, 60, 60, 60)
    assert (first.faces, first.cameras_off, first.looking_away) == (3, 0, 0)
    assert (second.faces, second.cameras_off, second.looking_away) == (2.5, 0.5, 1)
    assert first.emotion is not None
    assert second.emotion is not None
    assert first.valence is not None
    assert second.valence is not None
    assert sum(first.emotion) == pytest.approx(1)
    assert first.valence > 0.3 > second.valence
    happy = EMOTIONS.index("happy")
    assert first.emotion[happy] == pytest.approx((0.94 + 0.01 + 0.94) / 3)
    assert first.valence == pytest.approx(sum(p * v for p, v in zip(first.emotion, VALENCE, strict=True)))


def test_totals_of_every_participant() -> None:
    asha, second, third = summary_of(scene, every(0.5, 119.5)).participants
    assert (asha.id, asha.name, asha.first_seen, asha.last_seen) == ("P01", "Asha", 0, 120)
    assert (asha.seen, asha.camera_on, asha.face_present) == (120, 120, 120)
    assert asha.speaking == pytest.approx(20, abs=1.5)
    assert asha.expressions == {"happy": 60, "sad": 60}
    assert second.looking_away == pytest.approx(60, abs=2)
    assert (second.dominant, second.uncertain_share) == (None, 1.0)
    assert third.camera_on == pytest.approx(90, abs=1.5)
    assert (third.dominant, third.uncertain_share, third.shares) == ("happy", 0.0, {"happy": 1.0})
    assert Totals("P09").uncertain_share is None


@pytest.mark.parametrize("step", [0.1, 0.7, 3.0, 20.0])
def test_times_add_up_at_any_frame_rate(step: float) -> None:
    times = every(step, 300)
    found = summary_of(scene, times)
    assert sum(minute.seconds for minute in found.minutes) == pytest.approx(times[-1] + min(step, 5), abs=0.01)
    assert found.participants[0].seen == pytest.approx(times[-1] + min(step, 5), abs=0.01)


def test_time_that_nobody_saw_is_not_counted() -> None:
    found = summary_of(scene, [*every(0.5, 30), *every(0.5, 630, start=600)])
    assert found.participants[0].seen == pytest.approx(30 + 5 + 30.5)
    assert [minute.start for minute in found.minutes] == [0, 600]


def test_a_time_that_jumps_back_does_no_harm() -> None:
    found = summary_of(scene, [0.0, 1.0, 0.5, 1.5])
    assert found.participants[0].seen == pytest.approx(1 + 0 + 1 + 1)


def test_a_single_picture_and_nothing_at_all() -> None:
    assert summary_of(scene, [5.0]).participants[0].seen == 1
    assert summary_of(scene, []).minutes == []
    empty = CallSummary()
    empty.add(Moment(0.0, 0, (10, 10)))
    empty.finish()
    empty.finish()
    assert [(m.seconds, m.faces, m.emotion) for m in empty.minutes] == [(1, 0, None)]


def test_presence_mode_has_everything_but_expressions() -> None:
    found = summary_of(lambda time: [Person("P01", label=None, yaw=60)], every(0.5, 59.5))
    (minute,), (person,) = found.minutes, found.participants
    assert (minute.emotion, minute.valence, minute.faces) == (None, None, 1)
    assert person.looking_away == pytest.approx(60, abs=2)
    assert (person.dominant, person.uncertain_share, person.shares) == (None, None, {})


def test_records_give_the_same_summary_and_the_same_events() -> None:
    settings = EventSettings(away_after=20)
    live, times = [], every(0.5, 200)
    maker = EventMaker(settings)
    for moment in moments(scene, times):
        live += maker.update(moment)
    stored = [from_record(to_record(moment)) for moment in moments(scene, times)]
    assert not any(moment.signals for moment in stored)
    again = list(replay(stored, settings))
    assert [event for moment in again for event in moment.events] == live != []
    one, other = CallSummary(), CallSummary()
    for moment, told in zip(stored, again, strict=True):
        one.add(moment)
        other.add(told)
    assert one.participants == other.participants
    assert one.minutes == other.minutes
