"""The commands as a user meets them: exit codes, one sentence for a mistake, results on stdout and words on stderr."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from meeting_analyzer import models
from meeting_analyzer.cli import common
from meeting_analyzer.cli.main import main
from meeting_analyzer.sources.sample import sample_path

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in an empty folder without a screen; returns (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """A screenshot of the sample call."""
    with av.open(str(sample_path())) as container:
        frame = next(container.decode(video=0))
    path = tmp_path / "class photo é.png"
    path.write_bytes(cv2.imencode(".png", frame.to_ndarray(format="bgr24"))[1].tobytes())
    return path


def test_a_screenshots_record_goes_to_standard_output(run: Run, shot: Path) -> None:
    code, out, err = run("analyze", shot, "--json", "-")
    assert code == 0
    (line,) = out.splitlines()
    record = json.loads(line)
    assert record["schema"] == 1
    assert len(record["tiles"]) == 9
    assert sum(len(tile["faces"]) for tile in record["tiles"]) == 7
    assert "Processed 1 frames" in err


def test_results_are_not_overwritten_unless_asked_for(run: Run, shot: Path, tmp_path: Path) -> None:
    assert run("analyze", shot)[0] == 0
    record = tmp_path / "out" / shot.stem / "records.jsonl"
    before = record.read_text()
    code, _, err = run("analyze", shot)
    assert code == 2
    assert "--overwrite" in err
    assert record.read_text() == before
    assert run("analyze", shot, "--overwrite", "-q")[0] == 0
    assert (tmp_path / "out" / shot.stem / "annotated.png").exists()


def test_one_bad_picture_does_not_stop_the_others(run: Run, shot: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not a picture")
    code, _, err = run("analyze", bad, shot)
    assert code == 1
    assert "bad.png is not an image" in err
    assert "1 of 2 inputs" in err
    assert (tmp_path / "out" / shot.stem / "records.jsonl").exists()


def test_a_recording_that_was_cut_off_is_kept_as_far_as_it_goes_and_fails(run: Run, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(sample_path().read_bytes()[:200_000])
    code, out, err = run("analyze", cut, "--json", "-", "--fps", "2", "--names", "off")
    assert code == 1
    assert "ended early" in err
    assert len(out.splitlines()) > 2


def test_presence_mode_never_opens_the_emotion_model(run: Run, shot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = models.model_path

    def watched(name: str) -> Path:
        opened.append(name)
        return real(name)

    monkeypatch.setattr("meeting_analyzer.models.model_path", watched)
    monkeypatch.setattr("meeting_analyzer.perception.runtime.model_path", watched)
    code, out, _ = run("analyze", shot, "--json", "-", "--mode", "presence")
    assert code == 0
    assert models.EMOTION not in opened
    assert opened
    record = json.loads(out)
    assert record["mode"] == "presence"
    assert record["mood"]["emotion"] is None
    assert {face["emotion"] for tile in record["tiles"] for face in tile["faces"]} == {None}


def test_a_damaged_emotion_model_is_one_sentence(
    run: Run, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for file in models.models_dir().iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / models.EMOTION).write_bytes(b"damaged")
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(folder))
    code, _, err = run("analyze", shot, "--json", "-")
    assert code == 1
    assert "emotion.onnx is damaged" in err
    code, out, _ = run("doctor")
    assert code == 1
    assert "broken" in out
    code, out, _ = run("doctor", "--json")
    assert code == 1
    assert json.loads(out)["ok"] is False


def test_haar_takes_over_and_says_so_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (models.EMOTION, models.SUMS):
        (folder / name).write_bytes((models.models_dir() / name).read_bytes())
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(folder))
    code, out, err = run("analyze", "sample", "--json", "-", "--fps", "0.2", "-q", "--names", "off")
    assert code == 0
    assert err.count("Haar cascades find the faces instead") == 1
    assert any(tile["faces"] for line in out.splitlines() for tile in json.loads(line)["tiles"])


@pytest.mark.parametrize("where", [("--report", "out/sample/report.html"), ("--out", "out")])
def test_a_report_has_pictures_only_when_they_are_asked_for(run: Run, tmp_path: Path, where: tuple[str, str]) -> None:
    words = (
        "analyze",
        sample_path(),
        "--fps",
        "2",
        "--names",
        "off",
        "--mood-change",
        "0.02",
        "--cameras-off",
        "1",
        *where,
    )
    folder = tmp_path / "out" / (sample_path().stem if where[0] == "--out" else "sample")
    assert run(*words)[0] == 0
    assert "<img" not in (folder / "report.html").read_text()
    again = () if where[0] == "--out" else ("--overwrite",)
    code, _, err = run(*words, "--thumbnails", *again)
    assert code == 0, err
    assert '<img src="data:image/jpeg' in (folder / "report.html").read_text()


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    code, out, err = run("analyze", "sample", "--dry-run", "--fps", "1", "--names", "off")
    assert code == 0
    assert out == ""
    assert "27 frames to analyse" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["analyze", "nothing.mp4"], 1, "no file nothing.mp4"),
        (["analyze", "sample", "--detector", "yolo"], 2, "haar"),
        (["analyze", "sample", "--min-score", "7"], 2, "0.05 to 0.99"),
        (["analyze"], 2, "INPUT"),
        (["live", "--monitor", "1", "--webcam", "0"], 2, "different sources"),
        (["live"], 1, "no screen"),
        (["live", "--source", "sample", "--side-window", "off"], 2, "--json FILE"),
        (["live", "--source", "sample", "--side-window", "on"], 1, "DISPLAY"),
        (["live", "--source", "sample", "--camera", "--camera-device", "/dev/video99"], 1, "/dev/video99"),
        (["live", "--source", "webcam:99"], 1, "99"),
        (["live", "--source", "sample", "--camera-size", "7x7"], 2, "even"),
        (["windows"], 1, "no screen"),
        (["nonsense"], 2, "nonsense"),
        (["--config", "missing.toml", "analyze", "sample"], 2, "missing.toml"),
    ],
)
def test_a_mistake_is_a_sentence_and_a_code(run: Run, arguments: list[str], code: int, word: str) -> None:
    got, out, err = run(*arguments)
    assert got == code
    assert word in err
    assert out == ""


def test_the_configuration_file_and_the_environment_are_heard(
    run: Run, shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my.toml").write_text('[analysis]\nmode = "presence"\n')

    def mode(*arguments: str) -> str:
        out = run(*arguments, "analyze", shot, "--json", "-")[1]
        return str(json.loads(out)["mode"])

    assert mode() == "emotion"
    assert mode("--config", "my.toml") == "presence"
    monkeypatch.setenv("MEETING_ANALYZER_MODE", "emotion")
    assert mode("--config", "my.toml") == "emotion"
    assert json.loads(run("analyze", shot, "--json", "-", "--mode", "presence")[1])["mode"] == "presence"


def test_config_prints_every_setting(run: Run) -> None:
    code, out, _ = run("config")
    assert code == 0
    assert "# face-range = " in out
    assert "[live]" in out


def test_a_broken_installation_gets_a_sentence() -> None:
    error = ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
    assert "apt install libgl1" in common.import_sentence(error)
    assert "pip install" in common.import_sentence(ImportError("No module named 'onnxruntime'"))


def test_an_interrupted_run_goes_on_with_the_same_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [sys.executable, "-m", "meeting_analyzer", "analyze", "sample", "--out", str(out), "--names", "off"]
    words += ["--chunk", "3", "--annotate"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not list(out.glob("sample/.work/chunks-*/00*")):
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what was done so far is kept" in err
    assert not (out / "sample" / "run.json").exists()
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "goes on after" in done.stderr
    count = len([json.loads(line) for line in (out / "sample" / "records.jsonl").read_text().splitlines()])
    assert count >= 135
    with av.open(str(sample_path())) as original, av.open(str(out / "sample" / "annotated.mp4")) as made:
        pictures = sum(1 for _ in original.decode(video=0))
        assert sum(1 for _ in made.decode(video=0)) == pictures, (
            "every picture is in the video, not just those analysed"
        )
    assert not (out / "sample" / ".work").exists()


def test_a_reader_that_has_had_enough_is_no_failure(tmp_path: Path) -> None:
    words = f"{sys.executable} -m meeting_analyzer analyze sample --json - --names off --fps 2 -q | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", words], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_sentence(run: Run, shot: Path) -> None:
    code, _, err = run("analyze", shot, "--json", "/dev/full", "--overwrite")
    assert code == 1
    assert "full" in err


def test_bench_prints_every_part(run: Run) -> None:
    code, out, _ = run("bench", "--frames", "3", "--json", "--names", "off")
    assert code == 0
    found = json.loads(out)
    assert {"tiles", "faces", "emotion", "whole analysis", "faces by Haar, whole frame"} <= set(found["ms"])
    assert found["fps"] > 0


def test_the_python_api_gives_the_same_record(run: Run, shot: Path) -> None:
    from meeting_analyzer import Analyzer
    from meeting_analyzer.record import to_record

    out = run("analyze", shot, "--json", "-")[1]
    image = cv2.imdecode(np.fromfile(shot, np.uint8), cv2.IMREAD_COLOR)
    with Analyzer() as analyzer:
        assert to_record(analyzer.analyze(image)) == json.loads(out)


def test_version_and_help(run: Run) -> None:
    for arguments in (["--version"], ["--help"], ["analyze", "-h"], ["live", "-h"]):
        code, out, _ = run(*arguments)
        assert code == 0
        assert out
    assert os.linesep not in run("--version")[1].strip()
