"""What goes wrong in a lesson, done for real to a running `meeting-analyzer live`: a sentence each, and it goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meeting_analyzer.sessions import open_session

from .conftest import PaintedWindow, eventually, stop, xdotool
from .test_live import records, side_windows


class Live:
    """A running `live`, and what it said."""

    def __init__(self, folder: Path, words: tuple[str, ...], prefix: tuple[str, ...], **environment: str) -> None:
        self.folder = folder
        command = [*prefix, sys.executable, "-m", "meeting_analyzer", "live", "--out", str(folder / "out"), *words]
        with (folder / "stderr").open("wb") as stderr:
            self.process = subprocess.Popen(
                command, stderr=stderr, stdout=subprocess.DEVNULL, env={**os.environ, **environment}
            )

    @property
    def said(self) -> str:
        return (self.folder / "stderr").read_text(encoding="utf-8")

    def says(self, words: str, seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while words not in self.said and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        assert words in self.said
        assert "Traceback" not in self.said

    def goes_on(self, what: str) -> list[dict[str, Any]]:
        """Wait for further records; returns them."""
        count = len(records(self.folder))
        eventually(lambda: len(records(self.folder)) > count + 2, what, 60)
        return records(self.folder)[count:]


@pytest.fixture
def live(x_display: str, tmp_path: Path) -> Iterator[Callable[..., Live]]:
    """Start `live` with a file of records and no names, so that it is quick."""
    started: list[Live] = []

    def start(*words: str, prefix: tuple[str, ...] = (), **environment: str) -> Live:
        words = ("--names", "off", "--json", str(tmp_path / "records.jsonl"), *words)
        started.append(Live(tmp_path, words, prefix, **environment))
        return started[-1]

    yield start
    for each in started:
        stop(each.process)


def session_of(folder: Path) -> Path:
    return next((folder / "out").iterdir())


def xrandr(*words: str) -> None:
    subprocess.run(["xrandr", *words], check=True, capture_output=True, timeout=20)


@pytest.fixture
def wallpaper(x_display: str) -> Iterator[None]:
    """A screen that is not black, as only a locked one is."""
    subprocess.run(["xsetroot", "-solid", "#408c5a"], check=True)
    yield
    subprocess.run(["xsetroot", "-solid", "#000000"], check=True)


@pytest.fixture
def two_monitors(wallpaper: None) -> Iterator[None]:
    """The screen as two monitors side by side."""
    xrandr("--setmonitor", "left", "960/254x1080/286+0+0", "screen")
    xrandr("--setmonitor", "right", "960/254x1080/286+960+0", "none")
    yield
    for name in ("left", "right"):
        subprocess.run(["xrandr", "--delmonitor", name], check=False, capture_output=True, timeout=20)


def test_a_monitor_that_is_unplugged_is_told_and_waited_for(two_monitors: None, live: Callable[..., Live]) -> None:
    run = live("--monitor", "2", "--side-window", "off")
    assert run.goes_on("the first records")[-1]["size"] == [960, 1080]
    xrandr("--delmonitor", "right")
    run.says("Monitor 2 was disconnected; connect it to go on")
    xrandr("--setmonitor", "right", "960/254x1080/286+960+0", "none")
    run.says("Monitor 2 is back.")
    run.goes_on("records after it was plugged in again")
    assert run.process.poll() is None


def test_another_resolution_is_followed(x_display: str, live: Callable[..., Live]) -> None:
    if shutil.which("Xephyr") is None:
        pytest.skip("not installed: Xephyr (apt install xserver-xephyr)")
    readable, writable = os.pipe()
    words = ["Xephyr", "-displayfd", str(writable), "-screen", "1000x700", "-resizeable", "-noreset"]
    server = subprocess.Popen(words, pass_fds=[writable], stderr=subprocess.DEVNULL)
    os.close(writable)
    try:
        with os.fdopen(readable) as pipe:
            name = f":{pipe.readline().strip()}"
        outer = eventually(
            lambda: (
                subprocess.run(
                    ["xdotool", "search", "--name", "Xephyr"], capture_output=True, text=True, check=False
                ).stdout
            ),
            "the window of Xephyr",
        ).split()[-1]
        subprocess.run(["xsetroot", "-display", name, "-solid", "#408c5a"], check=True)
        run = live("--monitor", "1", "--side-window", "off", DISPLAY=name)
        assert run.goes_on("the first records")[-1]["size"] == [1000, 700]
        xdotool("windowsize", outer, 1240, 660)
        time.sleep(1)
        # Xephyr tells its new size only after somebody had it look for its outputs, as desktops do
        subprocess.run(["xrandr", "--display", name], check=True, capture_output=True)
        eventually(lambda: records(run.folder)[-1]["size"] == [1240, 660], "records of the new size", 40)
        run.goes_on("further records")
        assert "Traceback" not in run.said
    finally:
        stop(server)


def test_a_computer_that_slept_is_told_and_the_run_goes_on(wallpaper: None, live: Callable[..., Live]) -> None:
    run = live("--monitor", "1", "--side-window", "off")
    run.goes_on("the first records")
    run.process.send_signal(signal.SIGSTOP)
    time.sleep(6.5)
    run.process.send_signal(signal.SIGCONT)
    run.says("slept or stood still for 0:0")
    run.goes_on("records afterwards")


def test_files_that_can_grow_no_more_are_kept_and_the_lesson_goes_on(live: Callable[..., Live], tmp_path: Path) -> None:
    # files of this process may have 160 kB, as if the disk were full then
    run = live("--source", "sample", "--side-window", "on", prefix=("sh", "-c", 'ulimit -f 320; exec "$@"', "sh"))
    run.says("the picture goes on", 100)
    assert side_windows()
    assert run.process.poll() is None
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(30) != 0
    assert "Traceback" not in run.said
    with open_session(session_of(tmp_path)) as stored:
        assert stored.info.frames > 3


def test_a_screen_that_must_not_be_captured_is_told(live: Callable[..., Live], tmp_path: Path) -> None:
    cookie = tmp_path / "cookie"
    readable, writable = os.pipe()
    subprocess.run(["xauth", "-f", str(cookie), "add", ":99", ".", "0" * 31 + "1"], check=True, capture_output=True)
    words = ["Xvfb", "-displayfd", str(writable), "-auth", str(cookie), "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[writable], stderr=subprocess.DEVNULL)
    os.close(writable)
    try:
        with os.fdopen(readable) as pipe:
            name = f":{pipe.readline().strip()}"
        run = live("--monitor", "1", "--side-window", "off", DISPLAY=name, XAUTHORITY=str(tmp_path / "none"))
        assert run.process.wait(60) == 1
        assert "Traceback" not in run.said
        assert "The screen cannot be read" in run.said
        assert "start this in the session that shows the call" in run.said
    finally:
        stop(server)


def test_a_window_that_moves_to_another_monitor_is_followed(
    two_monitors: None, live: Callable[..., Live], painted_window: Callable[..., PaintedWindow]
) -> None:
    window = painted_window("Lesson", (100, 100, 600, 400), (90, 140, 60))
    run = live("--window", "Lesson", "--side-window", "off")
    run.goes_on("the first records")
    xdotool("windowmove", window.id, 1200, 300)
    assert all(record["size"] == [600, 400] for record in run.goes_on("records on the other monitor"))
    xdotool("windowmove", window.id, 700, 300)
    run.goes_on("records across the edge between the two")
    assert "outside the screen" not in run.said


def test_a_window_that_another_one_covers_is_told_and_the_run_goes_on(
    live: Callable[..., Live], painted_window: Callable[..., PaintedWindow]
) -> None:
    painted_window("Lesson", (100, 100, 600, 400), (90, 140, 60))
    run = live("--window", "Lesson", "--side-window", "off")
    run.goes_on("the first records")
    mail = painted_window("Mail", (150, 120, 600, 400), (60, 60, 200))
    run.says('is partly covered by "Mail"; bring it to the front.')
    run.goes_on("records of what can still be seen")
    mail.close()
    run.says("is back.")


FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)


def test_a_clock_that_jumps_back_two_hours_changes_nothing(live: Callable[..., Live], tmp_path: Path) -> None:
    if FAKETIME is None:
        pytest.skip("not installed: libfaketime (apt install libfaketime)")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    run = live(
        *("--source", "sample", "--side-window", "off"),
        LD_PRELOAD=str(FAKETIME),
        FAKETIME_TIMESTAMP_FILE=str(clock),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    run.goes_on("the first records")
    clock.write_text("-2h")
    run.goes_on("records after the clock was set back")
    assert "slept" not in run.said
    run.process.send_signal(signal.SIGTERM)
    run.process.wait(60)
    assert "Traceback" not in run.said
    times = [record["time"] for record in records(tmp_path)]
    assert times == sorted(times)
    with open_session(session_of(tmp_path)) as stored:
        assert stored.info.finished
        assert 0 <= [record.time for record in stored.moments()][-1] < 600
    assert (session_of(tmp_path) / "report.html").exists()


@pytest.mark.other_platform
def test_a_disk_that_is_full_ends_the_files_and_not_the_lesson(live: Callable[..., Live], tmp_path: Path) -> None:
    disk = tmp_path / "out"
    disk.mkdir()
    mount = ("unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=160k none "{disk}" && exec "$@"', "sh")
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk of its own")
    run = live("--source", "sample", "--side-window", "on", prefix=mount)
    run.says("the picture goes on", 100)
    assert side_windows()
    run.goes_on("records on the other disk")
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(60) != 0
    assert "Traceback" not in run.said


def test_a_program_that_is_killed_has_lost_at_most_the_last_second(live: Callable[..., Live], tmp_path: Path) -> None:
    run = live("--source", "sample", "--side-window", "off")
    eventually(lambda: (seen := records(tmp_path)) and seen[-1]["time"] > 4, "records of four seconds", 100)
    run.process.kill()
    run.process.wait(20)
    # the file of records is written whole lines at a time, so it tells what was seen
    last, before = records(tmp_path)[-1]["time"], records(tmp_path)[-3]["time"]
    with open_session(session_of(tmp_path)) as stored:
        assert not stored.info.finished
        kept = [record.time for record in stored.moments()][-1]
    assert kept >= min(last - 1.2, before - 1.0)


def test_a_locked_screen_of_a_real_locker_is_told(
    live: Callable[..., Live], painted_window: Callable[..., PaintedWindow]
) -> None:
    if shutil.which("i3lock") is None:
        pytest.skip("not installed: i3lock (apt install i3lock)")
    painted_window("Wall", (0, 0, 1900, 1000), (90, 140, 60))
    run = live("--region", "100,100,600,300", "--side-window", "off")
    run.goes_on("the first records")
    locker = subprocess.Popen(["i3lock", "-n", "-u", "-c", "000000"], stderr=subprocess.DEVNULL)
    try:
        run.says("grabbed as black")
        count = len(records(run.folder))
        time.sleep(2)
        assert len(records(run.folder)) == count, "a locked screen is not read as a class that left"
    finally:
        stop(locker)
    run.says("is back.")
    seen = run.goes_on("records after it was unlocked")
    assert {tile["participant"] for record in seen for tile in record["tiles"]} == {"P01"}


def test_keys_write_marks_and_reports_into_the_session(live: Callable[..., Live], tmp_path: Path) -> None:
    run = live("--source", "sample", "--side-window", "on")
    window = eventually(side_windows, "the side window", 60)[0]
    eventually(lambda: len(records(tmp_path)) > 5, "the first records", 60)
    xdotool("windowactivate", "--sync", window)
    xdotool("key", "--window", window, "m")
    run.says("Marked 0:")
    xdotool("key", "--window", window, "s")
    run.says("Report saved: report-")
    xdotool("key", "--window", window, "q")
    assert run.process.wait(30) == 0
    for words in ("The call:", "participants were seen", "Marked: 0:", "Session: "):
        assert words in run.said
    folder = session_of(tmp_path)
    with open_session(folder) as stored:
        assert stored.info.finished
        assert len(stored.marks()) == 1
        assert stored.info.frames == len(records(tmp_path))
    assert (folder / "report.html").exists()
    assert len(list(folder.glob("report-*.html"))) == 1
    assert not [path for path in folder.iterdir() if path.suffix in (".png", ".jpg", ".mp4")]


LOGIN = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[2] == "ignored" else signal.SIG_DFL)
os.login_tty(int(sys.argv[1]))
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""


@pytest.mark.parametrize(("hangup", "code"), [("obeyed", 130), ("ignored", 0)])
def test_a_terminal_that_is_closed_ends_the_run_as_ctrl_c_does_but_not_under_nohup(
    tmp_path: Path, hangup: str, code: int
) -> None:
    ours, terminal = os.openpty()
    words = ["-m", "meeting_analyzer", "live", "--names", "off", "--side-window", "off", "--source", "sample"]
    words += ["--json", str(tmp_path / "records.jsonl"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen([sys.executable, "-c", LOGIN, str(terminal), hangup, *words], pass_fds=[terminal])
    os.close(terminal)
    try:
        eventually(lambda: len(records(tmp_path)) > 3, "the first records")
        os.close(ours)
        assert process.wait(90) == code
    finally:
        stop(process)
    with open_session(session_of(tmp_path)) as stored:
        assert stored.info.finished
        assert stored.info.frames == len(records(tmp_path))
    assert (session_of(tmp_path) / "report.html").exists()


def test_without_a_session_nothing_is_kept(live: Callable[..., Live], tmp_path: Path) -> None:
    run = live("--source", "sample", "--side-window", "off", "--session", "off", "--duration", "4")
    assert run.process.wait(60) == 0
    assert not (tmp_path / "out").exists()
    assert json.loads((tmp_path / "records.jsonl").read_text().splitlines()[0])["schema"] == 1
