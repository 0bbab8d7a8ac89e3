from __future__ import annotations

import random
from dataclasses import replace

import cv2
import numpy as np
import pytest
from matching import Counts, match

from meeting_analyzer.perception.kind import kind_of
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Box, Image
from tests.simulator import CASES, LOOKS, Spec, arranged_spec, case, random_spec, render
from tests.simulator.spec import Arrange, Client, Strip

DARK, LIGHT = (26, 26, 26), (245, 245, 245)


def room(width: int, height: int, seed: int) -> Image:
    """A picture that looks like video: a sloped wall, a head and shoulders that reach the lower edge, camera noise."""
    rng = np.random.default_rng(seed)
    wall = rng.integers(60, 200, 3)
    slope = np.linspace(-25, 25, width)[None, :, None] + np.linspace(-15, 15, height)[:, None, None]
    picture = np.clip(wall + slope + rng.normal(0, 3, (height, width, 3)), 0, 255).astype(np.uint8)
    shirt, skin = (tuple(int(c) for c in rng.integers(20, 230, 3)) for _ in range(2))
    cv2.ellipse(picture, (width // 2, height), (width // 3, height // 3), 0, 0, 360, shirt, -1)
    cv2.ellipse(picture, (width // 2, height * 2 // 5), (height // 6, height // 4), 0, 0, 360, skin, -1)
    return picture


def off_tile(width: int, height: int, fill: tuple[int, int, int]) -> Image:
    """A camera that is off: a plain surface, a circle with initials, a name at the lower left."""
    picture = np.full((height, width, 3), fill, np.uint8)
    cv2.circle(picture, (width // 2, height // 2), height // 5, (150, 80, 140), -1, cv2.LINE_AA)
    cv2.putText(picture, "AB", (width // 2 - height // 8, height // 2 + 6), 0, height / 250, (255, 255, 255), 2)
    cv2.putText(picture, "Ann B", (8, height - 8), 0, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return picture


def gallery(
    size: tuple[int, int],
    count: int,
    columns: int,
    gap: int,
    background: tuple[int, int, int] = DARK,
    off: tuple[int, ...] = (),
    speaker: int | None = None,
    radius: int = 0,
) -> tuple[Image, list[Box]]:
    """A gallery with 16:9 tiles between a top and a bottom bar, an incomplete last row centred, and its tiles."""
    width, height = size
    rows = -(-count // columns)
    area = Box(12, 46, width - 24, height - 46 - 70)
    w = min((area.w - (columns - 1) * gap) // columns, (area.h - (rows - 1) * gap) // rows * 16 // 9)
    h = w * 9 // 16
    image = np.full((height, width, 3), background, np.uint8)
    cv2.putText(image, "Weekly class", (14, 26), 0, 0.6, (128, 128, 128), 1, cv2.LINE_AA)
    for k in range(5):
        cv2.circle(image, (width // 2 + 60 * (k - 2), height - 32), 12, (128, 128, 128), 2, cv2.LINE_AA)
    y = area.y + (area.h - rows * h - (rows - 1) * gap) // 2
    boxes = []
    for i in range(count):
        row, column = divmod(i, columns)
        here = min(columns, count - row * columns)
        x = area.x + (area.w - here * w - (here - 1) * gap) // 2 + column * (w + gap)
        box = Box(x, y + row * (h + gap), w, h)
        fill = tuple(min(255, c + 14) if c < 128 else c - 14 for c in background)
        tile = off_tile(w, h, (fill[0], fill[1], fill[2])) if i in off else room(w, h, i)
        if i == speaker:
            cv2.rectangle(tile, (0, 0), (w - 1, h - 1), (60, 230, 180), 6)
        if radius:
            corners = np.zeros((h, w), np.uint8)
            cv2.rectangle(corners, (radius, 0), (w - radius, h), 255, -1)
            cv2.rectangle(corners, (0, radius), (w, h - radius), 255, -1)
            for cx in (radius, w - radius - 1):
                for cy in (radius, h - radius - 1):
                    cv2.circle(corners, (cx, cy), radius, 255, -1)
            tile[corners == 0] = background
        image[box.y : box.bottom, box.x : box.right] = tile
        boxes.append(box)
    return image, boxes


@pytest.mark.parametrize("background", [DARK, LIGHT, (0, 0, 0), (42, 23, 6)], ids=["dark", "light", "black", "navy"])
@pytest.mark.parametrize(
    ("size", "count", "columns", "gap", "radius"),
    [
        ((1280, 720), 4, 2, 8, 10),
        ((1920, 1080), 25, 5, 6, 0),
        ((1920, 1080), 23, 5, 12, 8),
        ((1280, 800), 49, 7, 4, 0),
        ((2560, 1440), 12, 4, 20, 12),
        ((640, 400), 9, 3, 4, 0),
        ((3840, 2160), 7, 3, 16, 20),
        ((1280, 720), 2, 2, 2, 0),
    ],
)
def test_every_tile_is_found_to_within_a_few_pixels(
    size: tuple[int, int], count: int, columns: int, gap: int, radius: int, background: tuple[int, int, int]
) -> None:
    image, truth = gallery(size, count, columns, gap, background, off=(1,), radius=radius)
    found = find_tiles(image)
    assert len(found) == count
    assert len(match([t.box for t in found], truth, 0.9)) == count
    assert [t.kind for t in found] == ["off" if i == 1 else "video" for i in range(count)], "in reading order"


def test_the_speakers_border_is_seen_and_no_other() -> None:
    image, _ = gallery((1920, 1080), 9, 3, 8, speaker=4)
    assert [tile.speaking for tile in find_tiles(image)] == [i == 4 for i in range(9)]


def test_tiles_without_a_gap_are_split_at_their_seams() -> None:
    image, truth = gallery((1280, 720), 6, 3, 0)
    found = [tile.box for tile in find_tiles(image)]
    assert len(match(found, truth, 0.8)) == len(truth) == len(found)


def test_two_tiles_that_run_into_each_other_are_split_by_the_others() -> None:
    image, truth = gallery((1920, 1080), 16, 4, 6)
    a, b = truth[5], truth[6]
    image[a.y : a.bottom, a.right : b.x] = image[a.y : a.bottom, a.right - 1 : a.right]
    found = [tile.box for tile in find_tiles(image)]
    assert len(match(found, truth, 0.9)) == len(truth) == len(found)


def test_a_dark_video_that_melts_into_the_background_keeps_its_size() -> None:
    image, truth = gallery((1920, 1080), 16, 4, 6)
    t = truth[9]
    image[t.y : t.bottom, t.x : t.x + t.w // 3] = DARK
    image[t.y : t.bottom, t.right - t.w // 4 : t.right] = DARK
    found = [tile.box for tile in find_tiles(image)]
    assert len(match(found, truth, 0.9)) == len(truth) == len(found)


@pytest.mark.parametrize("seed", range(4))
def test_a_picture_without_a_gallery_is_one_tile(seed: int) -> None:
    image = room(960, 540, seed)
    assert [tile.box for tile in find_tiles(image)] == [Box(0, 0, 960, 540)]


@pytest.mark.parametrize("fill", [0, 128, 255])
def test_a_plain_picture_is_one_tile(fill: int) -> None:
    image = np.full((400, 640, 3), fill, np.uint8)
    assert [tile.box for tile in find_tiles(image)] == [Box(0, 0, 640, 400)]


@pytest.mark.parametrize("size", [(16, 16), (17, 400), (400, 17), (40, 40)])
def test_tiny_pictures_are_one_tile(size: tuple[int, int]) -> None:
    image = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    assert [tile.box for tile in find_tiles(image)] == [Box(0, 0, *size)]


def test_the_picture_is_not_changed() -> None:
    image, _ = gallery((1280, 720), 4, 2, 8)
    before = image.copy()
    find_tiles(image)
    assert (image == before).all()


def test_a_light_chat_panel_beside_the_gallery_is_no_tile() -> None:
    image, truth = gallery((1280, 720), 9, 3, 8)
    wide = np.full((720, 1600, 3), DARK, np.uint8)
    wide[:, :1280] = image
    wide[:, 1290:] = LIGHT
    for line in range(12):
        cv2.putText(wide, "a line of chat " * 2, (1300, 60 + 40 * line), 0, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
    found = [tile.box for tile in find_tiles(wide)]
    assert len(match(found, truth, 0.9)) == len(truth) == len(found)


def test_places_guessed_beyond_the_picture_are_no_tiles() -> None:
    """The lattice of this picture reaches past its edge, which once was an IndexError."""
    shot = render(random_spec(random.Random(1098)), 1098)
    for tile in find_tiles(shot.image):
        assert tile.box == tile.box.clipped(shot.image.shape[1], shot.image.shape[0])


def test_tiles_of_rendered_calls_are_found() -> None:
    """A few ordinary calls in the look of the clients; `python -m benchmarks.tiles` measures hundreds."""
    counts = Counts()
    for seed in range(5000, 5012):
        shot = render(random_spec(random.Random(seed), nasty=False), seed)
        found = find_tiles(shot.image)
        counts.add(len(match([t.box for t in found], [t.box for t in shot.tiles])), len(found), len(shot.tiles))
    assert counts.f1 > 0.9


@pytest.mark.parametrize("seed", [1048, 1052, 1053, 1061, 1062, 1063, 1064])
def test_small_tiles_are_no_lattice_of_pieces_of_them(seed: int) -> None:
    """49 tiles of 90x50 that touch: busy pictures have an edge near the side of any lattice, true tiles have theirs there."""
    shot = render(random_spec(random.Random(1048), None), seed)
    found = [tile.box for tile in find_tiles(shot.image)]
    truth = [tile.box for tile in shot.tiles]
    assert len(truth) == 49
    # the last row is of cameras that are off and touch
    assert len(match(found, truth, 0.7)) == len(found) >= 42


@pytest.mark.parametrize("seed", [0, 6, 7, 9])
def test_a_gallery_of_49_in_the_smallest_window_is_found_without_its_toolbar(seed: int) -> None:
    """Tiles 32 to 34 pixels high, and round buttons that are higher."""
    spec = replace(random_spec(random.Random(seed), False), client="webex", size=(640, 400), scale=1.0, count=49)
    shot = render(replace(spec, arrange="gallery", strip="none"), seed)
    truth, found = [tile.box for tile in shot.tiles], [tile.box for tile in find_tiles(shot.image)]
    assert 32 <= min(box.h for box in truth) <= 34
    assert len(match(found, truth, 0.7)) == len(found) == len(truth) == 49


def test_tiles_whose_sides_are_hardly_seen_are_not_given_up_for_those_that_stand_out() -> None:
    shot = render(random_spec(random.Random(1010), None), 1010)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles) == 25


@pytest.mark.parametrize("seed", [1011, 1058, 1068])
def test_walls_and_names_are_no_document(seed: int) -> None:
    shot = render(random_spec(random.Random(seed), None), seed)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles)


@pytest.mark.parametrize("client", ["zoom", "meet", "teams", "webex"])
@pytest.mark.parametrize("strip", ["top", "right"])
def test_a_spotlight_and_its_strip_are_found_and_a_shared_screen_is_no_tile(client: Client, strip: Strip) -> None:
    look = LOOKS[client, "dark"]
    plain = Spec(
        client=client, count=6, strip=strip, gap=look.gaps[1], radius=look.radii[0], backdrops=("room", "wall"),
        size=(1280, 720), portrait_share=0.0, off_share=0.0, shared="slide",
    )  # fmt: skip
    for arrange in ("spotlight", "side"):
        shot = render(replace(plain, arrange=arrange), 5)  # type: ignore[arg-type]
        found = [tile.box for tile in find_tiles(shot.image)]
        truth = [tile.box for tile in shot.tiles]
        assert len(found) == len(truth)
        assert len(match(found, truth, 0.7)) == len(truth)


def test_photographs_on_a_slide_are_no_participants() -> None:
    spec = Spec(client="teams", count=5, arrange="side", strip="right", shared="team slide", gap=8, size=(1280, 720))
    shot = render(replace(spec, backdrops=("room",), off_share=0.0), 2)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert found
    assert all(box.overlap(shot.shared) == 0 for box in found)


def test_wider_tiles_of_the_last_row_are_found() -> None:
    spec = Spec(client="teams", count=5, arrange="rows", gap=8, size=(1280, 720), backdrops=("room",), off_share=0.0)
    shot = render(replace(spec, portrait_share=0.0), 3)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == 5


@pytest.mark.parametrize(
    ("client", "seed"), [("meet", "701 meet 5 rows"), ("teams", "701 teams 4 rows"), ("webex", "701 webex 4 rows")]
)
def test_wider_tiles_of_a_small_last_row_are_found_and_the_rows_above_are_kept(client: Client, seed: str) -> None:
    rng = random.Random(seed)
    spec = replace(arranged_spec(rng, client, "rows", (640, 400)), phones=0.0)
    shot = render(spec, rng.getrandbits(30))
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles)


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("seed", [1, 3, 6])
def test_the_named_hard_cases_are_found_whole(name: str, seed: int) -> None:
    shot = render(case(name, seed), seed)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles)


def test_a_last_row_whose_videos_have_edges_between_their_sides_stands_where_all_four_sides_are_seen() -> None:
    shot = render(case("zoom-5x5", 4713), 4713)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == 25


@pytest.mark.parametrize(
    ("client", "size", "arrange", "seed"),
    [
        (
            "teams",
            (1280, 720),
            "spotlight",
            "9101 0",
        ),  # the colours of the large video are more frequent than the background's
        ("zoom", (640, 400), "spotlight", "9102 1"),  # two columns whose gutters are filled
        ("zoom", (1280, 720), "spotlight", "9102 0"),  # a chat beside a spotlight
        ("teams", (640, 400), "spotlight", "9102 2"),  # a spotlight with no clear background around it
        ("webex", (1920, 1080), "spotlight", "9101 0"),  # a chat's message
        ("meet", (640, 400), "side", "9101 2"),  # a dirty window on a desktop of nearly its colour
        ("meet", (1280, 720), "side", "9102 0"),  # a lattice that goes on over a document
        ("teams", (640, 400), "side", "9101 1"),  # and one whose rows do
        ("bigbluebutton", (640, 400), "side", "9102 2"),  # shelves in a shared photograph
        ("jitsi", (1280, 720), "side", "9102 2"),  # a dark video at the end of a strip
        ("jitsi", (640, 400), "side", "9102 1"),  # a strip of small tiles beside a slide
        ("teams", (1280, 720), "spotlight", "devA 2"),  # a spotlight that is off, with a strip that is
        ("meet", (1280, 720), "spotlight", "devA 5"),  # microphones in tiles that are off
        ("meet", (1280, 720), "side", "devA 1"),  # a lattice that goes on over rows of a table
        ("webex", (1280, 720), "side", "devB 2"),  # and over columns
        ("bigbluebutton", (1280, 720), "side", "devA 5"),  # a toolbar's buttons
        ("webex", (1920, 1080), "spotlight", "devA 2"),  # a chat's message
        ("teams", (640, 400), "side", "devA 4"),  # a background that is torn by compression
        ("bigbluebutton", (1280, 720), "spotlight", "devA 4"),  # and one of many colours
        ("teams", (640, 400), "spotlight", "devA 2"),  # a strip of which only pieces are framed
        ("jitsi", (640, 400), "spotlight", "devA 5"),  # a plain wall that is cut at the face
    ],
)
def test_strips_beside_spotlights_and_screens_are_found_and_nothing_on_these(
    client: Client, size: tuple[int, int], arrange: Arrange, seed: str
) -> None:
    number, which = seed.split()
    named = number.startswith("dev")
    rng = random.Random(
        f"{number} {client} {size} {which} {arrange}" if named else f"{number} {client} {size} {arrange} {which}"
    )
    spec = arranged_spec(rng, client, arrange, size)
    shot = render(spec, rng.getrandbits(30))
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles)


@pytest.mark.parametrize(
    ("spec", "seed"),
    [
        # empty ends beside the last row
        (Spec(count=14, gap=5, off_share=0.0, portrait_share=0.0, letterbox="blur"), 88172049),
        # and an upright video in it
        (Spec("webex", count=4, gap=10, radius=8, off_share=0.1, portrait_share=0.15, speakers=0, quality=50), 78538850),
        # the room beside a strip, and a chat's messages, which stand on their ground
        (
            Spec(
                size=(1920, 1080), count=4, gap=3, radius=8, off_share=0.0, letterbox="blur", speakers=2, frame="dark",
                panel="dark", quality=95, arrange="spotlight", strip="top", strip_share=0.2143396, last_row="left",
            ),
            988539445,
        ),
        # photographs on a slide, and a strip between it and a chat in a window on a desktop
        (
            Spec(
                size=(3840, 2160), count=24, gap=9, radius=12, scale=1.5, off_share=0.0, portrait_share=0.0, speakers=0,
                desktop=True, panel="light", arrange="side", strip="right", strip_share=0.1434863, shared="team slide",
                still_share=0.1,
            ),
            435129551,
        ),
        # the window around the only tile
        (
            Spec(
                "webex", size=(640, 400), count=19, gap=2, radius=4, scale=0.5, last_row="left", off_share=0.4,
                portrait_share=0.0, desktop=True, arrange="spotlight", strip_share=0.1524063, masks=0.2, arrows=True,
            ),
            819841993,
        ),
        # a dark video with a name at the beginning of a strip
        (
            Spec(
                "meet", size=(640, 400), count=16, radius=4, scale=0.5, off_share=0.4, portrait_share=0.15, speakers=0,
                frame="light", bars=False, quality=95, arrange="side", strip="bottom", strip_share=0.1912182,
                shared="photo slide", still_share=0.1,
            ),
            539326311,
        ),
        # a last row of one upright video below rows, no strip beside a spotlight
        (
            Spec(
                "meet", count=7, gap=16, radius=12, off_share=0.0, arrange="rows", strip="bottom", shared="text",
                phones=0.3, masks=0.2, arrows=True,
            ),
            307123164,
        ),
        # a dark spotlight beside two columns
        (
            Spec(
                "meet", size=(3840, 2160), count=4, gap=28, radius=16, scale=2.0, off_share=0.8, portrait_share=0.0,
                letterbox="crop", quality=85, arrange="spotlight", strip="right", strip_share=0.3359804, lanes=2,
            ),
            436797374,
        ),
        # an upright video at the end of a row
        (
            Spec(
                "meet", size=(3840, 2160), count=13, gap=32, radius=16, scale=2.0, last_row="left", portrait_share=0.0,
                frame="light", labels=False, arrange="rows", phones=0.3, still_share=0.1, masks=0.2,
            ),
            614800848,
        ),
        # long edges everywhere
        (
            Spec(
                "jitsi", size=(640, 400), count=49, gap=4, scale=0.5, off_share=0.4, portrait_share=0.0,
                letterbox="blur", frame="dark", quality=50,
            ),
            190714557,
        ),
    ],
)  # fmt: skip
def test_nothing_around_beside_or_made_of_tiles_is_taken_for_them(spec: Spec, seed: int) -> None:
    shot = render(spec, seed)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles)


@pytest.mark.parametrize("seed", [7, 19, 33, 37])
def test_small_tiles_are_not_taken_for_halves_of_two_or_for_one_with_others(seed: int) -> None:
    shot = render(case("7x7-small", seed), seed)
    found = [tile.box for tile in find_tiles(shot.image)]
    assert len(match(found, [tile.box for tile in shot.tiles], 0.7)) == len(found) == len(shot.tiles)


@pytest.mark.parametrize("client", ["zoom", "meet", "teams"])
def test_a_picture_in_the_middle_is_still_and_initials_are_off(client: Client) -> None:
    spec = Spec(client=client, count=6, gap=8, size=(1280, 720), speakers=0)
    for share, kind in ((0.0, "off"), (1.0, "still")):
        shot = render(replace(spec, off_share=1.0, still_share=share), 4)
        kinds = [kind_of(shot.image, tile.box) for tile in shot.tiles if not filled(shot.image, tile.box)]
        assert kinds
        assert kinds.count(kind) >= len(kinds) - 1  # type: ignore[arg-type]


def filled(image: Image, box: Box) -> bool:
    """Whether a picture fills its tile: its corners are not of one colour."""
    corners = [image[y, x].astype(int) for y in (box.y + 20, box.y + box.h // 2) for x in (box.x + 20, box.right - 20)]
    return any(np.abs(corner - corners[0]).max() > 8 for corner in corners)
