"""FER+ votes become the paper's majority labels and training targets."""

from __future__ import annotations

import numpy as np
import pytest

from training.labels import (
    FERPLUS,
    UNLABELLED,
    fer2013_distribution,
    ferplus_distribution,
    ferplus_majority,
    soft_targets,
)

#        neutral happiness surprise sadness anger disgust fear contempt unknown NF
CASES = [
    ([9, 0, 0, 0, 1, 0, 0, 0, 0, 0], 0),  # the single vote is an outlier
    ([0, 0, 0, 0, 0, 0, 0, 8, 2, 0], 7),  # contempt is a class of its own
    ([5, 0, 0, 5, 0, 0, 0, 0, 0, 0], UNLABELLED),  # exactly half is no majority
    ([4, 2, 0, 3, 1, 0, 0, 0, 0, 0], UNLABELLED),  # 4 of 9
    ([4, 1, 1, 2, 1, 1, 0, 0, 0, 0], 0),  # 4 of 6 once single votes are dropped
    ([1, 0, 0, 0, 2, 0, 0, 0, 7, 0], UNLABELLED),  # unknown
    ([2, 0, 0, 0, 0, 0, 0, 0, 0, 8], UNLABELLED),  # not a face
    ([3, 0, 0, 0, 2, 0, 0, 0, 5, 0], UNLABELLED),  # unknown votes count against a majority
    ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], UNLABELLED),  # nothing is left
]


@pytest.mark.parametrize(("votes", "label"), CASES)
def test_majority_label(votes: list[int], label: int) -> None:
    assert ferplus_majority(np.array([votes])).tolist() == [label]


def test_distributions_leave_out_single_votes_and_what_is_no_class() -> None:
    votes = np.array([[4, 0, 0, 4, 1, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 9, 1, 0], [2, 2, 0, 0, 0, 0, 0, 4, 2, 0]])
    np.testing.assert_allclose(ferplus_distribution(votes)[0], [0.5, 0, 0, 0.5, 0, 0, 0, 0])
    np.testing.assert_allclose(fer2013_distribution(votes)[0], [0, 0, 0, 0, 0.5, 0, 0.5])  # sad, neutral
    np.testing.assert_allclose(ferplus_distribution(votes)[1], np.eye(8)[FERPLUS.index("contempt")])
    assert not fer2013_distribution(votes)[1].any()
    np.testing.assert_allclose(fer2013_distribution(votes)[2], [0, 0, 0, 0.5, 0, 0, 0.5])


def test_targets_mix_label_votes_and_smoothing() -> None:
    votes = np.array([[10, 0, 0, 0, 0, 0, 0, 0, 0, 0]] * 2)
    seven, eight = soft_targets(np.array([4, UNLABELLED]), votes, vote_share=0.25, smoothing=0.07)
    expected = np.full(7, 0.01)
    expected[4] += 0.93 * 0.75
    expected[6] += 0.93 * 0.25
    np.testing.assert_allclose(seven[0], expected, rtol=1e-6)
    assert not seven[1].any(), "an unlabelled face must not train the FER2013 head"
    np.testing.assert_allclose(eight.sum(axis=1), 1, rtol=1e-6)


def test_targets_without_usable_votes_are_the_label_alone() -> None:
    seven, eight = soft_targets(np.array([2]), np.ones((1, 10), np.int64), vote_share=0.25, smoothing=0)
    np.testing.assert_array_equal(seven, np.eye(7, dtype=np.float32)[[2]])
    assert not eight.any()
    seven, eight = soft_targets(np.array([2]), None, vote_share=0.25, smoothing=0)
    np.testing.assert_array_equal(seven, np.eye(7, dtype=np.float32)[[2]])
    assert not eight.any()
