from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs import SideWindow, window
from meeting_analyzer.outputs.window_layout import fitted_size, place_beside, split
from meeting_analyzer.types import Box

QT = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not cv2.currentUIFramework().startswith("QT"),
    reason="this OpenCV does not make its windows with Qt on X11",
)


def test_an_opencv_without_windows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    with pytest.raises(OutputError, match=r"headless.*pip install.*--side-window off"):
        SideWindow()


@QT
def test_a_qt_plugin_that_does_not_load_is_said_before_qt_aborts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plugin = tmp_path / "platforms" / "libqxcb.so"
    plugin.parent.mkdir()
    plugin.write_bytes(b"no library")
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(window, "x_screen", lambda name: (1920, 1080))
    with pytest.raises(OutputError, match=r"X11 plugin does not load.*apt install.*--side-window off"):
        SideWindow()


def test_importing_what_a_live_call_needs_opens_nothing_and_loads_no_camera_no_x11_and_no_video_libraries() -> None:
    code = (
        "import sys, meeting_analyzer.cli.live, meeting_analyzer.sources.window; "
        "sys.exit(str({'pyvirtualcam', 'Xlib', 'Xlib.display', 'av'} & set(sys.modules) or ''))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, check=False, capture_output=True, text=True)
    assert run.stderr.strip() == ""


@pytest.mark.parametrize(
    ("call", "clear"),
    [
        (Box(0, 0, 1000, 1080), True),
        (Box(900, 0, 1020, 1080), True),
        (Box(0, 0, 1920, 560), True),
        (Box(0, 500, 1920, 580), True),
        (Box(300, 100, 1300, 900), False),
        (Box(0, 0, 1920, 1080), False),
    ],
)
def test_it_opens_beside_the_call_where_there_is_room(call: Box, clear: bool) -> None:
    place = place_beside((1280, 720), (1920, 1080), call, 13, with_panel=True)
    assert Box(0, 0, 1920, 1080).intersection(place) == place
    assert place.w >= 400
    assert (call.overlap(place) == 0) == clear
    assert call.overlap(place) < 0.15 * call.area
    if clear:
        told, _ = split((place.w, place.h), (1280, 720), 13)
        assert told is not None, "there is a panel"
        assert told.h >= (29 if told.w >= 44 * 13 else 46) * 13 - 2, "all of it"


@pytest.mark.parametrize("room", [(679, 960), (1840, 420), (560, 960), (400, 960), (1000, 700)])
def test_the_picture_is_as_large_as_can_be_in_the_room_there_is(room: tuple[int, int]) -> None:
    for with_panel in (True, False):
        width, height = fitted_size((1280, 720), room, 13, with_panel)
        assert 0 < width <= room[0]
        assert 0 < height <= room[1]
    panel_box, _ = split(fitted_size((1280, 720), room, 13, True), (1280, 720), 13)
    assert panel_box is not None
