"""Whole archives from the command line: the table at the end, exit codes, the plan, two words in --engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch.made import recording

from meeting_analyzer.batch import fingerprint
from meeting_analyzer.cli.archive import Engines, EngineType
from meeting_analyzer.cli.main import main

FAST = ["--names", "off", "--face-range", "short", "--fps", "2", "--workers", "1"]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fingerprint, "YOUNG", 0.0)

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return call


def test_an_archive_with_a_bad_file(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recording(tmp_path / "in" / "a" / "lecture.mp4", 2.0)
    recording(tmp_path / "in" / "b" / "lecture.mp4", 2.0)
    (tmp_path / "in" / "b" / 'bad "one" é.mp4').write_bytes(b"nothing")
    code, _, err = run("analyze", "in", *FAST, "-q")
    assert code == 1
    assert "2 of 3 recordings are analysed" in err
    assert "not analysed" in err
    (line,) = [line for line in err.splitlines() if line.startswith('in/b/bad "one" é.mp4')]
    assert "is not a video" in line
    assert {path.parent.name for path in (tmp_path / "out").rglob("report.html")} == {"lecture"}
    assert len(list((tmp_path / "out").rglob("run.json"))) == 2
    code, _, err = run("analyze", "in", *FAST, "-q")
    assert code == 1
    assert "2 of them were done already" in err
    (tmp_path / "in" / "b" / 'bad "one" é.mp4').unlink()
    assert run("analyze", "in", *FAST)[0] == 0


def test_one_recording_that_fails_is_one_sentence(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    code, _, err = run("analyze", "bad.mp4", *FAST)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "out" / "bad").exists()


def test_other_results_are_not_replaced(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recording(tmp_path / "lecture.mp4", 1.0)
    assert run("analyze", "lecture.mp4", *FAST)[0] == 0
    code, _, err = run("analyze", "lecture.mp4", *FAST, "--min-score", "0.7")
    assert code == 2
    assert "--overwrite" in err
    assert run("analyze", "lecture.mp4", *FAST, "--min-score", "0.7", "--overwrite")[0] == 0


def test_pictures_and_recordings_together(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    import cv2
    from batch.made import people

    recording(tmp_path / "in" / "lecture.mp4", 1.0)
    (tmp_path / "in" / "shot.png").write_bytes(cv2.imencode(".png", people()[0])[1].tobytes())
    assert run("analyze", "in", *FAST, "-q")[0] == 0
    assert (tmp_path / "out" / "shot" / "annotated.png").exists()
    assert (tmp_path / "out" / "lecture" / "report.html").exists()


def test_a_dry_run_says_what_would_be_done(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for number in range(5):
        recording(tmp_path / "in" / f"{number}.mp4", 2.0)
    (tmp_path / "in" / "bad.mp4").write_bytes(b"nothing")
    code, out, err = run("analyze", "in", *FAST, "--dry-run", "--annotate")
    assert code == 1
    assert out == ""
    assert "6 inputs to analyse, 1 of them cannot be: 0:10 of recordings, about 0:" in err
    assert err.count("4 frames to analyse") == 5
    assert "annotated.mp4" in err
    assert not (tmp_path / "out").exists()


def test_ten_thousand_recordings_are_planned_and_those_that_are_done_passed_over(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """None of them can be analysed, which is found out one by one without any of them stopping the others."""
    (tmp_path / "in").mkdir()
    for number in range(10_000):
        (tmp_path / "in" / f"{number:05d}.mp4").touch()
    code, _, err = run("analyze", "in", *FAST, "-q")
    assert code == 1
    assert "0 of 10000 recordings are analysed" in err
    assert "... and 9950 more" in err
    assert len(err.splitlines()) < 60


@pytest.mark.parametrize(
    ("words", "engines"),
    [
        ("package", Engines("local", "package")),
        ("ray", Engines("ray", "onnx")),
        ("ray,package", Engines("ray", "package")),
        ("onnx", Engines()),
        ("local", Engines()),
    ],
)
def test_engine_names_the_runner_the_detector_or_both(words: str, engines: Engines) -> None:
    assert EngineType().convert(words, None, None) == engines


def test_an_unknown_engine_is_refused(run) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run("analyze", "sample", "--engine", "spark")
    assert code == 2
    assert "local, ray, onnx, package" in err


def test_the_engine_of_the_configuration_file(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recording(tmp_path / "lecture.mp4", 1.0)
    (tmp_path / "c.toml").write_text('[analysis]\nengine = "package"\n')
    assert run("--config", "c.toml", "analyze", "lecture.mp4", *FAST)[0] == 0
    made = json.loads((tmp_path / "out" / "lecture" / "run.json").read_text())
    assert made["fingerprint"]["settings"]["engine"] == "package"
