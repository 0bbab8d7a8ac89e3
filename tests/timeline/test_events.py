# ruff: noqa: E731 - a scene that fits a line reads best as one
from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from meeting_analyzer.config import EventSettings
from meeting_analyzer.timeline.sentences import called, lasting, listed, said, within
from meeting_analyzer.types import EMOTIONS, UNCERTAIN, Event

from .calls import Person, Scene, events, every

IDS = [f"P{i:02d}" for i in range(1, 10)]


def people(count: int = 9, **special: Person) -> list[Person]:
    return [special.get(who, Person(who)) for who in IDS[:count]]


def kinds(found: list[Event]) -> list[str]:
    return [event.kind for event in found]


def test_a_quiet_call_has_no_events() -> None:
    assert events(lambda time: people(), every(0.5, 1200)) == []


def test_one_participant_looks_away_for_three_minutes() -> None:
    scene: Scene = lambda time: people(P03=Person("P03", yaw=60 if time > 100 else 0, name="Asha"))
    (event,) = events(scene, every(0.5, 600))
    assert event.kind == "looking_away"
    assert event.text == "Asha appears to have looked away from the camera for 3 minutes"
    assert event.unnamed == "Participant P03 appears to have looked away from the camera for 3 minutes"
    assert event.participants == ("P03",)
    assert event.time == pytest.approx(100, abs=1)
    assert event.frame / 2 == pytest.approx(284, abs=3), "noticed after three minutes"


def test_those_who_look_away_together_share_a_sentence() -> None:
    scene: Scene = lambda time: [Person(who, yaw=60 if time > 100 + i and i < 3 else 0) for i, who in enumerate(IDS)]
    (event,) = events(scene, every(0.5, 400))
    assert event.text == (
        "3 participants appear to have looked away from the camera for 3 minutes: "
        "participant P01, participant P02 and participant P03"
    )


def test_one_who_looks_away_again_and_again_is_named_seldom() -> None:
    scene: Scene = lambda time: people(P03=Person("P03", yaw=60 if time % 100 < 90 else 0))
    found = events(scene, every(0.5, 3600), EventSettings(away_after=30))
    assert 6 <= len(found) <= 12


def test_most_look_away_together() -> None:
    scene: Scene = lambda time: [Person(who, yaw=50 if 100 < time < 160 and i < 6 else 0) for i, who in enumerate(IDS)]
    (event,) = events(scene, every(0.5, 400))
    assert event.kind == "many_looking_away"
    assert event.text == event.unnamed == "6 of 9 visible participants appear to look away from the camera"
    assert len(event.participants) == 6


def test_drowsy() -> None:
    scene: Scene = lambda time: people(P02=Person("P02", closed=50 < time < 80))
    (event,) = events(scene, every(0.2, 200))
    assert (event.kind, event.text) == ("drowsy", "Participant P02's eyes appear to have been closed for 10 seconds")


def test_nobody_in_front_of_the_camera() -> None:
    scene: Scene = lambda time: people(P02=Person("P02", face=time < 60, name="Wei"))
    (event,) = events(scene, every(0.5, 400))
    assert (event.kind, event.text) == ("nobody", "Nobody appears in front of Wei's camera for 2 minutes now")


def test_four_cameras_go_off() -> None:
    scene: Scene = lambda time: [
        Person(who, kind="off" if i < 4 and time > 100 + 5 * i else "video") for i, who in enumerate(IDS)
    ]
    found = events(scene, every(0.5, 300))
    assert kinds(found) == ["cameras_off"]
    assert found[0].text.startswith("4 cameras went off within a minute: ")
    # all at once: one sentence with all of them
    at_once: Scene = lambda time: [
        Person(who, kind="off" if i < 4 and time > 100 else "video") for i, who in enumerate(IDS)
    ]
    (event,) = events(at_once, every(0.5, 300))
    assert event.text == (
        "4 cameras went off within a minute: participant P01, participant P02, participant P03 and 1 other"
    )


def test_two_cameras_or_slow_ones_are_no_event() -> None:
    assert (
        events(
            lambda t: [Person(w, kind="off" if i < 2 and t > 50 else "video") for i, w in enumerate(IDS)], every(1, 300)
        )
        == []
    )
    slow: Scene = lambda t: [Person(w, kind="off" if t > 100 * (i + 1) else "video") for i, w in enumerate(IDS)]
    assert events(slow, every(1, 800)) == []


def test_joining_leaving_and_coming_back() -> None:
    def scene(time: float) -> list[Person]:
        here = [Person(who) for who in IDS[:6]]
        if time > 30:
            here.append(Person("P07", name="Yuki"))
        return [p for p in here if p.id != "P02" or not 60 < time < 120]

    found = events(scene, every(0.5, 200))
    assert [(event.kind, event.text) for event in found] == [
        ("joined", "Yuki joined"),
        ("left", "Participant P02 left"),
        ("came_back", "Participant P02 came back"),
    ]


def test_a_class_that_arrives_is_a_few_sentences() -> None:
    scene: Scene = lambda time: [Person(f"P{i:02d}") for i in range(1, 3 + min(40, int(time / 6)))]
    found = events(scene, every(0.5, 900))
    assert set(kinds(found)) == {"joined"}
    assert len(found) <= 6
    assert sum(len(event.participants) for event in found) >= 38


def test_a_turned_page_and_a_shared_screen_are_no_leaving() -> None:
    def scene(time: float) -> list[Person]:
        if 200 < time < 300:
            return [Person("P50")]
        page = int(time // 40) % 2
        return [Person(f"P{i:02d}") for i in range(1 + 20 * page, 21 + 20 * page)]

    assert events(scene, every(0.5, 600)) == []


def test_flicker_of_tiles_is_neither_joining_nor_leaving() -> None:
    rng = random.Random(4)

    def scene(time: float) -> list[Person]:
        return [p for p in people() if rng.random() > 0.1] + [Person("P99")] * (rng.random() < 0.05)

    assert events(scene, every(0.5, 1200)) == []


def test_a_gap_in_which_nothing_was_seen_is_no_leaving() -> None:
    assert events(lambda time: people(), [*every(0.5, 60), *every(0.5, 400, start=300)]) == []
    covered: Scene = lambda time: [] if 60 < time < 200 else people()
    assert events(covered, every(0.5, 300)) == []


@pytest.mark.parametrize("label", ["sad", UNCERTAIN])
def test_six_faces_turn_sad_within_a_minute(label: str) -> None:
    scene: Scene = lambda time: [
        Person(who, label=label if i < 6 and time > 200 + 2 * i else "happy") for i, who in enumerate(IDS)
    ]
    found = [event for event in events(scene, every(0.5, 400)) if event.kind == "turned_sad"]
    assert len(found) == 1
    assert found[0].text.startswith("6 faces turned to appear sad or uncertain within a minute: ")
    assert len(found[0].participants) == 6


def test_faces_that_always_look_sad_have_not_turned() -> None:
    assert events(lambda time: [Person(who, label="sad") for who in IDS], every(0.5, 600)) == []


def test_the_mood_drops_and_rises() -> None:
    scene: Scene = lambda time: [Person(who, label="sad" if 300 < time < 600 else "happy") for who in IDS]
    settings = EventSettings(turned_sad=0)
    found = events(scene, every(0.5, 900), settings)
    assert kinds(found) == ["mood_dropped", "mood_rose"]
    assert found[0].text.startswith("The class appears gloomier than in the last minutes (valence ")


def test_presence_mode_knows_no_mood_but_all_the_rest() -> None:
    def scene(time: float) -> list[Person]:
        return [Person(who, label=None, yaw=60 if time > 50 and i == 0 else 0) for i, who in enumerate(IDS)]

    assert kinds(events(scene, every(0.5, 400), mode="presence")) == ["looking_away"]


@pytest.mark.parametrize("step", [0.1, 1.0, 5.0])
def test_the_frame_rate_does_not_decide(step: float) -> None:
    def scene(time: float) -> list[Person]:
        return people(P01=Person("P01", yaw=60 if time > 60 else 0), P02=Person("P02", face=time < 100))

    assert sorted(kinds(events(scene, every(step, 500)))) == ["looking_away", "nobody"]


def test_the_same_call_gives_the_same_events() -> None:
    def run() -> list[Event]:
        rng = random.Random(9)
        return events(
            lambda t: [
                Person(w, yaw=rng.gauss(0, 40), label=rng.choice(EMOTIONS), closed=rng.random() < 0.5) for w in IDS
            ],
            every(0.5, 900),
            EventSettings(away_after=20, mood_change=0.1, event_pause=10),
        )

    assert run() == run()


@pytest.mark.parametrize("seed", range(4))
def test_noise_over_an_hour_gives_hardly_an_event(seed: int) -> None:
    """Readings that say nothing: every pose, eye, label, missed face and missed tile drawn anew in each frame."""
    rng = random.Random(seed)
    labels = [*EMOTIONS, UNCERTAIN]

    def scene(time: float) -> list[Person]:
        return [
            Person(
                who,
                face=rng.random() > 0.15,
                yaw=rng.gauss(0, 25) if rng.random() > 0.1 else None,
                pitch=rng.gauss(5, 12),
                closed=rng.random() < 0.15,
                speaking=rng.random() < 0.1,
                label=rng.choice(labels),
                kind="off" if rng.random() < 0.02 else "video",
            )
            for who in IDS
            if rng.random() > 0.02
        ]

    found = events(scene, every(1.0, 3600))
    assert len(found) <= 3, Counter(kinds(found))


@pytest.mark.parametrize("seed", range(4))
def test_a_restless_class_is_no_flood(seed: int) -> None:
    """Everybody drifts on their own: looks away for minutes, naps, turns cameras off, leaves, changes expression."""
    rng = random.Random(100 + seed)
    ids = [f"P{i:02d}" for i in range(1, 31)]
    state = {who: Person(who) for who in ids}
    gone: dict[str, float] = {}

    def scene(time: float) -> list[Person]:
        for who in ids:
            if rng.random() < 1 / 120:
                state[who] = Person(
                    who,
                    kind="off" if rng.random() < 0.15 else "video",
                    face=rng.random() > 0.05,
                    yaw=rng.choice((0, 0, 0, 60)),
                    closed=rng.random() < 0.05,
                    label=rng.choice((*EMOTIONS, UNCERTAIN)),
                )
            if rng.random() < 1 / 2000:
                gone[who] = time + rng.uniform(5, 300)
        return [state[who] for who in ids if gone.get(who, -1) < time]

    found = events(scene, every(1.0, 3600))
    assert len(found) <= 120, Counter(kinds(found))
    per_kind = {kind: [e.frame for e in found if e.kind == kind] for kind in set(kinds(found))}
    for frames in per_kind.values():
        assert all(later - earlier >= 60 for earlier, later in pairwise(frames))


def test_all_can_be_switched_off() -> None:
    wild: Scene = lambda time: [
        Person(w, yaw=60 if time > 20 else 0, closed=time > 20) for w in IDS[: 9 - int(time > 300)]
    ]
    assert events(wild, every(0.5, 600))
    assert events(wild, every(0.5, 600), EventSettings(events="off")) == []
    none = EventSettings(
        away_after=0,
        away_share=0,
        drowsy_after=0,
        nobody_after=0,
        cameras_off=0,
        turned_sad=0,
        mood_change=0,
        join_leave="off",
    )
    assert events(wild, every(0.5, 600), none) == []


def test_a_time_that_jumps_back_starts_afresh() -> None:
    times = [*every(0.5, 170), *every(0.5, 170)]
    assert events(lambda time: people(P01=Person("P01", yaw=60)), times) == []


def test_names_from_outside_are_cleaned_and_cut() -> None:
    assert called("P03", None) == called("P03", "\u202e\u200b ") == "participant P03"
    assert called("P03", "\u202eeli\u202c\nve") == "eli ve"
    assert len(called("P03", "x" * 500)) == 40
    assert said([called("P01", "{count} {0}")], "{who} left", "{count} participants left") == "{count} {0} left"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (10, "10 seconds"), (60, "1 minute"), (75, "75 seconds"), (180, "3 minutes"), (3600, "1 hour"), (7200, "2 hours")],
)  # fmt: skip
def test_durations_in_words(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_lists_in_words() -> None:
    assert listed(["A"]) == "A"
    assert listed(["A", "B"]) == "A and B"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert listed(["A", "B", "C", "D"]) == "A, B, C and 1 other"
    assert listed(["A", "B", "C", "D", "E"]) == "A, B, C and 2 others"
    assert within(60) == "within a minute"
    assert within(120) == "within 2 minutes"
