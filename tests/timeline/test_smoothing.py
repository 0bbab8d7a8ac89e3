from __future__ import annotations

import pytest

from meeting_analyzer.timeline.smoothing import FaceSmoother
from meeting_analyzer.types import EMOTIONS, Box, Face


def face(label: str, p: float = 0.9, box: Box = Box(0, 0, 50, 50)) -> Face:
    rest = (1 - p) / 6
    return Face(box, 0.9, emotion=tuple(p if name == label else rest for name in EMOTIONS))


def test_the_first_sight_is_taken_as_it_is() -> None:
    (seen,) = FaceSmoother(1.0, 0.5).update((face("happy"),), 0.0)
    assert seen.label == "happy"
    assert seen.confidence == pytest.approx(0.9)


def test_a_single_flicker_does_not_change_the_label_but_a_lasting_change_does() -> None:
    smoother = FaceSmoother(1.0, 0.3)
    smoother.update((face("happy"),), 0.0)
    (flicker,) = smoother.update((face("sad"),), 0.1)
    assert flicker.label == "happy"
    for step in range(2, 40):
        (seen,) = smoother.update((face("sad"),), step / 10)
    assert seen.label == "sad"
    assert sum(seen.emotion or ()) == pytest.approx(1)


def test_the_time_constant_means_63_percent() -> None:
    smoother = FaceSmoother(2.0, 0.3)
    smoother.update((face("happy", 1.0),), 0.0)
    (seen,) = smoother.update((face("sad", 1.0),), 2.0)
    assert seen.emotion is not None
    assert seen.emotion[EMOTIONS.index("sad")] == pytest.approx(0.632, abs=1e-3)


def test_no_smoothing_shows_each_frame_as_it_is() -> None:
    smoother = FaceSmoother(0.0, 0.3)
    smoother.update((face("happy"),), 0.0)
    (seen,) = smoother.update((face("fear"),), 0.01)
    assert seen.label == "fear"


def test_below_the_threshold_the_label_is_uncertain_with_hysteresis() -> None:
    smoother = FaceSmoother(0.0, 0.6)
    assert smoother.update((face("happy", 0.5),), 0.0)[0].label == "uncertain"
    assert smoother.update((face("happy", 0.62),), 0.1)[0].label == "uncertain", "a hair above is not enough"
    assert smoother.update((face("happy", 0.7),), 0.2)[0].label == "happy"
    assert smoother.update((face("happy", 0.58),), 0.3)[0].label == "happy", "a hair below is not enough"
    assert smoother.update((face("happy", 0.5),), 0.4)[0].label == "uncertain"


def test_two_faces_of_one_tile_are_smoothed_apart() -> None:
    smoother = FaceSmoother(10.0, 0.3)
    left, right = Box(0, 0, 50, 50), Box(200, 0, 50, 50)
    smoother.update((face("happy", box=left), face("sad", box=right)), 0.0)
    seen = smoother.update((face("sad", box=Box(203, 2, 50, 50)), face("happy", box=Box(2, 1, 50, 50))), 0.1)
    assert [f.label for f in seen] == ["sad", "happy"]
    assert all((f.confidence or 0) > 0.85 for f in seen)


def test_after_a_long_absence_smoothing_starts_afresh() -> None:
    smoother = FaceSmoother(10.0, 0.3)
    smoother.update((face("happy"),), 0.0)
    (seen,) = smoother.update((face("sad"),), 5.0)
    assert seen.label == "sad"


def test_an_unclassified_face_passes_unchanged() -> None:
    plain = Face(Box(0, 0, 9, 9), 0.8)
    assert FaceSmoother(1.0, 0.5).update((plain,), 0.0) == (plain,)
