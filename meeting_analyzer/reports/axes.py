"""The frame a chart is drawn in: scales, time axis, and paths, as text of SVG elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..progress import clock as m_ss

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Seconds between two ticks of a time axis that read well."""
SHORT_STEPS = (0.1, 0.2, 0.5)


def number(value: float) -> str:
    """A coordinate with at most one decimal, as short as possible."""
    short = f"{value:.1f}".removesuffix(".0")
    return "0" if short == "-0" else short


def time_ticks(duration: float, most: int = 9) -> list[tuple[float, str]]:
    """Times in seconds with their labels "m:ss" from 0 on; tenths of seconds for clips of a few seconds."""
    steps = (*SHORT_STEPS, *STEPS)
    step: float = next((s for s in steps if duration / s <= most), math.ceil(duration / most / 3600) * 3600)
    count = int(duration / step + 1e-6) + 1
    return [(i * step, m_ss(i * step) if step >= 1 else f"0:{i * step:04.1f}") for i in range(count)]


def count_ticks(most: float) -> list[int]:
    """Whole numbers from 0 to at least `most`, four or so."""
    top = max(1, math.ceil(most))
    power = 10 ** math.floor(math.log10(top))
    step = next(s for s in (power // 4, power // 2, power, 2 * power, 5 * power) if s >= 1 and top / s <= 4)
    return list(range(0, step * math.ceil(top / step) + 1, step))


@dataclass(frozen=True, slots=True)
class Frame:
    """A chart's plot area inside a picture of `width` x `height` units; y runs down as in SVG."""

    duration: float
    low: float
    high: float
    height: float
    width: float = 960
    left: float = 64
    right: float = 14
    top: float = 10
    bottom: float = 26

    def x(self, seconds: float) -> float:
        """Where a time lies."""
        return self.left + (self.width - self.left - self.right) * seconds / max(self.duration, 1e-9)

    def y(self, value: float) -> float:
        """Where a value lies."""
        return self.base - (self.base - self.top) * (value - self.low) / (self.high - self.low)

    @property
    def base(self) -> float:
        """The y of the time axis."""
        return self.height - self.bottom

    def axes(self, ticks: Sequence[tuple[float, str]]) -> str:
        """Grid lines with their labels for `ticks` (value, label), and the time axis."""
        lines = [
            f'<line class="grid" x1="{self.left:g}" x2="{self.width - self.right:g}" y1="{number(self.y(v))}" '
            f'y2="{number(self.y(v))}"/><text class="tick" x="{self.left - 8:g}" y="{number(self.y(v) + 4)}" '
            f'text-anchor="end">{label}</text>'
            for v, label in ticks
        ]
        for at, label in time_ticks(self.duration):
            x = number(self.x(at))
            # a label in the middle of the right edge would be cut off
            anchor = "end" if self.x(at) > self.width - self.right - 12 else "middle"
            lines.append(
                f'<line class="tickmark" x1="{x}" x2="{x}" y1="{self.base:g}" y2="{self.base + 5:g}"/>'
                f'<text class="tick" x="{x}" y="{self.base + 19:g}" text-anchor="{anchor}">{label}</text>'
            )
        return "".join(lines)


def runs(known: Sequence[bool]) -> list[tuple[int, int]]:
    """Stretches (first, end) of True."""
    edges = [i for i in range(len(known) + 1) if (i < len(known) and known[i]) != (i > 0 and known[i - 1])]
    return list(zip(edges[0::2], edges[1::2], strict=True))


def stretch(values: Sequence[float], edges: Sequence[float], first: int, end: int) -> list[tuple[float, float]]:
    """Points (seconds, value) through the middles of columns first..end, held level to the stretch's outer edges."""
    middle = [((edges[i] + edges[i + 1]) / 2, values[i]) for i in range(first, end)]
    return [(edges[first], values[first]), *middle, (edges[end], values[end - 1])]


def polyline(frame: Frame, points: Sequence[tuple[float, float]]) -> str:
    """ "12,3 14,5" of points (seconds, value)."""
    return " ".join(f"{number(frame.x(t))},{number(frame.y(v))}" for t, v in points)
