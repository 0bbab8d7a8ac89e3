"""Figures against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.metrics import calibration_error, reliability, score

PROBABILITIES = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.3, 0.7, 0.0], [0.2, 0.8, 0.0]])
LABELS = np.array([0, 1, 1, 1])


def test_score_by_hand() -> None:
    figures = score(PROBABILITIES, LABELS)
    assert figures.n == 4
    assert figures.accuracy == 0.75
    assert figures.recall[0] == 1
    assert figures.recall[1] == pytest.approx(2 / 3)
    assert math.isnan(figures.recall[2]), "a class without faces has no recall"
    # class 0: precision 1/2, recall 1; class 1: precision 1, recall 2/3; class 2 has no faces
    assert figures.macro_f1 == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert figures.nll == pytest.approx(-(math.log(0.9) + math.log(0.4) + math.log(0.7) + math.log(0.8)) / 4)
    # four faces in bins of their own: |0.9 - 1|, |0.6 - 0|, |0.7 - 1|, |0.8 - 1|
    assert figures.ece == pytest.approx((0.1 + 0.6 + 0.3 + 0.2) / 4)


def test_unlabelled_rows_are_left_out() -> None:
    with_unlabelled = score(np.vstack([PROBABILITIES, [[0, 0, 1]]]), np.append(LABELS, -1))
    assert repr(with_unlabelled) == repr(score(PROBABILITIES, LABELS))  # repr: NaN is not equal to itself
    with pytest.raises(ValueError, match="no labelled image"):
        score(PROBABILITIES, np.full(4, -1))


def test_calibration_error_is_small_for_honest_and_large_for_boastful_confidence() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.uniform(0.5, 1, 20000)
    labels = (rng.uniform(size=20000) > confidence).astype(np.int64)
    honest = np.column_stack([confidence, 1 - confidence])
    boastful = np.column_stack([np.full(20000, 0.99), np.full(20000, 0.01)])
    assert calibration_error(honest, labels) < 0.02
    assert calibration_error(boastful, labels) == pytest.approx(0.99 - (labels == 0).mean(), abs=1e-9)


def test_full_confidence_falls_into_the_last_bin() -> None:
    mean, accuracy, count = reliability(np.array([[1.0, 0.0]]), np.array([0]))
    assert count.tolist() == [0] * 14 + [1]
    assert (mean[-1], accuracy[-1]) == (1, 1)
    assert np.isnan(mean[:-1]).all()
