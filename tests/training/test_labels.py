"""FER+ votes become the paper's majority labels and training targets."""

from __future__ import annotations

import numpy as np
import pytest

from training.labels import (
    CONTESTED,
    FER2013,
    FERPLUS,
    UNLABELLED,
    apparent_majority,
    apparent_probabilities,
    fer2013_distribution,
    ferplus_distribution,
    ferplus_majority,
    soft_targets,
    taught,
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


def test_what_raters_do_not_agree_on_is_contested_and_what_is_no_face_is_left_out() -> None:
    said = apparent_majority(np.array([votes for votes, _ in CASES]))
    neutral = FER2013.index("neutral")
    assert said.tolist() == [neutral, *[CONTESTED] * 3, neutral, CONTESTED, UNLABELLED, CONTESTED, CONTESTED]
    clear = apparent_majority(8 * np.eye(10, dtype=np.int64)[:7])
    assert [FER2013[label] for label in clear] == ["neutral", "happy", "surprise", "sad", "angry", "disgust", "fear"]


def test_contempt_is_doubt_among_the_seven() -> None:
    seven = apparent_probabilities(np.eye(8))
    np.testing.assert_allclose(seven.sum(axis=1), 1)
    np.testing.assert_allclose(seven[FERPLUS.index("contempt")], 1 / 7)
    assert [FER2013[row.argmax()] for row in seven[:4]] == ["neutral", "happy", "surprise", "sad"]


def test_a_teacher_takes_its_share_and_stands_in_where_there_is_no_target() -> None:
    targets = taught(np.array([[1, 0], [0, 0]], np.float32), np.array([[0.5, 0.5], [0.2, 0.8]]), share=0.4)
    np.testing.assert_allclose(targets, [[0.8, 0.2], [0.2, 0.8]], rtol=1e-6)


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
