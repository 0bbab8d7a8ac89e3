"""The recipe's steps are commands that exist, in an order that works; a step that fails ends it."""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from training import recipe, train

DATA, RUNS, MODELS = Path("data"), Path("runs"), Path("models")


def test_each_run_hears_the_ones_before_and_the_last_one_ships() -> None:
    made = recipe.steps(DATA, RUNS, MODELS, 100)
    trainings = [train.parser().parse_args(options) for module, options in made if module == "training.train"]
    first, second, third = trainings
    assert (first.teacher, first.start) == ([], None)
    assert (second.teacher, second.start) == ([RUNS / "first.onnx"], None)
    assert (third.teacher, third.start) == ([RUNS / "first.onnx", RUNS / "second.onnx"], RUNS / "second")
    assert sum(run.minutes for run in trainings) == pytest.approx(100)
    assert len({run.seed for run in trainings}) == 3
    exported = [options[options.index("--out") + 1] for module, options in made if module == "export.emotion"]
    assert exported == [str(RUNS / "first.onnx"), str(RUNS / "second.onnx"), str(MODELS / "emotion_float32.onnx")]
    assert [module for module, _ in made[-2:]] == ["export.quantize", "export.sums"]
    for module, _ in made:
        assert callable(importlib.import_module(module).main)


def test_on_a_gpu_larger_networks_learn_from_the_third_run_and_teach_the_last() -> None:
    made = recipe.steps(DATA, RUNS, MODELS, 100, gpu=True)
    trainings = [train.parser().parse_args(options) for module, options in made if module == "training.train"]
    third, *large, last = trainings[2:]
    assert [network.size for network in large] == ["deep", "deep", "wide"]
    assert all(network.teacher == [RUNS / "third.onnx"] and network.epochs and not network.minutes for network in large)
    assert (last.size, last.start, last.teacher) == ("small", third.run, [network.run for network in large])
    assert len({run.seed for run in trainings}) == len({run.run for run in trainings}) == 7
    exported = [options[options.index("--out") + 1] for module, options in made if module == "export.emotion"]
    assert exported[-2:] == [str(RUNS / "third.onnx"), str(MODELS / "emotion_float32.onnx")]


def test_a_step_that_fails_ends_the_recipe_with_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(command: list[str], check: bool) -> Any:
        asked.append(command[2])
        return subprocess.CompletedProcess(command, 1 if command[2] == "export.emotion" else 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert recipe.main(["--data", "data"]) == 1
    assert asked == ["training.train", "training.calibrate", "export.emotion"]
    with pytest.raises(SystemExit):
        recipe.main(["--data", "data", "--minutes", "0"])
