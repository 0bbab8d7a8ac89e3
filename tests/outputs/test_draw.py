from __future__ import annotations

import cv2
import numpy as np
import pytest

from meeting_analyzer.outputs import draw as module
from meeting_analyzer.outputs.draw import Style, blank, draw, head
from meeting_analyzer.outputs.marks import SIGNS, mark, sign, signs_of
from meeting_analyzer.outputs.palette import COLOURS, MARKS, PRESENCE, colour_of, words_of
from meeting_analyzer.outputs.strip import mood_strip
from meeting_analyzer.timeline import class_mood
from meeting_analyzer.types import EMOTIONS, UNCERTAIN, Attention, Box, Face, Image, Moment, Signals, Tile


def face(box: Box, label: str | None = "happy") -> Face:
    emotion = tuple(1.0 if name == label else 0.0 for name in EMOTIONS) if label in EMOTIONS else None
    return Face(box, 0.9, emotion=emotion, label=label, confidence=0.81 if label else None)


def call(columns: int, rows: int, size: tuple[int, int] = (1280, 720), name: str | None = "Tomás Novák") -> Moment:
    """A gallery full of faces whose labels differ."""
    labels = (*EMOTIONS, UNCERTAIN)
    w, h = size[0] // columns, size[1] // rows
    tiles = []
    for k in range(columns * rows):
        tile = Box(k % columns * w, k // columns * h, w - 4, h - 4)
        at = Box(tile.x + w // 3, tile.y + h // 3, h // 3, h // 3)
        tiles.append(Tile(tile, "video", name, f"P{k + 1:02d}", faces=(face(at, labels[k % 8]),)))
    return Moment(0.0, 0, size, tuple(tiles), class_mood(tiles))


def grey(size: tuple[int, int], level: int = 128) -> Image:
    return np.full((size[1], size[0], 3), level, np.uint8)


@pytest.fixture
def placed(monkeypatch: pytest.MonkeyPatch) -> list[Box]:
    """Where patches were blended, in order."""
    boxes: list[Box] = []
    blend = module._blend

    def spy(canvas: Image, patch: module.Patch, box: Box) -> None:
        boxes.append(Box(box.x, box.y, patch.ink.shape[1], patch.ink.shape[0]))
        blend(canvas, patch, box)

    monkeypatch.setattr(module, "_blend", spy)
    return boxes


def test_the_input_is_not_changed_and_the_result_is_the_same_twice() -> None:
    image, moment = grey((1280, 720)), call(3, 3)
    first = draw(image, moment)
    assert (image == 128).all()
    assert first.shape == image.shape
    assert first.dtype == np.uint8
    assert (first != image).any()
    assert (draw(image, moment) == first).all()


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (3, 3), (5, 5), (7, 7)])
@pytest.mark.parametrize("size", [(640, 400), (1280, 720), (1920, 1080)])
def test_labels_cover_no_face_and_not_each_other_and_stay_inside(
    columns: int, rows: int, size: tuple[int, int], placed: list[Box]
) -> None:
    moment = call(columns, rows, size)
    draw(grey(size), moment)
    faces = [head(f.box) for f in moment.faces]
    assert len(placed) >= 0.9 * len(faces), "nearly every face has a label"
    for k, label in enumerate(placed):
        assert label == label.clipped(*size)
        assert not any(label.overlap(f) for f in faces)
        assert not any(label.overlap(other) for other in placed[:k])


def test_labels_stay_in_their_own_tile_where_there_is_room(placed: list[Box]) -> None:
    moment = call(3, 3)
    draw(grey((1280, 720)), moment, Style(mood=False))
    assert len(placed) == 9
    for tile, label in zip(moment.tiles, placed, strict=True):
        assert label.intersection(tile.box) == label


@pytest.mark.parametrize("level", [0, 128, 255])
def test_boxes_and_labels_show_on_any_background(level: int) -> None:
    image = grey((640, 360), level)
    drawn = draw(image, call(2, 2, (640, 360)), Style(mood=False)).astype(int)
    contrast = np.abs(drawn - level).max(axis=2)
    assert (contrast > 90).sum() > 1000


@pytest.mark.parametrize("label", COLOURS)
def test_a_box_shows_even_on_its_own_colour(label: str) -> None:
    image = np.full((360, 640, 3), COLOURS[label], np.uint8)
    box = Box(200, 100, 120, 120)
    tile = Tile(Box(0, 0, 640, 360), faces=(face(box, label),))
    drawn = draw(image, Moment(0.0, 0, (640, 360), (tile,)))
    corner = Box(box.x - 3, box.y - 3, 12, 12)
    change = np.abs(corner.of(drawn).astype(int) - corner.of(image)).max(axis=2)
    assert (change > 60).sum() >= 8


def test_faces_at_the_edges_and_outside_do_no_harm() -> None:
    boxes = [
        Box(-30, -30, 60, 60),
        Box(620, 340, 80, 80),
        Box(700, 500, 40, 40),
        Box(10, 10, 0, 0),
        Box(0, 0, 640, 360),
    ]
    tile = Tile(Box(0, 0, 640, 360), faces=tuple(face(box) for box in boxes))
    assert draw(grey((640, 360)), Moment(0.0, 0, (640, 360), (tile,))).shape == (360, 640, 3)


def test_an_older_moment_of_another_size_is_scaled(placed: list[Box]) -> None:
    moment = call(2, 2, (640, 360))
    draw(grey((1280, 720)), moment, Style(mood=False))
    big = [Box(*(2 * v for v in t.box)) for t in moment.tiles]
    assert all(label.intersection(tile) == label for label, tile in zip(placed, big, strict=True))


def test_nothing_seen_means_nothing_drawn() -> None:
    image = grey((640, 360))
    assert (draw(image, Moment(0.0, 0, (640, 360))) == image).all()


@pytest.mark.parametrize("size", [(16, 16), (40, 300), (300, 40), (3840, 2160)])
def test_any_size_works(size: tuple[int, int]) -> None:
    tile = Tile(Box(0, 0, *size), faces=(face(Box(size[0] // 4, size[1] // 4, size[0] // 3, size[1] // 3)),))
    moment = Moment(0.0, 0, size, (tile,), class_mood([tile]))
    assert draw(grey(size), moment).shape == (size[1], size[0], 3)


def test_names_can_be_left_out() -> None:
    image, moment = grey((1280, 720)), call(2, 2)
    assert (draw(image, moment, Style(names=False)) != draw(image, moment)).any()
    other = call(2, 2, name="Ingrid")
    assert (draw(image, moment, Style(names=False)) == draw(image, other, Style(names=False))).all()


def alone(name: str | None, label: str | None = "happy") -> Moment:
    """One tile with one face."""
    tiles = (Tile(Box(0, 0, 1280, 720), "video", name, "P03", faces=(face(Box(500, 300, 150, 150), label),)),)
    return Moment(0.0, 0, (1280, 720), tiles)


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("An\u202en\u2066a", "Anna"),
        ("Anna\nMüller", "Anna Müller"),
        ("Anna 🎓", "Anna"),
        ("محمد علي", "P03"),
        ("", "P03"),
        (None, "P03"),
        ("A" * 100_000, "A" * 1000),
    ],
)
def test_names_are_shown_as_far_as_they_are_harmless_and_can_be_drawn(name: str | None, like: str) -> None:
    image = grey((1280, 720))
    shown = draw(image, alone(name))
    assert (shown == draw(image, alone(like))).all()
    assert (shown != draw(image, alone("Somebody else"))).any()


def test_an_uncertain_label_is_grey_and_a_sure_one_white(placed: list[Box]) -> None:
    brightest = []
    for label in ("happy", UNCERTAIN):
        drawn = draw(grey((1280, 720), 0), alone("Ann", label))
        brightest.append(int(placed[-1].of(drawn).min(axis=2).max()))
    assert brightest[0] > 240 > 215 > brightest[1]


def test_cameras_that_are_off_are_marked_only_on_request(placed: list[Box]) -> None:
    tile = Tile(Box(0, 0, 640, 360), "off", "Ann", "P01")
    moment = Moment(0.0, 0, (640, 360), (tile,))
    image = grey((640, 360))
    assert (draw(image, moment) == image).all()
    assert (draw(image, moment, Style(show_off=True)) != image).any()
    assert len(placed) == 1
    assert not placed[0].overlap(Box(230, 90, 180, 180)), "the initials in the middle stay free"


def test_the_mood_leaves_faces_free_at_either_edge(placed: list[Box]) -> None:
    for y, edge in ((600, "upper"), (0, "lower")):
        tiles = (Tile(Box(0, 0, 1280, 720), faces=(face(Box(500, y, 110, 110)),)),)
        placed.clear()
        draw(grey((1280, 720)), Moment(0.0, 0, (1280, 720), tiles, class_mood(tiles)))
        assert placed[0].w == 1280
        assert (placed[0].y == 0) == (edge == "upper")
        assert not placed[0].overlap(tiles[0].faces[0].box)


def test_a_patch_is_laid_over_like_any_picture_with_transparency() -> None:
    rng = np.random.default_rng(0)
    below = rng.integers(0, 256, (20, 30, 3), np.uint8)
    bgra = rng.integers(0, 256, (20, 30, 4), np.uint8)
    canvas = below.copy()
    module._blend(canvas, module.patch_of(bgra), Box(0, 0, 30, 20))
    alpha = bgra[..., 3:] / 255
    assert np.abs(canvas - (bgra[..., :3] * alpha + below * (1 - alpha))).max() <= 1.01
    part = below.copy()
    module._blend(part, module.patch_of(bgra), Box(-10, 15, 30, 20))
    assert (part[:15] == below[:15]).all()
    assert (part[15:, 20:] == below[15:, 20:]).all()
    assert (part[15:, :20] != below[15:, :20]).any()


def test_presence_mode_is_visible_and_shows_no_emotion() -> None:
    tiles = (Tile(Box(0, 0, 1280, 720), participant="P01", faces=(face(Box(400, 200, 200, 200), None),)),)
    presence = Moment(0.0, 0, (1280, 720), tiles, class_mood(tiles), "presence")
    plain = Moment(0.0, 0, (1280, 720), tiles, class_mood(tiles), "emotion")
    image = grey((1280, 720))
    assert (draw(image, presence) != draw(image, plain)).any()
    drawn = draw(image, presence, Style(mood=False)).reshape(-1, 3)
    assert (drawn == PRESENCE).all(axis=1).any()


def test_every_class_has_a_colour_and_a_shape_of_its_own() -> None:
    assert set(COLOURS) == set(MARKS) == {*EMOTIONS, UNCERTAIN}
    shapes = [mark(label, 16) for label in MARKS]
    for k, shape in enumerate(shapes):
        assert shape.max() == 255
        assert all((shape != other).mean() > 0.05 for other in shapes[:k])


def test_every_sign_has_a_shape_of_its_own() -> None:
    for size in (10, 16, 24):
        shapes = [sign(name, size) for name in SIGNS]
        for k, shape in enumerate(shapes):
            assert shape.shape == (size, size)
            assert shape.max() > 150
            assert all((abs(shape.astype(int) - other) > 60).mean() > 0.05 for other in shapes[:k])


@pytest.mark.parametrize(
    ("signals", "pose", "signs"),
    [
        (None, Attention(60, 0, True), ()),
        (Signals("P01", True, True), Attention(60, 0, True), ()),
        (Signals("P01", True, True, looking_away=True), Attention(60, 0, False), ("looking right",)),
        (Signals("P01", True, True, looking_away=True), Attention(-60, 30, False), ("looking left",)),
        (Signals("P01", True, True, looking_away=True), Attention(10, 30, False), ("looking down",)),
        (Signals("P01", True, True, looking_away=True), Attention(10, -30, False), ("looking up",)),
        (Signals("P01", True, True, looking_away=True), None, ()),
        (Signals("P01", True, True, speaking=True, eyes_closed=True), None, ("speaking", "eyes closed")),
    ],
)
def test_signs(signals: Signals | None, pose: Attention | None, signs: tuple[str, ...]) -> None:
    assert signs_of(signals, pose) == signs


@pytest.mark.parametrize("label", ["happy", None])
@pytest.mark.parametrize("name", ["Asha", None])
def test_signs_stand_on_the_label_and_make_it_wider(label: str | None, name: str | None, placed: list[Box]) -> None:
    at = face(Box(200, 100, 120, 120), label)
    tiles = (Tile(Box(0, 0, 640, 360), "video", name, "P01", faces=(at,)),)
    plain = Moment(0.0, 0, (640, 360), tiles)
    image = grey((640, 360))
    without = draw(image, plain)
    before = placed.pop()
    signed = Moment(0.0, 0, (640, 360), tiles, signals=(Signals("P01", True, True, speaking=True, eyes_closed=True),))
    drawn = draw(image, signed)
    after = placed.pop()
    assert after.w > before.w
    assert after.h == before.h
    assert (drawn != without).any()
    assert (draw(image, signed, Style(signs=False)) == without).all()


def test_the_strip_counts_who_looks_away_and_whose_eyes_are_closed() -> None:
    moment = call(3, 3)
    away = Signals("P01", True, True, looking_away=True, away_for=9.0)
    closed = Signals("P02", True, True, eyes_closed=True, closed_for=4.0)
    strips = [
        mood_strip(Moment(0.0, 0, moment.size, moment.tiles, moment.mood, mode, signals=signals), 1280)
        for mode in ("emotion", "presence")
        for signals in ((), (away,), (closed,), (away, closed))
    ]
    pictures = [strip.tobytes() for strip in strips if strip is not None]
    assert len(set(pictures)) == 8, "each says something else"


# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB
VISIONS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
}


@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_colours_become_one_for_the_colour_blind(vision: str) -> None:
    names = list(COLOURS)
    rgb = np.array([COLOURS[name][::-1] for name in names], np.float64) / 255
    seen = np.clip(
        np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92) @ np.array(VISIONS[vision]).T, 0, 1
    )
    seen = np.where(seen > 0.0031308, 1.055 * seen ** (1 / 2.4) - 0.055, 12.92 * seen)
    lab = cv2.cvtColor(seen[None].astype(np.float32), cv2.COLOR_RGB2Lab)[0]
    for i, a in enumerate(lab):
        for j in range(i):
            assert np.linalg.norm(a - lab[j]) > 12, (names[i], names[j])


@pytest.mark.parametrize(
    ("label", "confidence", "words"),
    [
        ("happy", 0.812, "appears happy 81 %"),
        ("surprise", 1.0, "appears surprised 100 %"),
        ("fear", 0.5, "appears afraid 50 %"),
        (UNCERTAIN, 0.3, "uncertain"),
        (None, None, ""),
    ],
)
def test_words(label: str | None, confidence: float | None, words: str) -> None:
    assert words_of(label, confidence) == words
    assert len(colour_of(label)) == 3


def test_blank_hides_everything_and_says_so() -> None:
    picture = blank((640, 360), "Hidden")
    assert picture.shape == (360, 640, 3)
    assert picture[:100].std() == 0
    assert picture[150:210].std() > 0
    assert blank((40, 20), "a sentence that is far too long for it").shape == (20, 40, 3)
