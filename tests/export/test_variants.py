"""The table of variants counts what a graph holds and names a file that is no model."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="reading the graph needs the extra [export]")

from export import variants

MODELS = Path(__file__).parents[2] / "models"


def test_both_shipped_files_hold_the_same_network() -> None:
    whole, plain = (variants.work(MODELS / name) for name in variants.FILES)
    assert whole == plain
    weights, multiply_adds = whole
    # one byte a weight, and some for scales, biases and names
    assert weights < (MODELS / variants.FILES[0]).stat().st_size < 1.2 * weights
    assert multiply_adds > 20 * weights, "a convolution uses a weight at every place"


def test_the_work_is_what_keras_counts() -> None:
    pytest.importorskip("tensorflow", reason="training needs the extra [train]")
    from training.network import Architecture, build, multiply_adds

    assert variants.work(MODELS / variants.FILES[0])[1] == multiply_adds(build(Architecture()))


def test_the_command_prints_a_row_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = [str(MODELS / name) for name in variants.FILES]
    assert variants.main([*files, "--rounds", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert "`emotion.onnx`" in lines[2]
    assert variants.main([str(tmp_path / "none.onnx")]) == 1
    assert "There is no model file" in capsys.readouterr().err
