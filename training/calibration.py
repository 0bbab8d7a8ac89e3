"""Temperature scaling with a bias a class (Guo et al., ICML 2017) and the confidence below which a label is "uncertain".

The threshold follows selective classification (Geifman and El-Yaniv, NeurIPS 2017): the most faces labelled such that
the share of wrong ones among them stays within the allowed risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.1, 10.0
"""Temperatures that are looked at."""
RIDGE = 0.003
"""Keeps the biases of rare classes small: chosen by cross-validation on PublicTest, where 0 and 0.01 do nearly the same."""
SMALLEST = 1e-12
ALLOWED_RISK = 0.1
"""Share of the labelled faces whose label may be wrong."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Faces of at least the confidence `value` are labelled: a share `coverage` of all, of which `risk` are wrong."""

    value: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Scaling:
    """Calibrated probabilities are softmax(logits / temperature + bias), one bias a class."""

    temperature: float
    bias: tuple[float, ...]

    def __call__(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Calibrated probabilities (N, C) of a network's logits (N, C)."""
        return softmax(logits / self.temperature + np.array(self.bias))

    def undone(self, probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
        """The network's own probabilities (N, C) again, from calibrated ones (N, C)."""
        logarithm = np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))
        return softmax((logarithm - np.array(self.bias)) * self.temperature)


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Probabilities (N, C) of logits (N, C)."""
    exponent = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(exponent / exponent.sum(axis=1, keepdims=True))


def fit_scaling(logits: NDArray[np.floating], labels: NDArray[np.integer], ridge: float = RIDGE) -> Scaling:
    """The temperature and biases with the least negative log-likelihood of labels (N,) plus `ridge` * sum of bias**2.

    Rows of -1 are left out; ValueError when none is left. Newton's method with halved steps: the loss is convex in
    1 / temperature and bias.
    """
    used = labels >= 0
    logits, labels = logits[used].astype(np.float64), labels[used]
    if not len(labels):
        raise ValueError("no labelled image is left to calibrate on")
    count, classes = logits.shape
    truth = np.eye(classes)[labels]

    def loss(parameters: NDArray[np.float64]) -> float:
        chosen = softmax(logits * parameters[0] + parameters[1:])[np.arange(count), labels]
        return float(-np.log(np.maximum(chosen, 1e-300)).mean() + ridge * (parameters[1:] ** 2).sum())

    found = np.append(1.0, np.zeros(classes))  # 1 / temperature, then the biases
    for _ in range(100):
        probabilities = softmax(logits * found[0] + found[1:])
        wrong, mean = probabilities - truth, (probabilities * logits).sum(axis=1, keepdims=True)
        gradient = np.append((wrong * logits).sum() / count, wrong.mean(axis=0) + 2 * ridge * found[1:])
        curvature = np.empty((classes + 1, classes + 1))
        curvature[0, 0] = (probabilities * logits * (logits - mean)).sum() / count
        curvature[0, 1:] = curvature[1:, 0] = (probabilities * (logits - mean)).mean(axis=0)
        curvature[1:, 1:] = np.diag(probabilities.mean(axis=0) + 2 * ridge) - probabilities.T @ probabilities / count
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        size = 1.0
        while size > 1e-6 and not (
            1 / HIGHEST <= found[0] - size * step[0] <= 1 / LOWEST and loss(found - size * step) <= loss(found)
        ):
            size /= 2
        if size <= 1e-6 or np.abs(step).max() < 1e-9:
            break
        found = found - size * step
    return Scaling(float(1 / found[0]), tuple(float(value) for value in found[1:]))


def risk_curve(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Confidence, coverage and risk when the 1, 2, ... N most confident faces are labelled; rows of -1 are left out."""
    used = labels >= 0
    probabilities, labels = probabilities[used], labels[used]
    confidence = probabilities.max(axis=1).astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    wrong = (probabilities.argmax(axis=1) != labels)[order]
    count = np.arange(1, len(labels) + 1)
    return confidence[order], count / len(labels), np.cumsum(wrong) / count


def fit_threshold(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], allowed_risk: float = ALLOWED_RISK
) -> Threshold:
    """The lowest threshold at which at most `allowed_risk` of the labelled faces are wrong.

    Where no threshold keeps the risk, nothing is labelled: the value is above 1.
    """
    confidence, coverage, risk = risk_curve(probabilities, labels)
    # faces of equal confidence are labelled together or not at all
    ends_tie = np.append(confidence[1:] < confidence[:-1], True)
    allowed = np.flatnonzero((risk <= allowed_risk) & ends_tie)
    if not allowed.size:
        return Threshold(1.01, 0.0, 0.0)
    last = int(allowed[-1])
    below = confidence[last + 1] if last + 1 < len(confidence) else 0.0
    return Threshold(float((confidence[last] + below) / 2), float(coverage[last]), float(risk[last]))
