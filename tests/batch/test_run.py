"""Recordings worked through to their results, good ones and every kind of bad one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from batch.made import EVENTS, SETTINGS, Here, recording, run_here, sums

from meeting_analyzer.batch import fingerprint
from meeting_analyzer.batch.lock import FolderLock, Locked
from meeting_analyzer.batch.recording import Asked, Options, Recording
from meeting_analyzer.batch.run import Run
from meeting_analyzer.batch.tasks import Analyse, Following
from meeting_analyzer.batch.work import RUN, WORK, Work, chunks_in
from meeting_analyzer.batch.workers import Event, Workers
from meeting_analyzer.config import EventSettings
from meeting_analyzer.errors import OutputError, SourceError, UsageError
from meeting_analyzer.progress import Progress
from meeting_analyzer.results import RESULTS
from meeting_analyzer.sources.sample import sample_path

OPTIONS = Options(SETTINGS, fps=5.0, chunk=1.0)


@pytest.fixture(autouse=True)
def files_are_not_young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of tests were written a moment ago; nobody waits for that but the test about it."""
    monkeypatch.setattr(fingerprint, "YOUNG", 0.0)


def records(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "records.jsonl").read_text().splitlines()]


def test_a_recording_gets_all_results(tmp_path: Path) -> None:
    path = recording(tmp_path / "lecture.mp4")
    (done,) = run_here([(path, tmp_path / "out")])
    assert done.error is None
    assert done.notice is None
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {*RESULTS, RUN}
    seen = records(tmp_path / "out")
    assert done.frames == len(seen)
    grid = {round(n * 0.2, 3) for n in range(20)}
    assert grid <= {record["time"] for record in seen}
    assert all(record["frame"] == round(record["time"] * 10) for record in seen)
    assert sum(len(tile["faces"]) for record in seen for tile in record["tiles"]) > 40


def test_pictures_are_added_to_the_report_of_what_is_done_already(tmp_path: Path) -> None:
    path, out = sample_path(), tmp_path / "out"
    usual = replace(OPTIONS, fps=2.0, chunk=10.0, events=EventSettings(mood_change=0.02, cameras_off=1))
    run_here([(path, out)], usual)
    plain = sums(out)
    assert "<img" not in (out / "report.html").read_text()
    pool = Here()
    options = replace(usual, thumbnails=True, video=True)
    (done,) = Run([Asked(path, out)], options, pool, Progress(quiet=True), print).run()
    assert done.error is None
    assert not done.already
    assert "<img" in (out / "report.html").read_text()
    changed = {name for name, value in sums(out).items() if plain.get(name) != value}
    assert changed == {"report.html", "annotated.mp4", RUN}
    assert not any(isinstance(task, Analyse) for task in pool.done)
    # both are there now; less is no reason to do anything
    for asked in (options, replace(options, video=False), usual):
        assert Run([Asked(path, out)], asked, Here(), Progress(quiet=True), print).run()[0].already
    at_once = tmp_path / "at once"
    Run([Asked(path, at_once)], replace(options, video=False), Here(), Progress(quiet=True), print).run()
    assert (at_once / "report.html").read_bytes() == (out / "report.html").read_bytes()


def test_results_do_not_depend_on_the_number_of_workers_nor_on_the_processes(tmp_path: Path) -> None:
    path = recording(tmp_path / "lecture.mp4", sound=True)
    run_here([(path, tmp_path / "a" / "x")])
    for size in (1, 3):
        folder = tmp_path / str(size) / "x"
        (done,) = Run([Asked(path, folder)], OPTIONS, Workers(size), Progress(quiet=True), print).run()
        assert done.error is None
        assert sums(folder) == sums(tmp_path / "a" / "x")


def test_while_the_results_are_written_no_worker_holds_any_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, there = Workers(2), []
    finish = Following.finish
    monkeypatch.setattr(
        Following, "finish", lambda *given: there.append(len(pool._idle) + len(pool._busy)) or finish(*given)
    )
    (done,) = Run(
        [Asked(recording(tmp_path / "lecture.mp4"), tmp_path / "out")], OPTIONS, pool, Progress(quiet=True), print
    ).run()
    assert done.error is None
    assert there == [0]


def test_chunks_that_are_done_are_not_done_again(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4"), tmp_path / "out"
    run_here([(path, tmp_path / "whole")])

    class Dies(Here):
        def events(self, timeout):  # type: ignore[no-untyped-def]
            if len(self.done) == 3:
                raise KeyboardInterrupt
            yield from super().events(timeout)

    with pytest.raises(KeyboardInterrupt):
        Run([Asked(path, out)], OPTIONS, Dies(), Progress(quiet=True), print).run()
    assert not (out / RUN).exists()
    pool, said = Here(), []
    progress = Progress(quiet=True)
    progress.say = said.append  # type: ignore[method-assign]
    Run([Asked(path, out)], OPTIONS, pool, progress, print).run()
    assert any("goes on after 2 chunks" in line for line in said)
    assert len([task for task in pool.done if hasattr(task, "span")]) == 2
    assert sums(out) == sums(tmp_path / "whole")


def test_a_run_killed_after_its_results_and_before_its_end_goes_on(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 2.0), tmp_path / "out"
    run_here([(path, out)])
    whole = sums(out)
    work = Work(tmp_path / "other", fingerprint.of_work(path, SETTINGS, EVENTS, 5.0, 1.0))
    work.release()
    (out / RUN).unlink()
    shutil.copytree(tmp_path / "other" / WORK, out / WORK)
    (out / "timeline.csv").write_text("half")
    (out / ".records.jsonl.part").write_text("half")
    (done,) = run_here([(path, out)])
    assert done.error is None
    (out / ".records.jsonl.part").unlink(missing_ok=True)
    assert sums(out) == whole


def test_what_is_done_is_not_done_again_and_other_results_are_kept(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 2.0), tmp_path / "out"
    run_here([(path, out)])
    before = sums(out)
    (again,) = run_here([(path, out)])
    assert again.already
    assert again.frames == len(records(out))
    (other,) = run_here([(path, out)], replace(OPTIONS, fps=2.0))
    assert isinstance(other.error, UsageError)
    assert "the settings (fps) changed" in str(other.error)
    assert "--overwrite" in str(other.error)
    assert sums(out) == before
    (new,) = run_here([(path, out)], replace(OPTIONS, fps=2.0, overwrite=True))
    assert new.error is None
    assert len(records(out)) < again.frames


def test_results_of_unknown_origin_are_not_replaced(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 1.0), tmp_path / "out"
    out.mkdir()
    (out / "report.html").write_text("mine")
    (done,) = run_here([(path, out)])
    assert isinstance(done.error, UsageError)
    assert (out / "report.html").read_text() == "mine"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda path, options: replace(options, fps=4.0), "the settings (fps)"),
        (lambda path, options: replace(options, settings=replace(SETTINGS, min_score=0.6)), "the settings (min_score)"),
        (lambda path, options: (recording(path, 3.0), options)[1], "the recording"),
    ],
)
def test_work_of_other_settings_or_another_file_starts_afresh_with_a_word(
    tmp_path: Path, change: object, word: str
) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 2.0), tmp_path / "out"
    work = Work(out, fingerprint.of_work(path, SETTINGS, EVENTS, 5.0, 1.0))
    work.place.put("000000", b"an old chunk")
    work.release()
    options = change(path, OPTIONS)  # type: ignore[operator]
    said: list[str] = []
    (done,) = run_here([(path, out)], options, said)
    assert done.error is None
    assert any("starts afresh" in line and word in line for line in said), said


def test_another_version_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 1.0), tmp_path / "out"
    Work(out, fingerprint.of_work(path, SETTINGS, EVENTS, 5.0, 1.0)).release()
    monkeypatch.setattr(fingerprint, "__version__", "99.0")
    said: list[str] = []
    run_here([(path, out)], said=said)
    assert any("the version (meeting-analyzer) changed" in line for line in said)


def test_threads_and_a_moved_file_change_nothing(tmp_path: Path) -> None:
    path = recording(tmp_path / "lecture.mp4", 1.0)
    before = fingerprint.of_work(path, SETTINGS, EVENTS, 5.0, 1.0)
    moved = path.rename(tmp_path / "renamed.mp4")
    assert fingerprint.of_work(moved, replace(SETTINGS, threads=7), EVENTS, 5.0, 1.0) == before


def test_a_damaged_chunk_is_said_and_made_again_by_the_next_run(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 3.0), tmp_path / "out"
    work = Work(out, fingerprint.of_work(path, SETTINGS, EVENTS, 5.0, 1.0))
    work.place.put("000001", b'{"skipped":0,"damaged":0,"notice":null}\nnot compressed')
    work.release()
    (first,) = run_here([(path, out)])
    assert "damaged" in str(first.error)
    (second,) = run_here([(path, out)])
    assert second.error is None
    assert len(records(out)) >= 15


# bad input


def cut_off(path: Path) -> None:
    whole = recording(path.with_suffix(".ts"), 6.0).read_bytes()
    path.with_suffix(".ts").unlink()
    path.write_bytes(whole)
    data = subprocess.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-y",
            "-i",
            str(path),
            "-c",
            "copy",
            "-movflags",
            "faststart",
            "-f",
            "mp4",
            f"{path}.f",
        ],
        check=True,
    )
    assert data.returncode == 0
    moved = Path(f"{path}.f").read_bytes()
    Path(f"{path}.f").unlink()
    path.write_bytes(moved[: len(moved) * 6 // 10])


def sound_only(path: Path) -> None:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48_000, layout="mono")
        import numpy as np

        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        output.mux([*stream.encode(frame), *stream.encode(None)])


BAD = {
    "zero.mp4": (lambda path: path.write_bytes(b""), "0 bytes"),
    "text.mp4": (lambda path: path.write_text("notes of the lecture\n" * 99), "is not a video"),
    "half.mp4": (lambda path: path.write_bytes(recording(path, 2.0).read_bytes()[:9000]), "is not a video, or its end"),
    "sound.mp4": (sound_only, "only sound"),
    "folder.mp4": (lambda path: path.mkdir(), "is a folder"),
    "gone.mp4": (lambda path: None, "no file"),
}


def test_each_bad_file_fails_alone_with_its_reason(tmp_path: Path) -> None:
    for name, (make, _) in BAD.items():
        make(tmp_path / name)  # type: ignore[operator]
    good = recording(tmp_path / "good one – 'é\" 李.mp4", 2.0)
    asked = [(tmp_path / name, tmp_path / "out" / name) for name in BAD]
    asked.insert(3, (good, tmp_path / "out" / good.stem))
    done = run_here(asked)
    for one in done:
        name = Path(one.source).name
        if name in BAD:
            assert BAD[name][1] in str(one.error), name
            assert isinstance(one.error, SourceError)
            assert not one.folder.exists(), "nothing is left of a recording that cannot be analysed"
        else:
            assert one.error is None
            assert {entry.name for entry in one.folder.iterdir()} == {*RESULTS, RUN}


def test_a_wrong_extension_does_not_matter(tmp_path: Path) -> None:
    path = recording(tmp_path / "lecture.mp4", 2.0).rename(tmp_path / "lecture.avi.txt")
    (done,) = run_here([(path, tmp_path / "out")])
    assert done.error is None
    assert done.frames >= 10


def test_a_truncated_recording_is_analysed_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    cut_off(path)
    (done,) = run_here([(path, tmp_path / "out")])
    assert done.error is None
    assert "ended early" in str(done.notice)
    assert 5 < done.frames < 28
    (again,) = run_here([(path, tmp_path / "out")])
    assert again.already
    assert again.notice == done.notice


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_damage_in_the_middle_costs_only_what_is_damaged(tmp_path: Path, ending: str) -> None:
    path = recording(tmp_path / f"lecture.{ending}", 6.0)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    (done,) = run_here([(path, tmp_path / "out")])
    assert done.error is None
    times = [record["time"] for record in records(tmp_path / "out")]
    assert min(times) == 0
    assert max(times) > 5.5, "what comes after the damage is analysed"
    assert times == sorted(times)
    assert "damaged" in str(done.notice)
    (two,) = Run([Asked(path, tmp_path / "two")], OPTIONS, Workers(2), Progress(quiet=True), print).run()
    assert two.error is None
    assert records(tmp_path / "two") == records(tmp_path / "out")


def test_a_file_that_is_still_being_written_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = recording(tmp_path / "lecture.ts", 2.0)
    monkeypatch.setattr(fingerprint, "YOUNG", 5.0)
    stop = threading.Event()

    def grow() -> None:
        while not stop.wait(0.05):
            with path.open("ab") as file:
                file.write(bytes(188))

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        (done,) = run_here([(path, tmp_path / "out")])
    finally:
        stop.set()
        writer.join()
    assert "still being written" in str(done.error)
    assert not (tmp_path / "out").exists()


def test_a_file_that_grows_while_it_is_analysed_gets_no_results(tmp_path: Path) -> None:
    path = recording(tmp_path / "lecture.ts", 3.0)

    class Grows(Here):
        def submit(self, task, ticket):  # type: ignore[no-untyped-def]
            with path.open("ab") as file:
                file.write(bytes(188))
            super().submit(task, ticket)

    (done,) = Run([Asked(path, tmp_path / "out")], OPTIONS, Grows(), Progress(quiet=True), print).run()
    assert "still being written" in str(done.error)
    assert not (tmp_path / "out" / RUN).exists()
    time.sleep(0.01)
    (again,) = run_here([(path, tmp_path / "out")])
    assert again.error is None


def test_two_runs_on_the_same_results(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 1.0), tmp_path / "out"
    held = FolderLock(out / WORK, out)
    try:
        (done,) = run_here([(path, out)])
        assert isinstance(done.error, Locked)
        assert f"process {os.getpid()}" in str(done.error)
    finally:
        held.release()
    (done,) = run_here([(path, out)])
    assert done.error is None


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 1.0), tmp_path / "out"
    code = (
        "import os, sys; from pathlib import Path; from meeting_analyzer.batch.lock import FolderLock\n"
        f"lock = FolderLock(Path({str(out / WORK)!r}), Path('x')); print('held', flush=True); os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[2]
    dead = subprocess.run([sys.executable, "-c", code], cwd=root, check=False, capture_output=True)
    assert b"held" in dead.stdout
    assert (out / WORK / "owner").exists()
    (done,) = run_here([(path, out)])
    assert done.error is None


@contextlib.contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own in `folder`."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here (root only)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder that all may read; while it is used, this process is not root, who may write everywhere."""
    if os.name == "nt":
        pytest.skip("folders of Windows have other permissions")
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        if root:
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


@pytest.mark.other_platform
def test_a_read_only_output_is_said(nobody: Path) -> None:
    path, out = recording(nobody / "lecture.mp4", 1.0), nobody / "out"
    out.mkdir()
    out.chmod(0o500)
    (done,) = run_here([(path, out / "x")])
    out.chmod(0o700)
    assert isinstance(done.error, OutputError)
    assert "change its permissions" in str(done.error)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    with mounted(tmp_path / "disk", "size=1m") as folder:
        yield folder


@pytest.mark.other_platform
def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(tmp_path: Path, small_disk: Path) -> None:
    paths = [recording(tmp_path / f"{name}.mp4", 3.0) for name in "ab"]
    asked = [(path, small_disk / path.stem) for path in paths]
    filler = small_disk / "filler"
    filler.write_bytes(bytes(980_000))
    with pytest.raises(OutputError, match="disk is full"):
        run_here(asked)
    filler.unlink()
    done = run_here(asked[:1])
    assert done[0].error is None
    run_here([(paths[0], tmp_path / "out" / "a")])
    assert sums(small_disk / "a") == sums(tmp_path / "out" / "a")


@pytest.mark.other_platform
def test_a_read_only_disk_is_said(tmp_path: Path, small_disk: Path) -> None:
    path = recording(tmp_path / "lecture.mp4", 1.0)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    (done,) = run_here([(path, small_disk / "x")])
    assert isinstance(done.error, OutputError)
    assert "read-only; choose another place" in str(done.error)


def test_chunks_are_kept_when_something_but_the_recording_fails(tmp_path: Path) -> None:
    path, out = recording(tmp_path / "lecture.mp4", 3.0), tmp_path / "out"
    (out / "timeline.csv").mkdir(parents=True)
    (done,) = run_here([(path, out)], replace(OPTIONS, overwrite=True))
    assert isinstance(done.error, OutputError)
    work = Work(out, fingerprint.of_work(path, SETTINGS, EVENTS, 5.0, 1.0))
    assert len(chunks_in(work.place)) == 3
    work.release()


def test_what_has_failed_is_not_tried_again_while_other_chunks_are_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[object] = []

    def fails(recording: Recording) -> Iterator[object]:
        tries.append(recording)
        raise OutputError("The folder is gone.")

    class Slow(Here):
        """Takes a while for every task."""

        rounds = 0

        def events(self, timeout: float) -> Iterator[Event]:
            self.rounds += 1
            return iter(()) if self.rounds % 5 else super().events(timeout)

    monkeypatch.setattr(Recording, "follow", fails)
    asked = [Asked(recording(tmp_path / "lecture.mp4", 3.0), tmp_path / "out")]
    (done,) = Run(asked, OPTIONS, Slow(2), Progress(quiet=True), pytest.fail).run()
    assert isinstance(done.error, OutputError)
    assert len(tries) == 1


def test_what_happens_just_before_the_end_is_told(tmp_path: Path) -> None:
    # somebody joins at 5 s, and for some seconds others could have joined that sentence
    short, out = tmp_path / "short.mp4", tmp_path / "out"
    with av.open(str(sample_path())) as whole, av.open(str(short), "w") as part:
        video = whole.streams.video[0]
        copy = part.add_stream_from_template(video)
        for packet in whole.demux(video):
            if packet.pts is not None and packet.pts * packet.time_base < 9:
                packet.stream = copy
                part.mux(packet)
    run_here([(short, out)], replace(OPTIONS, fps=5.0, chunk=10.0))
    assert "joined" in (out / "events.vtt").read_text()
