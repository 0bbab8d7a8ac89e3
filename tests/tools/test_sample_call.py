"""The committed sample call is what its script makes, and contains what the issue asks of it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from meeting_analyzer.types import EMOTIONS
from tools.sample_call import call
from tools.sample_call.audio import RATE, chime
from tools.sample_call.figures.cast import LOOKS, poses, script
from tools.sample_call.layout import Box, gallery
from tools.sample_call.render_people import file_stem

ROOT = Path(__file__).parents[2]
VIDEO = ROOT / "meeting_analyzer" / "assets" / "sample_call.mp4"
TRUTH = ROOT / "meeting_analyzer" / "assets" / "sample_call.truth.jsonl"


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TRUTH.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def pictures() -> list[tuple[float, np.ndarray]]:
    """(presentation time, grey picture) of every frame."""
    with av.open(str(VIDEO)) as container:
        return [(frame.time, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def test_poses_turn_heads_far_and_close_half_of_the_eyes() -> None:
    acts = [act for person in LOOKS for act in poses(person, 40)]
    assert acts == [act for person in LOOKS for act in poses(person, 40)]
    assert max(abs(act.yaw) for act in acts) > 55
    assert max(abs(act.pitch) for act in acts) > 25
    assert 0.4 < sum(act.eyes_closed for act in acts) / len(acts) < 0.6
    assert all((act.units["eyeBlinkLeft"] > 0.6) == act.eyes_closed for act in acts)


def test_committed_truth_is_what_the_script_computes() -> None:
    committed = TRUTH.read_text(encoding="utf-8").splitlines()
    assert committed == list(call.truth_lines(VIDEO.name))


def test_video_has_the_truths_frames_times_and_size(truth: list[dict[str, Any]], pictures: list[Any]) -> None:
    header, rows = truth[0], truth[1:]
    assert header["video"] == VIDEO.name
    assert len(pictures) == header["frames"] == len(rows)
    assert [time for time, _ in pictures] == pytest.approx([row["time"] for row in rows], abs=1e-6)
    assert {picture.shape[::-1] for _, picture in pictures} == {tuple(header["size"])}
    assert VIDEO.stat().st_size <= 3_000_000


def test_every_tile_of_the_truth_is_in_the_picture(truth: list[dict[str, Any]], pictures: list[Any]) -> None:
    """Just outside every tile's edge lies the window's background; at the centres of the rest something else."""
    for row, (_, picture) in zip(truth[1:], pictures, strict=True):
        for tile in row["tiles"]:
            x, y, w, h = tile["box"]
            outside = [picture[y + h // 2, x - 3], picture[y + h // 2, x + w + 2], picture[y + h + 2, x + w // 2]]
            assert max(outside) < 45, (row["frame"], tile["name"])
            assert picture[y : y + h, x : x + w].max() > 150, (row["frame"], tile["name"])


@pytest.fixture(scope="module")
def clips() -> dict[str, list[np.ndarray]]:
    """Grey frames of every participant's clip."""
    read = {}
    for stem in {p.clip for p in call.PARTICIPANTS.values() if p.clip}:
        with av.open(str(call.PEOPLE_FOLDER / f"{stem}.mp4")) as container:
            read[stem] = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    return read


@pytest.mark.parametrize("frame", sorted({0, call.FRAMES - 1} | {e.frame - k for e in call.EVENTS for k in (0, 1)}))
def test_video_shows_the_clip_frames_the_truth_was_taken_from(
    frame: int, pictures: list[Any], clips: dict[str, list[np.ndarray]]
) -> None:
    for seat in call.seats(frame):
        if seat.clip_frame is None:
            continue
        x, y, w, h = seat.box
        seen = pictures[frame][1][y : y + h, x : x + w].astype(int)
        expected = cv2.resize(clips[str(seat.participant.clip)][seat.clip_frame], (w, h), interpolation=cv2.INTER_CUBIC)
        inner = np.s_[12 : h - 36, 12 : w - 12]  # without border, corners and label
        assert np.abs(seen - expected)[inner].mean() < 2.5, seat.participant.name


@pytest.mark.parametrize("kind", ["join", "leave"])
def test_chimes_sound_when_the_picture_changes(truth: list[dict[str, Any]], kind: str) -> None:
    with av.open(str(VIDEO)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].sample_rate == RATE
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    begin = frames[0].time
    [entry] = [entry for entry in truth[0]["chimes"] if entry["kind"] == kind]
    [event] = [event for event in truth[0]["events"] if event["kind"] == kind]
    assert entry["time"] == event["time"]
    start = round((entry["time"] - begin - 1) * RATE)
    likeness = np.correlate(sound[start : start + 3 * RATE], chime(kind)[: RATE // 4], "valid")
    assert (start + int(likeness.argmax())) / RATE + begin == pytest.approx(entry["time"], abs=0.005)


def test_events_are_what_happens_in_the_rows(truth: list[dict[str, Any]]) -> None:
    header, rows = truth[0], truth[1:]
    assert {"join", "leave", "reorder", "camera_off"} <= {event["kind"] for event in header["events"]}
    changes = {event["frame"]: event for event in header["events"]}
    for before, after in itertools.pairwise(rows):
        was = {tile["identity"]: tile for tile in before["tiles"]}
        now = {tile["identity"]: tile for tile in after["tiles"]}
        event = changes.get(after["frame"])
        if event is None:
            assert [(i, t["box"], t["kind"]) for i, t in was.items()] == [
                (i, t["box"], t["kind"]) for i, t in now.items()
            ]
            continue
        assert event["time"] == after["time"]
        who = event["identity"]
        match event["kind"]:
            case "join":
                assert set(now) - set(was) == {who}
            case "leave":
                assert set(was) - set(now) == {who}
            case "camera_off":
                assert (was[who]["kind"], now[who]["kind"]) == ("video", "off")
            case "camera_on":
                assert (was[who]["kind"], now[who]["kind"]) == ("off", "video")
            case "reorder":
                assert list(now) == event["order"] != list(was)
                assert next(iter(now)) == who
                assert now[who]["speaking"]
            case kind:
                pytest.fail(f"unknown event {kind}")


def test_everybody_and_every_expression_is_in_it(truth: list[dict[str, Any]]) -> None:
    header, rows = truth[0], truth[1:]
    tiles = [tile for row in rows for tile in row["tiles"]]
    names = {tile["identity"]: tile["name"] for tile in tiles}
    assert names == {p["identity"]: p["name"] for p in header["participants"]}
    assert len(set(names.values())) == len(names) == 10
    assert any("\u0900" <= c <= "\u097f" for name in names.values() for c in name)
    assert any("\u4e00" <= c <= "\u9fff" for name in names.values() for c in name)
    assert {face["expression"] for tile in tiles for face in tile["faces"]} == set(EMOTIONS)
    assert all(len(tile["faces"]) == (tile["kind"] == "video") for tile in tiles)
    assert {len(row["tiles"]) for row in rows} == {9, 10}


def test_faces_lie_in_their_tiles_and_hold_their_keypoints(truth: list[dict[str, Any]]) -> None:
    for row in truth[1:]:
        for tile in row["tiles"]:
            x, y, w, h = tile["box"]
            for face in tile["faces"]:
                fx, fy, fw, fh = face["box"]
                assert x <= fx < fx + fw <= x + w
                assert y <= fy < fy + fh <= y + h
                nose_x, nose_y = face["keypoints"][2]
                assert fx <= nose_x <= fx + fw
                assert fy <= nose_y <= fy + fh


@pytest.mark.parametrize("person", list(LOOKS))
def test_clips_are_as_long_as_their_truth_and_follow_the_script(person: str) -> None:
    stem = file_stem(person)
    clip = call.clip_truth(stem)
    kept = [{k: v for k, v in row.items() if k not in ("face_box", "keypoints")} for row in clip["frames"]]
    assert kept == [act.truth() for act in script(person, 8.0, clip["fps"])]
    with av.open(str(call.PEOPLE_FOLDER / f"{stem}.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(clip["frames"])
        assert [container.streams.video[0].width, container.streams.video[0].height] == clip["size"]


@pytest.mark.parametrize("count", [1, 2, 5, 9, 10, 25, 49])
def test_gallery_tiles_do_not_overlap_and_stay_inside(count: int) -> None:
    area = Box(8, 44, 1264, 608)
    boxes = gallery(count, area, 8)
    assert len(boxes) == count
    painted = np.zeros((720, 1280), int)
    for box in boxes:
        assert area.x <= box.x
        assert box.x + box.w <= area.x + area.w
        assert area.y <= box.y
        assert box.y + box.h <= area.y + area.h
        assert box.w / box.h == pytest.approx(16 / 9, rel=0.02)
        painted[box.y : box.y + box.h, box.x : box.x + box.w] += 1
    assert painted.max() == 1


def test_ping_pong_turns_back_without_a_jump() -> None:
    assert [call.ping_pong(n, 4) for n in range(9)] == [0, 1, 2, 3, 2, 1, 0, 1, 2]


def test_gallery_page_is_served_with_its_clips() -> None:
    from urllib.request import urlopen

    from tools.sample_call.gallery import PEOPLE, serve

    with serve("Zoom Meeting") as address:
        assert "title=Zoom+Meeting" in address
        with urlopen(address, timeout=10) as page:
            assert b'createElement("video")' in page.read()
        base = address.split("gallery.html")[0]
        for stem, _ in PEOPLE:
            with urlopen(f"{base}people/{stem}.mp4", timeout=10) as clip:
                assert clip.headers["Content-Type"] == "video/mp4"
                assert clip.read(12)[4:8] == b"ftyp"
