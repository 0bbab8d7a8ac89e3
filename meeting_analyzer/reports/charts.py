"""The report's drawings as inline SVG: no script, no file, no network. Other colours than the labels' come from page.css."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

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
    CLOSED,
    FACE,
    FACES,
    LABELLED,
    LABELS,
    OFF,
    PERSON_AWAY,
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


ATTENTION = ("closed", "away", "facing", "unseen", "off")
"""How somebody sat there, from the bottom up: eyes closed, looking away, face seen, no face seen, camera off."""
ATTENTION_WORDS = {
    "facing": "face seen",
    "away": "looking away",
    "closed": "eyes closed",
    "unseen": "no face seen",
    "off": "camera off or a picture",
}


def definitions(emotion: bool) -> str:
    """The fill patterns: a colour and, as a second cue, a mark; the labels' are those of the overlay."""
    patterns = "".join(
        f'<pattern id="fill-{name}" width="12" height="12" patternUnits="userSpaceOnUse">'
        f'<rect fill="#{red:02x}{green:02x}{blue:02x}" width="12" height="12"/>'
        f'<g class="mark">{SHAPES[MARKS[name]]}</g></pattern>'
        for name, (blue, green, red) in (COLOURS.items() if emotion else ())
    )
    tile = (
        '<pattern id="fill-{0}" width="{1}" height="{1}" patternUnits="userSpaceOnUse">'
        '<rect class="a-{0}" width="{1}" height="{1}"/>{2}</pattern>'
    )
    patterns += tile.format("facing", 8, "") + tile.format("unseen", 8, "")
    patterns += tile.format("away", 6, '<path class="a-line" d="M-1 1 1-1M0 6 6 0M5 7 7 5"/>')
    patterns += tile.format("closed", 5, '<path class="a-line" d="M0 2.5H5"/>')
    off = '<pattern id="fill-off" width="6" height="6" patternUnits="userSpaceOnUse"><path class="offmark" d="M0 6 6 0"/></pattern>'
    return f'<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>{patterns}{off}</defs></svg>'


def swatch(name: str) -> str:
    """A small square in the fill of a label, for legends."""
    return (
        f'<svg class="swatch" viewBox="0 0 12 12" aria-hidden="true" focusable="false">'
        f'<rect width="12" height="12" rx="2" fill="url(#fill-{name})"/></svg>'
    )


Pins = Sequence[tuple[float, str]]
"""Times in seconds from the beginning, each with a short label."""


def _pins(frame: Frame, pins: Pins) -> str:
    """Numbered pins over a chart."""
    drawn = []
    last = -math.inf
    for time, label in pins:
        x = frame.x(min(time, frame.duration))
        # pins that would cover each other stand beside each other, their lines stay where they belong
        head = min(max(x, last + 20), frame.width - 11)
        last = head
        drawn.append(
            f'<path class="pinline" d="M{number(head)} 24L{number(x)} {frame.top:g}V{frame.base:g}"/>'
            f'<circle class="pinhead" cx="{number(head)}" cy="13" r="10"/>'
            f'<text class="pintext" x="{number(head)}" y="17.5" text-anchor="middle">{label}</text>'
        )
    return "".join(drawn)


def columns_of(summary: Summary, sums: Sums, columns: int) -> tuple[Sums, list[float]]:
    """Sums in at most `columns` columns, and the columns' edges in seconds from the start."""
    grouped = regroup(sums, summary.used, columns)
    size = max(1, -(-summary.used // columns)) * summary.clock.width
    return grouped, [*(i * size for i in range(len(grouped))), summary.duration]


def mood_chart(summary: Summary, pins: Pins = ()) -> str:
    """Shares of the labels among the faces over time, stacked to 100 %, with pins over it."""
    sums, edges = columns_of(summary, summary.class_bins, CLASS_COLUMNS)
    labelled = sums[:, CLASS_LABELLED:]
    total = labelled.sum(axis=1)
    frame = Frame(summary.duration, 0, 1, 300 + 26 * bool(pins), top=10 + 26 * bool(pins))
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
        + "".join(names) + _pins(frame, pins),
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
        ((below + part)[i : i + need].min() - below[i : i + need].max(), i)
        for i in range(1 if len(part) - need > 1 else 0, max(1, len(part) - need))
    ]
    if not room:
        return ""
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


def presence_chart(summary: Summary, pins: Pins = ()) -> str:
    """Faces seen, cameras off and, where it is known, faces turned away, over time."""
    sums, edges = columns_of(summary, summary.class_bins, CLASS_COLUMNS)
    known = (sums[:, TIME] > 0).tolist()
    counts = sums / np.maximum(sums[:, TIME], 1e-12)[:, None]
    shown = [(FACES, "faces", "faces"), (OFF, "off", "cameras off")]
    shown += [(AWAY, "away", "looking away")] if summary.attention else []
    ticks = count_ticks(float(counts[:, [c for c, _, _ in shown]].max(initial=1)))
    frame = Frame(summary.duration, 0, ticks[-1], 170 + 26 * bool(pins), top=10 + 26 * bool(pins))
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
    drawing = frame.axes([(t, str(t)) for t in ticks]) + "".join(lines) + _pins(frame, pins)
    return _svg(frame, label, drawing, spoken, edges)


LANE, GAP = 17, 3
"""Height of a lane of a strip, and the space between two."""


def participant_strip(summary: Summary, participant: ParticipantSeries, emotion: bool, label: str) -> str:
    """One participant over time: a lane of expressions where those were looked at, and one of how they sat there.

    label: what the strip shows, in words, escaped already.
    """
    sums, edges = columns_of(summary, participant.series.bins(summary.clock), STRIP_COLUMNS)
    lanes = ([_expressions] if emotion else []) + [_attention]
    height = LANE * len(lanes) + GAP * (len(lanes) - 1)
    drawn = ""
    for index, parts in enumerate(lanes):
        top = index * (LANE + GAP)
        drawn += f'<rect class="absent" y="{top}" width="300" height="{LANE}" rx="3"/>{_lane(summary, sums, edges, parts, top)}'
    return f'<svg class="strip" viewBox="0 0 300 {height}" role="img" aria-label="{label}"><title>{label}</title>{drawn}</svg>'


def _lane(
    summary: Summary, sums: Sums, edges: list[float], parts: Callable[[Sums], list[tuple[str, float]]], top: float
) -> str:
    frame = Frame(summary.duration, 0, 1, LANE, width=300, left=0, right=0, top=0, bottom=0)
    boxes: dict[str, list[str]] = {}
    for i, row in enumerate(sums):
        if row[PRESENT] <= 0:
            continue
        left, width = frame.x(edges[i]), frame.x(edges[i + 1]) - frame.x(edges[i])
        floor = 0.0
        for name, part in parts(row):
            if part > 0.01:
                y, height = top + frame.y(floor + part), frame.height * part
                boxes.setdefault(name, []).append(f"M{number(left)} {number(y)}h{width:.2f}v{height:.2f}h-{width:.2f}z")
            floor += part
    return "".join(f'<path fill="url(#fill-{name})" d="{"".join(d)}"/>' for name, d in boxes.items())


def _expressions(row: Sums) -> list[tuple[str, float]]:
    """Shares of the time that somebody was present, from the bottom up; the rest, without a label, stays empty."""
    return [(name, float(row[LABELLED + LABELS.index(name)] / row[PRESENT])) for name in STACK]


def _attention(row: Sums) -> list[tuple[str, float]]:
    present = float(row[PRESENT])
    camera, face, closed = (min(present, float(row[column])) for column in (CAMERA, FACE, CLOSED))
    away = max(0.0, min(float(row[PERSON_AWAY]), face - closed))
    times = {
        "closed": closed,
        "away": away,
        "facing": max(0.0, face - closed - away),
        "unseen": max(0.0, camera - face),
        "off": max(0.0, present - max(camera, face)),
    }
    return [(name, times[name] / present) for name in ATTENTION]


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
