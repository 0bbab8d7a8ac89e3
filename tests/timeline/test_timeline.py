from __future__ import annotations

import pytest

from meeting_analyzer.timeline import Timeline, class_mood, looks_away
from meeting_analyzer.types import EMOTIONS, VALENCE, Attention, Box, Face, Scene, Tile

HAPPY = tuple(float(name == "happy") for name in EMOTIONS)
SAD = tuple(float(name == "sad") for name in EMOTIONS)


def test_mood_is_the_mean_over_faces_with_the_counts() -> None:
    tiles = [
        Tile(Box(0, 0, 9, 9), faces=(Face(Box(1, 1, 2, 2), 0.9, emotion=HAPPY),)),
        Tile(Box(9, 0, 9, 9), faces=(Face(Box(9, 1, 2, 2), 0.9, emotion=SAD, attention=Attention(40, 0, False)),)),
        Tile(Box(18, 0, 9, 9), "off"),
    ]
    mood = class_mood(tiles)
    assert mood is not None
    assert mood.emotion is not None
    assert mood.emotion[EMOTIONS.index("happy")] == mood.emotion[EMOTIONS.index("sad")] == 0.5
    assert mood.valence == pytest.approx((VALENCE[EMOTIONS.index("happy")] + VALENCE[EMOTIONS.index("sad")]) / 2)
    assert (mood.faces, mood.cameras_off, mood.looking_away) == (2, 1, 1)


def test_presence_counts_faces_but_knows_no_emotion() -> None:
    mood = class_mood([Tile(Box(0, 0, 9, 9), faces=(Face(Box(1, 1, 2, 2), 0.9),))])
    assert mood is not None
    assert (mood.emotion, mood.valence, mood.faces) == (None, None, 1)


def test_no_tiles_no_mood() -> None:
    assert class_mood([]) is None


@pytest.mark.parametrize(
    ("pose", "away"),
    [(None, False), (Attention(0, 0, False), False), (Attention(-31, 0, False), True), (Attention(0, 26, False), True)],
)
def test_looking_away(pose: Attention | None, away: bool) -> None:
    assert looks_away(Face(Box(0, 0, 9, 9), 0.9, attention=pose)) is away


def test_a_face_keeps_its_smoothed_emotion_when_its_tile_moves() -> None:
    timeline = Timeline(smoothing=10.0, uncertain_below=0.3)
    places = [Box(0, 0, 100, 60), Box(110, 0, 100, 60)]

    def tile(place: Box, name: str, emotion: tuple[float, ...]) -> Tile:
        return Tile(place, name=name, faces=(Face(Box(place.x + 30, 10, 30, 30), 0.9, emotion=emotion),))

    timeline.update(Scene(0.0, 0, (210, 60), (tile(places[0], "Asha", HAPPY), tile(places[1], "Wei", SAD))))
    moment = timeline.update(Scene(0.1, 1, (210, 60), (tile(places[0], "Wei", SAD), tile(places[1], "Asha", SAD))))
    assert [(t.participant, t.faces[0].label) for t in moment.tiles] == [("P02", "sad"), ("P01", "happy")]
    assert moment.mood is not None
    assert moment.time == 0.1
