"""The same chunks on Ray: same results, whoever is killed; recordings and results on a real S3 server."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch.made import recording, run_here, sums

from meeting_analyzer.batch.recording import Options
from meeting_analyzer.batch.storage import CACHE, KEEP, RemoteFile, RemotePlace, filesystem, recordings_below
from meeting_analyzer.batch.work import RUN
from meeting_analyzer.cli.jobs import RECORDINGS
from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.results import RESULTS

ROOT = Path(__file__).parents[2]
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray has no wheel for this Python")
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
}


def words(source: str | Path, out: str | Path, *more: str) -> list[str]:
    fast = ["--names", "off", "--face-range", "short", "--chunk", "1"]
    return [sys.executable, "-m", "meeting_analyzer", "analyze", str(source), "-o", str(out), *fast, *more]


def environment(**more: str) -> dict[str, str]:
    # not the tests' own settings, which coverage and CI add to
    return {**{k: v for k, v in ENVIRONMENT.items() if not k.startswith("MEETING_ANALYZER_")}, **more}


@pytest.fixture
def nodes() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a cluster of two nodes, and the program that can remove one of them."""
    script = Path(__file__).with_name("two_nodes.py")
    with subprocess.Popen(
        [sys.executable, str(script)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as program:
        assert program.stdout is not None
        line = next((line for line in program.stdout if line.startswith("address ")), None)
        assert line is not None, "the cluster did not start"
        yield line.split()[1], program
        assert program.stdin is not None
        program.stdin.close()
        program.wait(60)


@pytest.fixture(scope="module")
def lecture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = recording(tmp_path_factory.mktemp("lecture") / "lecture.mp4", 40.0)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


@pytest.fixture(scope="module")
def undisturbed(lecture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the same chunks, worked through in one process."""
    out = tmp_path_factory.mktemp("here") / "lecture"
    from meeting_analyzer.config import Settings

    settings = Settings(names="off", face_range="short", threads=2)
    (done,) = run_here([(lecture, out)], Options(settings, fps=5.0, chunk=1.0))
    assert done.error is None
    return out


def wait_for_chunks(folder: Path, count: int) -> None:
    until = time.monotonic() + 200
    while time.monotonic() < until and len(list(folder.glob("lecture/.work/chunks-*/0*"))) < count:
        time.sleep(0.05)
    assert list(folder.glob("lecture/.work/chunks-*/0*")), "no chunk was done in time"


@needs_ray
def test_killed_workers_and_a_killed_node_lose_nothing(
    lecture: Path, undisturbed: Path, tmp_path: Path, nodes: tuple[str, subprocess.Popen[str]]
) -> None:
    address, program = nodes
    with subprocess.Popen(words(lecture, tmp_path, "--engine", "ray", "--address", address), env=environment()) as run:
        wait_for_chunks(tmp_path, 1)
        kill_a_worker(run)
        wait_for_chunks(tmp_path, 3)
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write("remove\n")
        program.stdin.flush()
        assert program.stdout.readline() == "removed\n"
        assert run.poll() is None, "the node was lost while there was work to do"
        run.wait(250)
    assert run.returncode == 0
    assert sums(tmp_path / "lecture") == sums(undisturbed)
    assert {path.name for path in (tmp_path / "catalogue").iterdir()} >= {"recordings.parquet", "minutes.parquet"}


def kill_a_worker(run: subprocess.Popen[bytes]) -> None:
    """Kill whoever works at the moment; between two tasks nobody does."""
    while run.poll() is None:
        if [pid for pid in ray_workers() if kill(pid)]:
            return
        time.sleep(0.01)
    pytest.fail("it was over before there was a worker to kill")


def ray_workers() -> list[int]:
    """Processes of Ray that do one of our tasks at the moment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if b"ray::_perform" in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """s3://lectures on a server of ours."""
    pytest.importorskip("moto.server", reason="moto, which serves S3, has no wheel for this Python")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        values = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
        }
        for name, value in values.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setitem(ENVIRONMENT, name, value)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        import urllib.request

        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/lectures", method="PUT")).close()
        yield "s3://lectures"
        process.kill()


def upload(local: Path, url: str) -> None:
    system, path = filesystem(url)
    system.put_file(str(local), path)


@needs_ray
def test_an_archive_on_s3(bucket: str, lecture: Path, undisturbed: Path, tmp_path: Path) -> None:
    upload(lecture, f"{bucket}/archive/algebra/week 1/lecture é.mp4")
    upload(recording(tmp_path / "short.mp4", 2.0), f"{bucket}/archive/history/short.mp4")
    (tmp_path / "bad.mp4").write_bytes(b"no video")
    upload(tmp_path / "bad.mp4", f"{bucket}/archive/history/bad.mp4")
    command = words(f"{bucket}/archive", f"{bucket}/results", "--engine", "ray", "--workers", "2", "-q")
    first = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert first.returncode == 1
    assert "Traceback" not in first.stderr
    assert "2 of 3 recordings are analysed" in first.stderr
    assert f"{bucket}/archive/history/bad.mp4" in first.stderr
    results = RemotePlace(f"{bucket}/results/algebra/week 1/lecture é.mp4")
    assert results.names() == {*RESULTS, RUN}
    ours = [json.loads(line) for line in (undisturbed / "records.jsonl").read_text().splitlines()]
    theirs = [json.loads(line) for line in (results.get("records.jsonl") or b"").decode().splitlines()]
    assert theirs == ours
    catalogue = RemotePlace(f"{bucket}/results/catalogue")
    (tmp_path / "recordings.parquet").write_bytes(catalogue.get("recordings.parquet") or b"")
    import duckdb

    with duckdb.connect() as database:
        rows = database.execute(
            "SELECT course FROM read_parquet(?) ORDER BY course", [str(tmp_path / "recordings.parquet")]
        ).fetchall()
    assert rows == [("algebra",), ("history",)]
    assert copies() == []
    again = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert "2 of them were done already" in again.stderr


def test_a_run_whose_results_lie_on_s3_goes_on_after_a_kill(bucket: str, lecture: Path, undisturbed: Path) -> None:
    upload(lecture, f"{bucket}/lecture.mp4")
    results = RemotePlace(f"{bucket}/results/lecture")
    command = words(f"{bucket}/lecture.mp4", f"{bucket}/results", "--workers", "2", "-q")
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        until = time.monotonic() + 200
        while time.monotonic() < until and len(chunks_below(results)) < 3:
            assert run.poll() is None, run.communicate()[1].decode()
            time.sleep(0.05)
        run.kill()
    kept = chunks_below(results)
    assert len(kept) >= 3
    assert RUN not in results.names()
    again = subprocess.run(command[:-1], env=environment(), capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "goes on after" in again.stderr
    assert results.names() == {*RESULTS, RUN}
    assert chunks_below(results) == set(), "the work is cleared away"
    assert copies() == []
    ours = [json.loads(line) for line in (undisturbed / "records.jsonl").read_text().splitlines()]
    theirs = [json.loads(line) for line in (results.get("records.jsonl") or b"").decode().splitlines()]
    assert theirs == ours


def copies() -> list[Path]:
    """This machine's copies of recordings that lie elsewhere."""
    return list(Path(tempfile.gettempdir()).glob(f"{CACHE}*/*/*.mp4"))


def chunks_below(results: RemotePlace) -> set[str]:
    """The committed chunks of the work on these results."""
    system, path = filesystem(results.url)
    system.invalidate_cache()
    try:
        return {str(found) for found in system.find(path) if "/chunks-" in str(found)}
    except FileNotFoundError:
        return set()


def test_a_place_on_s3(bucket: str, tmp_path: Path) -> None:
    place = RemotePlace(f"{bucket}/some where") / "é"
    assert place.names() == set()
    assert place.get("x") is None
    place.put("x", b"1")
    place.put("x", b"22")
    (tmp_path / "file").write_bytes(b"333")
    place.put_file("y", tmp_path / "file")
    assert place.names() == {"x", "y"}
    assert place.get("x") == b"22"
    place.remove("x")
    place.remove("x")
    assert place.names() == {"y"}
    place.clear()
    assert place.names() == set()
    with pytest.raises(SourceError, match="no file"):
        RemoteFile.of(f"{bucket}/nothing.mp4")


def test_recordings_elsewhere_are_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec", reason="fsspec is of the extra 'ray'")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "cache"))
    path = recording(tmp_path / "in" / "a b" / "lecture.mp4", 1.0)
    ((url, below),) = recordings_below((tmp_path / "in").as_uri(), RECORDINGS)
    assert below == "a b/lecture.mp4"
    file = RemoteFile.of(url)
    copy = file.local()
    assert copy.read_bytes() == path.read_bytes()
    assert file.local() == copy
    recording(path, 2.0)
    assert RemoteFile.of(url) != file


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="on Windows the temporary folder is the user's own")
def test_nobody_else_sees_the_copies_and_none_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec", reason="fsspec is of the extra 'ray'")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = (RemoteFile.of(recording(tmp_path / f"{name}.mp4", 1.0).as_uri()) for name in "ab")
    cache = first.local().parents[1]
    assert cache.stat().st_mode & 0o777 == 0o700
    second.local()
    first.forget()
    first.forget()
    assert [entry.name for entry in cache.iterdir()] == [second.local().parent.name]
    # what a killed run left behind goes when another recording is fetched
    yesterday = time.time() - KEEP - 1
    os.utime(second.local().parent, (yesterday, yesterday))
    copy = first.local()
    assert list(cache.iterdir()) == [copy.parent]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="on Windows the temporary folder is the user's own")
def test_a_folder_that_somebody_else_laid_out_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec", reason="fsspec is of the extra 'ray'")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = RemoteFile.of(recording(tmp_path / "a.mp4", 1.0).as_uri())
    (tmp_path / "theirs").mkdir()
    (tmp_path / f"{CACHE}-{os.getuid()}").symlink_to(tmp_path / "theirs")
    with pytest.raises(SourceError, match="is not a folder of yours"):
        file.local()
    file.forget()
    assert list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize("content", [None, b"no video"], ids=["sound", "damaged"])
def test_no_copy_of_a_recording_elsewhere_stays(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec", reason="fsspec is of the extra 'ray'")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "cache"))
    path = recording(tmp_path / "lecture.mp4", 2.0)
    if content is not None:
        path.write_bytes(content)
    from meeting_analyzer.batch.recording import Asked

    (done,) = run_here([Asked(path.as_uri(), tmp_path / "out")], video=True)
    assert (done.error is None) == (content is None)
    (cache,) = (tmp_path / "cache").iterdir()
    assert list(cache.iterdir()) == []


def test_results_elsewhere_by_processes_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fsspec", reason="fsspec is of the extra 'ray'")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = recording(tmp_path / "lecture.mp4", 2.0)
    url = (tmp_path / "out").as_uri()
    from meeting_analyzer.batch.recording import Asked

    (done,) = run_here([Asked(path, RemotePlace(f"{url}/lecture"))], video=True)
    assert done.error is None
    assert {entry.name for entry in (tmp_path / "out" / "lecture").iterdir()} >= {*RESULTS, RUN, "annotated.mp4"}
    assert run_here([Asked(path, RemotePlace(f"{url}/lecture"))], video=True)[0].already


def test_an_address_nobody_knows_is_said() -> None:
    pytest.importorskip("fsspec", reason="fsspec is of the extra 'ray'")
    with pytest.raises(UsageError, match="cannot be used"):
        filesystem("nonsense://x")


@needs_ray
def test_a_cluster_that_is_not_there_is_said(lecture: Path, tmp_path: Path) -> None:
    command = words(lecture, tmp_path, "--engine", "ray", "--address", "127.0.0.1:1")
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode in (1, 2), done.stderr
    assert "There is no Ray cluster at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
