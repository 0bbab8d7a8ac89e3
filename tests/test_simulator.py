"""The simulator's truth is true: what it says is where lies there in the pixels."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from meeting_analyzer.types import Box
from tests.simulator import (
    CASES,
    CLIENTS,
    FAULTS,
    LOOKS,
    Plan,
    Spec,
    arranged_spec,
    call,
    case,
    random_spec,
    render,
    shuffled,
)
from tests.simulator.layout import gallery
from tests.simulator.paint import text_width, write
from tests.simulator.people import camera, sitter

EVERY_LOOK = sorted(LOOKS)


@pytest.mark.parametrize(("client", "theme"), EVERY_LOOK)
def test_tiles_lie_apart_in_the_picture_and_differ_from_what_is_between(client, theme):
    spec = Spec(client=client, theme=theme, count=7, gap=8, radius=8, size=(1280, 720), backdrops=("room",))
    shot = render(spec, 3)
    assert shot.image.shape == (720, 1280, 3)
    assert shot.image.dtype == np.uint8
    assert len(shot.tiles) == 7
    for i, tile in enumerate(shot.tiles):
        assert tile.box.clipped(1280, 720) == tile.box
        assert all(tile.box.overlap(other.box) == 0 for other in shot.tiles[:i])
    left, right = shot.tiles[0].box, shot.tiles[1].box
    between = Box(left.right + 1, left.y + 10, right.x - left.right - 2, left.h - 20).of(shot.image).reshape(-1, 3)
    assert tuple(map(int, between[0][::-1])) in LOOKS[client, theme].backgrounds
    assert (between == between[0]).all()
    assert shot.tiles[0].box.of(shot.image).std() > 5


def test_same_seed_same_picture_another_seed_another():
    spec = Spec(count=4, size=(640, 400), scale=0.5)
    first, again, other = render(spec, 5), render(spec, 5), render(spec, 6)
    assert np.array_equal(first.image, again.image)
    assert first.tiles == again.tiles
    assert not np.array_equal(first.image, other.image)


@pytest.mark.parametrize(("client", "theme"), EVERY_LOOK)
def test_the_speaker_has_the_border_and_nobody_else(client, theme):
    spec = Spec(client=client, theme=theme, count=6, backdrops=("wall",), off_share=0.5, labels=False, radius=6, gap=6)
    shot = render(spec, 11)
    speaking = [tile.speaking for tile in shot.tiles]
    assert sum(speaking) == 1

    def bordered(box: Box) -> bool:
        color = shot.image[box.y + 1, box.x + box.w // 2].astype(int)
        return any(np.abs(color[::-1] - border).max() < 3 for border in LOOKS[client, theme].border)

    assert [bordered(tile.box) for tile in shot.tiles] == speaking


def test_faces_are_where_the_truth_says():
    shot = render(Spec(count=4, off_share=0, portrait_share=0, speakers=0, labels=False, backdrops=("white",)), 2)
    for tile in shot.tiles:
        assert tile.kind == "video"
        if tile.face is None:
            continue
        assert tile.face.intersection(tile.box) == tile.face
        middle = Box(tile.face.x + tile.face.w // 4, tile.face.y + tile.face.h // 4, tile.face.w // 2, tile.face.h // 2)
        assert middle.of(shot.image).mean() < 215  # skin before a white wall
    assert sum(tile.face is not None for tile in shot.tiles) >= 3


def test_off_tiles_have_no_face_and_a_name():
    shot = render(Spec(count=9, off_share=1.0), 4)
    assert all(tile.kind in ("off", "still") and tile.face is None and tile.name for tile in shot.tiles)


def test_upright_video_fills_the_middle_of_its_tile():
    spec = Spec(count=1, off_share=0, portrait_share=1.0, letterbox="black", backdrops=("white",), labels=False)
    box = render(spec, 1).tiles[0].box
    image = render(spec, 1).image
    assert box.of(image)[:, : box.w // 10].max() < 20
    assert box.of(image)[: box.h // 10, box.w // 2 - 20 : box.w // 2 + 20].mean() > 150


@pytest.mark.parametrize("count", range(1, 50))
def test_gallery_fits_every_count(count):
    area = Box(10, 20, 900, 500)
    tiles = gallery(count, area, 6, 16 / 9, "center")
    assert len(tiles) == count
    assert all(tile.intersection(area) == tile for tile in tiles)


def test_last_row_left_or_centred():
    area = Box(0, 0, 1600, 900)
    left, centred = gallery(7, area, 10, 16 / 9, "left"), gallery(7, area, 10, 16 / 9, "center")
    assert left[6].x == left[0].x
    assert abs(centred[6].center[0] - 800) <= 1


@pytest.mark.parametrize("anchor", ["lm", "ls", "la", "rm"])
def test_text_in_two_scripts_is_written_in_the_fonts_of_both(anchor):
    """Noto's font for Devanagari draws boxes instead of Latin letters."""

    def written(text, x, where):
        canvas = Image.new("RGB", (300, 60))
        write(canvas, (x, 30), text, (255, 255, 255), 20, where)
        return np.asarray(canvas).astype(int)

    both, name, suffix = (text_width(text, 20) for text in ("आशा वर्मा (Host)", "आशा वर्मा ", "(Host)"))
    assert abs(both - name - suffix) <= 1
    left = 290 - both if anchor[0] == "r" else 10
    whole = written("आशा वर्मा (Host)", 290 if anchor[0] == "r" else 10, anchor)
    alone = written("आशा वर्मा", left, "l" + anchor[1])
    assert np.abs(whole - alone)[:, : left + name - 2].mean() < 1
    if anchor == "ls":  # on any other the fonts' heights count
        assert np.abs(whole - written("(Host)", left + name, anchor))[:, left + name :].mean() < 1


def test_random_specs_cover_all_clients_and_both_difficulties():
    specs = [random_spec(random.Random(seed)) for seed in range(200)]
    assert {(spec.client, spec.theme) for spec in specs} == set(LOOKS)
    assert 0.15 < sum(spec.nasty for spec in specs) / 200 < 0.35
    assert min(spec.count for spec in specs) == 1
    assert max(spec.count for spec in specs) == 49


@pytest.mark.parametrize("seed", range(4))
def test_random_specs_render_at_their_size(seed):
    spec = replace(random_spec(random.Random(seed)), size=(1024, 768))
    shot = render(spec, seed)
    assert shot.image.shape == (768, 1024, 3)
    assert len(shot.tiles) == spec.count


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("arrange", ["spotlight", "side"])
def test_tiles_of_a_spotlight_or_beside_a_shared_screen_lie_apart_and_within_the_window(client, arrange):
    for seed in range(3):
        spec = replace(arranged_spec(random.Random(seed), client, arrange, (1024, 768)), arrows=False)
        shot = render(spec, seed)
        boxes = [tile.box for tile in shot.tiles] + ([shot.shared] if arrange == "side" else [])
        assert shot.shared.area > 0.15 * 1024 * 768 or arrange == "spotlight"
        for i, box in enumerate(boxes):
            assert box.clipped(1024, 768) == box
            assert all(box.overlap(other) == 0 for other in boxes[:i])
        if arrange == "spotlight" and len(boxes) > 1:
            assert boxes[0].area > 4 * boxes[1].area


def test_rows_that_fill_the_width_have_wider_tiles_at_the_end():
    spec = Spec(client="teams", count=5, arrange="rows", gap=6, size=(1280, 720))
    boxes = [tile.box for tile in render(spec, 1).tiles]
    assert boxes[-1].w > 1.2 * boxes[0].w
    assert len({box.h for box in boxes}) == 1


@pytest.mark.parametrize("name", sorted(CASES))
def test_named_cases_have_all_their_tiles(name):
    shot = render(case(name, 1), 1)
    assert len(shot.tiles) == {"zoom-5x5": 25, "7x7-small": 49}[name]


CALM = Spec(client="meet", count=6, size=(854, 480), scale=0.75, gap=8, off_share=0.2, still_share=0.2)


def test_a_call_is_the_same_for_the_same_seed_and_moves_where_people_are():
    plan = Plan(CALM, 5, faults=((1.0, "reorder"),))
    first, again = (list(call(plan, 2, 2, 4)) for _ in range(2))
    assert all(np.array_equal(a.image, b.image) and a.tiles == b.tiles for a, b in zip(first, again, strict=True))
    assert [tile.person for tile in first[1].tiles] != [tile.person for tile in first[2].tiles]
    assert first[2].faults == ("reorder",)
    for tile in first[0].tiles:
        before, after = (tile.box.of(frame.image).astype(int) for frame in first[:2])
        assert (np.abs(before - after).max() > 8) == (tile.kind == "video")


def test_every_fault_shows_in_the_truth():
    plan = Plan(CALM, 8, faults=tuple((2.0 * i + 1, fault) for i, fault in enumerate(FAULTS)))
    frames = list(call(plan, 2 * len(FAULTS) + 3, 1, 3))
    seen = {fault: i for i, frame in enumerate(frames) for fault in frame.faults}
    assert set(seen) == set(FAULTS)
    size = {frame.image.shape for frame in frames}
    assert len(size) == 2
    assert any(b.index - a.index > 1 for a, b in itertools.pairwise(frames))
    people = [{tile.person for tile in frame.tiles} for frame in frames]
    assert people[0] != people[seen["page"]]
    kinds = [{tile.person: tile.kind for tile in frame.tiles} for frame in frames]
    assert any(a[who] != b[who] for a, b in itertools.pairwise(kinds) for who in a if who in b)


@pytest.mark.parametrize(("names", "different"), [("own", 6), ("twins", 5), ("none", 0)])
def test_people_may_share_a_name_or_have_none(names, different):
    frame = next(call(Plan(replace(CALM, size=(1920, 1080), scale=1.0, count=6), 6, names), 1, 1, 1))
    assert len({tile.name for tile in frame.tiles if tile.name}) == different


def test_reorders_come_every_twenty_seconds_with_the_other_faults_between():
    found = shuffled(100, 20, ("join", "chat"), 1)
    assert [time for time, fault in found if fault == "reorder"] == [20, 40, 60, 80, 100]
    assert {fault for _, fault in found} == {"reorder", "join", "chat"}


def test_a_background_is_the_same_however_large_the_tile_is():
    who = replace(sitter("books", random.Random(5)), sent=720, noise=0.0, quality=95)
    small, large = (camera(*size, who, 0, 0)[0].astype(int) for size in ((320, 180), (960, 540)))
    halved = cv2.resize(large.astype(np.uint8), (320, 180), interpolation=cv2.INTER_AREA)
    assert np.abs(halved - small).mean() < 12


def test_two_tiles_show_the_same_only_where_nobody_could_tell_them_apart():
    spec = Spec(client="zoom", count=9, size=(1280, 720), off_share=0.6, still_share=0.2, labels=False)
    for names, alike in (("own", False), ("none", True)):
        frame = next(call(Plan(spec, 9, names), 1, 1, 4))
        shown = [tile.shows for tile in frame.tiles]
        assert all(shown)
        assert (len(set(shown)) < len(shown)) is alike
