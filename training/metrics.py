"""Figures of a classifier from its probabilities: accuracy, macro F1, recall a class, calibration error, likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15


@dataclass(frozen=True, slots=True)
class Metrics:
    """Fractions 0..1; nll in nats an image; recall has one entry a class, NaN where the class has no image."""

    accuracy: float
    macro_f1: float
    recall: tuple[float, ...]
    ece: float
    nll: float
    n: int


def score(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> Metrics:
    """Metrics of probabilities (N, C) against labels (N,) in 0..C-1; rows of -1 are left out, N >= 1 must remain."""
    used = labels >= 0
    probabilities, labels = probabilities[used].astype(np.float64), labels[used]
    if not len(labels):
        raise ValueError("no labelled image is left to score")
    predicted = probabilities.argmax(axis=1)
    matrix = confusion(predicted, labels, probabilities.shape[1])
    hits, truths, guesses = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    present = truths > 0
    f1 = 2 * hits[present] / (truths + guesses)[present]
    recall = np.divide(hits, truths, out=np.full(len(hits), np.nan), where=present)
    chosen = np.clip(probabilities[np.arange(len(labels)), labels], 1e-12, 1)
    return Metrics(
        accuracy=float(hits.sum() / len(labels)),
        macro_f1=float(f1.mean()),
        recall=tuple(float(value) for value in recall),
        ece=calibration_error(probabilities, labels),
        nll=float(-np.log(chosen).mean()),
        n=len(labels),
    )


def confusion(predicted: NDArray[np.integer], labels: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """Counts (C, C): row the label, column the prediction."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def reliability(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = BINS
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Mean confidence, accuracy and count of each of `bins` equal confidence bins; NaN where a bin is empty."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    empty = np.full(bins, np.nan)
    mean = np.divide(np.bincount(place, confidence, bins), count, out=empty.copy(), where=count > 0)
    accuracy = np.divide(np.bincount(place, right, bins), count, out=empty.copy(), where=count > 0)
    return mean, accuracy, count


def calibration_error(probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = BINS) -> float:
    """Expected calibration error of the top class with equal-width bins (Guo et al., ICML 2017)."""
    mean, accuracy, count = reliability(probabilities, labels, bins)
    filled = count > 0
    return float((np.abs(mean - accuracy)[filled] * count[filled]).sum() / count.sum())
