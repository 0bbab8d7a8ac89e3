"""`meeting-analyzer live` beside a real Chromium window with a gallery of moving video, moved and resized meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from matching import match
from Xlib import X, display

from tools.sample_call.gallery import PEOPLE, serve, tile_boxes

from .conftest import ChromiumWindow, eventually, stop, xdotool

CALL = [*PEOPLE[:7], ("", "Camera Off")]


@pytest.fixture
def call(chromium_window: Callable[..., ChromiumWindow]) -> Iterator[ChromiumWindow]:
    """A Zoom-titled window with seven moving participants and one whose camera is off."""
    with serve("Zoom Meeting", CALL) as url:
        yield chromium_window(url, "Zoom Meeting", (60, 60, 1000, 700))


@pytest.fixture
def live(call: ChromiumWindow, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start `meeting-analyzer live` with more arguments; ended after the test. Its words go to tmp_path/stderr."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        words = [
            sys.executable,
            "-m",
            "meeting_analyzer",
            "live",
            "--json",
            str(tmp_path / "records.jsonl"),
            "--out",
            str(tmp_path / "out"),
            *arguments,
        ]
        with (tmp_path / "stderr").open("wb") as stderr:
            process = subprocess.Popen(words, stderr=stderr, stdout=subprocess.DEVNULL)
        started.append(process)
        return process

    yield start
    for process in started:
        stop(process)


def records(folder: Path) -> list[dict[str, Any]]:
    """The whole lines written so far."""
    path = folder / "records.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def inside(window: int) -> tuple[int, int]:
    """Width and height of a window's inside."""
    connection = display.Display()
    try:
        geometry = connection.create_resource_object("window", window).get_geometry()
        return geometry.width, geometry.height
    finally:
        connection.close()


def side_windows() -> list[str]:
    """Ids of shown windows titled as ours."""
    words = ["xdotool", "search", "--onlyvisible", "--name", "^Meeting analyzer$"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()


def sees_the_gallery(record: dict[str, Any], window: int) -> bool:
    """Whether a record's tiles are the page's, and a face was found in each that has its camera on."""
    width, height = inside(window)
    if record["size"] != [width, height]:
        return False
    expected = [tuple(box) for box in tile_boxes(width, height, len(CALL))]
    found = [tile["box"] for tile in record["tiles"]]
    pairs = match(found, expected, 0.8)
    on = [record["tiles"][i] for i, j in pairs if CALL[j][0]]
    return len(pairs) == len(found) == len(CALL) and all(len(tile["faces"]) == 1 for tile in on)


def follows(folder: Path, window: int, since: int, what: str) -> int:
    """Wait until a record after number `since` shows the gallery as it is now; returns how many there are then."""
    eventually(lambda: any(sees_the_gallery(r, window) for r in records(folder)[since:]), what, 60)
    return len(records(folder))


def test_the_call_is_found_and_followed_when_it_moves_and_resizes(
    call: ChromiumWindow, live: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = live("--side-window", "off")
    done = follows(tmp_path, call.id, 0, "the first analysis of the gallery")
    xdotool("windowmove", call.id, 500, 200)
    done = follows(tmp_path, call.id, done + 2, "an analysis after the move")
    xdotool("windowsize", call.id, 1240, 800)
    eventually(lambda: inside(call.id)[0] > 1200, "the resize")
    done = follows(tmp_path, call.id, done + 2, "an analysis after the resize")
    ids = {tile["participant"] for record in records(tmp_path)[-3:] for tile in record["tiles"]}
    assert len(ids) == len(CALL), "participants keep their ids through it all"
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 130
    said = (tmp_path / "stderr").read_text()
    assert "Zoom Meeting" in said
    assert "Analysed" in said
    assert "Traceback" not in said


def test_a_window_that_closes_ends_the_run_with_a_sentence_and_keeps_the_records(
    call: ChromiumWindow, live: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = live("--side-window", "off")
    follows(tmp_path, call.id, 0, "the first analysis")
    call.close()
    assert process.wait(30) == 1
    said = (tmp_path / "stderr").read_text()
    assert "was closed" in said
    assert "Traceback" not in said
    assert records(tmp_path)


def test_a_minimised_window_pauses_and_a_restored_one_goes_on(
    call: ChromiumWindow, live: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    live("--side-window", "off")
    follows(tmp_path, call.id, 0, "the first analysis")
    xdotool("windowminimize", call.id)
    eventually(lambda: "minimised" in (tmp_path / "stderr").read_text(), "the notice")
    count = len(records(tmp_path))
    xdotool("windowmap", call.id)
    follows(tmp_path, call.id, count, "an analysis after the restore")


def test_the_side_window_shows_the_annotated_call_and_q_ends_it(
    call: ChromiumWindow, live: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    process = live()
    follows(tmp_path, call.id, 0, "the first analysis")
    window = int(eventually(side_windows, "the side window")[-1])
    if folder := os.environ.get("SCREENSHOTS"):
        subprocess.run(["import", "-window", "root", str(Path(folder) / "live.png")], check=True)
        subprocess.run(["import", "-window", str(window), str(Path(folder) / "side_window.png")], check=True)
    connection = display.Display()
    try:
        side = connection.create_resource_object("window", window)
        size = side.get_geometry()
        pixels = side.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xFFFFFFFF).data
    finally:
        connection.close()
    assert len(set(pixels[::101])) > 50, "a picture, not an empty window"
    xdotool("windowactivate", "--sync", window)
    xdotool("key", "--window", window, "q")
    assert process.wait(20) == 0
