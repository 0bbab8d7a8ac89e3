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
        x0, y0, most_w, most_h = area
        for index, (w, h) in enumerate(sizes):
            if w > most_w or h > most_h:
                continue
            x1, y1 = x0 + most_w - w, y0 + most_h - h
            for x, y in _candidates(w, h, face, inside):
                if x0 <= x <= x1 and y0 <= y <= y1 and _free(x, y, x + w, y + h, full):
                    return index, Box(x, y, w, h)
    return None


def _candidates(w: int, h: int, face: Box, tile: Box) -> Iterator[tuple[int, int]]:
    """Upper left corners of a label of w x h around a face, the most natural first."""
    x, y, face_w, face_h = face
    left, top = tile[0] + GAP, tile[1] + GAP
    right, bottom = tile[0] + tile[2] - w - GAP, tile[1] + tile[3] - h - GAP
    centre, above, below = x + (face_w - w) // 2, y - h - GAP, y + face_h + GAP
    fitted = min(max(centre, left), right)
    yield fitted, above
    yield fitted, below
    if fitted != centre:
        yield centre, above
        yield centre, below
    yield x + face_w + GAP, y
    yield x - w - GAP, y
    yield left, top
    yield right, top
    yield right, bottom
    yield left, bottom


def _free(left: int, top: int, right: int, bottom: int, taken: Sequence[Box]) -> bool:
    for x, y, w, h in taken:  # noqa: SIM110 - the innermost loop of drawing, three times as fast as all() over properties
        if x < right and left < x + w and y < bottom and top < y + h:
            return False
    return True
