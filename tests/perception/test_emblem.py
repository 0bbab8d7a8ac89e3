from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.emblem import find_emblem
from meeting_analyzer.types import Box, Image
from tests.simulator import random_spec, render
from tests.simulator.people import camera, photograph, sitter

WIDTH, HEIGHT = 320, 180
WHOLE = Box(0, 0, WIDTH, HEIGHT)
SURFACE = (38, 36, 36)


def plain() -> Image:
    return np.full((HEIGHT, WIDTH, 3), SURFACE, np.uint8)


def put_in_a_circle(photo: Image) -> Image:
    """A plain tile with a picture in a circle in its middle."""
    tile, side = plain(), photo.shape[0]
    circle = np.zeros((side, side), np.uint8)
    cv2.circle(circle, (side // 2, side // 2), side // 2 - 1, 255, -1)
    x, y = (WIDTH - side) // 2, (HEIGHT - side) // 2
    tile[y : y + side, x : x + side][circle > 0] = photo[circle > 0]
    return tile


def initials() -> Image:
    """Initials on a disc."""
    tile = plain()
    cv2.circle(tile, (WIDTH // 2, HEIGHT // 2), 40, (140, 137, 38), -1, cv2.LINE_AA)
    cv2.putText(tile, "AB", (WIDTH // 2 - 22, HEIGHT // 2 + 11), 0, 1.0, (255, 255, 255), 2, cv2.LINE_AA)
    return tile


def page_arrow(tile: Image) -> Image:
    """A dark button with an arrow over the left side."""
    tile = tile.copy()
    tile[58:122, 6:34] = 20
    cv2.polylines(tile, [np.array([(24, 81), (15, 90), (24, 99)], np.int32)], False, (240, 240, 240), 3)
    return tile


@pytest.mark.parametrize("seed", range(12))
def test_every_picture_in_a_circle_is_one(seed: int) -> None:
    emblem = find_emblem(put_in_a_circle(photograph(84, 84, seed)), WHOLE)
    assert emblem is not None
    assert emblem.picture
    assert emblem.box.iou(Box(118, 48, 84, 84)) > 0.6


def test_light_on_a_wall_tells_a_picture_from_a_disc_without_letters() -> None:
    for slope, picture in ((0.0, False), (0.15, True)):
        light = np.linspace(1 - slope, 1, 84)[None, :, None]
        emblem = find_emblem(put_in_a_circle((light * np.full((84, 84, 3), 180.0)).astype(np.uint8)), WHOLE)
        assert emblem is not None
        assert emblem.picture is picture


def test_parts_of_a_picture_may_have_the_colour_of_the_surface() -> None:
    photo = np.full((84, 84, 3), (150, 190, 170), np.uint8)
    photo[:, ::3] = SURFACE
    photo[20:50, 30:60] = SURFACE
    emblem = find_emblem(put_in_a_circle(photo), WHOLE)
    assert emblem is not None
    assert emblem.picture


@pytest.mark.parametrize("quality", [95, 70, 50])
def test_initials_on_a_disc_are_letters(quality: int) -> None:
    coded = cv2.imencode(".jpg", initials(), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    emblem = find_emblem(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), WHOLE)
    assert emblem is not None
    assert not emblem.picture


def test_initials_may_be_as_wide_as_their_disc() -> None:
    tile = plain()
    cv2.circle(tile, (WIDTH // 2, HEIGHT // 2), 40, (191, 107, 91), -1, cv2.LINE_AA)
    for x in (126, 162):  # two letters of many strokes, as Chinese ones are
        for line in range(3):
            cv2.line(tile, (x, 76 + 14 * line), (x + 32, 76 + 14 * line), (245, 245, 245), 2, cv2.LINE_AA)
        cv2.line(tile, (x + 16, 76), (x + 16, 104), (245, 245, 245), 2, cv2.LINE_AA)
    emblem = find_emblem(tile, WHOLE)
    assert emblem is not None
    assert not emblem.picture


def test_a_page_arrow_over_the_side_hides_nothing() -> None:
    for tile, picture in ((initials(), False), (put_in_a_circle(photograph(84, 84, 3)), True)):
        emblem = find_emblem(page_arrow(tile), WHOLE)
        assert emblem is not None
        assert emblem.picture is picture


def test_somebody_in_the_dark_is_no_emblem() -> None:
    rng = np.random.default_rng(1)
    for head in (30, 40, 50):
        tile = np.full((HEIGHT, WIDTH, 3), 14, np.uint8)
        cv2.ellipse(tile, (WIDTH // 2, HEIGHT), (head * 2, 70), 0, 0, 360, (30, 60, 70), -1)
        cv2.circle(tile, (WIDTH // 2, HEIGHT // 2), head, (40, 48, 66), -1)
        tile = np.clip(tile + rng.normal(0, 1, tile.shape), 0, 255).astype(np.uint8)
        assert find_emblem(tile, WHOLE) is None, head


def test_a_dim_line_across_the_middle_is_no_name() -> None:
    """A name is written so that it can be read; what is left of a face in the dark is not."""
    for level, found in ((66, False), (220, True)):
        tile = plain()
        cv2.putText(tile, "Ann Bell", (WIDTH // 2 - 62, HEIGHT // 2 + 9), 0, 0.9, (level, level, level), 2, cv2.LINE_AA)
        assert (find_emblem(tile, WHOLE) is not None) is found


@pytest.mark.parametrize("quality", [95, 70, 50])
def test_a_picture_whose_wall_is_as_light_as_the_coat_before_it_is_no_disc_with_letters(quality: int) -> None:
    side = 92
    photo = np.full((side, side, 3), (134, 150, 118), np.uint8)
    cv2.ellipse(photo, (side // 2, side), (side // 2 - 4, side // 3), 0, 0, 360, (96, 140, 148), -1)
    cv2.ellipse(photo, (side // 2, side // 2), (15, 25), 0, 0, 360, (130, 175, 214), -1)
    coded = cv2.imencode(".jpg", put_in_a_circle(photo), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    emblem = find_emblem(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), WHOLE)
    assert emblem is not None
    assert emblem.picture


@pytest.mark.parametrize(("client", "quality"), [("webex", None), ("teams", 50), ("bigbluebutton", None)])
def test_small_initials_are_letters(client: Literal["webex", "teams", "bigbluebutton"], quality: int | None) -> None:
    """On a disc of 16 pixels letters are half of what there is, and after compression all tints run into each other."""
    spec = replace(random_spec(random.Random(5), False), client=client, theme="dark", size=(640, 400), scale=0.5)
    spec = replace(spec, count=25, off_share=1.0, still_share=0.0, quality=quality, panel="none", desktop=False)
    shot = render(spec, 5)
    emblems = [find_emblem(shot.image, tile.box) for tile in shot.tiles]
    assert [emblem.kind if emblem else None for emblem in emblems].count("off") >= len(emblems) - 1


def with_a_label(tile: Image, top: int) -> Image:
    """A label over the lower left whose ground has the tile's colour; its letters begin 8 pixels below its top."""
    tile = tile.copy()
    tile[top : top + 40, 6:220] = SURFACE
    cv2.putText(tile, "Ann-Sophie Bell", (14, top + 28), 0, 0.8, (250, 250, 250), 2, cv2.LINE_AA)
    return tile


def test_a_label_whose_ground_is_not_seen_may_hide_the_lower_half_of_the_disc() -> None:
    for tile, picture in ((initials(), False), (put_in_a_circle(photograph(84, 84, 3)), True)):
        emblem = find_emblem(with_a_label(tile, 108), WHOLE)
        assert emblem is not None
        assert emblem.picture is picture


def test_in_a_small_tile_a_label_reaches_up_to_the_middle() -> None:
    """Labels are as high in a strip's tiles as in large ones; the disc behind one is still a camera that is off."""
    tile = np.full((66, 116, 3), (54, 58, 46), np.uint8)
    cv2.circle(tile, (58, 32), 16, (74, 86, 122), -1, cv2.LINE_AA)
    cv2.putText(tile, "K", (53, 35), 0, 0.5, (230, 230, 230), 1, cv2.LINE_AA)
    label = np.full((24, 99, 3), (16, 20, 14), np.uint8)
    cv2.putText(label, "Kim Min-jun", (6, 17), 0, 0.45, (245, 245, 245), 1, cv2.LINE_AA)
    tile[35:59, 6:105] = label
    emblem = find_emblem(tile, Box(0, 0, 116, 66))
    assert emblem is not None
    assert emblem.kind == "off"


def test_a_label_may_stand_close_below_a_name() -> None:
    tile = plain()
    cv2.putText(tile, "Ann Bell", (WIDTH // 2 - 62, HEIGHT // 2 + 9), 0, 0.9, (220, 220, 220), 2, cv2.LINE_AA)
    emblem = find_emblem(with_a_label(tile, 112), WHOLE)
    assert emblem is not None
    assert not emblem.picture


def test_an_upright_tile_has_room_only_above_its_disc() -> None:
    tile = np.full((320, 180, 3), SURFACE, np.uint8)
    cv2.circle(tile, (90, 160), 79, (140, 137, 38), -1, cv2.LINE_AA)
    cv2.putText(tile, "A", (66, 182), 0, 2.0, (255, 255, 255), 4, cv2.LINE_AA)
    emblem = find_emblem(tile, Box(0, 0, 180, 320))
    assert emblem is not None
    assert not emblem.picture


def test_somebody_before_a_plain_wall_in_an_upright_tile_is_no_emblem() -> None:
    """The body, which reaches both sides, is no label that hides what is below a disc."""
    for seed in range(24):
        who = sitter("white", random.Random(seed))
        assert find_emblem(camera(180, 320, who, 3, seed)[0], Box(0, 0, 180, 320)) is None, seed


def test_the_halo_that_compression_puts_around_a_small_letter_is_no_disc() -> None:
    tile = np.full((66, 117, 3), 43, np.uint8)
    cv2.circle(tile, (58, 33), 8, (57, 57, 57), -1)
    cv2.putText(tile, "?", (55, 37), 0, 0.35, (220, 220, 220), 1, cv2.LINE_AA)
    emblem = find_emblem(tile, Box(0, 0, 117, 66))
    assert emblem is not None
    assert emblem.box.w <= 10


def test_a_disc_without_letters_is_no_picture_after_compression() -> None:
    for color in ((46, 100, 173), (91, 24, 194)):
        tile = np.full((65, 115, 3), 40, np.uint8)
        cv2.circle(tile, (57, 32), 12, color, -1, cv2.LINE_AA)
        coded = cv2.imencode(".jpg", tile, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        emblem = find_emblem(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), Box(0, 0, 115, 65))
        assert emblem is not None
        assert not emblem.picture, color


def faded(photo: Image, width: int) -> Image:
    """A plain tile with a picture in a circle about its middle that passes over into the surface within `width` pixels."""
    side = photo.shape[0]
    inside = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(inside, (WIDTH // 2, HEIGHT // 2), side // 2, 1, -1)
    share = np.clip(cv2.distanceTransform(inside, cv2.DIST_L2, 5) / width, 0, 1)[:, :, None]
    whole = plain()
    y, x = (HEIGHT - side) // 2, (WIDTH - side) // 2
    whole[y : y + side, x : x + side] = photo
    return np.rint(share * whole + (1 - share) * plain()).astype(np.uint8)


@pytest.mark.parametrize("side", [60, 72, 84])
def test_a_face_that_fades_into_the_wall_behind_it_is_no_emblem(side: int) -> None:
    """Clients cut a picture out with a sharp edge, which compression leaves one."""
    for seed in range(1, 6):  # the first has shelves, whose books end sharply
        photo = photograph(side, side, seed)
        assert find_emblem(faded(photo, side // 5), WHOLE) is None, seed
        for quality in (95, 60, 40):
            coded = cv2.imencode(".jpg", put_in_a_circle(photo), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            emblem = find_emblem(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), WHOLE)
            assert emblem is not None, (seed, quality)
            assert emblem.picture, (seed, quality)


def test_somebody_who_leans_to_a_side_before_a_plain_wall_is_no_emblem() -> None:
    """The body reaches the tile's lower edge, though beside it most is wall."""
    tile = np.full((HEIGHT, WIDTH, 3), (122, 104, 117), np.uint8)
    cv2.ellipse(tile, (WIDTH // 2 - 30, HEIGHT), (55, 50), 0, 0, 360, (40, 180, 220), -1)
    cv2.ellipse(tile, (WIDTH // 2, 85), (26, 50), 10, 0, 360, (40, 60, 90), -1)
    assert find_emblem(tile, WHOLE) is None


@pytest.mark.parametrize(("width", "height", "quality"), [(320, 180, 95), (840, 472, 90), (115, 65, 60)])
def test_where_an_avatar_is_is_known_to_the_pixel_in_tiles_of_every_size(width: int, height: int, quality: int) -> None:
    tile = np.full((height, width, 3), SURFACE, np.uint8)
    radius, (x, y) = height // 5, (width // 2, height // 2)
    cv2.circle(tile, (x, y), radius, (140, 137, 38), -1, cv2.LINE_AA)
    coded = cv2.imencode(".jpg", tile, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    emblem = find_emblem(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), Box(0, 0, width, height))
    assert emblem is not None
    assert not emblem.line
    assert emblem.box == pytest.approx(Box(x - radius, y - radius, 2 * radius + 1, 2 * radius + 1), abs=1)


def test_where_a_small_picture_is_is_known_to_the_pixel_after_compression() -> None:
    """Its halo is no part of it; one that is nearly as dark as the surface at its rim may end earlier."""
    side, known = 31, 0
    disc = np.zeros((8 * side, 8 * side), np.uint8)
    cv2.circle(disc, (4 * side, 4 * side), 4 * side, 255, -1)
    share = cv2.resize(disc, (side, side), interpolation=cv2.INTER_AREA)[:, :, None] / 255
    for seed in range(20):
        tile = np.full((65, 115, 3), SURFACE, np.uint8)
        part = Box(42, 17, side, side).of(tile)
        shown = cv2.resize(photograph(120, 120, seed), (side, side), interpolation=cv2.INTER_AREA)
        part[:] = np.rint(share * shown + (1 - share) * part)
        coded = cv2.imencode(".jpg", tile, [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
        emblem = find_emblem(np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8), Box(0, 0, 115, 65))
        assert emblem is not None
        known += max(abs(a - b) for a, b in zip(emblem.box, Box(42, 17, side, side), strict=True)) <= 1
    assert known >= 18


def test_where_a_name_without_a_disc_is_is_known_to_the_pixel() -> None:
    for width, height, size in ((840, 472, 0.8), (173, 97, 0.5)):
        tile = np.full((height, width, 3), SURFACE, np.uint8)
        (wide, high), _ = cv2.getTextSize("Anna Kim", 0, size, 1)
        at = (width - wide) // 2, (height + high) // 2
        cv2.putText(tile, "Anna Kim", at, 0, size, (230, 230, 230), 1, cv2.LINE_AA)
        rows, columns = np.nonzero(np.abs(tile.astype(int) - tile[0, 0]).max(axis=2) > 80)
        ink = Box(int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
        emblem = find_emblem(tile, Box(0, 0, width, height))
        assert emblem is not None
        assert emblem.line
        assert emblem.box == pytest.approx(ink, abs=1)
