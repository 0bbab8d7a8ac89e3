"""Boxes follow what they are drawn around."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from meeting_analyzer import tracking
from meeting_analyzer.tracking import FaceTracker, small
from meeting_analyzer.types import Box, Face, Frame, Image, Moment, Tile

SIZE = 1280, 720
FACES = (Box(200, 150, 120, 140), Box(800, 300, 90, 100))


def texture(seed: int, size: tuple[int, int]) -> Image:
    """Something to follow: smooth noise."""
    noise = np.random.default_rng(seed).integers(0, 255, (size[1] // 12 + 1, size[0] // 12 + 1, 3), np.uint8)
    return np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def picture(moves: tuple[tuple[int, int], tuple[int, int]], index: int) -> Frame:
    """Two faces on a plain ground, each moved by (dx, dy)."""
    image = np.full((SIZE[1], SIZE[0], 3), 80, np.uint8)
    for seed, (box, (dx, dy)) in enumerate(zip(FACES, moves, strict=True)):
        moved = box.shifted(dx, dy)
        image[moved.y : moved.bottom, moved.x : moved.right] = texture(seed, (box.w, box.h))
    return Frame(image, index / 30, index)


@pytest.fixture
def moment() -> Moment:
    tiles = tuple(Tile(box, faces=(Face(box, 0.9, ((float(box.x), float(box.y)),)),)) for box in FACES)
    return Moment(0.0, 0, SIZE, tiles)


@pytest.mark.parametrize("moves", [((12, -7), (0, 0)), ((-25, 4), (18, 18)), ((3, 3), (-3, -3))])
def test_each_face_is_followed_by_itself(moment: Moment, moves: tuple[tuple[int, int], tuple[int, int]]) -> None:
    seen, now = picture(((0, 0), (0, 0)), 0), picture(moves, 3)
    found = FaceTracker().follow(moment, seen, now)
    for face, box, (dx, dy) in zip(found.faces, FACES, moves, strict=True):
        assert abs(face.box.x - box.x - dx) <= 2
        assert abs(face.box.y - box.y - dy) <= 2
        assert face.box[2:] == box[2:]
        assert face.keypoints[0][0] == pytest.approx(face.box.x)
    assert [tile.box for tile in found.tiles] == list(FACES), "tiles stay where they are"


def test_the_analysed_frame_and_a_still_one_are_left_as_they_are(moment: Moment) -> None:
    tracker, seen = FaceTracker(), picture(((0, 0), (0, 0)), 0)
    assert tracker.follow(moment, seen, seen) is moment
    assert tracker.follow(moment, seen, picture(((0, 0), (0, 0)), 1)) is moment


def test_a_face_that_is_gone_takes_its_label_along(moment: Moment) -> None:
    seen = picture(((0, 0), (0, 0)), 0)
    now = Frame(np.ascontiguousarray(texture(9, SIZE)), 0.1, 3)
    found = FaceTracker().follow(moment, seen, now)
    assert not found.faces
    assert [tile.box for tile in found.tiles] == list(FACES)


def test_where_tiles_change_places_nobody_gets_anothers_label(moment: Moment) -> None:
    seen = picture(((0, 0), (0, 0)), 0)
    now = seen.image.copy()
    here, other = FACES
    now[here.y : here.bottom, here.x : here.right] = texture(1, (here.w, here.h))
    found = FaceTracker().follow(moment, seen, Frame(now, 0.1, 3))
    assert [tile.faces for tile in found.tiles] == [(), moment.tiles[1].faces]
    assert found.tiles[1].faces[0].box == other
    assert FaceTracker().follow(moment, seen, Frame(seen.image.copy(), 0.1, 3)) is moment


@pytest.mark.parametrize("move", [(-30, 0), (0, 24)])
def test_a_face_at_the_edge_is_followed_out_of_the_picture(move: tuple[int, int]) -> None:
    box = Box(0, SIZE[1] - 140, 120, 140)
    face = texture(4, (box.w, box.h))
    before, now = (np.full((SIZE[1], SIZE[0], 3), 80, np.uint8) for _ in range(2))
    before[box.y :, : box.w] = face
    now[box.y + move[1] :, : box.w + move[0]] = face[: box.h - move[1], -move[0] :]
    moment = Moment(0.0, 0, SIZE, (Tile(box, faces=(Face(box, 0.9, ()),)),))
    found = FaceTracker().follow(moment, Frame(before, 0.0, 0), Frame(now, 0.1, 3))
    assert len(found.faces) == 1


def test_a_window_that_changed_its_size_waits_for_the_next_analysis(moment: Moment) -> None:
    seen = picture(((0, 0), (0, 0)), 0)
    smaller = Frame(np.ascontiguousarray(seen.image[:600]), 0.1, 1)
    assert FaceTracker().follow(moment, seen, smaller) is moment


def test_a_frame_is_made_small_once(moment: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(image: Image) -> npt.NDArray[np.uint8]:
        made.append(id(image))
        return small(image)

    monkeypatch.setattr(tracking, "small", counted)
    tracker = FaceTracker()
    frames = [picture(((0, 0), (number, 0)), number) for number in range(3)]
    tracker.follow(moment, frames[0], frames[1])
    tracker.follow(moment, frames[0], frames[2])
    tracker.follow(moment, frames[1], frames[2])  # it was shown before it was analysed
    assert made == [id(frame.image) for frame in frames]
