"""Temperature scaling (Guo et al., ICML 2017) and the confidence below which a label is "uncertain".

The threshold follows selective classification (Geifman and El-Yaniv, NeurIPS 2017): the most faces labelled such that
the share of wrong ones among them stays within the allowed risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.1, 10.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """Faces of at least the confidence `value` are labelled: a share `coverage` of all, of which `risk` are wrong."""

    value: float
    coverage: float
    risk: float


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities (N, C) of logits (N, C) divided by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    exponent = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(exponent / exponent.sum(axis=1, keepdims=True))


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The temperature in 0.1..10 with the least negative log-likelihood of labels (N,); rows of -1 are left out."""
    used = labels >= 0
    logits, labels = logits[used], labels[used]
    if not len(labels):
        raise ValueError("no labelled image is left to calibrate on")

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, float(np.exp(log_temperature)))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-300)).mean())

    # the loss has one minimum in 1 / temperature, so golden-section search finds it
    low, high = np.log(LOWEST), np.log(HIGHEST)
    ratio = (np.sqrt(5) - 1) / 2
    while high - low > 1e-5:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


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
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], allowed_risk: float = 0.1
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
