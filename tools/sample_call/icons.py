"""Line icons of the tool bar. Each paints a mask on a 24 x 24 grid at any scale; none resembles a face."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import ImageDraw

Paint = Callable[[ImageDraw.ImageDraw, int], None]
"""paint(draw, scale): draws with 255 at `scale` times the icon's pixel size."""

_GRID = 24


class _Pen:
    """Draws in grid units on a mask whose side is known from the image itself."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self._draw = draw
        self._unit = draw.im.size[0] / _GRID

    def _scaled(self, *values: float) -> list[float]:
        return [value * self._unit for value in values]

    def line(self, *points: float, width: float = 1.8, value: int = 255) -> None:
        self._draw.line(self._scaled(*points), fill=value, width=round(width * self._unit), joint="curve")

    def box(self, x0: float, y0: float, x1: float, y1: float, radius: float = 2, filled: bool = False) -> None:
        fill = 255 if filled else None
        edges = self._scaled(x0, y0, x1, y1)
        self._draw.rounded_rectangle(edges, radius * self._unit, fill, 255, round(1.8 * self._unit))

    def arc(self, x0: float, y0: float, x1: float, y1: float, start: float, end: float) -> None:
        self._draw.arc(self._scaled(x0, y0, x1, y1), start, end, 255, round(1.8 * self._unit))

    def polygon(self, *points: float) -> None:
        self._draw.polygon(self._scaled(*points), fill=255)

    def dot(self, x: float, y: float, radius: float) -> None:
        self._draw.ellipse(self._scaled(x - radius, y - radius, x + radius, y + radius), fill=255)


def _microphone(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    pen.box(8.5, 2.5, 15.5, 14, radius=3.5, filled=True)
    pen.arc(5, 5, 19, 18, 10, 170)
    pen.line(12, 17.5, 12, 21.5)
    pen.line(8, 21.5, 16, 21.5)


def _microphone_off(draw: ImageDraw.ImageDraw, scale: int) -> None:
    _microphone(draw, scale)
    pen = _Pen(draw)
    pen.line(3, 5, 20, 22, width=3.4, value=0)
    pen.line(4, 3, 21, 20, width=2.2)


def _camera(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    pen.box(2, 6, 16, 18, radius=3, filled=True)
    pen.polygon(17.5, 10.5, 22, 7.5, 22, 16.5, 17.5, 13.5)


def _list(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    for y in (6.5, 12, 17.5):
        pen.box(3, y - 1.2, 5.4, y + 1.2, radius=0.6, filled=True)
        pen.line(8.5, y, 21, y)


def _chat(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    pen.box(3, 4, 21, 16.5, radius=3)
    pen.polygon(7, 15.5, 7, 21, 12.5, 15.5)


def _share(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    pen.box(3, 5, 21, 19, radius=2.5)
    pen.line(12, 10, 12, 16)
    pen.polygon(8.5, 11.5, 12, 7.5, 15.5, 11.5)


def _more(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    for x in (5.5, 12, 18.5):
        pen.dot(x, 12, 1.7)


def _grid(draw: ImageDraw.ImageDraw, _: int) -> None:
    pen = _Pen(draw)
    for x in (3, 13.5):
        for y in (3, 13.5):
            pen.box(x, y, x + 7.5, y + 7.5, radius=1.5, filled=True)


ICONS: Mapping[str, Paint] = {
    "microphone": _microphone,
    "microphone_off": _microphone_off,
    "camera": _camera,
    "list": _list,
    "chat": _chat,
    "share": _share,
    "more": _more,
    "grid": _grid,
}
