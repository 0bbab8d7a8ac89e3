"""Names are read from labels, once each, and never stall a call."""

from __future__ import annotations

import json
import random
from concurrent.futures import Future
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import meeting_analyzer
from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception import names, recognizer, tesseract
from meeting_analyzer.perception.base import TileBox
from meeting_analyzer.perception.labels import find_label, strokes_at
from meeting_analyzer.perception.name_text import MAX_LETTERS, clean_name
from meeting_analyzer.perception.names import NameReader
from meeting_analyzer.perception.recognizer import Reading
from meeting_analyzer.perception.steady import Steady
from meeting_analyzer.perception.strokes import stroke_difference
from meeting_analyzer.perception.tesseract import Words
from meeting_analyzer.types import Box
from tests.simulator import Spec, render
from tests.simulator.paint import array, fill, pillow, text_width, write
from tests.simulator.people import camera, sitter
from tests.stubs import Later

ASSETS = Path(meeting_analyzer.__file__).parent / "assets"
needs_rapidocr = pytest.mark.skipif(find_spec("rapidocr") is None, reason="rapidocr (extra 'names') is not installed")


@pytest.fixture(scope="module")
def call():
    """The first 40 frames of the sample call: (image, tiles, true names)."""
    lines = (ASSETS / "sample_call.truth.jsonl").read_text(encoding="utf-8").splitlines()[1:41]
    capture = cv2.VideoCapture(str(ASSETS / "sample_call.mp4"))
    frames = []
    for truth in map(json.loads, lines):
        tiles = [TileBox(Box(*map(int, tile["box"])), tile["kind"]) for tile in truth["tiles"]]
        frames.append((capture.read()[1], tiles, [tile["name"] for tile in truth["tiles"]]))
    capture.release()
    return frames


@pytest.fixture
def reader():
    opened = NameReader.open("on", 1)
    assert opened is not None
    return opened


@pytest.fixture
def counted(reader, monkeypatch):
    """A reader and the list of the patches that its recogniser was given."""
    patches = []
    recognize = reader.recognize
    monkeypatch.setattr(reader, "recognize", lambda patch: patches.append(patch) or recognize(patch))
    return reader, patches


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Kwame Mensah", "Kwame Mensah"),
        ("  Kwame \u00a0 Mensah\n", "Kwame Mensah"),
        ("Kwame Mensah (Host, me)", "Kwame Mensah"),
        ("Kwame Mensah(Host,me)", "Kwame Mensah"),
        ("Ana P. (You) (Guest)", "Ana P."),
        ("Ana P. (Unverif", "Ana P."),
        ("Ana Smith-Mac...", "Ana Smith-Mac"),
        ("Ana (Team 3)", "Ana (Team 3)"),
        ("Ana Peña (Hlost, me)", "Ana Peña"),
        ("Ana Peña (Hos, me)", "Ana Peña"),
        ("Ana (Hosea)", "Ana (Hosea)"),
        ("Hostetler, Meg", "Hostetler, Meg"),
        ("\u202eKwame\u200b Mensah\x07", "Kwame Mensah"),
        ("% Kwame Mensah &", "Kwame Mensah"),
        ("x Kwame Mensah", "Kwame Mensah"),
        ("Malcolm X", "Malcolm X"),
        ("王伟", "王伟"),
        ("王", "王"),
        ("O'Brien", "O'Brien"),
        ("A" * 100, "A" * MAX_LETTERS),
        ("", None),
        ("- _ .", None),
        ("Q", None),
        ("12:30", None),
    ],
)
def test_clean_name(text, name):
    assert clean_name(text) == name


def test_off_needs_no_package(monkeypatch):
    monkeypatch.setattr(recognizer, "find_spec", lambda _: None)
    assert NameReader.open("off", 1) is None


def test_without_the_package_auto_is_silent_and_on_says_what_to_install(monkeypatch):
    monkeypatch.setattr(recognizer, "find_spec", lambda _: None)
    assert NameReader.open("auto", 1) is None
    with pytest.raises(ModelError, match=r'pip install "meeting-analyzer\[names\]"'):
        NameReader.open("on", 1)


def test_a_package_without_its_model(monkeypatch, tmp_path):
    (tmp_path / "models").mkdir()
    bare = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(recognizer, "find_spec", lambda name: bare if name == "rapidocr" else None)
    assert NameReader.open("auto", 1) is None
    with pytest.raises(ModelError, match="lacks its model"):
        NameReader.open("on", 1)


@needs_rapidocr
def test_a_package_whose_model_is_damaged(monkeypatch, tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "PP-OCRv6_rec_small.onnx").write_bytes(b"no model")
    real = find_spec("rapidocr")
    moved = type("Spec", (), {"origin": str(tmp_path / "__init__.py")})
    monkeypatch.setattr(recognizer, "find_spec", lambda name: moved if real and name == real.name else None)
    assert NameReader.open("auto", 1) is None
    with pytest.raises(ModelError, match="cannot be loaded"):
        NameReader.open("on", 1)


@needs_rapidocr
def test_reads_the_sample_call(call, reader):
    image, tiles, truth = call[0]
    read = dict(zip(truth, reader.read(image, tiles, None), strict=True))
    assert {name: read[name] for name in read if name.isascii()} == {name: name for name in read if name.isascii()}
    assert read["Tomás Novák"] == "Tomás Novák"
    # no name is better than a wrong one
    assert read["आशा वर्मा"] == ("आशा वर्मा" if tesseract.language() else None)


@needs_rapidocr
def test_a_label_is_read_once_while_the_video_behind_it_moves(call, counted):
    reader, patches = counted
    everyone = {name for _, _, truth in call for name in truth}
    for image, tiles, _ in call:
        reader.read(image, tiles)
    assert len(everyone) - 1 <= len(patches) <= len(everyone) + 2
    before = len(patches)
    for image, tiles, _ in call[-5:]:
        reader.read(image, tiles)
    assert len(patches) == before


@needs_rapidocr
def test_few_labels_are_read_in_a_call_and_the_rest_in_the_next(counted):
    reader, patches = counted
    shot = render(Spec(count=9, off_share=1.0, size=(1920, 1080), scripts="latin"), 4)
    tiles = [TileBox(tile.box, "off") for tile in shot.tiles]
    known = []
    for _ in range(4):
        before = len(patches)
        known.append(sum(name is not None for name in reader.read(shot.image, tiles)))
        assert len(patches) - before <= names.READS_PER_FRAME
    assert known[0] == names.READS_PER_FRAME
    assert known[2] >= 8
    assert len(patches) <= 10


@needs_rapidocr
def test_what_cannot_be_read_uses_the_budget_up(counted, monkeypatch):
    reader, patches = counted
    monkeypatch.setattr(recognizer, "MIN_CONFIDENCE", 1.1)
    monkeypatch.setattr(recognizer, "SURE_CONFIDENCE", 1.1)
    monkeypatch.setattr(names, "stroke_difference", lambda a, b: 1.0)
    shot = render(Spec(count=9, off_share=1.0, size=(1920, 1080), scripts="latin"), 4)
    tiles = [TileBox(tile.box, "off") for tile in shot.tiles]
    for _ in range(30):
        assert reader.read(shot.image, tiles) == [None] * 9
    assert names.READS_PER_FRAME <= len(patches) <= 12


@needs_rapidocr
def test_tiles_without_a_name_are_told(reader, monkeypatch):
    """No label, or one that was read in vain; not one that waits for its turn or for the second reader."""
    monkeypatch.setattr(reader, "recognize", lambda _: Reading("", 0.0))
    answer: Future[Words | None] = Future()
    monkeypatch.setattr(tesseract, "language", lambda: "hin")
    monkeypatch.setattr(tesseract, "read_beside", lambda *_: answer)
    bare = np.full((170, 300, 3), 90, np.uint8)
    picture = np.vstack([labelled("Anna Smith", 3, 18), labelled("Noah Horvat", 3, 18), bare])
    tiles = [TileBox(Box(0, 170 * i, 300, 170), "video") for i in range(3)]
    reader.read(picture, tiles, budget=1)
    assert reader.nameless == {tiles[2].box}
    reader.read(picture, tiles, budget=4)
    reader.read(picture, tiles, budget=4)
    assert reader.nameless == {tiles[2].box}
    answer.set_result(None)
    reader.read(picture, tiles, budget=4)
    assert reader.nameless == {tile.box for tile in tiles}


@needs_rapidocr
def test_a_name_follows_its_label_to_another_place(counted):
    reader, patches = counted
    shot = render(Spec(count=4, off_share=1.0, size=(1280, 720)), 8)
    first, last = shot.tiles[0].box, shot.tiles[3].box
    tiles = [TileBox(first, "off"), TileBox(last, "off")]
    before = reader.read(shot.image, tiles, None)
    count = len(patches)
    swapped = shot.image.copy()
    swapped[first.y : first.bottom, first.x : first.right] = last.of(shot.image)
    swapped[last.y : last.bottom, last.x : last.right] = first.of(shot.image)
    assert None not in before
    assert before[0] != before[1]
    assert reader.read(swapped, tiles, None) == before[::-1]
    assert len(patches) == count


@needs_rapidocr
@pytest.mark.parametrize(
    ("client", "theme"), [("zoom", "dark"), ("teams", "light"), ("webex", "dark"), ("jitsi", "dark")]
)
def test_labels_of_the_clients(client, theme, reader):
    spec = Spec(client=client, theme=theme, count=9, size=(1920, 1080), backdrops=("wall", "blur"), radius=4)
    shot = render(spec, 21)
    read = reader.read(shot.image, [TileBox(tile.box, tile.kind) for tile in shot.tiles], None)
    plain = [
        (tile.name, name) for tile, name in zip(shot.tiles, read, strict=True) if tile.name and tile.name.isascii()
    ]
    assert len(plain) >= 3
    assert sum(truth == name for truth, name in plain) >= len(plain) - 1


@needs_rapidocr
def test_no_label_no_name(reader):
    shot = render(Spec(count=4, labels=False, off_share=0, backdrops=("wall",)), 3)
    tiles = [TileBox(tile.box) for tile in shot.tiles]
    assert reader.read(shot.image, tiles, None) == [None] * 4
    assert reader.read(shot.image, [TileBox(Box(0, 0, 5, 5)), TileBox(Box(-20, -20, 30, 30))], None) == [None, None]
    assert reader.read(shot.image, [], None) == []


@needs_rapidocr
def test_only_so_many_readings_are_remembered(reader, monkeypatch):
    monkeypatch.setattr(names, "REMEMBERED", 3)
    shot = render(Spec(count=9, off_share=1.0, size=(1920, 1080), scripts="latin"), 4)
    reader.read(shot.image, [TileBox(tile.box, "off") for tile in shot.tiles], None)
    assert len(reader._known) == 3
    assert len(reader._seen) == 3


def test_strokes_stay_the_same_under_noise_and_differ_for_another_name():
    spec = Spec(count=4, off_share=1.0, size=(1280, 720))
    shot = render(spec, 8)
    noisy = render(replace(spec, quality=70), 8)
    labels = [find_label(shot.image, TileBox(tile.box, "off")) for tile in shot.tiles]
    for i, label in enumerate(labels):
        assert label is not None
        assert np.array_equal(strokes_at(shot.image, label), label.strokes)
        assert stroke_difference(label.strokes, strokes_at(noisy.image, label)) < names.SAME_PLACE
        for other in labels[:i]:
            assert other is not None
            assert stroke_difference(label.strokes, other.strokes) > names.SAME_PLACE


@pytest.mark.parametrize(
    ("one", "other"), [("Anna K.", "Anna R."), ("Lee", "Kee"), ("Maria", "Mario"), ("Team 1", "Team 7"), ("Jon", "Jan")]
)
@pytest.mark.parametrize("size", [12, 16])
def test_one_letter_makes_another_label_and_the_video_behind_it_none(one, other, size):
    label = find_label(labelled(one, 1, size), TileBox(Box(0, 0, 300, 170)))
    assert label is not None
    assert stroke_difference(label.strokes, strokes_at(labelled(one, 2, size), label)) < names.ANY_PLACE
    assert stroke_difference(label.strokes, strokes_at(labelled(other, 1, size), label)) > names.ANY_PLACE


def labelled(text, seed, size):
    """A tile of 300x170 with somebody in it and a name on a translucent strip."""
    canvas = pillow(camera(300, 170, sitter("room", random.Random(seed)), 0, seed)[0])
    strip = Box(6, 138, text_width(text, size) + 10, 26)
    fill(canvas, strip, (0, 0, 0), 0.7, 4)
    write(canvas, (strip.x + 5, strip.center[1]), text, (250, 250, 250), size)
    return array(canvas)


@pytest.mark.parametrize(
    ("text", "name"), [("संजय वर्मा (000)", "संजय वर्मा"), ("आशा जोशी (0000, 00)", "आशा जोशी"), ("Room 12", "Room 12")]
)
def test_a_suffix_in_a_script_that_was_not_read_is_no_part_of_the_name(text, name):
    assert clean_name(text) == name


def line(text, ground=(20, 20, 20), size=16):
    """A patch that holds white text, and its strokes."""
    canvas = Image.new("RGB", (text_width(text, size) + 12, size + 10), ground)
    bare = array(canvas)
    write(canvas, (6, canvas.height // 2), text, (250, 250, 250), size)
    patch = array(canvas)
    return patch, np.clip(patch.min(axis=2) - bare.min(axis=2).astype(int), 0, 255).astype(np.uint8)


needs_tesseract = pytest.mark.skipif(
    tesseract.language() is None, reason="tesseract with data for Devanagari is not installed"
)


def second_reading(patch, strokes, bright):
    words = tesseract.read(tesseract.inks(patch, strokes, bright))
    return words and words.text


@needs_tesseract
def test_devanagari_is_read_by_tesseract_and_latin_is_not():
    assert second_reading(*line("राहुल शर्मा"), True) == "राहुल शर्मा"
    assert second_reading(*line("Anna Smith"), True) is None


@needs_tesseract
def test_devanagari_over_a_coloured_picture_is_told_by_its_white():
    patch, strokes = line("राहुल शर्मा", (150, 110, 70))
    patches_of_ground = strokes.copy()
    patches_of_ground[8:20, 20:80] = np.maximum(strokes[8:20, 20:80], 120)  # as the strokes' finder leaves them
    assert second_reading(np.zeros_like(patch), patches_of_ground, True) != "राहुल शर्मा"
    assert second_reading(patch, patches_of_ground, True) == "राहुल शर्मा"
    assert second_reading(255 - patch, patches_of_ground, False) == "राहुल शर्मा"


@needs_tesseract
def test_what_goes_on_beyond_the_label_is_no_letter():
    patch, strokes = line("राहुल चौधरी", size=20)
    strokes[:5, :4] = strokes[-6:, -5:] = strokes[10:18, -3:] = 255
    assert second_reading(patch, strokes, True) == "राहुल चौधरी"


@needs_rapidocr
@needs_tesseract
@pytest.mark.parametrize("suffix", ["(Guest)", "(Host, me)", "(Unverified)"])
def test_a_latin_suffix_does_not_stand_for_a_devanagari_name(suffix, reader):
    """The suffix alone is read surely by the first reader and makes the second one's words unsure."""
    picture, whole = labelled(f"विजय सिंह {suffix}", 1, 16), [TileBox(Box(0, 0, 300, 170), "video")]
    assert reader.read(picture, whole, budget=None) == ["विजय सिंह"]


@needs_rapidocr
def test_a_reading_says_how_sure_its_name_is_and_where_it_ends(reader):
    patch, _ = line("Anna Smith (Host, me)")
    reading = reader.recognize(patch)
    assert reading.text == "Anna Smith (Host, me)"
    assert reading.confidence > 0.9
    width = text_width("Anna Smith (Host, me)", 16) + 12
    assert abs(reading.end * width - 6 - text_width("Anna Smith ", 16)) < 8
    assert reader.recognize(line("Anna Smith")[0]).end == 1
    assert reader.recognize(line("(Guest)")[0]).confidence == 0


@needs_rapidocr
def test_somebody_else_whose_name_begins_like_the_one_that_was_there_is_read(counted):
    """Yuki Horvat comes to where Yuki was: the first word's pixels are the same."""
    reader, patches = counted
    tile = TileBox(Box(0, 0, 300, 170), "video")
    assert reader.read(labelled("Yuki", 3, 18), [tile], None) == ["Yuki"]
    assert reader.read(labelled("Yuki", 3, 18), [tile], None, {tile.box}) == ["Yuki"]
    assert len(patches) == 1
    other = labelled("Yuki Horvat", 3, 18)
    assert reader.read(other, [tile], None, {tile.box}) == ["Yuki Horvat"]
    assert reader.read(other, [tile], None) == ["Yuki Horvat"]


@needs_rapidocr
def test_what_stayed_of_a_label_is_not_the_name_of_somebody_else_who_is_there(reader, monkeypatch):
    """Whose label waits for its turn to be read."""
    tile, first = TileBox(Box(0, 0, 300, 170), "video"), labelled("Anna Smith", 3, 18)
    reader.read(first, [tile], None)
    reader._steady[tile.box] = steady = Steady(Box(6, 138, 150, 26))
    steady.add(first)
    steady.keep("Anna Smith", 100, True)
    monkeypatch.setattr(reader, "_room", lambda budget, wanted: 0)
    # before a white wall, where white letters may well be, too
    canvas = Image.new("RGB", (300, 170), (245, 245, 245))
    write(canvas, (11, 151), "Noah", (20, 20, 20), 18)
    assert reader.read(array(canvas), [tile], None) == ["Anna Smith"]
    assert reader.read(array(canvas), [tile], None, {tile.box}) == [None]


@needs_rapidocr
@pytest.mark.parametrize("early", [False, True])
def test_a_part_of_a_name_is_read_anew_where_the_other_labels_stand(early, reader, monkeypatch):
    """White letters on a busy video, whose beginning is lost; early: before it is known where labels stand."""
    everyone = ["Anna Smith", "Noah Horvat", "Chloe Martin", "Ingrid Lee", "Grace Weber", "Peter Brown"]
    picture = np.vstack([labelled(name, 3, 18) for name in everyone])
    tiles = [TileBox(Box(0, 170 * i, 300, 170), "video") for i in range(len(everyone))]
    lost = tiles[0 if early else 5].box

    def partly(image, tile):
        label = find_label(image, tile)
        cut = label.box.w // 2 if tile.box == lost else 0
        box = Box(label.box.x + cut, label.box.y, label.box.w - cut, label.box.h)
        return replace(
            label, box=box, strokes=np.maximum(label.strokes[:, cut:], 20)
        )  # some of the video looks like ink

    monkeypatch.setattr(names, "find_label", partly)
    first = reader.read(picture, tiles, budget=None)
    assert (first[0] != everyone[0]) == early
    assert reader.read(picture, tiles, budget=None) == everyone
    patches = []
    monkeypatch.setattr(reader, "recognize", lambda patch: patches.append(patch) or Reading("", 0.0))
    assert reader.read(picture, tiles, budget=None) == everyone
    assert not patches  # and then no more


def over_video(text, look, count, width, size=18):
    """A tile of 300x170 with a name on no ground, before so many white things that are elsewhere in each look."""
    picture = np.full((170, 300, 3), 90, np.uint8)
    for x in np.random.default_rng(look).integers(0, 300, count):
        picture[:, x : x + width] = 245
    canvas = Image.fromarray(picture)
    write(canvas, (11, 151), text, (250, 250, 250), size)
    return array(canvas)


@needs_rapidocr
@pytest.mark.parametrize(
    ("text", "count", "width"),
    [("Ingrid Weber", 60, 2), pytest.param("राहुल शर्मा", 12, 10, marks=needs_tesseract)],
)
def test_a_name_over_a_moving_video_is_read_of_what_stays(text, count, width, reader):
    """It cannot be read in one look; after a few it holds while the video goes on, and no longer than the letters."""
    everyone = ["Anna Smith", "Noah Horvat", "Chloe Martin", "Ingrid Lee", "Grace Weber", "Peter Brown"]
    others = np.vstack([labelled(name, 3, 18) for name in everyone])
    tiles = [TileBox(Box(0, 170 * i, 300, 170), "video") for i in range(len(everyone) + 1)]
    looks = [np.vstack([others, over_video(text, look, count, width)]) for look in range(9)]
    read = [reader.read(picture, tiles, budget=None)[-1] for picture in looks]
    assert read[4:] == [text] * 5
    assert reader.read(np.vstack([others, over_video("", 0, count, width)]), tiles, budget=None)[-1] is None
    assert text not in [reader.beside().read(picture, tiles, budget=None)[-1] for picture in looks[:4]]


@needs_rapidocr
@needs_tesseract
def test_a_devanagari_call_tells_where_its_labels_stand(reader):
    """What the second reader reads surely counts like what the first does."""
    everyone = ["राहुल शर्मा", "विजय सिंह", "आशा वर्मा", "मीरा जोशी", "नेहा गुप्ता"]
    picture = np.vstack([labelled(name, 3, 18) for name in everyone])
    tiles = [TileBox(Box(0, 170 * i, 300, 170), "video") for i in range(len(everyone))]
    assert reader.read(picture, tiles, budget=None) == everyone
    assert reader._places.known


@needs_tesseract
@pytest.mark.parametrize("suffix", ["(me)", "(Host, me)", "(Guest)"])
def test_a_latin_bracket_is_no_part_of_a_devanagari_name(suffix):
    assert second_reading(*line(f"आशा गुप्ता {suffix}", size=20), True) == "आशा गुप्ता"


def test_a_live_call_does_not_wait_for_the_second_reader(monkeypatch):
    """With a budget the answer comes with a later frame, without one it is there at once."""
    picture, whole = labelled("Anna Smith", 1, 16), [TileBox(Box(0, 0, 300, 170), "video")]
    answers = []

    def slowly(inks, least_sure):
        answers.append(least_sure)
        return Words("राहुल शर्मा", 90)

    monkeypatch.setattr(tesseract, "language", lambda: "hin")
    monkeypatch.setattr(tesseract, "read", slowly)
    for confidence, at_once, least_sure in ((0.5, None, tesseract.LEAST_SURE), (0.85, "Anna Smith", tesseract.SURE)):
        reader = NameReader.open("on", 1)
        monkeypatch.setattr(reader, "recognize", lambda _, sure=confidence: Reading("Anna Smith", sure))
        assert reader.read(picture, whole, budget=4) == [at_once]
        reader._asked.hear_all()
        assert reader.read(picture, whole, budget=4) == ["राहुल शर्मा"]
        assert answers.pop() == least_sure
        other = NameReader.open("on", 1)
        monkeypatch.setattr(other, "recognize", lambda _, sure=confidence: Reading("Anna Smith", sure))
        assert other.read(picture, whole, budget=None) == ["राहुल शर्मा"]
        answers.clear()


@needs_rapidocr
def test_a_live_call_does_not_wait_for_labels_to_be_read(reader):
    """One at a time is read beside the frames, and its name is there in the first frame after that."""
    later = Later()
    beside = NameReader.open("on", 1, later)
    shot = render(Spec(count=4, off_share=1.0, size=(1280, 720)), 8)
    tiles = [TileBox(tile.box, "off") for tile in shot.tiles]
    truth = reader.read(shot.image, tiles, None)
    assert None not in truth
    for count in range(4):
        for _ in range(2):
            assert sum(name is not None for name in beside.read(shot.image, tiles)) == count
            assert len(later.waiting) == 1
        later.work()
    assert beside.read(shot.image, tiles) == truth
    assert not later.waiting


def test_without_tesseract_there_is_no_second_reader(monkeypatch):
    monkeypatch.setattr(tesseract, "which", lambda _: None)
    tesseract.language.cache_clear()
    assert second_reading(*line("राहुल शर्मा"), True) is None
    tesseract.language.cache_clear()
