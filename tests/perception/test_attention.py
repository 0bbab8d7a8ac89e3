"""When faces are read again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from meeting_analyzer import models
from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception.attention import AttentionReader
from meeting_analyzer.perception.pace import EVERYTHING, LEAST_AT_ONCE
from meeting_analyzer.types import Attention, Box, Face, Image

IMAGE = np.zeros((400, 400, 3), np.uint8)
POINTS = ((20.0, 20.0), (40.0, 20.0), (30.0, 32.0), (30.0, 42.0), (12.0, 24.0), (48.0, 24.0))


class Landmarks:
    """Counts what is read; the yaw is the number of the reading."""

    def __init__(self) -> None:
        self.batches: list[list[Box]] = []
        self.closed: set[Box] = set()

    def read(self, image: Image, faces: Sequence[Face]) -> list[Attention | None]:
        self.batches.append([face.box for face in faces])
        return [Attention(float(len(self.batches)), 0.0, face.box in self.closed) for face in faces]


@pytest.fixture
def landmarks(monkeypatch: pytest.MonkeyPatch) -> Landmarks:
    stub = Landmarks()
    monkeypatch.setattr("meeting_analyzer.perception.attention.FaceLandmarks", lambda threads: stub)
    return stub


def face(x: int = 0, y: int = 0, nose: float = 0.0) -> Face:
    """A face of 60 pixels whose nose is shifted by so many pixels."""
    points = tuple((px + x + (nose if i == 2 else 0), py + y) for i, (px, py) in enumerate(POINTS))
    return Face(Box(x, y, 60, 60), 0.9, points)


def times(landmarks: Landmarks) -> list[int]:
    return [len(batch) for batch in landmarks.batches]


def test_a_still_face_is_read_once_a_second(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=1.0)
    for step in range(21):
        (attention,) = reader.read(IMAGE, [face()], step / 10)
        assert attention is not None
    assert times(landmarks) == [1, *[0] * 9] * 2 + [1]
    assert reader.readings == 3


def test_faces_that_come_together_are_read_again_one_after_another(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=1.0)
    faces = [face(70 * (i % 5), 70 * (i // 5)) for i in range(20)]
    for step in range(50):
        reader.read(IMAGE, faces, step / 10)
    assert times(landmarks)[0] == 20
    assert max(times(landmarks)[1:]) <= 4
    assert sum(times(landmarks)[11:21]) == pytest.approx(20, abs=2)


def test_a_turning_head_is_read_at_once_but_not_in_every_frame(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=10.0)
    reader.read(IMAGE, [face()], 0.0)
    reader.read(IMAGE, [face(nose=1)], 1.0)
    assert times(landmarks) == [1, 0], "a little noise is no turn"
    for step in range(5):
        reader.read(IMAGE, [face(nose=8 + 5 * step)], 1.1 + step / 10)
    assert times(landmarks)[2:] == [1, 0, 1, 0, 1]


def test_a_blink_goes_before_those_who_wait_a_little_longer(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=1.0)
    places = [(70 * (i % 7), 70 * (i // 7)) for i in range(49)]
    blinking = places[30]
    landmarks.closed = {face(*blinking).box}
    for step in range(51):
        reader.read(IMAGE, [face(*place) for place in places], step / 10)
    at = [step / 10 for step, batch in enumerate(landmarks.batches) if face(*blinking).box in batch]
    assert max(np.diff(at)) <= 0.4, "its state is known soon, though more wait than are read"
    read = [box for batch in landmarks.batches[1:] for box in batch]
    assert all(read.count(face(*place).box) >= 1 for place in places), "and nobody is left out"


def test_however_many_turn_only_so_many_are_read_and_each_has_its_turn(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=1.0)
    places = [(70 * (i % 10), 70 * (i // 10)) for i in range(100)]
    for step in range(201):
        reader.read(IMAGE, [face(*place, nose=8 * (step % 2)) for place in places], step / 20)
    assert times(landmarks)[0] == 100, "a face that is new is read at once"
    assert max(times(landmarks)[1:]) <= LEAST_AT_ONCE
    assert sum(times(landmarks)[1:]) == pytest.approx(10 * (EVERYTHING.poses_a_second or 0), abs=LEAST_AT_ONCE)
    read = [box for batch in landmarks.batches[1:] for box in batch]
    assert {read.count(face(*place).box) for place in places} <= {1, 2, 3}, "nobody is left out"


def test_a_face_that_moves_without_turning_is_not_read_again(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=10.0)
    for step in range(10):
        reader.read(IMAGE, [face(x=10 * step)], step / 10)
    assert times(landmarks) == [1, *[0] * 9]


def test_another_face_elsewhere_is_read_at_once(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=10.0)
    reader.read(IMAGE, [face()], 0.0)
    first, second = reader.read(IMAGE, [face(), face(200, 100)], 0.1)
    assert times(landmarks) == [1, 1]
    assert first is not None
    assert second is not None
    assert (first.yaw, second.yaw) == (1.0, 2.0)
    swapped = reader.read(IMAGE, [face(200, 100), face()], 0.2)
    assert [a.yaw for a in swapped if a] == [2.0, 1.0], "the order does not matter, the place does"


def test_closed_eyes_are_looked_at_again_soon(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=1.0)
    landmarks.closed.add(face().box)
    for step in range(9):
        reader.read(IMAGE, [face()], step / 10)
    assert times(landmarks) == [1, 0, 1, 0, 1, 0, 1, 0, 1]


def test_eyes_that_were_just_closed_are_looked_at_again_too(landmarks: Landmarks) -> None:
    """One wrong reading must not pass for a second of open eyes."""
    reader = AttentionReader(every=2.0)
    for step in range(40):
        landmarks.closed = {face().box} if step < 5 else set()
        reader.read(IMAGE, [face()], step / 10)
    read = [step / 10 for step, count in enumerate(times(landmarks)) if count]
    assert read == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 3.4]


def test_time_that_jumps_back_and_forget_start_afresh(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=10.0)
    for time in (5.0, 5.1, 1.0):
        reader.read(IMAGE, [face()], time)
    assert times(landmarks) == [1, 0, 1]
    reader.forget()
    reader.read(IMAGE, [face()], 1.1)
    assert times(landmarks) == [1, 0, 1, 1]


def test_the_same_frames_give_the_same_results(landmarks: Landmarks) -> None:
    def run() -> list[list[Attention | None]]:
        reader, rng = AttentionReader(every=0.5), np.random.default_rng(3)
        landmarks.batches.clear()
        return [
            reader.read(
                IMAGE, [face(70 * i, 0, float(rng.normal(0, 4))) for i in range(int(rng.integers(0, 5)))], t / 7
            )
            for t in range(60)
        ]

    assert run() == run()


def test_every_zero_reads_each_frame(landmarks: Landmarks) -> None:
    reader = AttentionReader(every=0.0)
    for step in range(3):
        reader.read(IMAGE, [face()], step / 30)
    assert times(landmarks) == [1, 1, 1]


def test_faces_keep_their_tiles(landmarks: Landmarks) -> None:
    tiles = AttentionReader().add(IMAGE, [[face()], [], [face(100), face(200)]], 0.0)
    assert [len(tile) for tile in tiles] == [1, 0, 2]
    assert all(f.attention for tile in tiles for f in tile)


def test_missing_models_are_told_or_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(tmp_path))
    (tmp_path / models.SUMS).write_text("")
    said: list[str] = []
    assert AttentionReader.open("auto", 1, 1.0, said.append) is None
    assert len(said) == 1
    assert "face_landmarks.onnx" in said[0]
    assert AttentionReader.open("off", 1, 1.0, said.append) is None
    assert len(said) == 1
    with pytest.raises(ModelError, match=r"face_landmarks\.onnx"):
        AttentionReader.open("on", 1, 1.0, said.append)
