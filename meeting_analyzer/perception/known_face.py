"""What is known of one face of a tile: where it is, how it is followed, and what was last read in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..types import Face
from .tracking import Gray, Track

SAME_CROP = 3.0
"""Greatest change, in levels, of a twelfth of a face's picture in each direction that does not change the expression."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What the emotion model made of a face or, if `mirrored`, of its mirror image; settled: of the picture that the glance before was
    of, too."""

    emotion: tuple[float, ...]
    mirrored: bool
    settled: bool


@dataclass(slots=True, eq=False)
class KnownFace:
    """A face as it is now and, where there is such, how it is followed (`track`), the picture that was classified (`crop`), what that
    gave (`glance`), from when it is classified again (`due`, in seconds), and when it last was or looked as it did then (`as_of`)."""

    face: Face
    track: Track | None
    crop: Gray | None = None
    glance: Glance | None = None
    due: float = -np.inf
    as_of: float = -np.inf


def same_crop(before: Gray | None, now: Gray | None) -> bool:
    """Whether two pictures (side, side) of a face, or None for none, are the same but for noise and overall brightness."""
    if before is None or now is None:
        return before is now
    change = now.astype(np.float32) - before
    change -= change.mean()
    # noise averages out over a few pixels, a raised brow does not
    return float(np.abs(cv2.resize(change, (12, 12), interpolation=cv2.INTER_AREA)).max()) < SAME_CROP
