"""Presence mode: who is there, where heads point, what happens - and the emotion model stays closed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from meeting_analyzer import models

ROOT = Path(__file__).resolve().parents[1]

WATCHED = """
import sys
opened = []
def hook(event, args):  # Python's own opening of files
    if event == "open" and isinstance(args[0], (str, bytes)):
        opened.append(args[0] if isinstance(args[0], str) else args[0].decode(errors="replace"))
sys.addaudithook(hook)
import onnxruntime
class Watched(onnxruntime.InferenceSession):  # which opens files in C++, unseen by the hook
    def __init__(self, model, *args, **named):
        opened.append(str(model))
        super().__init__(model, *args, **named)
onnxruntime.InferenceSession = Watched
from meeting_analyzer.cli.main import main
code = main(sys.argv[2:])
from pathlib import Path
Path(sys.argv[1]).write_text("\\n".join(opened), encoding="utf-8")
sys.exit(code)
"""


def analyze(folder: Path, mode: str, models_at: Path) -> tuple[int, list[str], str]:
    """Analyse the sample call's seconds in a process of its own: exit code, names of the files it opened, its stderr."""
    seen = folder / "opened.txt"
    results = ["--json", str(folder / "records.jsonl"), "--report", str(folder / "report.html")]
    command = ["analyze", "sample", "--mode", mode, "--fps", "1", "-q", "--names", "off", *results]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(seen), *command],
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"MEETING_ANALYZER_MODELS": str(models_at), "PYTHONPATH": str(ROOT)},
        check=False,
    )
    opened = seen.read_text(encoding="utf-8").splitlines() if seen.exists() else []
    return done.returncode, [Path(name).name for name in opened], done.stderr


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """The shipped models without the emotion model."""
    folder = tmp_path / "models"
    shutil.copytree(models.models_dir(), folder)
    (folder / models.EMOTION).unlink()
    return folder


def test_the_emotion_model_is_neither_opened_nor_needed(tmp_path: Path, without: Path) -> None:
    code, opened, said = analyze(tmp_path, "presence", without)
    assert code == 0, said
    assert models.EMOTION not in opened
    assert {models.FACE_LANDMARKS, models.EYE_LANDMARKS, models.FACE_SHORT_RANGE} <= set(opened), "the watch works"
    records = [json.loads(line) for line in (tmp_path / "records.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(records) == 27
    assert {record["mode"] for record in records} == {"presence"}
    faces = [face for record in records for tile in record["tiles"] for face in tile["faces"]]
    assert len(faces) > 150
    assert all(face["emotion"] is None and face["label"] is None and face["attention"] for face in faces)
    assert any(record["mood"]["looking_away"] for record in records)
    assert "This report was made in presence mode" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_it_is_not_opened_even_where_it_lies(tmp_path: Path) -> None:
    code, opened, said = analyze(tmp_path, "presence", models.models_dir())
    assert code == 0, said
    assert models.EMOTION not in opened
    assert models.FACE_LANDMARKS in opened


def test_emotion_mode_opens_it_so_this_test_can_fail(tmp_path: Path) -> None:
    code, opened, said = analyze(tmp_path, "emotion", models.models_dir())
    assert code == 0, said
    assert models.EMOTION in opened
