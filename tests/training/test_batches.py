"""Batches: as many processes as one likes make the same pictures; blending moves targets as it moves pixels."""

from __future__ import annotations

import numpy as np

from training.augment import Augmentation
from training.batches import Distorter, mixed


def test_processes_make_what_a_thread_makes() -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (24, 48, 48), np.uint8)
    framings = np.tile(np.array([[0.9, 0, 2], [0, 0.9, 2]], np.float32), (24, 1, 1))
    chosen, seeds = [rng.permutation(24)[:8] for _ in range(3)], [[1, 2, step] for step in range(3)]
    here, away = Distorter(images, framings), Distorter(images, framings, workers=2)
    try:
        for one, other in zip(
            here.batches(chosen, seeds, Augmentation()), away.batches(chosen, seeds, Augmentation()), strict=True
        ):
            np.testing.assert_array_equal(one, other)
    finally:
        away.close()
    again = list(here.batches(chosen[1:2], seeds[1:2], Augmentation()))
    assert (again[0] == list(here.batches(chosen, seeds, Augmentation()))[1]).all()


def test_blended_faces_have_blended_targets_and_the_rest_is_left_alone() -> None:
    count = 400
    # a picture is as bright as its target is certain of the first class, so both must move alike
    certain = np.random.default_rng(1).random(count).astype(np.float32)
    images = np.tile(certain[:, None, None], (1, 4, 4))
    targets = {"fer2013": np.column_stack([certain, 1 - certain])}
    blended, moved = mixed((images, targets), 0.5, np.random.default_rng(2))
    np.testing.assert_allclose(blended[:, 0, 0], moved["fer2013"][:, 0], atol=1e-6)
    np.testing.assert_allclose(moved["fer2013"].sum(axis=1), 1, atol=1e-6)
    changed = (blended != images).any(axis=(1, 2)).mean()
    assert 0.4 < changed < 0.6
    untouched, _ = mixed((images, targets), 0.0, np.random.default_rng(2))
    np.testing.assert_array_equal(untouched, images)
