"""Augmentation keeps the picture's type and size, repeats itself from a seed, and changes what it should."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from training.augment import Augmentation, augment

from .conftest import made_up

STILL = Augmentation(**dict.fromkeys((each.name for each in fields(Augmentation)), 0.0))


def test_the_same_seed_gives_the_same_pictures() -> None:
    images = made_up(12).images
    first = augment(images, np.random.default_rng(7), Augmentation())
    again = augment(images, np.random.default_rng(7), Augmentation())
    other = augment(images, np.random.default_rng(8), Augmentation())
    assert first.shape == images.shape
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_without_strength_only_the_mirror_is_left() -> None:
    images = made_up(40).images
    seen = {False: 0, True: 0}
    for before, after in zip(images, augment(images, np.random.default_rng(0), STILL), strict=True):
        mirrored = bool((after == before[:, ::-1]).all())
        assert mirrored or (after == before).all()
        seen[mirrored] += 1
    assert min(seen.values()) > 5, "about half are mirrored"


def test_always_erasing_leaves_one_flat_patch_and_the_rest_alone() -> None:
    how = replace(STILL, erase=1)
    image = made_up(1).images
    after = augment(image, np.random.default_rng(1), how)[0]
    changed = min((after != image[0]).sum(), (after != image[0][:, ::-1]).sum())
    assert 0 < changed <= 16 * 16


def test_easing_scales_everything() -> None:
    eased = Augmentation().eased(0.5)
    assert eased.rotation == Augmentation().rotation / 2
    assert eased.erase == Augmentation().erase / 2
    assert eased.framed == Augmentation().framed, "framing is no distortion"
    assert STILL.eased(0.5) == STILL


def test_a_framed_face_is_the_one_that_the_transform_gives() -> None:
    images = made_up(4).images
    framings = np.tile(np.float32([[1, 0, 3], [0, 1, -2]]), (4, 1, 1))  # three pixels right, two up
    framings[3] = np.nan  # nobody was found there
    after = augment(images, np.random.default_rng(0), replace(STILL, framed=1), framings)
    for index, (before, got) in enumerate(zip(images, after, strict=True)):
        expected = before if index == 3 else np.roll(before, (-2, 3), (0, 1))
        inner = (slice(4, -4), slice(4, -4))
        assert any((got[inner] == each[inner]).all() for each in (expected, expected[:, ::-1]))


def test_every_distortion_at_once_stays_in_range() -> None:
    how = Augmentation(shrink=1, jpeg=1, noise=1, erase=1, brightness=120, contrast=0.9, gamma=2)
    after = augment(made_up(20).images, np.random.default_rng(2), how)
    assert after.dtype == np.uint8
    assert after.std(axis=(1, 2)).max() > 5
