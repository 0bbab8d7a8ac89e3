from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from meeting_analyzer import models
from meeting_analyzer.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / models.EMOTION).write_bytes(b"weights")
    (tmp_path / models.SUMS).write_text(f"{hashlib.sha256(b'weights').hexdigest()}  {models.EMOTION}\n")
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(tmp_path))
    return tmp_path


def test_a_model_whose_sum_is_right_is_found(folder: Path) -> None:
    assert models.model_path(models.EMOTION) == folder / models.EMOTION


def test_a_damaged_model_is_refused_even_after_it_was_read_once(folder: Path) -> None:
    models.model_path(models.EMOTION)
    (folder / models.EMOTION).write_bytes(b"weights, but longer")
    with pytest.raises(ModelError, match=r"damaged.*reinstall"):
        models.model_path(models.EMOTION)


def test_a_missing_model_is_named(folder: Path) -> None:
    (folder / models.EMOTION).unlink()
    with pytest.raises(ModelError, match=r"emotion\.onnx is missing"):
        models.model_path(models.EMOTION)


def test_a_model_that_is_not_listed_is_not_trusted(folder: Path) -> None:
    (folder / "other.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match="not listed"):
        models.model_path("other.onnx")


def test_a_missing_list_of_sums_is_named(folder: Path) -> None:
    (folder / models.SUMS).unlink()
    with pytest.raises(ModelError, match="SHA256SUMS"):
        models.model_path(models.EMOTION)


def test_a_missing_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="nowhere"):
        models.model_path(models.EMOTION)


@pytest.mark.parametrize("name", models.SHIPPED)
def test_every_shipped_model_is_what_was_shipped(name: str) -> None:
    path = models.model_path(name)
    assert path.stat().st_size < 10_000_000
