"""What is looked at again and what is not, on a gallery of the sample people whose every tile the test moves itself."""

from __future__ import annotations

import threading
import time as clock
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from people import sights

from meeting_analyzer.config import Settings
from meeting_analyzer.perception import known as known_module
from meeting_analyzer.perception import memory as memory_module
from meeting_analyzer.perception.align import Gray
from meeting_analyzer.perception.base import TileBox
from meeting_analyzer.perception.known import Known
from meeting_analyzer.perception.known_face import same_crop
from meeting_analyzer.perception.memory import LAYOUT_RARELY
from meeting_analyzer.perception.pace import EVERYTHING, LEAST_AT_ONCE, LIVE, RECORDING, Pace, Room
from meeting_analyzer.perception.perceive import Perception
from meeting_analyzer.types import Box, Face, Frame, Image, Scene, Tile, label_of

WIDTH, HEIGHT = 320, 180
LAYOUT_EVERY = EVERYTHING.layout_every
QUICK = replace(LIVE, face_seconds=None, tile_seconds=None, pose_seconds=None)
"""A live call on a machine on which everything fits into a frame."""


class Spy:
    """A Perception that tells how many crops the detector and the emotion model were given, and how often tiles were sought."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pace: Pace = EVERYTHING, **settings: object) -> None:
        self.perception = Perception(replace(Settings(names="off"), **settings), pytest.fail, pace)
        self.detected = self.classified = self.sought = 0
        detect, find = self.perception.detector.detect, memory_module.find_tiles

        def spied_detect(crops: Sequence[Image]) -> list[list[Face]]:
            self.detected += len(crops)
            return detect(crops)

        def spied_find(image: Image) -> object:
            self.sought += 1
            return find(image)

        monkeypatch.setattr(self.perception.detector, "detect", spied_detect)
        monkeypatch.setattr(memory_module, "find_tiles", spied_find)
        if emotion := self.perception.emotion:
            classify = emotion.classify_crops

            def spied_classify(faces: Sequence[Face], crops: Sequence[object]) -> list[Face]:
                self.classified += len(faces)
                return classify(faces, crops)  # type: ignore[arg-type]

            monkeypatch.setattr(emotion, "classify_crops", spied_classify)

    def see(self, image: Image, at: float) -> tuple[Scene, tuple[int, int, int]]:
        """The scene, and (crops detected, faces classified, searches for tiles) that it took."""
        before = self.detected, self.classified, self.sought
        scene = self.perception.see(Frame(image, at, round(at * 10)))
        return scene, (self.detected - before[0], self.classified - before[1], self.sought - before[2])


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    made = Spy(monkeypatch)
    yield made
    made.perception.close()


def gallery(people: Sequence[int], frame: int = 0, columns: int = 3) -> Image:
    """Tiles of these people (-1: camera off) with gaps of 10 pixels; `frame` 0..3 of each clip."""
    rows = -(-len(people) // columns)
    canvas = np.full((rows * (HEIGHT + 10) + 10, columns * (WIDTH + 10) + 10, 3), 26, np.uint8)
    for place, who in enumerate(people):
        box = where(place, columns)
        if who < 0:
            canvas[box.y : box.bottom, box.x : box.right] = 50
            cv2.circle(canvas, (round(box.center[0]), round(box.center[1])), 40, (150, 80, 140), -1, cv2.LINE_AA)
        else:
            canvas[box.y : box.bottom, box.x : box.right] = sights()[who * 4 + frame].image
    return canvas


def where(place: int, columns: int = 3) -> Box:
    return Box(10 + place % columns * (WIDTH + 10), 10 + place // columns * (HEIGHT + 10), WIDTH, HEIGHT)


PEOPLE = [0, 1, 2, 3, -1, 5]


def points(tile: Tile) -> list[object]:
    return [face.keypoints for face in tile.faces]


def faces(scene: Scene) -> int:
    return sum(len(tile.faces) for tile in scene.tiles)


def test_a_picture_that_stays_the_same_is_looked_at_once_and_its_faces_are_read_from_both_sides(spy: Spy) -> None:
    image = gallery(PEOPLE)
    first, work = spy.see(image, 0.0)
    assert (len(first.tiles), faces(first)) == (6, 5)
    assert work == (5, 5, 1)
    works = []
    for time in np.arange(0.1, LAYOUT_EVERY, 0.3):
        scene, work = spy.see(image.copy(), float(time))
        works.append(work)
        assert [tile.box for tile in scene.tiles] == [tile.box for tile in first.tiles]
    assert [sum(kind) for kind in zip(*works, strict=True)] == [0, 5, 0], "each face once more"
    assert works[-1] == (0, 0, 0)


def test_a_face_is_read_in_the_mirror_next_and_the_mean_is_shown_of_a_picture_that_stayed(
    spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spy.perception.emotion is not None
    given: list[tuple[Gray, tuple[float, ...]]] = []
    classify = spy.perception.emotion.classify_crops

    def spied(faces: Sequence[Face], crops: Sequence[Gray | None]) -> list[Face]:
        read = classify(faces, crops)
        given.extend(
            (c, f.emotion) for c, f in zip(crops, read, strict=True) if c is not None and f.emotion is not None
        )
        return read

    monkeypatch.setattr(spy.perception.emotion, "classify_crops", spied)
    emotions = []
    # the same picture, another one, and the first again
    for frame, time in ((0, 0.0), (0, 0.5), (1, 1.0), (0, 1.5)):
        scene, _ = spy.see(gallery([0], frame, columns=1), time)
        face = scene.tiles[0].faces[0]
        assert face.emotion is not None
        assert (face.label, face.confidence) == label_of(face.emotion, spy.perception.uncertain_below)
        emotions.append(face.emotion)
    crops, alone = zip(*given, strict=True)
    np.testing.assert_array_equal(crops[1], crops[0][:, ::-1])
    sides = [
        np.abs(crops[n].astype(int) - crops[0]).mean() > np.abs(crops[n].astype(int) - crops[1]).mean() for n in (2, 3)
    ]
    assert sides == [False, True], "from the other side each time"
    assert emotions[0] == alone[0]
    assert emotions[1] == pytest.approx(np.mean(alone[0:2], axis=0))
    assert emotions[2:] == list(alone[2:]), "what a face showed that moves says nothing of now"


def test_it_is_known_when_a_face_showed_what_it_shows(spy: Spy) -> None:
    def as_of() -> set[float]:
        return {each.as_of for tile in spy.perception.known_faces for each in tile}

    for frame, time, known in (
        (0, 0.0, 0.0),  # read
        (0, 0.5, 0.5),  # read from the other side
        (0, 0.6, 0.6),  # the same picture
        (0, 3.0, 3.0),
        (1, 3.3, 3.3),  # read again
        (2, 3.4, 3.3),  # not its turn
        (2, 3.6, 3.6),
    ):
        spy.see(gallery([0], frame, columns=1), time)
        assert as_of() == {known}, (frame, time)


def test_the_layout_is_checked_now_and_then(spy: Spy) -> None:
    image = gallery(PEOPLE)
    spy.see(image, 0.0)
    assert spy.see(image, LAYOUT_EVERY + 0.1)[1][2] == 1
    assert spy.see(image, LAYOUT_EVERY + 0.2)[1][2] == 0
    # a clock that jumps back must not keep it for ever
    assert spy.see(image, 1.0)[1][2] == 1


def test_a_layout_that_stays_is_checked_ever_less(spy: Spy) -> None:
    image = gallery(PEOPLE)
    spy.see(image, 0.0)
    searches = [time for time in np.arange(1.0, 200.0) if spy.see(image, float(time))[1][2]]
    pauses = np.diff([0.0, *searches])
    assert pauses[:3] == pytest.approx([LAYOUT_EVERY, 2 * LAYOUT_EVERY, 4 * LAYOUT_EVERY], abs=1)
    assert max(pauses) == pytest.approx(LAYOUT_RARELY, abs=1)
    # what was found elsewhere is looked at as often as in the beginning
    assert spy.see(gallery(PEOPLE[:3]), 201.0)[1][2] == 1
    searches = [time for time in np.arange(202.0, 210.0) if spy.see(gallery(PEOPLE[:3]), float(time))[1][2]]
    assert searches[0] == pytest.approx(201.0 + LAYOUT_EVERY, abs=1)


def test_a_tile_that_is_doubted_again_and_again_is_looked_for_ever_less_but_others_at_once(spy: Spy) -> None:
    # one participant's picture flickers
    people = [[who, *PEOPLE[1:]] for who in (6, 7)]
    spy.see(gallery(people[0]), 0.0)
    searches = [step / 5 for step in range(1, 101) if spy.see(gallery(people[step % 2]), step / 5)[1][2]]
    assert searches[0] == pytest.approx(0.6, abs=0.21)
    assert len(searches) < 10, searches
    assert max(np.diff(searches)) <= LAYOUT_EVERY + 0.3
    # the last one leaves
    gone = gallery(people[0])
    where(5).of(gone)[:] = 26
    for step in range(101, 105):
        scene, _ = spy.see(gone, step / 5)
    assert len(scene.tiles) == 5


def test_an_expression_is_read_a_few_times_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, emotion_every=0.35)
    steps = [(number / 20, gallery(PEOPLE, number % 2)) for number in range(41)]
    work = [spy.see(image, time)[1][1] for time, image in steps]
    assert work[0] == 5, "a face that is new is read at once"
    # five faces for two seconds, each at most every 0.35 s, and not all of them in one frame
    assert 15 <= sum(work[1:]) <= 5 * 6
    assert max(work[1:]) < 5
    spy.perception.forget()
    again = [spy.see(image, time)[1][1] for time, image in steps]
    assert again == work, "after forget nothing depends on what came before"
    spy.perception.close()


def test_emotion_every_zero_reads_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, emotion_every=0.0)
    assert [spy.see(gallery(PEOPLE, number % 2), number / 20)[1][1] for number in range(4)] == [5] * 4
    spy.perception.close()


def test_in_a_live_call_no_frame_has_too_much_to_do_and_nobody_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, pace=QUICK, detect_every=0.1)
    people = [0, 1, 2, 3, 5, 6, 0, 1, 2, 3, 5, 6, 0, 1, 2, 3]
    scene, work = spy.see(gallery(people, columns=4), 0.0)
    assert work[0] == len(people), "a tile that is new is looked at at once"
    assert faces(scene) == len(people)
    assert work[1] == LIVE.faces
    labelled = 0
    for step in range(1, 13):
        image = gallery(people, step % 4, columns=4)
        scene, work = spy.see(image, step / 15)
        assert work[0] <= LIVE.tiles
        assert work[1] <= LIVE.faces
        labelled = sum(face.label is not None for tile in scene.tiles for face in tile.faces)
    assert labelled == len(people)
    # a page is turned, then nothing moves any more: what had to wait is still done
    others = people[::-1]
    image = gallery(others, columns=4)
    for step in range(13, 40):
        scene, _ = spy.see(image, step / 15)
    other = Spy(monkeypatch)
    other.see(image, 0.0)
    expected, _ = other.see(image, 1.0)
    for seen, fresh in zip(scene.tiles, expected.tiles, strict=True):
        (a,), (b,) = seen.faces, fresh.faces
        assert a.box.iou(b.box) > 0.9
        assert a.emotion == pytest.approx(b.emotion, abs=0.05)
    spy.perception.close()


def test_who_changed_places_is_known_at_once_though_the_detector_has_not_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spy = Spy(monkeypatch, pace=QUICK)
    people = [0, 1, 2, 3, 5, 6, 7, 8, -1]
    spy.see(gallery(people), 0.0)
    scene, work = spy.see(gallery(people[::-1]), 0.1)
    assert work[0] < 8, "some have to wait"
    expected, _ = Spy(monkeypatch).see(gallery(people[::-1]), 0.0)
    for seen, fresh in zip(scene.tiles, expected.tiles, strict=True):
        assert seen.kind == fresh.kind
        np.testing.assert_array_equal(seen.appearance, fresh.appearance)
        assert bool(seen.faces) <= (seen.kind == "video")
    spy.perception.close()


def test_in_a_live_call_the_detector_and_the_reader_of_attention_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, pace=QUICK, detect_every=0.1, attention_every=0.1)
    attention = spy.perception.attention
    assert attention is not None
    people = [0, 1, 2, 3, 5, 6, 0, 1, 2]
    spy.see(gallery(people), 0.0)
    spy.see(gallery(people), 0.05)  # all that are new have been looked at
    detected, read = [], []
    for step in range(2, 20):
        before = attention.readings
        detected.append(spy.see(swaying(people, step, 3), step / 20)[1][0] > 0)
        read.append(attention.readings > before)
    assert not any(both == (True, True) for both in zip(detected, read, strict=True))
    assert sum(detected) >= 4
    assert sum(read) >= 4
    before = attention.readings
    assert spy.see(swaying(people, 20, 3), 2.0)[1][0] > 0
    assert attention.readings > before, "frames that come seldom wait for no turn"
    spy.perception.close()


def test_on_a_slow_machine_a_frame_has_less_to_do_and_nobody_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, pace=QUICK)
    # each tile that the detector looks at takes 4 ms
    spy.perception._tiles_room = Room(LIVE.tiles, LIVE.tile_seconds, clock=lambda: 0.004 * spy.detected)
    people = [0, 1, 2, 3, 5, 6, 0, 1, 2]
    assert spy.see(gallery(people), 0.0)[1][0] == 9, "a tile that is new is looked at at once"
    looked = [spy.see(swaying(people, step, 3), step / 5)[1][0] for step in range(1, 13)]
    assert max(looked) == 3
    assert min(known.checked or 0.0 for known in spy.perception._memory.tiles) > 0
    spy.perception.close()


def swaying(people: Sequence[int], step: int, columns: int) -> Image:
    """A gallery in which everybody sways by a few pixels: all tiles change, and no face is lost."""
    canvas = gallery(people, columns=columns)
    for place in range(len(people)):
        part = where(place, columns).of(canvas)
        part[:] = np.roll(part, 2 * ((step + place) % 3), axis=1)
    return canvas


def test_a_second_of_a_recording_has_only_so_much_to_do_and_nobody_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, pace=RECORDING)
    people = [0, 1, 2, 3, 5, 6, 0, 1, 2, 3, 5, 6, 0, 1, 2, 3]
    call = [Frame(swaying(people, step, 4), step / 5, step) for step in range(21)]
    scenes = [spy.perception.see(call[0])]
    assert spy.detected == spy.classified == faces(scenes[0]) == len(people), "who is new is seen at once"
    spy.detected = spy.classified = 0
    scenes += [spy.perception.see(frame) for frame in call[1:]]
    assert all(tile.faces and tile.faces[0].label for scene in scenes for tile in scene.tiles)
    seconds = call[-1].time
    assert RECORDING.faces_a_second is not None
    assert RECORDING.tiles_a_second is not None
    assert 0 < spy.classified <= seconds * RECORDING.faces_a_second + LEAST_AT_ONCE
    assert len(people) <= spy.detected <= seconds * RECORDING.tiles_a_second + LEAST_AT_ONCE
    assert all((known.checked or 0) > 0 for known in spy.perception._memory.tiles)
    # the same pictures get the same, whatever was analysed before them
    spy.perception.forget()
    assert [repr(spy.perception.see(frame)) for frame in call] == [repr(scene) for scene in scenes]
    spy.perception.close()


def test_in_a_live_call_no_frame_waits_for_the_layout_to_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, pace=QUICK)
    let_go, find = threading.Event(), memory_module.find_tiles

    def slow(image: Image) -> object:
        if threading.current_thread() is not threading.main_thread():
            let_go.wait(60)
        return find(image)

    monkeypatch.setattr(memory_module, "find_tiles", slow)
    image = gallery(PEOPLE)
    first, work = spy.see(image, 0.0)
    assert work[2] == 1
    asked = LAYOUT_EVERY + 0.1
    for step in range(20):
        scene, _ = spy.see(image, asked + step / 15)
        assert [tile.box for tile in scene.tiles] == [tile.box for tile in first.tiles]
    # what it finds for a layout that is no longer there is not taken
    scene, _ = spy.see(np.roll(gallery(PEOPLE[:3]), 40, axis=0), asked + 2)
    let_go.set()
    changed = [tile.box for tile in scene.tiles]
    assert len(changed) == 3
    for step in range(20):
        clock.sleep(0.01)
        scene, _ = spy.see(np.roll(gallery(PEOPLE[:3]), 40, axis=0), asked + 2 + step / 15)
        assert [tile.box for tile in scene.tiles] == changed
    spy.perception.close()


def test_only_the_tile_that_moves_is_looked_at(spy: Spy) -> None:
    image = gallery(PEOPLE)
    first, _ = spy.see(image, 0.0)
    moved = image.copy()
    box = where(2)
    moved[box.y : box.bottom, box.x : box.right] = np.roll(box.of(image), 5, axis=1)
    scene, work = spy.see(moved, 0.1)
    assert work[0] <= 1
    assert work[2] == 0
    assert [tile.box for tile in scene.tiles] == [tile.box for tile in first.tiles]
    assert [i for i, (a, b) in enumerate(zip(first.tiles, scene.tiles, strict=True)) if points(a) != points(b)] == [2]
    before, after = first.tiles[2].faces[0], scene.tiles[2].faces[0]
    assert after.box.x - before.box.x == pytest.approx(5, abs=1)
    assert after.emotion is not None


def test_every_tile_that_moves_is_detected_again_in_its_turn(spy: Spy) -> None:
    image = gallery(PEOPLE)
    spy.see(image, 0.0)
    rng = np.random.default_rng(0)
    detected = []
    for step in range(1, 13):
        noisy = np.clip(image + rng.normal(0, 9, image.shape), 0, 255).astype(np.uint8)
        detected.append(spy.see(noisy, step / 10)[1][0])
    # 1.2 seconds: twice each, but never all in one frame
    assert 8 <= sum(detected) <= 12
    assert max(detected) < 5


def test_kind_and_appearance_are_looked_at_once_a_second(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    image = gallery(PEOPLE)
    spy.see(image, 0.0)
    judged, find_emblem = [], known_module.find_emblem
    monkeypatch.setattr(known_module, "find_emblem", lambda image, box: judged.append(box) or find_emblem(image, box))
    rng = np.random.default_rng(0)
    counts = []
    for step in range(1, 31):
        noisy = np.clip(image + rng.normal(0, 9, image.shape), 0, 255).astype(np.uint8)
        spy.see(noisy, step / 10)
        counts.append(len(judged))
    assert counts[8] == 0, "nothing changed altogether in this second"
    assert counts[-1] == pytest.approx(2 * len(PEOPLE), abs=3)


class Labels:
    """A reader of names that sees no label in any tile."""

    def __init__(self) -> None:
        self.looks: list[Box] = []
        self.nameless: frozenset[Box] = frozenset()

    def read(
        self, image: Image, tiles: Sequence[TileBox], budget: int | None, others: Container[Box]
    ) -> list[str | None]:
        boxes = [tile.box for tile in tiles]
        self.looks += boxes
        self.nameless = frozenset(boxes)
        return [None] * len(boxes)


def test_where_no_label_is_seen_it_is_looked_for_more_seldom_until_somebody_else_is_there(spy: Spy) -> None:
    labels = spy.perception.names = Labels()  # type: ignore[assignment]
    spy.see(gallery(PEOPLE), 0.0)
    for step in range(1, 301):
        spy.see(gallery(PEOPLE, step % 4), step / 10)
    for box in labels.looks[: len(PEOPLE)]:
        # three in the first two seconds, after about two and four seconds more, then one each eight
        assert 7 <= labels.looks.count(box) <= 9
    before = len(labels.looks)
    spy.see(gallery([7, *PEOPLE[1:]]), 30.1)
    spy.see(gallery([7, *PEOPLE[1:]]), 30.8)
    assert labels.looks[before:].count(where(0)) == 2


def test_a_camera_that_goes_off_is_seen_even_where_it_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, pace=QUICK)
    people = list(range(9))
    assert LIVE.tiles is not None
    assert len(people) > LIVE.tiles
    spy.see(gallery(people), 0.0)
    spy.see(gallery([-1] * 9), 0.5)
    scene, _ = spy.see(gallery([-1] * 9), 0.6)
    assert [tile.kind for tile in scene.tiles] == ["off"] * 9
    spy.perception.close()


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        pytest.param([1, 0, 2, 3, -1, 5], [0, 1], id="two people change places"),
        pytest.param([0, 1, 2, 3, -1, -1], [5], id="a camera goes off"),
        pytest.param([0, 1, 2, 3, 6, 5], [4], id="a camera goes on"),
        pytest.param([0, 1, 2, 3, -1, 7], [5], id="somebody else"),
    ],
)
def test_what_changes_altogether_is_seen_at_once(spy: Spy, after: list[int], changed: list[int]) -> None:
    first, _ = spy.see(gallery(PEOPLE), 0.0)
    scene, _ = spy.see(gallery(after), 0.1)
    fresh, _ = Spy.see(spy, gallery(after), 99.0)
    assert [tile.kind for tile in scene.tiles] == ["off" if who < 0 else "video" for who in after]
    assert [len(tile.faces) for tile in scene.tiles] == [0 if who < 0 else 1 for who in after]
    for i, (before, now) in enumerate(zip(first.tiles, scene.tiles, strict=True)):
        assert (points(before) != points(now) or before.kind != now.kind) == (i in changed)
        for a, b in zip(now.faces, fresh.tiles[i].faces, strict=True):
            assert a.box.iou(b.box) > 0.9


@pytest.mark.parametrize("people", [[0, 1, 2, 3, 5], [0, 1, 2, 3, -1, 5, 7], [0, 1, 2, 3, -1, 5, 7, 8, 6], [4]])
def test_a_new_layout_is_found(spy: Spy, people: list[int]) -> None:
    columns = 3 if len(people) > 1 else 1
    spy.see(gallery(PEOPLE), 0.0)
    canvas = np.full_like(gallery(PEOPLE), 26) if len(people) < 7 else np.full_like(gallery(people), 26)
    part = gallery(people, columns=columns)
    if len(people) == 1:
        part = cv2.resize(part, (canvas.shape[1], canvas.shape[0]), interpolation=cv2.INTER_CUBIC)
    canvas[: part.shape[0], : part.shape[1]] = part
    scene, _ = spy.see(canvas, 0.6)
    if len(scene.tiles) != len(people):
        # one tile less, the others unmoved, might be a camera that went dark: the next frame tells
        assert len(people) == 5
        scene, _ = spy.see(canvas, 0.7)
    assert len(scene.tiles) == len(people)


def test_tiles_beside_a_camera_that_is_off_are_seen_at_once_though_most_of_the_picture_stays(spy: Spy) -> None:
    """The only participant of a page, and then a strip beside somebody else whose camera is off: dark on dark."""
    alone = np.full((540, 960, 3), 26, np.uint8)
    alone[30:510, 30:930] = 32
    cv2.circle(alone, (480, 270), 70, (150, 80, 140), -1, cv2.LINE_AA)
    beside = np.full_like(alone, 26)
    beside[30:510, 30:760] = 32
    cv2.circle(beside, (395, 270), 70, (60, 140, 80), -1, cv2.LINE_AA)
    for i in range(4):
        part = beside[36 + 120 * i : 36 + 120 * i + 90, 775:935]
        part[:] = cv2.resize(sights()[i * 4].image, (160, 90), interpolation=cv2.INTER_AREA)
    for time in np.arange(0.0, 40.0, 2.0):
        scene, _ = spy.see(alone, float(time))
    assert [tile.kind for tile in scene.tiles] == ["off"]
    scene, _ = spy.see(beside, 40.0)
    assert [tile.kind for tile in scene.tiles] == ["off", *4 * ["video"]]


def test_the_speaker_changes_at_once(spy: Spy) -> None:
    image = gallery(PEOPLE)
    spy.see(image, 0.0)
    for time, speaker in ((0.1, 1), (0.2, 3), (0.3, None)):
        marked = image.copy()
        if speaker is not None:
            b = where(speaker)
            cv2.rectangle(marked, (b.x, b.y), (b.right - 1, b.bottom - 1), (80, 210, 60), 3)
        scene, work = spy.see(marked, time)
        assert [tile.speaking for tile in scene.tiles] == [i == speaker for i in range(6)]
        assert work[2] == 0


def test_something_small_at_a_tiles_upper_edge_is_no_border(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    image = gallery(PEOPLE)
    spy.see(image, 0.0)
    looked, update_border = [], Known.update_border
    monkeypatch.setattr(
        Known, "update_border", lambda known, *rest: looked.append(known.box) or update_border(known, *rest)
    )
    box = where(0)
    image[box.y : box.y + 6, box.x + 100 : box.x + 120] = 255
    spy.see(image, 0.2)
    assert not looked
    image[box.y : box.y + 4, box.x : box.right] = (60, 220, 90)
    spy.see(image, 0.4)
    assert looked == [box]


def test_after_forgetting_nothing_depends_on_what_was_before(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    spy.see(gallery(PEOPLE), 0.0)
    spy.see(gallery(PEOPLE, 1), 0.1)
    spy.perception.forget()
    again, _ = spy.see(gallery(PEOPLE, 2), 0.2)
    fresh, _ = Spy(monkeypatch).see(gallery(PEOPLE, 2), 0.2)
    assert again == fresh


def test_every_frame_is_looked_at_wholly_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, detect_every=0.0)
    for step in range(3):
        assert spy.see(gallery(PEOPLE), step / 10)[1] == (5, 5, 1)


def test_presence_mode_remembers_without_an_emotion_model(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(monkeypatch, mode="presence")
    first, _ = spy.see(gallery(PEOPLE), 0.0)
    scene, work = spy.see(gallery(PEOPLE), 0.1)
    assert work[0] == 0
    assert [tile.box for tile in scene.tiles] == [tile.box for tile in first.tiles]
    assert all(face.emotion is None for tile in scene.tiles for face in tile.faces)


@pytest.mark.parametrize(
    ("change", "same"),
    [("nothing", True), ("noise", True), ("brightness", True), ("a raised brow", False), ("an open mouth", False)],
)
def test_a_face_is_classified_again_when_its_expression_may_have_changed(change: str, same: bool) -> None:
    before = cv2.resize(cv2.cvtColor(sights()[0].image, cv2.COLOR_BGR2GRAY), (48, 48), interpolation=cv2.INTER_AREA)
    now = before.astype(np.float32)
    if change == "noise":
        now += np.random.default_rng(0).normal(0, 2, now.shape)
    elif change == "brightness":
        now += 12
    elif change == "a raised brow":
        now[12:16, 10:20] -= 25
    elif change == "an open mouth":
        now[34:42, 18:30] -= 40
    assert same_crop(before, np.clip(now, 0, 255).astype(np.uint8)) is same


def test_a_face_that_cannot_be_framed_is_not_taken_for_one_that_can() -> None:
    crop = np.zeros((48, 48), np.uint8)
    assert same_crop(None, None)
    assert not same_crop(None, crop)
    assert not same_crop(crop, None)


def _moving(frame: int, still: Sequence[int], people: Sequence[int] = (0, 1, 2, 3)) -> Image:
    """The gallery in which all tiles but these move."""
    image, first = gallery(people, 1 + frame % 3), gallery(people, 0)
    for place in still:
        box = where(place)
        box.of(image)[:] = box.of(first)
    return image


def test_what_somebody_showed_is_no_opinion_on_who_is_in_the_same_place_now(spy: Spy) -> None:
    spy.see(gallery([0, 1, 2, 3]), 0.0)
    spy.see(gallery([0, 1, 2, 3]), 0.4)
    turned = gallery([3, 2, 1, 0])
    scene, _ = spy.see(turned, 0.8)
    spy.perception.forget()
    fresh, _ = spy.see(turned, 1.2)
    for now, alone in zip(scene.tiles, fresh.tiles, strict=True):
        assert now.faces[0].emotion == pytest.approx(alone.faces[0].emotion, abs=1e-6)


def test_a_stream_that_has_frozen_is_still_and_has_no_faces_until_it_moves_again(spy: Spy) -> None:
    seen = [spy.see(_moving(i, still=[1]), i * 0.5)[0].tiles[1] for i in range(22)]
    assert seen[0].kind == "video"
    assert seen[0].faces
    assert seen[-1].kind == "still"
    assert not seen[-1].faces
    assert [tile.kind for tile in seen] == sorted((tile.kind for tile in seen), reverse=True)
    others = spy.see(_moving(22, still=[1]), 11.0)[0].tiles
    assert [tile.kind for tile in others] == ["video", "still", "video", "video"]
    back = spy.see(_moving(24, still=[]), 12.0)[0].tiles[1]
    assert back.kind == "video"
    assert back.faces


def _faint(frame: int, changed: bool) -> Image:
    """The gallery in which all move but the second, of whom a part is a little lighter where it has `changed`."""
    image = _moving(frame, still=[1])
    if changed:
        box = where(1)
        part = Box(box.x + 60, box.y + 30, 120, 60).of(image)
        part[:] = cv2.add(part, np.full_like(part, 4))
    return image


def test_a_recordings_key_frames_make_no_picture_a_video(spy: Spy) -> None:
    """What stands still changes a little with each of them, and then not until the next one."""
    seen = [spy.see(_faint(i, changed=i % 16 < 2), i * 0.25)[0].tiles[1] for i in range(80)]
    assert [tile.kind for tile in seen] == sorted((tile.kind for tile in seen), reverse=True)
    assert all(tile.kind == "still" and not tile.faces for tile in seen[48:])


def test_faint_changes_all_the_time_are_a_cameras(spy: Spy) -> None:
    kinds = [spy.see(_faint(i, changed=i % 2 == 1), i * 0.25)[0].tiles[1].kind for i in range(60)]
    assert set(kinds) == {"video"}
    # and of a stream that had frozen they say that it goes on
    kinds = [spy.see(_faint(i, changed=i > 92 and i % 2 == 1), i * 0.25)[0].tiles[1].kind for i in range(60, 110)]
    assert kinds[32] == "still"
    assert kinds[-1] == "video"


def _striped(frame: int, lighter: Box | None, by: int) -> Image:
    """The gallery in which all move but the second, who shows sharp lines; a part of it is lighter in every other frame."""
    image = _moving(frame, still=[1])
    tile = where(1).of(image)
    tile[:, : tile.shape[1] // 2] = 60
    tile[:, 4 : tile.shape[1] // 2 : 12] = 180
    if lighter is not None and frame % 2:
        part = lighter.of(tile)
        part[:] = cv2.add(part, np.full_like(part, by))
    return image


def test_what_a_codec_makes_of_sharp_lines_all_the_time_is_no_cameras(spy: Spy) -> None:
    line = Box(52, 40, 1, 60)
    kinds = [spy.see(_striped(i, line, 10), i * 0.25)[0].tiles[1].kind for i in range(60)]
    assert kinds[-1] == "still"
    assert kinds == sorted(kinds, reverse=True)


@pytest.mark.parametrize(("part", "by"), [(Box(52, 40, 1, 60), 60), (Box(200, 30, 60, 60), 4)])
def test_lines_that_move_and_faint_changes_beside_them_are_a_cameras(spy: Spy, part: Box, by: int) -> None:
    kinds = [spy.see(_striped(i, part, by), i * 0.25)[0].tiles[1].kind for i in range(60)]
    assert set(kinds) == {"video"}


def test_a_picture_that_the_tile_finder_finds_elsewhere_has_not_moved(
    spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(40):
        scene, _ = spy.see(_moving(i, still=[1]), i * 0.25)
    before = scene.tiles[1]
    assert before.kind == "still"
    find, box = memory_module.find_tiles, before.box
    narrower = Box(box.x + 5, box.y, box.w - 5, box.h)
    monkeypatch.setattr(
        memory_module,
        "find_tiles",
        lambda image: [replace(tile, box=narrower) if tile.box == box else tile for tile in find(image)],
    )
    sought = spy.sought
    for i in range(40, 100):
        scene, _ = spy.see(_moving(i, still=[1]), i * 0.25)
        assert (scene.tiles[1].box, scene.tiles[1].kind) == (box, "still")
    assert spy.sought > sought


def test_what_the_tile_finder_says_once_of_a_layout_that_has_not_changed_is_not_believed(
    spy: Spy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tiles in one, as after strong compression: the next search tells."""
    find, image = memory_module.find_tiles, gallery(PEOPLE)
    first = [tile.box for tile in spy.see(image, 0.0)[0].tiles]
    a, b = where(0), where(1)
    merged = TileBox(Box(a.x, a.y, b.right - a.x, a.h))

    def wrong(image: Image) -> list[TileBox]:
        return [merged, *find(image)[2:]]

    monkeypatch.setattr(memory_module, "find_tiles", wrong)
    scene, _ = spy.see(image, LAYOUT_EVERY + 0.1)
    assert [tile.box for tile in scene.tiles] == first
    monkeypatch.setattr(memory_module, "find_tiles", find)
    scene, _ = spy.see(image, LAYOUT_EVERY + 0.7)
    assert [tile.box for tile in scene.tiles] == first
    monkeypatch.setattr(memory_module, "find_tiles", wrong)
    spy.see(image, 3 * LAYOUT_EVERY)
    scene, _ = spy.see(image, 3 * LAYOUT_EVERY + 0.6)
    assert scene.tiles[0].box == merged.box, "it says so again"


def test_a_tile_that_is_found_some_pixels_off_is_where_it_was(spy: Spy, monkeypatch: pytest.MonkeyPatch) -> None:
    find, image = memory_module.find_tiles, gallery(PEOPLE)
    first = [tile.box for tile in spy.see(image, 0.0)[0].tiles]
    off = Box(first[4].x, first[4].y - 24, first[4].w, first[4].h + 30)
    monkeypatch.setattr(
        memory_module,
        "find_tiles",
        lambda image: [TileBox(off) if tile.box == first[4] else tile for tile in find(image)],
    )
    scene, work = spy.see(image, LAYOUT_EVERY + 0.1)
    assert work[2] == 1
    assert [tile.box for tile in scene.tiles] == first
    assert scene.tiles[4].kind == "off"
    # where it is found again it is
    scene, work = spy.see(image, 3 * LAYOUT_EVERY + 0.2)
    assert work[2] == 1
    assert scene.tiles[4].box == off


def test_a_paused_grab_makes_nobody_still(spy: Spy) -> None:
    image = _moving(0, still=[])
    for i in range(40):
        scene, _ = spy.see(image.copy(), i * 0.5)
    assert all(tile.kind == "video" for tile in scene.tiles)
    # and once it goes on, its time does not count
    scene, _ = spy.see(_moving(3, still=[1]), 20.5)
    assert all(tile.kind == "video" for tile in scene.tiles)
