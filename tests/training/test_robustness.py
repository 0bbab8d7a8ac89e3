"""Distortions do what they say; the command prints a row a strength and draws the curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training import robustness

from .conftest import made_up, write_mosaic

SHIPPED = Path(__file__).parents[2] / "models" / "emotion.onnx"
RNG = np.random.default_rng(1)
NOISE = RNG.integers(0, 256, (48, 48)).astype(np.uint8)


def test_each_distortion_grows_with_its_strength_and_keeps_the_format() -> None:
    for distortion in robustness.DISTORTIONS:
        changed = []
        for strength in distortion.strengths:
            result = distortion.apply(NOISE, strength, np.random.default_rng(0))
            assert (result.shape, result.dtype) == ((48, 48), np.uint8)
            changed.append(np.abs(result.astype(int) - NOISE).mean())
        assert changed[0] > 0
        if distortion.name != "rotation":  # noise is as different at 10 degrees as at 45
            assert changed == sorted(changed), distortion.name


def test_covers_are_as_large_as_they_say() -> None:
    white = np.full((48, 48), 255, np.uint8)
    assert (robustness.covered(white, 25, RNG) != 255).mean() == pytest.approx(0.25)
    mask = robustness.masked(white, 50, RNG)
    assert (mask[:24] == 255).all()
    assert (mask[24:] == robustness.COVER).all()
    assert robustness.darker(white, 10, RNG).mean() == pytest.approx(25.5, abs=0.5)
    turned = robustness.turned(np.tile(np.arange(48, dtype=np.uint8), (48, 1)), 45, RNG)
    assert np.ptp(turned[:, 24].astype(int)) > 20


def test_the_command_prints_a_table_and_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="plots need the extra [train]")
    faces = made_up(14)
    write_mosaic(tmp_path, "public_test", faces)
    plot = tmp_path / "curves.png"
    assert robustness.main(["--data", str(tmp_path), "--model", str(SHIPPED), "--plot", str(plot)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 + 5 * len(robustness.DISTORTIONS)
    assert len({line.count("|") for line in lines}) == 1
    assert plot.stat().st_size > 10_000
    assert robustness.main(["--data", str(tmp_path), "--plot", str(tmp_path / "no" / "folder.png")]) == 1
    assert "cannot be written as a picture" in capsys.readouterr().err
