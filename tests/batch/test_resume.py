"""Killed at random moments, many times, and gone on with: the results are those of a run that nobody disturbed."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from batch.made import recording, sums

from meeting_analyzer.batch.work import RUN, WORK

ROOT = Path(__file__).parents[2]
KILLS = 15
FEWEST = 3


def words(path: Path, out: Path, *more: str) -> list[str]:
    options = ["--names", "off", "--face-range", "short", "--chunk", "1", "--workers", "2", "-q"]
    return [sys.executable, "-m", "meeting_analyzer", "analyze", str(path), "-o", str(out), *options, *more]


def pictures(path: Path) -> list[tuple[int, bytes]]:
    """Times and content of the pictures of a video."""
    with av.open(str(path)) as container:
        return [(frame.pts, frame.to_ndarray(format="gray").tobytes()) for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = recording(tmp_path_factory.mktemp("lecture") / "lecture.mp4", 8.0, sound=True)
    # a young file is looked at twice, which would only slow the test down
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


@pytest.fixture(scope="module")
def undisturbed(lecture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was not killed."""
    out = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(words(lecture, out, "--annotate"), cwd=ROOT, check=True)
    return out / "lecture"


def without_video(folder: Path) -> dict[str, str]:
    """Sums of all files but the encoded video."""
    return {name: value for name, value in sums(folder).items() if name != "annotated.mp4"}


def tracebacks(err: str) -> list[str]:
    """Those printed, without the one by which Python ends a worker that was being started when its run was killed."""
    found = re.findall(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)+\S.*$", err, re.MULTILINE)
    assert len(found) == err.count("Traceback (most recent call last)")
    return [text for text in found if not ("spawn_main" in text and text.endswith("EOFError: Ran out of input"))]


def test_a_traceback_of_ours_is_told_from_that_of_a_worker_being_started() -> None:
    frame = 'Traceback (most recent call last):\n  File "<string>", line 1, in {}\n    x()\n{}\n'
    orphan, bug = frame.format("spawn_main", "EOFError: Ran out of input"), frame.format("main", "ValueError: no")
    assert tracebacks("Reading\n" + orphan + orphan) == []
    assert tracebacks(orphan + bug + frame.format("main", "KeyboardInterrupt")) == [
        bug.rstrip(),
        frame.format("main", "KeyboardInterrupt").rstrip(),
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_kill_9_at_random_moments(lecture: Path, undisturbed: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    killed = chunks = 0
    longest = 4.0
    while killed < KILLS:
        with subprocess.Popen(words(lecture, tmp_path, "--annotate"), cwd=ROOT, stderr=subprocess.PIPE) as run:
            # when it begins to work, and then some
            time.sleep(chance.uniform(0.2, longest))
            run.send_signal(signal.SIGKILL)
            _, err = run.communicate()
        if run.returncode == 0:
            if killed >= FEWEST:
                break
            # a quick machine was done before: from the start, with less patience
            shutil.rmtree(tmp_path / "lecture")
            killed = chunks = 0
            longest *= 0.7
            continue
        assert run.returncode == -signal.SIGKILL, err.decode()
        assert not tracebacks(err.decode())
        killed += 1
        found = len(list((tmp_path / "lecture" / WORK).glob("chunks-*/0*"))) if tmp_path.exists() else 0
        assert found >= chunks or (tmp_path / "lecture" / RUN).exists(), "chunks that are done stay done"
        chunks = found
    subprocess.run(words(lecture, tmp_path, "--annotate"), cwd=ROOT, check=True)
    assert without_video(tmp_path / "lecture") == without_video(undisturbed)
    assert pictures(tmp_path / "lecture" / "annotated.mp4") == pictures(undisturbed / "annotated.mp4")
    left = {entry.name for entry in (tmp_path / "lecture").iterdir()}
    assert left == {entry.name for entry in undisturbed.iterdir()}


def test_killed_while_the_results_are_written(lecture: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Kills follow one another at the moment each file appears."""
    folder = tmp_path / "lecture"
    late = 0
    for name in ("session.sqlite", "timeline.csv", "records.jsonl", "report.html", "annotated.part.mp4"):
        with subprocess.Popen(words(lecture, tmp_path, "--annotate"), cwd=ROOT, stderr=subprocess.DEVNULL) as run:
            until = time.monotonic() + 60
            while time.monotonic() < until and run.poll() is None and not (folder / name).exists():
                time.sleep(0.001)
            run.send_signal(signal.SIGKILL)
            run.wait()
        if (folder / RUN).exists():
            # the system gave this process its turn too late
            late += 1
            shutil.rmtree(folder)
    assert late < 3
    subprocess.run(words(lecture, tmp_path, "--annotate"), cwd=ROOT, check=True)
    assert without_video(folder) == without_video(undisturbed)
    assert pictures(folder / "annotated.mp4") == pictures(undisturbed / "annotated.mp4")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc to find the workers")
def test_workers_end_with_their_run(lecture: Path, tmp_path: Path) -> None:
    with subprocess.Popen(words(lecture, tmp_path), cwd=ROOT) as run:
        until = time.monotonic() + 60
        while time.monotonic() < until and not list(tmp_path.glob("lecture/.work/chunks-*/0*")):
            time.sleep(0.02)
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        assert len(children) >= 2
        run.send_signal(signal.SIGKILL)
        run.wait()
    until = time.monotonic() + 30
    while time.monotonic() < until and any(_lives(child) for child in children):
        time.sleep(0.05)
    assert not any(_lives(child) for child in children)


def _lives(pid: str) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_killed_worker_loses_nothing(lecture: Path, undisturbed: Path, tmp_path: Path) -> None:
    with subprocess.Popen(words(lecture, tmp_path, "--annotate"), cwd=ROOT) as run:
        until = time.monotonic() + 60
        while time.monotonic() < until and not list(tmp_path.glob("lecture/.work/chunks-*/0*")):
            time.sleep(0.02)
        killed = 0
        for child in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
                killed += 1
        run.wait(120)
    assert killed == 2
    assert run.returncode == 0
    assert without_video(tmp_path / "lecture") == without_video(undisturbed)
