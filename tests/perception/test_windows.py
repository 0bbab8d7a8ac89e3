"""Faces of every size in pictures without tiles."""

from __future__ import annotations

import numpy as np
import pytest
from people import placed, sights

from meeting_analyzer.perception.blazeface import BlazeFace
from meeting_analyzer.perception.haar import HaarDetector
from meeting_analyzer.perception.windows import detect_anywhere, merge, windows
from meeting_analyzer.types import Box, Face


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (640, 400), (300, 900), (16, 16), (2000, 20)])
def test_windows_lie_inside_and_hold_every_face_of_half_their_size(width: int, height: int) -> None:
    boxes = windows(width, height)
    assert boxes[0] == Box(0, 0, width, height)
    assert all(box == box.clipped(width, height) and box.area for box in boxes)
    for side in {box.w for box in boxes[1:] if box.w == box.h}:
        level = [box for box in boxes[1:] if (box.w, box.h) == (side, side)]
        face = side // 2 - 2
        for x, y in np.random.default_rng(side).integers(0, [width - face, height - face], (200, 2)):
            wanted = Box(int(x), int(y), face, face)
            assert any(box.intersection(wanted) == wanted for box in level)


@pytest.mark.parametrize("across", [1, 2, 4, 6, 8])
def test_a_group_of_any_size_is_found_completely(across: int) -> None:
    picture = np.full((720, 1280, 3), 70, np.uint8)
    people, truth = sights(), []
    w, h = 1280 // across, 720 // across
    for i in range(across * across):
        part, box = placed(people[i * 7 % len(people)], w, h, 1.0)
        x, y = i % across * w, i // across * h
        picture[y : y + h, x : x + w] = part
        truth.append(box.shifted(x, y))
    faces = detect_anywhere(BlazeFace("auto"), picture)
    assert len(faces) == len(truth)
    assert all(any(face.box.iou(box) > 0.35 for face in faces) for box in truth)
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
    assert all(face.box.x - 9 < face.keypoints[2][0] < face.box.right + 9 for face in faces)


@pytest.mark.parametrize(("width", "height"), [(96, 54), (320, 180), (1280, 720), (720, 1280)])
def test_one_person_is_one_face_at_every_size(width: int, height: int) -> None:
    tile, box = placed(sights()[0], width, width * 9 // 16, 1.0)
    picture = np.full((height, width, 3), 90, np.uint8)
    y = (height - tile.shape[0]) // 2
    picture[y : y + tile.shape[0]] = tile
    (face,) = detect_anywhere(BlazeFace("auto"), picture)
    assert face.box.iou(box.shifted(0, y)) > 0.4


def test_haar_searches_the_same_windows() -> None:
    picture = np.vstack([np.hstack([sight.image for sight in sights()[i : i + 2]]) for i in (0, 2)])
    assert len(detect_anywhere(HaarDetector(), picture)) >= 3


def test_a_picture_without_faces_has_none() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (540, 960, 3)).astype(np.uint8)
    assert detect_anywhere(BlazeFace("auto"), noise) == []


def test_merging_keeps_the_best_of_what_is_the_same() -> None:
    best, same, part, other = (
        Face(Box(0, 0, 40, 40), 0.9),
        Face(Box(4, 4, 40, 40), 0.8),
        Face(Box(2, 20, 36, 18), 0.95),
        Face(Box(60, 0, 40, 40), 0.6),
    )
    assert merge([same, other, best]) == [best, other]
    assert merge([best, part]) == [part]
