"""The temperature undoes a known exaggeration; the threshold keeps the risk and no more coverage is to be had."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibration import Scaling, fit_scaling, fit_threshold, risk_curve, softmax
from training.metrics import calibration_error


def _sampled(count: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax is the true distribution of the labels."""
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 1.5, (count, 7))
    cumulated = softmax(logits).cumsum(axis=1)
    labels = (rng.uniform(size=(count, 1)) > cumulated).sum(axis=1)
    return logits, np.minimum(labels, 6)


@pytest.mark.parametrize("exaggeration", [0.4, 1.0, 3.0])
def test_scaling_undoes_an_exaggeration_and_a_bias(exaggeration: float) -> None:
    logits, labels = _sampled()
    bias = np.array([0.5, -0.5, 0, 0, 0.3, -0.3, 0])
    distorted = exaggeration * (logits - bias)
    scaling = fit_scaling(distorted, labels)
    assert scaling.temperature == pytest.approx(exaggeration, rel=0.05)
    np.testing.assert_allclose(scaling.bias, bias, atol=0.1)
    assert calibration_error(scaling(distorted), labels) < 0.02
    np.testing.assert_allclose(scaling.undone(scaling(distorted)), softmax(distorted), atol=1e-6)


def test_a_ridge_keeps_the_biases_of_rare_classes_small() -> None:
    logits, labels = np.zeros((200, 3)), np.array([0, 1] * 99 + [2] * 2)
    free, held = fit_scaling(logits, labels, ridge=1e-6), fit_scaling(logits, labels, ridge=0.1)
    assert softmax(np.array([free.bias]))[0] == pytest.approx([0.495, 0.495, 0.01], abs=2e-3)
    assert min(free.bias) < min(held.bias) < 0


def test_scaling_ignores_unlabelled_rows() -> None:
    logits, labels = _sampled(2000)
    hidden = labels.copy()
    hidden[1000:] = -1
    part, whole = fit_scaling(logits[:1000], labels[:1000]), fit_scaling(logits, hidden)
    np.testing.assert_allclose([whole.temperature, *whole.bias], [part.temperature, *part.bias])
    with pytest.raises(ValueError, match="no labelled image"):
        fit_scaling(logits, np.full(2000, -1))


def test_logits_that_separate_the_classes_stay_within_the_temperatures_looked_at() -> None:
    scaling = fit_scaling(np.eye(3)[[0, 1, 2] * 10], np.array([0, 1, 2] * 10))
    assert 0.1 <= scaling.temperature < 0.2
    assert isinstance(scaling, Scaling)


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
