"""The two label sets and how ten FER+ votes become training targets and test labels.

FER2013: Goodfellow et al., "Challenges in Representation Learning" (2013). FER+: Barsoum et al., "Training Deep
Networks for Facial Expression Recognition with Crowd-Sourced Label Distribution" (ICMI 2016).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FER2013 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FERPLUS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
VOTES = (*FERPLUS, "unknown", "NF")

UNLABELLED = -1
"""The label of an image that must not be scored: identical pictures carry different labels, or no majority."""

CONTESTED = len(FER2013)
"""The label of a face that raters do not agree on: whatever of the seven classes is said of it is wrong."""

FERPLUS_OF_FER2013 = (4, 5, 6, 1, 3, 2, 0)
"""Column of FERPLUS for each FER2013 class."""
CONTEMPT = FERPLUS.index("contempt")
"""The column of FERPLUS without a counterpart among the seven."""


def without_outliers(votes: NDArray[np.integer]) -> NDArray[np.float32]:
    """Ten votes an image (N, 10) with single votes set to 0, as the FER+ paper drops them; float32."""
    kept = votes.astype(np.float32)
    kept[kept <= 1] = 0
    return kept


def ferplus_distribution(votes: NDArray[np.integer]) -> NDArray[np.float32]:
    """Votes (N, 10) to distributions over the eight FER+ classes (N, 8), float32; rows without a usable vote are 0."""
    kept = without_outliers(votes)[:, : len(FERPLUS)]
    total = kept.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(kept, total, out=np.zeros_like(kept), where=total > 0))


def fer2013_distribution(votes: NDArray[np.integer]) -> NDArray[np.float32]:
    """Votes (N, 10) to distributions over the seven FER2013 classes (N, 7), float32; 0 where only contempt is left."""
    seven = ferplus_distribution(votes)[:, FERPLUS_OF_FER2013]
    total = seven.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(seven, total, out=np.zeros_like(seven), where=total > 0))


def ferplus_majority(votes: NDArray[np.integer]) -> NDArray[np.int64]:
    """The paper's majority label 0..7 of each row of votes (N, 10), or UNLABELLED, as int64 (N,).

    Left out (UNLABELLED) are images whose most-voted class is unknown or not-a-face, or has no more than half of the
    votes that are left when single votes are dropped.
    """
    kept = without_outliers(votes)
    best = kept.argmax(axis=1)
    majority = kept.max(axis=1) > 0.5 * kept.sum(axis=1)
    return np.where(majority & (best < len(FERPLUS)), best, UNLABELLED).astype(np.int64)


def apparent_majority(votes: NDArray[np.integer]) -> NDArray[np.int64]:
    """What most raters call each face (N, 10), in FER2013's classes 0..6, as int64 (N,).

    CONTESTED where that is contempt, unknown, or no more than half of the votes; UNLABELLED where it is not-a-face.
    """
    majority = ferplus_majority(votes)
    seven = np.full(len(FERPLUS), CONTESTED)
    seven[list(FERPLUS_OF_FER2013)] = np.arange(len(FER2013))
    apparent = np.where(majority == UNLABELLED, CONTESTED, seven[majority])
    return np.where(without_outliers(votes).argmax(axis=1) == VOTES.index("NF"), UNLABELLED, apparent).astype(np.int64)


def apparent_probabilities(ferplus: NDArray[np.floating]) -> NDArray[np.floating]:
    """FER+ probabilities (N, 8) as FER2013's seven (N, 7): contempt is doubt among all of them, so it is spread evenly."""
    return np.asarray(ferplus[:, list(FERPLUS_OF_FER2013)] + ferplus[:, [CONTEMPT]] / len(FER2013))


def soft_targets(
    labels: NDArray[np.integer], votes: NDArray[np.integer] | None, vote_share: float, smoothing: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Training targets of the FER2013 head (N, 7) and of the FER+ head (N, 8), float32.

    labels (N,) hold 0..6 or -1; votes (N, 10) or None. The first target is (1 - vote_share) * one-hot + vote_share *
    the voters' distribution, then smoothed. A row of zeros contributes no loss: an unlabelled image in the first, one
    without usable votes in the second.
    """
    count = len(labels)
    seven = np.zeros((count, len(FER2013)), np.float32)
    known = labels >= 0
    seven[np.flatnonzero(known), labels[known]] = 1
    eight = np.zeros((count, len(FERPLUS)), np.float32)
    if votes is not None:
        voted = fer2013_distribution(votes)
        usable = known & (voted.sum(axis=1) > 0)
        seven[usable] = (1 - vote_share) * seven[usable] + vote_share * voted[usable]
        eight = ferplus_distribution(votes)
    for target in (seven, eight):
        filled = target.sum(axis=1) > 0
        target[filled] = (1 - smoothing) * target[filled] + smoothing / target.shape[1]
    return seven, eight


def taught(target: NDArray[np.float32], teacher: NDArray[np.floating], share: float) -> NDArray[np.float32]:
    """Targets (N, C) with `share` of them replaced by a teacher's distributions (N, C); rows of zeros become wholly its.

    Hinton et al., "Distilling the Knowledge in a Neural Network" (2015).
    """
    weight = np.where(target.sum(axis=1, keepdims=True) > 0, share, 1.0)
    return np.asarray((1 - weight) * target + weight * teacher, np.float32)
