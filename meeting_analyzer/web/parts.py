"""Pieces of the pages, drawn as HTML that loads nothing and runs nothing. What came from outside is escaped."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import resources

from ..outputs.palette import COLOURS, PRESENCE, Colour
from ..reports.wording import percent, text
from ..types import ADJECTIVES, EMOTIONS, UNCERTAIN, Face, Moment
from .picture import HISTORY, Point, Snapshot

MOST_CARDS = 4
"""Faces that get a card each; more of them get a row each in a table."""
WIDTH, HEIGHT, LEFT, BELOW = 420, 210, 52, 24
SHORTEST = 15.0
"""Seconds that the chart shows at least."""
DASHES = ("", "6 3", "2 3", "10 4", "4 2 1 2", "1 2", "8 2 2 2")
"""Lines are told apart by their dashes too, not by colour alone."""


@lru_cache
def asset(name: str) -> str:
    """A file of assets/ as text."""
    return resources.files(__package__).joinpath("assets", name).read_text(encoding="utf-8")


def colour(bgr: Colour) -> str:
    """A colour as CSS writes it."""
    return f"#{bgr[2]:02x}{bgr[1]:02x}{bgr[0]:02x}"


def panel(seen: Snapshot) -> str:
    """What is seen at the moment: how it goes, a card for each of a few faces, the chart."""
    few = "" if _many(seen.moment) else faces(seen.moment)
    return f'<div class="ma">{rates(seen)}{few}{chart(seen)}</div>'


def below(seen: Snapshot) -> str:
    """What needs the page's whole width: the table of many faces."""
    return f'<div class="ma">{faces(seen.moment)}</div>' if _many(seen.moment) else ""


def _many(moment: Moment | None) -> bool:
    return moment is not None and moment.mode == "emotion" and len(moment.faces) > MOST_CARDS


def rates(seen: Snapshot) -> str:
    """One line: mode, rates, age."""
    if seen.error:
        return f'<p class="ma-rates">{text(seen.error, 300)}</p>'
    if seen.moment is None:
        return '<p class="ma-rates">Waiting for the first picture.</p>'
    mode = "apparent expressions" if seen.moment.mode == "emotion" else "presence only"
    return (
        f'<p class="ma-rates">Looking at <strong>{mode}</strong> · shown {seen.shown:.0f} a second · '
        f"analysed {seen.analysed:.1f} a second · seen {seen.age:.1f} s ago</p>"
    )


def faces(moment: Moment | None) -> str:
    """Every face with the scores of all seven classes."""
    if moment is None:
        return ""
    found = [(tile.name or tile.participant or "Face", face) for tile in moment.tiles for face in tile.faces]
    if not found:
        return '<p class="ma-none">No face is seen.</p>'
    if moment.mode == "presence":
        return f'<p class="ma-none">{len(found)} {"face is" if len(found) == 1 else "faces are"} seen.</p>'
    if len(found) <= MOST_CARDS:
        return f'<div class="ma-cards">{"".join(_card(name, face, i) for i, (name, face) in enumerate(found))}</div>'
    return _table(found)


def said_of(face: Face) -> str:
    """ "appears happy, 81 %", "uncertain"."""
    if face.label is None or face.confidence is None:
        return "not looked at"
    if face.label == UNCERTAIN:
        return "uncertain"
    return f"appears {ADJECTIVES[face.label]}, {percent(face.confidence)}"


def _card(name: str, face: Face, number: int) -> str:
    rows = "".join(
        f'<tr><th scope="row">{ADJECTIVES[label]}</th><td><span class="ma-bar" style="width:{100 * p:.1f}%;'
        f'background:{colour(COLOURS[label])}"></span></td><td class="ma-number">{percent(p)}</td></tr>'
        for label, p in zip(EMOTIONS, face.emotion or (0.0,) * len(EMOTIONS), strict=True)
    )
    caption = f"<strong>{text(name)}</strong> {said_of(face)}"
    return f'<table class="ma-card" data-face="{number}"><caption>{caption}</caption><tbody>{rows}</tbody></table>'


def _table(found: Sequence[tuple[str, Face]]) -> str:
    head = "".join(f'<th scope="col">{ADJECTIVES[label]}</th>' for label in EMOTIONS)
    rows = "".join(
        f'<tr data-face="{i}"><th scope="row">{text(name, 40)}</th><td>{said_of(face)}</td>'
        + "".join(f'<td class="ma-number">{percent(p)}</td>' for p in face.emotion or ())
        + "</tr>"
        for i, (name, face) in enumerate(found)
    )
    return (
        '<div class="ma-scroll" tabindex="0" role="region" aria-label="All faces"><table class="ma-table">'
        f'<caption>{len(found)} faces</caption><thead><tr><th scope="col">Who</th><th scope="col">Expression</th>{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def chart(seen: Snapshot) -> str:
    """The last minute as lines: the class's mean probabilities, or in presence mode how many faces there are."""
    if not seen.history:
        return ""
    now = time.monotonic()
    emotion = seen.moment is not None and seen.moment.mode == "emotion"
    lines: list[tuple[str, str, str, Callable[[Point], float | None]]]
    if emotion:
        top, unit = 1.0, "100 %"
        lines = [
            (ADJECTIVES[label], colour(COLOURS[label]), DASHES[i], lambda p, i=i: p.emotion[i] if p.emotion else None)  # type: ignore[misc]
            for i, label in enumerate(EMOTIONS)
        ]
        what = "How the faces appeared in the last minute"
    else:
        top = float(max(4, *(point.faces for point in seen.history)))
        unit = f"{top:.0f}"
        lines = [("faces", colour(PRESENCE), "", lambda p: float(p.faces))]
        lines.append(("looking away", "#f5f5f5", "6 3", lambda p: float(p.looking_away)))
        what = "Faces in the last minute"
    span = min(HISTORY, max(SHORTEST, now - seen.history[0].time))
    drawn = "".join(
        f'<polyline points="{points}" fill="none" stroke="{stroke}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        for _, stroke, dash, value in lines
        for points in _pieces(seen.history, now, span, top, value)
    )
    newest = seen.history[-1]
    spoken = ", ".join(
        f"{name} {percent(value(newest)) if emotion else f'{value(newest):.0f}'}"
        for name, _, _, value in lines
        if value(newest) is not None
    )
    bottom = HEIGHT - BELOW
    grid = (
        f'<path d="M{LEFT} 8V{bottom}H{WIDTH - 8}" fill="none" stroke="#9a9a9a"/>'
        f'<g fill="#f5f5f5"><text x="{LEFT - 5}" y="18" text-anchor="end">{unit}</text>'
        f'<text x="{LEFT - 5}" y="{bottom}" text-anchor="end">0</text>'
        f'<text x="{LEFT}" y="{HEIGHT - 7}">{span:.0f} s ago</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 7}" text-anchor="end">now</text></g>'
    )
    keys = "".join(
        f'<g transform="translate({12 + 136 * (i % 3)} {HEIGHT + 16 + 20 * (i // 3)})"><path d="M0 -4H28" stroke="{stroke}" '
        f'stroke-width="3" stroke-dasharray="{dash}"/><text x="34" fill="#f5f5f5">{name}</text></g>'
        for i, (name, stroke, dash, _) in enumerate(lines)
    )
    high = HEIGHT + 4 + 20 * ((len(lines) + 2) // 3)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {high}" width="{WIDTH}" height="{high}" '
        f'font-family="sans-serif" font-size="14"><rect width="100%" height="100%" rx="8" fill="#18181a"/>{grid}{drawn}{keys}</svg>'
    )
    # as an image, since Streamlit takes drawings out of HTML; an image runs no script either
    data = base64.b64encode(svg.encode()).decode()
    return f'<img class="ma-chart" src="data:image/svg+xml;base64,{data}" alt="{what}. Now: {spoken or "nothing"}.">'


def _pieces(
    history: Sequence[Point], now: float, span: float, top: float, value: Callable[[Point], float | None]
) -> list[str]:
    """The points of each unbroken part of a line, in the chart's pixels."""
    pieces: list[list[str]] = [[]]
    last = None
    for point in history:
        height = value(point)
        if height is None or (last is not None and point.time - last > 3.0):
            pieces.append([])
        last = point.time
        if height is not None:
            x = LEFT + (WIDTH - LEFT - 8) * max(0.0, 1 - (now - point.time) / span)
            y = HEIGHT - BELOW - (HEIGHT - BELOW - 8) * min(1.0, height / top)
            pieces[-1].append(f"{x:.1f},{y:.1f}")
    return [" ".join(piece) for piece in pieces if len(piece) > 1]
