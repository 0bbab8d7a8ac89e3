"""Faces of a recording in hindsight."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from meeting_analyzer.analyzer import Analyzer
from meeting_analyzer.batch.hindsight import HORIZON, Hindsight
from meeting_analyzer.perception.known_face import KnownFace
from meeting_analyzer.perception.pace import RECORDING
from meeting_analyzer.sources.sample import open_sample
from meeting_analyzer.types import EMOTIONS, Attention, Box, Face, Scene, Tile

TILE = Box(0, 0, 320, 180)


def showing(label: str) -> Face:
    """A face that shows this."""
    emotion = tuple(0.7 if name == label else 0.05 for name in EMOTIONS)
    return Face(Box(100, 50, 60, 60), 0.9, (), emotion, label, 0.7)


class Call:
    """A call of some people of whom it is known when they were read."""

    def __init__(self, *known: KnownFace) -> None:
        self.hindsight, self.known = Hindsight(), list(known)

    def see(self, time: float, *read: KnownFace) -> None:
        """A scene in which these were read, or looked as before."""
        for each in read:
            each.as_of = time
        tiles = tuple(Tile(TILE.shifted(320 * n, 0), "video", faces=(each.face,)) for n, each in enumerate(self.known))
        self.hindsight.add(Scene(time, round(10 * time), (1280, 720), tiles), [[each] for each in self.known])

    def labels(self, number: int = 0) -> list[str | None]:
        """What the face in a tile shows, scene by scene."""
        return [scene.tiles[number].faces[0].label for scene in self.hindsight.scenes() if len(scene.tiles) > number]


def test_between_two_readings_the_nearer_one_counts() -> None:
    somebody = KnownFace(showing("sad"), None)
    call = Call(somebody)
    call.see(0.0, somebody)
    for time in (0.2, 0.4, 0.5, 0.6, 0.8):
        call.see(time)
    somebody.face = showing("happy")
    call.see(1.0, somebody)
    call.see(1.2)
    assert call.labels() == ["sad", "sad", "sad", "sad", "happy", "happy", "happy", "happy"]
    changed = call.hindsight.scenes()[4].tiles[0].faces[0]
    assert (changed.emotion, changed.confidence) == (somebody.face.emotion, somebody.face.confidence)


def test_whoever_looked_as_before_showed_what_was_read_before() -> None:
    somebody = KnownFace(showing("sad"), None)
    call = Call(somebody)
    call.see(0.0, somebody)
    call.see(0.2)
    call.see(0.4, somebody)
    call.see(0.6)
    call.see(0.8)
    somebody.face = showing("happy")
    call.see(1.0, somebody)
    assert call.labels() == ["sad", "sad", "sad", "sad", "happy", "happy"]


def test_a_face_has_no_part_in_what_others_show() -> None:
    one, other = KnownFace(showing("sad"), None), KnownFace(showing("fear"), None)
    call = Call(one, other)
    call.see(0.0, one, other)
    call.see(0.2)
    call.see(0.4)
    one.face = showing("happy")
    call.see(0.6, one)
    assert call.labels(0) == ["sad", "sad", "happy", "happy"]
    assert call.labels(1) == ["fear"] * 4
    # tiles that change places
    call.known.reverse()
    call.see(0.7)
    one.face = showing("surprise")
    call.see(1.0, one)
    assert call.labels(0)[-2:] == ["fear", "fear"]
    assert call.labels(1)[-2:] == ["happy", "surprise"]


def test_what_somebody_else_shows_later_in_the_same_place_says_nothing_of_before() -> None:
    somebody, somebody_else = KnownFace(showing("sad"), None), KnownFace(showing("happy"), None)
    call = Call(somebody)
    call.see(0.0, somebody)
    call.see(0.2)
    call.see(0.4)
    call.known = [somebody_else]
    call.see(0.6, somebody_else)
    assert call.labels() == ["sad", "sad", "sad", "happy"]


def test_faces_stay_where_they_were_seen() -> None:
    somebody = KnownFace(showing("sad"), None)
    call = Call(somebody)
    call.see(0.0, somebody)
    call.see(0.2)
    somebody.face = replace(somebody.face, box=Box(110, 50, 60, 60))
    call.see(0.4)
    somebody.face = replace(showing("happy"), box=Box(120, 50, 60, 60))
    call.see(0.6, somebody)
    boxes = [scene.tiles[0].faces[0].box.x for scene in call.hindsight.scenes()]
    assert boxes == [100, 100, 110, 120]
    assert call.labels()[2] == "happy"


def test_a_head_turns_evenly_and_eyes_are_closed_until_the_middle() -> None:
    somebody = KnownFace(replace(showing("sad"), attention=Attention(0.0, 10.0, eyes_closed=True)), None)
    call = Call(somebody)
    for time in (0.0, 0.2, 0.4, 0.6, 0.8):
        call.see(time)
    somebody.face = replace(somebody.face, attention=Attention(50.0, -10.0, eyes_closed=False))
    call.see(1.0)
    call.see(1.2)
    somebody.face = replace(somebody.face, attention=Attention(50.0, -10.0, eyes_closed=True))
    call.see(1.4)
    seen = [scene.tiles[0].faces[0].attention for scene in call.hindsight.scenes()]
    assert [each.yaw for each in seen] == pytest.approx([0, 10, 20, 30, 40, 50, 50, 50])
    assert [each.pitch for each in seen] == pytest.approx([10, 6, 2, -2, -6, -10, -10, -10])
    assert [each.eyes_closed for each in seen] == [True, True, True, False, False, False, False, True]
    assert call.labels() == ["sad"] * 8


def test_a_head_that_was_not_read_before_turns_from_nowhere() -> None:
    somebody = KnownFace(showing("sad"), None)
    call = Call(somebody)
    call.see(0.0)
    call.see(0.2)
    somebody.face = replace(somebody.face, attention=Attention(50.0, 0.0, eyes_closed=False))
    call.see(0.4)
    somebody.face = replace(somebody.face, attention=None)
    call.see(0.6)
    seen = [scene.tiles[0].faces[0].attention for scene in call.hindsight.scenes()]
    assert seen == [None, None, Attention(50.0, 0.0, eyes_closed=False), None]


def test_scenes_are_given_out_once_they_change_no_more_as_they_would_be_in_the_end() -> None:
    def call(given: list[Scene] | None) -> list[Scene]:
        """A minute of somebody who is read every five seconds and turns meanwhile."""
        somebody = KnownFace(replace(showing("sad"), attention=Attention(0.0, 0.0, eyes_closed=False)), None)
        call = Call(somebody)
        for number in range(600):
            read = number % 50 == 0
            if read:
                turned = Attention(number / 10, 0.0, eyes_closed=number % 100 == 0)
                somebody.face = replace(showing("happy" if number % 100 else "sad"), attention=turned)
            call.see(number / 10, *([somebody] if read else []))
            if given is not None:
                given += call.hindsight.settled()
                assert len(call.hindsight.scenes()) <= 20 * HORIZON
        return call.hindsight.scenes()

    given: list[Scene] = []
    left, everything = call(given), call(None)
    assert len(given) >= 600 - 20 * HORIZON
    assert [*given, *left] == everything
    assert everything[26].tiles[0].faces[0].label == "happy"


def test_what_was_seen_long_before_a_reading_stays_as_it_was_seen() -> None:
    somebody = KnownFace(showing("sad"), None)
    call = Call(somebody)
    call.see(0.0, somebody)
    for time in range(1, 100):
        call.see(float(time))
    somebody.face = showing("happy")
    call.see(100.0, somebody)
    assert call.labels() == ["sad"] * 80 + ["happy"] * 21
    assert [scene.time for scene in call.hindsight.settled()] == [float(time) for time in range(80)]
    call.see(101.0)
    assert call.labels() == ["happy"] * 22


def test_a_recording_is_read_sparingly_and_only_what_is_shown_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the sample call: the first and the last scene and what was read stay; some of what lies between does not."""
    hindsight, scenes, readings = Hindsight(), list[Scene](), 0
    with Analyzer(pace=RECORDING, names="off", threads=1) as analyzer, open_sample() as source:
        assert analyzer.perception.emotion is not None
        classify = analyzer.perception.emotion.classify_crops

        def counted(faces: Any, crops: Any) -> Any:
            nonlocal readings
            readings += len(faces)
            return classify(faces, crops)

        monkeypatch.setattr(analyzer.perception.emotion, "classify_crops", counted)
        for frame in source:
            if frame.time > 6.0:
                break
            if frame.index % 2:
                continue
            scenes.append(analyzer.perception.see(frame))
            hindsight.add(scenes[-1], analyzer.perception.known_faces)
    after = hindsight.scenes()
    shown = [[face for tile in scene.tiles for face in tile.faces] for scene in after]
    read = [[face for tile in scene.tiles for face in tile.faces] for scene in scenes]
    assert (shown[0], shown[-1]) == (read[0], read[-1])
    pairs = [(a, b) for row, other in zip(shown, read, strict=True) for a, b in zip(row, other, strict=True)]
    different = sum(a.emotion != b.emotion for a, b in pairs)
    assert 0 < different < len(pairs) - readings
    turned = sum(a.attention != b.attention for a, b in pairs)
    assert 0 < turned < len(pairs)
    assert all((a.box, a.keypoints, a.score) == (b.box, b.keypoints, b.score) for a, b in pairs)
