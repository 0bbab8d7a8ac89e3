"""The report's drawings as inline SVG: no script, no file, no network. Other colours than the labels' come from page.css."""

from __future__ import annotations

import numpy as np

from ..outputs.palette import COLOURS, MARKS
from ..progress import clock as m_ss
from ..types import ADJECTIVES, UNCERTAIN
from .axes import Frame, count_ticks, number, polyline, runs, stretch
from .series import Sums, regroup
from .summary import (
    AWAY,
    CAMERA,
    CLASS_LABELLED,
    FACES,
    LABELLED,
    LABELS,
    OFF,
    PRESENT,
    TIME,
    VALENCE,
    VALENCE_TIME,
    ParticipantSeries,
    Summary,
)
from .wording import percent

CLASS_COLUMNS = 150
STRIP_COLUMNS = 60
STACK = ("happy", "surprise", "neutral", UNCERTAIN, "sad", "fear", "disgust", "angry")
"""From the bottom up: pleasant ones carry the stack, unpleasant ones hang from its top."""

SHAPES: dict[str, str] = {
    "triangle up": '<path d="M6 3 9.5 9h-7z"/>',
    "triangle down": '<path d="M6 9 9.5 3h-7z"/>',
    "cross": '<path class="stroke" d="M3.5 3.5l5 5m0-5-5 5"/>',
    "diamond": '<path d="M6 2.5 9 6 6 9.5 3 6z"/>',
    "disc": '<circle cx="6" cy="6" r="2.4"/>',
    "ring": '<circle class="stroke" cx="6" cy="6" r="2.3"/>',
    "bar": '<path class="stroke" d="M3.5 6h5"/>',
    "dots": '<circle cx="2.5" cy="6" r=".9"/><circle cx="6" cy="6" r=".9"/><circle cx="9.5" cy="6" r=".9"/>',
}
"""The marks of the overlay's palette, each in a square of 12 units."""


def definitions() -> str:
    """The fill patterns, one a label: its colour and, as a second cue, its mark, both as in the overlay."""
    patterns = "".join(
        f'<pattern id="fill-{name}" width="12" height="12" patternUnits="userSpaceOnUse">'
        f'<rect fill="#{red:02x}{green:02x}{blue:02x}" width="12" height="12"/>'
        f'<g class="mark">{SHAPES[MARKS[name]]}</g></pattern>'
        for name, (blue, green, red) in COLOURS.items()
    )
    off = '<pattern id="fill-off" width="6" height="6" patternUnits="userSpaceOnUse"><path class="offmark" d="M0 6 6 0"/></pattern>'
    return f'<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>{patterns}{off}</defs></svg>'


def swatch(name: str) -> str:
    """A small square in the fill of a label, for legends."""
    return (
        f'<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true" focusable="false">'
        f'<rect width="12" height="12" rx="2" fill="url(#fill-{name})"/></svg>'
    )


def columns_of(summary: Summary, sums: Sums, columns: int) -> tuple[Sums, list[float]]:
    """Sums in at most `columns` columns, and the columns' edges in seconds from the start."""
    grouped = regroup(sums, summary.used, columns)
    size = max(1, -(-summary.used // columns)) * summary.clock.width
    return grouped, [*(i * size for i in range(len(grouped))), summary.duration]


def mood_chart(summary: Summary) -> str:
    """Shares of the labels among the faces over time, stacked to 100 %."""
    sums, edges = columns_of(summary, summary.class_bins, CLASS_COLUMNS)
    labelled = sums[:, CLASS_LABELLED:]
    total = labelled.sum(axis=1)
    frame = Frame(summary.duration, 0, 1, 300)
    shares = labelled / np.maximum(total, 1e-12)[:, None]
    below = np.zeros(len(shares))
    areas, names = [], []
    for name in STACK:
        part = shares[:, LABELS.index(name)]
        for first, end in runs((total > 0).tolist()):
            if part[first:end].max() > 0:
                upper = stretch((below + part).tolist(), edges, first, end)
                lower = stretch(below.tolist(), edges, first, end)[::-1]
                areas.append(
                    f'<polygon class="band" fill="url(#fill-{name})" points="{polyline(frame, upper + lower)}"/>'
                )
        names.append(_band_name(frame, edges, name, below, part))
        below = below + part
    return _svg(
        frame,
        "Apparent expressions of the class over time, as stacked shares of the faces seen",
        "".join(areas) + frame.axes([(0, "0 %"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1, "100 %")])
        + "".join(names),
        [_spoken(row) for row in shares * (total > 0)[:, None]],
        edges,
    )  # fmt: skip


def _band_name(frame: Frame, edges: list[float], name: str, below: Sums, part: Sums) -> str:
    """The label's name inside its band where that is high enough for long enough, else nothing."""
    width = (edges[-1] - edges[0]) / max(1, len(part))
    need = max(1, round(len(name) * 9 / ((frame.x(width) - frame.left) or 1)))
    if need > len(part):
        return ""
    # the room for a line of text starting at column i: from the highest floor to the lowest ceiling under it
    room = [
        ((below + part)[i : i + need].min() - below[i : i + need].max(), i) for i in range(1, max(2, len(part) - need))
    ]
    height, at = max(room)
    if frame.y(0) - frame.y(height) < 20:
        return ""
    middle = slice(at, at + need)
    value = ((below + part)[middle].min() + below[middle].max()) / 2
    x = frame.x((edges[at] + edges[min(at + need, len(part))]) / 2)
    return f'<text class="bandname n-{name}" x="{number(x)}" y="{number(frame.y(value) + 4)}" text-anchor="middle">{name}</text>'


def valence_chart(summary: Summary) -> str:
    """Mean valence over time."""
    sums, edges = columns_of(summary, summary.class_bins, CLASS_COLUMNS)
    known = sums[:, VALENCE_TIME] > 0
    values = sums[:, VALENCE] / np.maximum(sums[:, VALENCE_TIME], 1e-12)
    frame = Frame(summary.duration, -1, 1, 132)
    lines = []
    for first, end in runs(known.tolist()):
        points = stretch(values.tolist(), edges, first, end)
        closed = [(points[0][0], 0.0), *points, (points[-1][0], 0.0)]
        lines.append(f'<polygon class="valence-fill" points="{polyline(frame, closed)}"/>')
        lines.append(f'<polyline class="valence" points="{polyline(frame, points)}"/>')
    spoken = [f"valence {v:+.2f}" if k else "no face" for v, k in zip(values, known, strict=True)]
    ticks = [(-1.0, "−1"), (0.0, "0"), (1.0, "+1")]
    words = (
        f'<text class="side" x="{frame.left + 8:g}" y="{frame.top + 14:g}">appears pleasant</text>'
        f'<text class="side" x="{frame.left + 8:g}" y="{frame.base - 7:g}">appears unpleasant</text>'
    )
    return _svg(frame, "Mean valence over time", frame.axes(ticks) + words + "".join(lines), spoken, edges)


def presence_chart(summary: Summary) -> str:
    """Faces seen, cameras off and, where it is known, faces turned away, over time."""
    sums, edges = columns_of(summary, summary.class_bins, CLASS_COLUMNS)
    known = (sums[:, TIME] > 0).tolist()
    counts = sums / np.maximum(sums[:, TIME], 1e-12)[:, None]
    shown = [(FACES, "faces", "faces"), (OFF, "off", "cameras off")]
    shown += [(AWAY, "away", "looking away")] if summary.attention else []
    ticks = count_ticks(float(counts[:, [c for c, _, _ in shown]].max(initial=1)))
    frame = Frame(summary.duration, 0, ticks[-1], 170)
    lines = []
    for column, kind, _ in shown:
        for first, end in runs(known):
            points = stretch(counts[:, column].tolist(), edges, first, end)
            if kind == "faces":
                closed = [(points[0][0], 0.0), *points, (points[-1][0], 0.0)]
                lines.append(f'<polygon class="faces-fill" points="{polyline(frame, closed)}"/>')
            lines.append(f'<polyline class="line l-{kind}" points="{polyline(frame, points)}"/>')
    spoken = [", ".join(f"{row[c]:.1f} {word}" for c, _, word in shown) for row in counts]
    label = "Faces seen and cameras off over time"
    return _svg(frame, label, frame.axes([(t, str(t)) for t in ticks]) + "".join(lines), spoken, edges)


def participant_strip(summary: Summary, participant: ParticipantSeries, emotion: bool, label: str) -> str:
    """One participant over time: expressions where a face was seen, pale where none was, hatched while the camera was off.

    label: what the strip shows, in words, escaped already.
    """
    sums, edges = columns_of(summary, participant.series.bins(summary.clock), STRIP_COLUMNS)
    frame = Frame(summary.duration, 0, 1, 28, width=300, left=0, right=0, top=0, bottom=0)
    boxes: dict[str, list[str]] = {}
    for i, row in enumerate(sums):
        if row[PRESENT] <= 0:
            continue
        left, width = frame.x(edges[i]), frame.x(edges[i + 1]) - frame.x(edges[i])
        floor = 0.0
        for name, part in _parts(row, emotion):
            if part > 0.01:
                y, height = frame.y(floor + part), frame.height * part
                boxes.setdefault(name, []).append(f"M{number(left)} {number(y)}h{width:.2f}v{height:.2f}h-{width:.2f}z")
            floor += part
    paths = "".join(f'<path class="s-{name}" d="{"".join(d)}"{_fill(name)}/>' for name, d in boxes.items())
    return (
        f'<svg class="strip" viewBox="0 0 300 28" role="img" aria-label="{label}"><title>{label}</title>'
        f'<rect class="absent" width="300" height="28"/>{paths}</svg>'
    )


def _parts(row: Sums, emotion: bool) -> list[tuple[str, float]]:
    """What a column of a strip consists of, as shares of the time present, from the bottom up."""
    present, off = row[PRESENT], row[PRESENT] - row[CAMERA]
    parts = [(n, row[LABELLED + LABELS.index(n)] / present) for n in STACK] if emotion else []
    shown = sum(part for _, part in parts)
    camera = max(0.0, (present - off) / present - shown)
    return [*parts, ("video", camera), ("off", max(0.0, 1.0 - shown - camera))]


def _fill(name: str) -> str:
    return "" if name in ("video",) else f' fill="url(#fill-{name})"'


def _spoken(shares: Sums) -> str:
    """ "neutral 61 %, happy 20 %" of a column, the greatest first."""
    order = sorted(range(len(LABELS)), key=lambda i: -shares[i])
    said = [
        f"{'' if LABELS[i] == UNCERTAIN else 'appears '}{ADJECTIVES[LABELS[i]]} {percent(shares[i])}"
        for i in order
        if shares[i] >= 0.005
    ]
    return ", ".join(said) or "no face"


def _svg(frame: Frame, label: str, drawing: str, spoken: list[str], edges: list[float]) -> str:
    """The whole picture: the drawing, and over each column an invisible field that says its values when pointed at."""
    fields = "".join(
        f'<rect x="{number(frame.x(edges[i]))}" y="{frame.top:g}" width="{frame.x(edges[i + 1]) - frame.x(edges[i]):.2f}" '
        f'height="{frame.base - frame.top:g}"><title>{m_ss(edges[i])}: {words}</title></rect>'
        for i, words in enumerate(spoken)
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}; scrolls sideways on small screens">'
        f'<svg class="chart" viewBox="0 0 {frame.width:g} {frame.height:g}" role="img" aria-label="{label}">'
        f'{drawing}<g class="hover">{fields}</g></svg></div>'
    )
