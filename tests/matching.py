"""Compare boxes found with boxes of a ground truth."""

from __future__ import annotations

from collections.abc import Sequence

from meeting_analyzer.types import Box


def match(found: Sequence[Sequence[int]], truth: Sequence[Sequence[int]], iou: float = 0.5) -> list[tuple[int, int]]:
    """Pairs (index found, index truth) of boxes [x, y, w, h] that overlap by at least `iou`, each used once, best first."""
    pairs = sorted(
        ((Box(*map(int, a)).iou(Box(*map(int, b))), i, j) for i, a in enumerate(found) for j, b in enumerate(truth)),
        reverse=True,
    )
    taken_found: set[int] = set()
    taken_truth: set[int] = set()
    matched = []
    for overlap, i, j in pairs:
        if overlap >= iou and i not in taken_found and j not in taken_truth:
            taken_found.add(i)
            taken_truth.add(j)
            matched.append((i, j))
    return matched


class Counts:
    """Hits, false alarms and misses over many frames."""

    def __init__(self) -> None:
        self.matched = self.found = self.truth = 0

    def add(self, matched: int, found: int, truth: int) -> None:
        """Count one frame."""
        self.matched += matched
        self.found += found
        self.truth += truth

    @property
    def precision(self) -> float:
        """Share of what was found that is true, 0..1."""
        return self.matched / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what is true that was found, 0..1."""
        return self.matched / self.truth if self.truth else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0
