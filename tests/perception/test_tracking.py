from __future__ import annotations

import cv2
import numpy as np
import pytest
from people import sights

from meeting_analyzer.perception.tracking import REACH_AFTER, WORKING_WIDTH, follow, shrink, track
from meeting_analyzer.types import Box, Face, Image


def picture(person: int, width: int, x: int, y: int, share: float) -> tuple[Image, Face]:
    """A plain picture with one person's video at (x, y), `share` of the picture wide, and the face in it."""
    sight = sights()[person * 4]
    canvas = np.full((width * 9 // 16, width, 3), 40, np.uint8)
    factor = share * width / sight.image.shape[1]
    part = cv2.resize(sight.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
    box = Box(*(round(v * factor) for v in sight.box)).shifted(x, y)
    points = tuple((px * factor + x, py * factor + y) for px, py in sight.keypoints)
    return canvas, Face(box, 0.9, points, emotion=(0, 0, 0, 1, 0, 0, 0), label="happy", confidence=1.0)


@pytest.mark.parametrize("width", [640, 1280, 1920, 3840])
@pytest.mark.parametrize("moved", [(0, 0), (7, -5), (-20, 12)])
def test_a_face_is_found_where_it_went(width: int, moved: tuple[int, int]) -> None:
    dx, dy = (step * width // 640 for step in moved)
    before, face = picture(0, width, width // 4, width // 8, 0.4)
    after, expected = picture(0, width, width // 4 + dx, width // 8 + dy, 0.4)
    known = track(face, shrink(before))
    assert known is not None
    found = follow(known, shrink(after), face)
    assert found is not None
    assert found.box.iou(expected.box) > 0.93
    assert np.abs(np.array(found.keypoints) - np.array(expected.keypoints)).max() < 0.02 * face.box.w + 0.6
    assert (found.emotion, found.label) == (face.emotion, face.label)


def test_a_face_is_followed_step_by_step_beyond_its_first_reach() -> None:
    before, face = picture(0, 1280, 100, 200, 0.3)
    known = track(face, shrink(before))
    assert known is not None
    near = face
    for x in range(130, 500, 30):
        image, expected = picture(0, 1280, x, 200, 0.3)
        found = follow(known, shrink(image), near)
        assert found is not None
        near = found
    assert near.box.iou(expected.box) > 0.9


def test_a_face_is_looked_for_no_farther_than_it_can_have_come() -> None:
    before, face = picture(0, 1280, 300, 200, 0.3)
    known = track(face, shrink(before))
    assert known is not None
    step = round(0.3 * face.box.w)
    after, expected = picture(0, 1280, 300 + step, 200, 0.3)
    found = follow(known, shrink(after), face, elapsed=REACH_AFTER)
    assert found is not None
    assert found.box.iou(expected.box) > 0.9
    assert follow(known, shrink(after), face, elapsed=REACH_AFTER / 10) is None
    near, expected = picture(0, 1280, 300 + round(0.1 * face.box.w), 200, 0.3)
    found = follow(known, shrink(near), face, elapsed=0.0)
    assert found is not None
    assert found.box.iou(expected.box) > 0.9


@pytest.mark.parametrize("what", ["gone", "covered", "another person"])
def test_what_is_not_the_face_is_not_taken_for_it(what: str) -> None:
    before, face = picture(0, 1280, 300, 200, 0.3)
    known = track(face, shrink(before))
    after, _ = picture(3 if what == "another person" else 0, 1280, 300, 200, 0.3)
    if what != "another person":
        b = face.box
        after[b.y : b.bottom, b.x : b.right] = 40 if what == "gone" else (90, 140, 200)
    assert known is not None
    assert follow(known, shrink(after), face) is None


def test_a_face_that_leaves_the_picture_is_lost() -> None:
    image, face = picture(0, 640, 200, 100, 0.3)
    known = track(face, shrink(image))
    assert known is not None
    outside = Face(Box(-400, -400, face.box.w, face.box.h), 0.9, face.keypoints)
    assert follow(known, shrink(image), outside) is None


@pytest.mark.parametrize("box", [Box(10, 10, 4, 4), Box(10, 10, 60, 60), Box(2000, 2000, 50, 50)])
def test_what_cannot_be_recognised_is_not_tracked(box: Box) -> None:
    plain = np.full((360, 640, 3), 90, np.uint8)
    assert track(Face(box, 0.9), shrink(plain)) is None


@pytest.mark.parametrize(("width", "expected"), [(320, 320), (1279, 1279), (1280, 640), (1920, 960), (3840, 960)])
def test_frames_are_halved_while_they_stay_wide_enough(width: int, expected: int) -> None:
    shrunk = shrink(np.zeros((width // 2, width, 3), np.uint8))
    assert shrunk.gray.shape == (expected // 2, expected) or shrunk.gray.shape[1] == expected
    assert shrunk.gray.shape[1] >= min(width, WORKING_WIDTH)
    assert shrunk.scale == expected / width
