from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import meeting_analyzer
from meeting_analyzer.perception.appearance import SIZE, Appearance, appearance, distance
from meeting_analyzer.perception.emblem import Emblem, find_emblem
from meeting_analyzer.timeline.participants import CLEAR_LOOK, SAME_APPEARANCE
from meeting_analyzer.types import Box, Image

ASSETS = Path(meeting_analyzer.__file__).parent / "assets"


@pytest.fixture(scope="module")
def looks() -> dict[tuple[str, str], list[Appearance]]:
    """Looks of everyone in the sample call, over its whole length and all its layouts, by identity and kind."""
    rows = [json.loads(line) for line in (ASSETS / "sample_call.truth.jsonl").read_text("utf-8").splitlines()[1:]]
    found: dict[tuple[str, str], list[Appearance]] = {}
    with av.open(str(ASSETS / "sample_call.mp4")) as container:
        for frame, row in zip(container.decode(video=0), rows, strict=True):
            if row["frame"] % 18 == 0:
                image = frame.to_ndarray(format="bgr24")
                for tile in row["tiles"]:
                    box = Box(*tile["box"])
                    look = appearance(image, box, find_emblem(image, box) if tile["kind"] == "off" else None)
                    found.setdefault((tile["identity"], tile["kind"]), []).append(look)
    return found


def test_everyone_looks_more_like_themselves_than_like_anyone_else(
    looks: dict[tuple[str, str], list[Appearance]],
) -> None:
    for who, own in looks.items():
        for k, look in enumerate(own):
            themselves = min((distance(look, other) for other in own[:k] + own[k + 1 :]), default=0.0)
            others = min(distance(look, o) for name, theirs in looks.items() if name[0] != who[0] for o in theirs)
            assert themselves < others, who


def test_different_people_are_too_different_to_be_taken_for_one(looks: dict[tuple[str, str], list[Appearance]]) -> None:
    for (a, kind_a), first in looks.items():
        for (b, kind_b), second in looks.items():
            if a < b and kind_a == kind_b:
                assert min(distance(x, y) for x in first for y in second) > SAME_APPEARANCE, (a, b)


def test_the_face_has_no_part_in_it() -> None:
    image = np.full((180, 320, 3), (90, 120, 150), np.uint8)
    other = image.copy()
    cv2.ellipse(other, (160, 80), (35, 48), 0, 0, 360, (20, 40, 60), -1)
    box = Box(0, 0, 320, 180)
    assert distance(appearance(image, box), appearance(other, box)) == pytest.approx(0, abs=1e-6)


def test_a_tile_that_shows_less_of_the_same_room_is_known() -> None:
    rng = np.random.default_rng(3)
    rooms = []
    for _ in range(2):
        wall, shelf, shirt = rng.integers(20, 235, (3, 3))
        room = np.full((180, 320, 3), wall, np.uint8)
        room[40:110, :90] = shelf
        room[150:, 60:260] = shirt
        rooms.append(room)
    room, other = rooms
    narrow = room[:, 50:270].copy()
    box, part = Box(0, 0, 320, 180), Box(0, 0, 220, 180)
    assert distance(appearance(room, box), appearance(narrow, part)) < 0.5
    assert distance(appearance(room, box), appearance(narrow, part)) < 0.6 * distance(
        appearance(room, box), appearance(other, box)
    )


def test_a_camera_that_is_off_never_looks_like_one_that_is_on() -> None:
    image = np.full((180, 320, 3), 40, np.uint8)
    box = Box(0, 0, 320, 180)
    assert distance(appearance(image, box, Emblem(Box(120, 50, 80, 80), False)), appearance(image, box)) == 1


def disc(width: int, height: int, colour: tuple[int, int, int], letters: str) -> Image:
    """A camera that is off: initials on a disc."""
    picture = np.full((height, width, 3), 40, np.uint8)
    cv2.circle(picture, (width // 2, height // 2), height // 5, colour, -1, cv2.LINE_AA)
    size, stroke = height / 160, height // 90
    (wide, high), _ = cv2.getTextSize(letters, 0, size, stroke)
    at = (width - wide) // 2, (height + high) // 2
    cv2.putText(picture, letters, at, 0, size, (255, 255, 255), stroke, cv2.LINE_AA)
    return picture


def test_initials_are_known_in_tiles_of_another_size_and_told_by_colour_and_letters() -> None:
    def look(picture: Image) -> Appearance:
        box = Box(0, 0, picture.shape[1], picture.shape[0])
        emblem = find_emblem(picture, box)
        assert emblem is not None
        return appearance(picture, box, emblem)

    mine = look(disc(320, 180, (150, 80, 140), "AB"))
    assert distance(mine, look(disc(480, 360, (150, 80, 140), "AB"))) < SAME_APPEARANCE / 2
    assert distance(mine, look(disc(320, 180, (80, 140, 60), "AB"))) > SAME_APPEARANCE
    assert distance(mine, look(disc(320, 180, (150, 80, 140), "MW"))) > SAME_APPEARANCE
    # so are discs whose letters no one sees
    bare = look(disc(320, 180, (150, 80, 140), ""))
    assert distance(bare, look(disc(840, 472, (150, 80, 140), ""))) < SAME_APPEARANCE / 2
    assert distance(bare, look(disc(320, 180, (80, 140, 60), ""))) > CLEAR_LOOK


def test_a_name_without_a_disc_is_known_in_tiles_of_another_size() -> None:
    """In a large tile it is small."""

    def look(width: int, height: int, name: str, size: float) -> Appearance:
        picture = np.full((height, width, 3), 40, np.uint8)
        stroke = round(2 * size)
        (wide, high), _ = cv2.getTextSize(name, 0, size, stroke)
        at = (width - wide) // 2, (height + high) // 2
        cv2.putText(picture, name, at, 0, size, (230, 230, 230), stroke, cv2.LINE_AA)
        box = Box(0, 0, width, height)
        emblem = find_emblem(picture, box)
        assert emblem is not None
        return appearance(picture, box, emblem)

    mine = look(840, 472, "Theodora Pappas", 0.8)
    assert distance(mine, look(300, 167, "Theodora Pappas", 0.8)) < SAME_APPEARANCE / 2
    assert distance(mine, look(300, 167, "Jurgen Johnson", 0.8)) > SAME_APPEARANCE


def test_another_label_alone_makes_nobody_somebody_else() -> None:
    """The same name looks different where it is cut off or the microphone's icon has come."""

    def look(text: str) -> Appearance:
        room = np.full((180, 320, 3), (90, 120, 150), np.uint8)
        cv2.rectangle(room, (0, 155), (150, 180), (20, 20, 20), -1)
        cv2.putText(room, text, (6, 172), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
        return appearance(room, Box(0, 0, 320, 180))

    assert 0.1 < distance(look("Jane Roe"), look("X Mateusz")) < 0.6 * SAME_APPEARANCE


def test_the_vector_is_bounded_for_any_picture() -> None:
    rng = np.random.default_rng(0)
    for shape in ((4, 4, 3), (9, 300, 3), (300, 9, 3), (720, 1280, 3)):
        image = rng.integers(0, 255, shape, np.uint8)
        vector = appearance(image, Box(0, 0, shape[1], shape[0]))
        assert vector.shape == (SIZE,)
        assert vector.dtype == np.float32
        assert np.isfinite(vector).all()
        assert 0 <= distance(vector, appearance(image[::-1].copy(), Box(0, 0, shape[1], shape[0]))) <= 1


def test_people_with_telephones_are_told_by_what_stands_between_the_bars() -> None:
    def upright(wall: int, shirt: int, arrow: int = 0) -> Image:
        tile = np.zeros((180, 320, 3), np.uint8)
        tile[:, 110:210] = wall
        tile[150:, 120:200] = shirt
        if arrow:
            tile[120 - arrow : 120, 6:34] = 90
        return tile

    box = Box(0, 0, 320, 180)
    dark, light = (appearance(upright(*shade), box) for shade in ((60, 90), (170, 120)))
    assert distance(dark, light) > SAME_APPEARANCE
    for arrow in (60, 100):
        assert distance(dark, appearance(upright(60, 90, arrow), box)) < SAME_APPEARANCE / 2, arrow
    # and a box that takes in some of the gallery's background
    beside = cv2.copyMakeBorder(upright(60, 90), 0, 0, 0, 14, cv2.BORDER_CONSTANT, value=(45, 45, 45))
    assert distance(dark, appearance(beside, Box(0, 0, 334, 180))) < SAME_APPEARANCE / 2
