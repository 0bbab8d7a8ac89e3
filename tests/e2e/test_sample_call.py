"""The main job on the built-in sample call, by the command line, against its ground truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import av
import jsonschema
import pytest
from matching import Counts, match

import meeting_analyzer

ASSETS = Path(meeting_analyzer.__file__).parent / "assets"
SCHEMA = json.loads((ASSETS.parent / "schemas" / "record-1.schema.json").read_text(encoding="utf-8"))

WORDS = {"demo": ["demo"], "analyze": ["analyze", "sample"]}


@pytest.fixture(scope="module", params=["demo", "analyze"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `meeting-analyzer demo` fills where there is no screen, and that of `meeting-analyzer analyze sample`."""
    out = tmp_path_factory.mktemp(request.param)
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    run = subprocess.run(
        [sys.executable, "-m", "meeting_analyzer", *WORDS[request.param], "--out", str(out)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert str(out) in run.stderr
    assert run.stdout == ""
    (video,) = out.rglob("annotated.mp4")
    assert (video.parent / "report.html").is_file()
    return video.parent


@pytest.fixture(scope="module")
def records(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (results / "records.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    lines = (ASSETS / "sample_call.truth.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[1:]]


def test_there_is_one_valid_record_per_frame_at_its_true_time(
    records: list[dict[str, Any]], truth: list[dict[str, Any]]
) -> None:
    assert [record["frame"] for record in records] == [row["frame"] for row in truth]
    assert [record["time"] for record in records] == pytest.approx([row["time"] for row in truth], abs=1e-3)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for record in records:
        validator.validate(record)


def test_tiles_and_faces_match_the_truth(records: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    tiles, faces, kinds = Counts(), Counts(), Counter[bool]()
    for record, row in zip(records, truth, strict=True):
        pairs = match([t["box"] for t in record["tiles"]], [t["box"] for t in row["tiles"]])
        tiles.add(len(pairs), len(record["tiles"]), len(row["tiles"]))
        kinds.update(record["tiles"][i]["kind"] == row["tiles"][j]["kind"] for i, j in pairs)
        found = [face["box"] for tile in record["tiles"] for face in tile["faces"]]
        real = [face["box"] for tile in row["tiles"] for face in tile["faces"]]
        faces.add(len(match(found, real)), len(found), len(real))
    assert tiles.f1 >= 0.99
    assert faces.recall >= 0.98
    assert faces.precision >= 0.99
    assert kinds[True] / kinds.total() >= 0.99


def test_everyone_keeps_one_id_through_join_reorder_camera_off_and_leave(
    records: list[dict[str, Any]], truth: list[dict[str, Any]]
) -> None:
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for record, row in zip(records, truth, strict=True):
        for i, j in match([t["box"] for t in record["tiles"]], [t["box"] for t in row["tiles"]]):
            seen[row["tiles"][j]["identity"]][record["tiles"][i]["participant"]] += 1
    main = {identity: ids.most_common(1)[0][0] for identity, ids in seen.items()}
    assert len(set(main.values())) == len(main), f"two people share an id: {main}"
    strays = {identity: dict(ids) for identity, ids in seen.items() if len(ids) > 1}
    assert not strays


def test_off_cameras_have_no_face_and_every_classified_face_has_seven_probabilities(
    records: list[dict[str, Any]],
) -> None:
    for tile in (tile for record in records for tile in record["tiles"]):
        if tile["kind"] == "off":
            assert tile["faces"] == []
        for face in tile["faces"]:
            assert sum(face["emotion"].values()) == pytest.approx(1, abs=2e-3)
            assert face["label"] == "uncertain" or face["emotion"][face["label"]] > 0.2


def test_what_people_show_is_what_is_read(records: list[dict[str, Any]], truth: list[dict[str, Any]]) -> None:
    """The clearest expressions of rendered people: whoever shows one is read as showing it more than the others are."""
    read: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for record, row in zip(records, truth, strict=True):
        found = [face for tile in record["tiles"] for face in tile["faces"]]
        real = [face for tile in row["tiles"] for face in tile["faces"]]
        for i, j in match([face["box"] for face in found], [face["box"] for face in real]):
            for emotion in ("happy", "surprise"):
                if real[j]["intensity"] > 0.9 or real[j]["expression"] == "neutral":
                    read[emotion, real[j]["expression"] == emotion].append(found[i]["emotion"][emotion])
    for emotion in ("happy", "surprise"):
        shown, others = (sum(read[emotion, there]) / len(read[emotion, there]) for there in (True, False))
        assert shown > 2 * others, (emotion, shown, others)


def test_the_annotated_video_has_every_frame_at_its_time_and_the_sound(results: Path) -> None:
    with av.open(str(results / "annotated.mp4")) as made, av.open(str(ASSETS / "sample_call.mp4")) as original:
        times = [float(frame.pts * frame.time_base) for frame in made.decode(video=0)]
        assert times == pytest.approx(
            [float(frame.pts * frame.time_base) for frame in original.decode(video=0)], abs=2e-3
        )
    with av.open(str(results / "annotated.mp4")) as made, av.open(str(ASSETS / "sample_call.mp4")) as original:
        packets = [bytes(packet) for packet in made.demux(audio=0) if packet.size]
        assert packets == [bytes(packet) for packet in original.demux(audio=0) if packet.size], (
            "the sound is the original's"
        )


def test_the_report_is_one_file_that_needs_no_network(results: Path) -> None:
    text = (results / "report.html").read_text(encoding="utf-8")
    assert "appears happy" in text
    assert "AI Act" in text
    for outside in ('src="http', 'href="http', "url(http", "<script src", "@import"):
        assert outside not in text
