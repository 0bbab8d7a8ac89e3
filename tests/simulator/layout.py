"""Where a client puts its bars and tiles."""

from __future__ import annotations

from dataclasses import dataclass

from meeting_analyzer.types import Box

from .arrange import EMPTY, Places, beside, rows
from .spec import Spec


@dataclass(frozen=True)
class Layout:
    """Rectangles of a picture: the window, its title bar, top and bottom bar, panel, the tiles, the shared screen.

    Those that are not there are empty. Tiles are in the order in which participants take them.
    """

    window: Box
    title: Box
    top: Box
    bottom: Box
    panel: Box
    tiles: tuple[Box, ...]
    shared: Box = EMPTY


def gallery(count: int, area: Box, gap: int, aspect: float, last_row: str) -> tuple[Box, ...]:
    """`count` equal tiles in reading order, as large as fits, the block in the middle of the area."""

    def width(columns: int) -> float:
        rows = -(-count // columns)
        return min((area.w - gap * (columns - 1)) / columns, (area.h - gap * (rows - 1)) / rows * aspect)

    columns = max(range(1, count + 1), key=lambda n: (width(n), -n))
    rows = -(-count // columns)
    w = max(8, int(width(columns)))
    h = max(8, int(w / aspect))
    left = area.x + (area.w - columns * w - (columns - 1) * gap) // 2
    top = area.y + (area.h - rows * h - (rows - 1) * gap) // 2
    boxes = []
    for number in range(count):
        row, column = divmod(number, columns)
        missing = columns - min(columns, count - row * columns)
        shift = missing * (w + gap) // 2 if last_row == "center" else 0
        boxes.append(Box(left + shift + column * (w + gap), top + row * (h + gap), w, h))
    return tuple(boxes)


def layout(spec: Spec) -> Layout:
    """The layout of a spec's picture."""
    width, height = spec.size
    s = spec.scale
    window = Box(0, 0, width, height)
    if spec.desktop:
        window = Box(int(width * 0.06), int(height * 0.05), int(width * 0.88), int(height * 0.84))
    title = Box(window.x, window.y, window.w, round(30 * s) if spec.frame != "none" or spec.desktop else 0)
    inner = Box(window.x, title.bottom, window.w, window.h - title.h)
    tops = {"zoom": 36, "meet": 0, "teams": 52, "webex": 40, "jitsi": 0, "bigbluebutton": 48}
    bottoms = {"zoom": 56, "meet": 80, "teams": 0, "webex": 68, "jitsi": 64, "bigbluebutton": 60}
    top = Box(inner.x, inner.y, inner.w, round(tops[spec.client] * s) if spec.bars else 0)
    bottom_h = round(bottoms[spec.client] * s) if spec.bars else 0
    bottom = Box(inner.x, inner.bottom - bottom_h, inner.w, bottom_h)
    panel_w = min(round(330 * s), inner.w // 3) if spec.panel != "none" else 0
    panel = Box(inner.right - panel_w, top.bottom, panel_w, bottom.y - top.bottom)
    margin = round({"zoom": 4, "meet": 16, "teams": 6, "webex": 12, "jitsi": 10, "bigbluebutton": 8}[spec.client] * s)
    area = Box(inner.x + margin, top.bottom + margin, inner.w - panel_w - 2 * margin, panel.h - 2 * margin)
    places = Places(gallery(spec.count, area, spec.gap, spec.aspect, spec.last_row))
    if spec.arrange == "rows":
        places = rows(spec, area)
    elif spec.arrange in ("spotlight", "side"):
        places = beside(spec, area)
    return Layout(window, title, top, bottom, panel, places.tiles, places.shared)
