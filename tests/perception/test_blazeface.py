"""MediaPipe's detectors on ONNX Runtime: geometry, suppression, and faces of the sample people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pytest
from people import Sight, placed, sights

from meeting_analyzer.perception.blazeface import (
    FULL,
    SHORT,
    SURE,
    BlazeFace,
    Variant,
    anchors,
    closer,
    letterbox,
    weighted_suppression,
)
from meeting_analyzer.types import Box, Face, Image


@pytest.mark.parametrize(("variant", "count", "first", "last"), [(SHORT, 896, 4.0, 120.0), (FULL, 2304, 2.0, 190.0)])
def test_anchors_are_those_of_mediapipe(variant: Variant, count: int, first: float, last: float) -> None:
    points = anchors(variant)
    assert points.shape == (count, 2)
    assert points[0].tolist() == [first, first]
    assert points[-1].tolist() == [last, last]
    assert points[variant.layers[0][1]].tolist() == [first + variant.layers[0][0], first]  # along x first


@pytest.mark.parametrize(("width", "height"), [(320, 180), (90, 160), (1, 1), (3000, 2), (128, 128)])
def test_letterbox_keeps_the_aspect_and_says_where_it_put_the_crop(width: int, height: int) -> None:
    target = np.full((128, 128, 3), 7, np.uint8)
    place = letterbox(np.full((height, width, 3), 200, np.uint8), target)
    ys, xs = np.nonzero(target[:, :, 0] == 200)
    assert (xs.min(), ys.min()) == place.offset
    assert xs.max() + 1 == round(width * place.scale[0] + place.offset[0])
    assert ys.max() + 1 == round(height * place.scale[1] + place.offset[1])
    assert set(np.unique(target)) <= {0, 200}


def test_suppression_averages_by_score_and_keeps_what_stands_apart() -> None:
    def row(x: float) -> list[float]:
        return [x, 0, x + 10, 10] + [x] * 12

    values = np.array([row(0), row(1), row(50)], np.float32)
    kept, scores = weighted_suppression(values, np.array([0.9, 0.6, 0.7], np.float32))
    assert scores.tolist() == pytest.approx([0.9, 0.7])
    assert kept[0, 0] == pytest.approx(0.6 / 1.5)
    assert kept[1].tolist() == row(50)


@pytest.mark.parametrize("face_range", ["short", "full", "auto"])
def test_every_sample_person_is_found_once_where_the_truth_is(face_range: Literal["short", "full", "auto"]) -> None:
    people = sights()
    for sight, faces in zip(people, BlazeFace(face_range).detect([s.image for s in people]), strict=True):
        assert len(faces) == 1, sight.name
        assert faces[0].box.iou(sight.box) > 0.5
        error = np.abs(np.subtract(faces[0].keypoints[:4], sight.keypoints[:4])).max()
        assert error < 0.2 * sight.box.w, sight.name
        assert faces[0].keypoints[0][0] < faces[0].keypoints[1][0]
        assert 0.5 <= faces[0].score <= 1
        assert faces[0].emotion is None


@pytest.mark.parametrize("face_range", ["full", "auto"])
def test_small_faces_are_left_to_the_full_range(face_range: Literal["full", "auto"]) -> None:
    tiles = [placed(sight, 384, 216, 0.5) for sight in sights()]
    for (_, truth), faces in zip(tiles, BlazeFace(face_range).detect([tile for tile, _ in tiles]), strict=True):
        assert [face.box.iou(truth) > 0.35 for face in faces] == [True]


def test_a_face_does_not_depend_on_its_batch() -> None:
    detector = BlazeFace("auto")
    crops = [sight.image for sight in sights()]
    for alone, together in zip((detector.detect([crop])[0] for crop in crops), detector.detect(crops), strict=True):
        assert [face.box for face in alone] == [face.box for face in together]


def test_odd_crops_have_no_faces_and_do_no_harm() -> None:
    crops = [np.zeros(shape, np.uint8) for shape in ((1, 1, 3), (0, 10, 3), (2000, 3, 3), (300, 300, 3))]
    assert BlazeFace("auto").detect(crops) == [[], [], [], []]
    assert BlazeFace("auto").detect([]) == []


def test_boxes_stay_inside_a_crop_that_cuts_the_face() -> None:
    def left_half(sight: Sight) -> np.ndarray:
        return np.ascontiguousarray(sight.image[:, sight.box.x + sight.box.w // 4 :])

    crops = [left_half(sight) for sight in sights()]
    found = BlazeFace("short", min_score=0.3).detect(crops)
    assert any(found)
    for crop, faces in zip(crops, found, strict=True):
        for face in faces:
            assert face.box == face.box.clipped(crop.shape[1], crop.shape[0])


def test_min_score_is_the_least_score() -> None:
    crops = [placed(sight, 384, 216, 0.5)[0] for sight in sights()]
    few, many = (sum(map(len, BlazeFace("short", min_score=score).detect(crops))) for score in (0.9, 0.3))
    assert few < many


class Glance:
    """A pass that sees one face, of the score it is given for crops of that width, and remembers what it was shown."""

    def __init__(self, scores: dict[int, float]) -> None:
        self.scores, self.widths = scores, list[int]()

    def __call__(self, crops: Sequence[Image]) -> list[list[Face]]:
        self.widths += [crop.shape[1] for crop in crops]
        scores = [self.scores.get(crop.shape[1], 0.0) for crop in crops]
        return [[Face(Box(5, 5, 20, 20), score, ((6.0, 7.0),))] if score else [] for score in scores]


@pytest.mark.parametrize(
    ("wide", "square", "shown", "faces"),
    [
        (SURE, 0.9, [160], [(5, SURE)]),
        (0.0, 0.9, [160, 90], [(40, 0.9)]),
        (0.6, 0.7, [160, 90], [(40, 0.7), (5, 0.6)]),  # two that do not overlap are two
        (0.0, 0.0, [160, 90], []),
    ],
)
def test_where_nobody_sure_is_seen_the_middle_is_looked_at_from_closer(
    wide: float, square: float, shown: list[int], faces: list[tuple[int, float]]
) -> None:
    glance = Glance({160: wide, 90: square})
    (found,) = closer(glance)([np.zeros((90, 160, 3), np.uint8)])
    assert glance.widths == shown
    assert [(face.box.x, face.score) for face in found] == faces
    assert all(face.keypoints == ((face.box.x + 1.0, 7.0),) for face in found)


def test_a_crop_that_is_nearly_square_is_looked_at_once() -> None:
    glance = Glance({})
    assert closer(glance)([np.zeros((90, 100, 3), np.uint8)]) == [[]]
    assert glance.widths == [100]


@pytest.mark.parametrize("width", [368, 958, 1919])
def test_a_crop_lies_in_the_input_where_its_placement_says_whatever_its_width(width: int) -> None:
    ramp = np.linspace(0, 250, width)
    crop = np.repeat(np.repeat(ramp[None, :, None], width // 2, axis=0), 3, axis=2).round().astype(np.uint8)
    target = np.empty((128, 128, 3), np.uint8)
    place = letterbox(crop, target)
    there = (np.arange(128) + 0.5 - place.offset[0]) / place.scale[0] - 0.5
    assert np.abs(target[64, :, 0] - np.interp(there, np.arange(width), ramp)).max() < 1.2
