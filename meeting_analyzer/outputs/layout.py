"""Where labels go: never over a face, never over each other, inside the picture, and if possible inside their own tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..types import Box

GAP = 3
"""Pixels between a face's box and its label."""


def place(
    sizes: Sequence[tuple[int, int]], face: Box, tile: Box, picture: Box, taken: Sequence[Box], avoid: Sequence[Box]
) -> tuple[int, Box] | None:
    """The first of the label's `sizes` ((width, height), best first) that fits somewhere, and where.

    taken: faces and labels that must stay free; avoid: what should stay free where there is room (the client's own name
    label). Inside the tile comes before outside it. None when not even the smallest fits.
    """
    inside = tile.intersection(picture)
    left, top, right, bottom = inside.x, inside.y, inside.right, inside.bottom
    near = [
        box for box in taken if box[0] < right and box[1] < bottom and left < box[0] + box[2] and top < box[1] + box[3]
    ]
    for area, full in ((inside, [*near, *avoid]), (inside, near), (picture, taken)):
        for index, (w, h) in enumerate(sizes):
            for box in _candidates(w, h, face, inside):
                if _within(box, area) and _free(box, full):
                    return index, box
    return None


def _candidates(w: int, h: int, face: Box, tile: Box) -> Iterator[Box]:
    """Places for a label of w x h around a face, the most natural first."""
    centre = face.x + (face.w - w) // 2
    fitted = min(max(centre, tile.x + GAP), tile.right - w - GAP)
    for x in dict.fromkeys((fitted, centre)):
        yield Box(x, face.y - h - GAP, w, h)
        yield Box(x, face.bottom + GAP, w, h)
    yield Box(face.right + GAP, face.y, w, h)
    yield Box(face.x - w - GAP, face.y, w, h)
    for x in (tile.x + GAP, tile.right - w - GAP):
        yield Box(x, tile.y + GAP, w, h)
    for x in (tile.right - w - GAP, tile.x + GAP):
        yield Box(x, tile.bottom - h - GAP, w, h)


def _within(box: Box, area: Box) -> bool:
    return box.x >= area.x and box.y >= area.y and box.right <= area.right and box.bottom <= area.bottom


def _free(box: Box, taken: Sequence[Box]) -> bool:
    left, top, right, bottom = box.x, box.y, box.x + box.w, box.y + box.h
    for x, y, w, h in taken:  # noqa: SIM110 - the innermost loop of drawing, three times as fast as all() over properties
        if x < right and left < x + w and y < bottom and top < y + h:
            return False
    return True
