"""Where a gallery view puts its tiles."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in integer pixels: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int


def gallery(count: int, area: Box, gap: int) -> list[Box]:
    """Boxes of `count` equal 16:9 tiles in reading order: as large as fits, centred, the last row centred too.

    The number of columns is the one that gives the largest tiles, and of equals the smallest.
    """

    def height(columns: int) -> int:
        rows = -(-count // columns)
        by_width = (area.w - gap * (columns - 1)) // columns * 9 // 16
        return min(by_width, (area.h - gap * (rows - 1)) // rows) // 2 * 2

    columns = max(range(1, count + 1), key=lambda n: (height(n), -n))
    rows = -(-count // columns)
    h = height(columns)
    w = round(h * 16 / 9)
    top = area.y + (area.h - rows * h - (rows - 1) * gap) // 2
    boxes = []
    for number in range(count):
        row, column = divmod(number, columns)
        in_row = min(columns, count - row * columns)
        left = area.x + (area.w - in_row * w - (in_row - 1) * gap) // 2
        boxes.append(Box(left + column * (w + gap), top + row * (h + gap), w, h))
    return boxes
