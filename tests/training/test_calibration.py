"""The temperature undoes a known exaggeration; the threshold keeps the risk and no more coverage is to be had."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibration import fit_temperature, fit_threshold, risk_curve, softmax
from training.metrics import calibration_error


def _sampled(count: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the true distribution of the labels."""
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 1.5, (count, 7))
    cumulated = softmax(logits).cumsum(axis=1)
    labels = (rng.uniform(size=(count, 1)) > cumulated).sum(axis=1)
    return logits, np.minimum(labels, 6)


@pytest.mark.parametrize("exaggeration", [0.4, 1.0, 3.0])
def test_temperature_undoes_an_exaggeration(exaggeration: float) -> None:
    logits, labels = _sampled()
    temperature = fit_temperature(exaggeration * logits, labels)
    assert temperature == pytest.approx(exaggeration, rel=0.05)
    assert calibration_error(softmax(exaggeration * logits, temperature), labels) < 0.02


def test_temperature_ignores_unlabelled_rows() -> None:
    logits, labels = _sampled(2000)
    hidden = labels.copy()
    hidden[1000:] = -1
    assert fit_temperature(logits, hidden) == pytest.approx(fit_temperature(logits[:1000], labels[:1000]))
    with pytest.raises(ValueError, match="no labelled image"):
        fit_temperature(logits, np.full(2000, -1))


def test_threshold_keeps_the_risk_with_the_most_coverage() -> None:
    logits, labels = _sampled()
    probabilities = softmax(logits)
    threshold = fit_threshold(probabilities, labels, allowed_risk=0.1)
    confidence = probabilities.max(axis=1)
    labelled = confidence >= threshold.value
    wrong = probabilities.argmax(axis=1) != labels
    assert labelled.mean() == pytest.approx(threshold.coverage)
    assert wrong[labelled].mean() == pytest.approx(threshold.risk)
    assert threshold.risk <= 0.1
    _, coverage, risk = risk_curve(probabilities, labels)
    assert (risk[coverage > threshold.coverage] > 0.1).all()


def test_faces_of_equal_confidence_are_labelled_together() -> None:
    probabilities = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10)
    labels = np.array([0] * 10 + [0] * 5 + [1] * 5)
    threshold = fit_threshold(probabilities, labels, allowed_risk=0.1)
    assert (threshold.coverage, threshold.risk) == (0.5, 0.0)
    assert 0.6 < threshold.value < 0.9


def test_a_hopeless_model_labels_nothing_and_a_perfect_one_everything() -> None:
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2]])
    assert fit_threshold(probabilities, np.array([1, 1])).value > 1
    everything = fit_threshold(probabilities, np.array([0, 0]))
    assert everything.coverage == 1
    assert everything.value < 0.8
