from __future__ import annotations

import contextlib
import importlib.metadata
import os
import sys
import types
from pathlib import Path

import pytest

from meeting_analyzer import camera_checks, checks, models
from meeting_analyzer.checks import BROKEN, MISSING, OK
from meeting_analyzer.outputs import window


@pytest.mark.parametrize(("version", "state"), [((3, 10), BROKEN), ((3, 11), OK), ((3, 13), OK), ((3, 14), BROKEN)])
def test_python(version: tuple[int, int], state: str) -> None:
    assert checks.check_python(version).state == state


def test_a_missing_library_is_broken_and_has_a_fix() -> None:
    check = checks.check_library("no_such_module", "no-such-distribution", "nothing")
    assert check.state == BROKEN
    assert "pip install" in check.fix


def test_two_opencv_versions_in_one_folder_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"opencv-python": "4.14.0.94", "opencv-contrib-python": "5.0.0.93"}

    def version(name: str) -> str:
        if name in versions:
            return versions[name]
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(checks.metadata, "version", version)
    check = checks.check_opencv()
    assert check.state == BROKEN
    assert "opencv-contrib-python==4.14.0.94" in check.fix


def test_an_opencv_without_haar_cascades_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    monkeypatch.delattr(cv2, "CascadeClassifier")
    check = checks.check_opencv()
    assert check.state == BROKEN
    assert "opencv-python<5" in check.fix


def test_a_damaged_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / models.EMOTION).write_bytes(b"damaged")
    (tmp_path / models.SUMS).write_text(f"{'0' * 64}  {models.EMOTION}\n")
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(tmp_path))
    found = {check.part: check for check in checks.check_models()}
    assert found["emotion"].state == BROKEN
    assert "damaged" in found["emotion"].detail
    assert "missing" in found["face_landmarks"].detail


def test_an_extra_that_is_not_installed_is_missing_not_broken() -> None:
    check = checks.check_extra("no_such_module", "no-such-distribution", "names", "reading names")
    assert check.state == MISSING
    assert check.fix == 'pip install "meeting-analyzer[names]"'


@pytest.mark.skipif(not hasattr(os, "getuid") or os.name == "nt", reason="X11 and /dev/video are Linux's")
def test_no_screen_is_missing_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for check in (checks.check_screen(), checks.check_window_manager(), checks.check_side_window()):
        assert check.state == MISSING
        assert "xvfb-run" in check.fix


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there Qt speaks X11")
def test_a_qt_that_cannot_open_a_window_is_told_with_the_libraries_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "platforms").mkdir()
    (tmp_path / "platforms" / "libqxcb.so").write_text("no library")
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", str(tmp_path))
    monkeypatch.setattr(window, "x_screen", lambda name: (1920, 1080))
    check = checks.check_side_window()
    assert check.state == MISSING
    assert "X11 plugin does not load" in check.detail
    assert check.fix.startswith("sudo apt install libxcb-cursor0")


@pytest.mark.parametrize(
    ("everybody", "desktop", "state"),
    [("Allow", "Allow", OK), ("Deny", "Allow", MISSING), ("Allow", "Deny", MISSING), (None, None, OK)],
)
def test_a_camera_that_windows_keeps_from_desktop_programs_is_told(
    monkeypatch: pytest.MonkeyPatch, everybody: str | None, desktop: str | None, state: str
) -> None:
    def open_key(root: object, path: str) -> contextlib.nullcontext[str | None]:
        value = desktop if path.endswith("NonPackaged") else everybody
        if value is None:
            raise FileNotFoundError(path)
        return contextlib.nullcontext(value)

    winreg = types.SimpleNamespace(
        HKEY_CURRENT_USER=object(), OpenKey=open_key, QueryValueEx=lambda key, name: (key, 1)
    )
    monkeypatch.setitem(sys.modules, "winreg", winreg)
    check = camera_checks.check_webcam("win32")
    assert check.state == state
    assert ("Let desktop apps" in check.fix) == (state == MISSING)


@pytest.mark.parametrize(("status", "state"), [(0, OK), (1, MISSING), (2, MISSING), (3, OK)])
def test_a_camera_that_macos_refuses_is_told(monkeypatch: pytest.MonkeyPatch, status: int, state: str) -> None:
    device = types.SimpleNamespace(authorizationStatusForMediaType_=lambda kind: status if kind == "vide" else 0)
    objc = types.SimpleNamespace(loadBundle=lambda *words: None, lookUpClass={"AVCaptureDevice": device}.__getitem__)
    monkeypatch.setitem(sys.modules, "objc", objc)
    check = camera_checks.check_webcam("darwin")
    assert check.state == state
    assert ("Privacy & Security > Camera" in check.fix) == (state == MISSING)


def test_a_macos_without_pyobjc_says_nothing_of_the_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "objc", None)
    assert camera_checks.check_webcam("darwin").state == OK


def test_a_bad_configuration_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[analysis]\ncolour = 1\n")
    monkeypatch.setenv("MEETING_ANALYZER_CONFIG", str(file))
    check = checks.check_config()
    assert check.state == BROKEN
    assert "colour" in check.detail


def test_obs_is_looked_for_where_it_provides_the_camera(tmp_path: Path) -> None:
    check = camera_checks._check_obs_camera("calls", "win32")
    assert check.state in (OK, MISSING)
    assert check.state == OK or "OBS" in check.fix


def test_every_check_that_is_not_ok_says_what_for_and_how_to_mend_it() -> None:
    found = list(checks.all_checks())
    assert len({check.part for check in found}) == len(found)
    for check in found:
        assert check.detail
        if check.state != OK:
            assert check.needed_for, check
            assert check.fix, check


@pytest.mark.parametrize(("free", "state"), [(2e9, OK), (1e8, BROKEN)])
def test_room_for_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, state: str) -> None:
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda place: types.SimpleNamespace(free=int(free)))
    check = checks.check_room(tmp_path)
    assert check.state == state
    assert str(tmp_path) in check.detail


def test_a_folder_that_must_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.os, "access", lambda place, mode: False)
    check = checks.check_room(tmp_path)
    assert check.state == MISSING
    assert "--out" in check.fix


@pytest.mark.parametrize(("free", "state"), [(True, OK), (False, BROKEN)])
def test_a_virtual_camera_that_another_program_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: bool, state: str
) -> None:
    (tmp_path / "virtual" / "video10").mkdir(parents=True)
    real = Path.glob
    monkeypatch.setattr(checks.sys, "platform", "linux")
    monkeypatch.setattr(
        Path,
        "glob",
        lambda self, pattern: real(tmp_path / "virtual" if "video4linux" in str(self) else self, pattern),
    )
    monkeypatch.setattr(checks.os, "access", lambda place, mode: True)
    monkeypatch.setattr("meeting_analyzer.outputs.loopback.ready", lambda path: free)
    check = camera_checks.check_camera_output()
    assert check.state == state
    assert "/dev/video10" in check.detail
    assert free or "modprobe" in check.fix
