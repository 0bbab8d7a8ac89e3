"""The side window's panel: the class now and over ten minutes, who may need attention, events, rates and state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..progress import clock
from ..types import ADJECTIVES, EMOTIONS, Box, Image
from .base import Status
from .history import SPAN, Overview
from .marks import mark
from .palette import COLOURS, Colour
from .text import drawable, render_text, shorten, text_width

GROUND: Colour = (36, 32, 30)
RULE: Colour = (66, 60, 56)
TEXT: Colour = (238, 238, 238)
DIM: Colour = (165, 160, 156)
LIVE: Colour = (115, 200, 60)
WARN: Colour = (0, 159, 230)
BETWEEN = " · "
FOOT = 0.2
"""Share of the height that rates and keys may take."""
KEYS = (("q", "quit"), ("space", "pause"), ("b", "hide"), ("n", "names"), ("m", "mark"), ("s", "save report"))


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws into one rectangle of a picture, line by line from its top; what does not fit is left out."""

    image: Image
    area: Box
    size: int

    def text(self, words: str, x: int, y: int, colour: Colour = TEXT, size: int | None = None) -> int:
        """Cleaned words at (x, y) in the area, shortened to fit its width; returns where they end."""
        size = size or self.size
        shown = shorten(words, size, self.area.w - x)
        _blend(self.image, render_text(shown, size), self.area.x + x, self.area.y + y, colour)
        return x + text_width(shown, size)

    @property
    def line(self) -> int:
        """Height of a line in pixels."""
        return round(self.size * 1.5)


Section = Callable[[Pen, Overview, Status], int]
"""Draws a section and returns the height that it took."""


def panel(size: tuple[int, int], overview: Overview | None, status: Status, font: int) -> Image:
    """The panel of (width, height) pixels with text of `font` pixels: one column, or several where it is low and wide.

    overview: None hides the class; state, rates and keys are always told.
    """
    width, height = size
    image = np.full((height, width, 3), GROUND, np.uint8)
    if width < 8 * font or height < 3 * font:
        return image
    pad = font
    height -= _foot(Pen(image, Box(pad, 0, width - 2 * pad, height), max(9, font - 2)), status)
    columns = max(1, min(3, width // (22 * font))) if width > height and overview is not None else 1
    step = (width - pad) // columns
    state = _state(Pen(image, Box(pad, pad, step - pad, height - pad), font), status)
    if overview is None:
        return image
    for number, sections in enumerate(LAYOUTS[columns]):
        column = Box(pad + number * step, pad, step - pad, height - pad)
        y = 0 if number else state + pad
        for section in sections:
            rest = Box(column.x, column.y + y, column.w, column.h - y)
            if rest.h < 2 * font:
                break
            y += section(Pen(image, rest, font), overview, status) + pad
    return image


def _state(pen: Pen, status: Status) -> int:
    radius, calm = pen.size // 3, status.state == "live"
    colour = LIVE if calm else WARN
    centre = pen.area.x + radius, pen.area.y + pen.line // 2
    cv2.circle(pen.image, centre, radius, colour, -1, cv2.LINE_AA)
    indent = 3 * radius + 2
    words = status.flash or ("live" if calm else status.state)
    lines = _wrapped(words, pen.size, pen.area.w - indent)[:4]
    for number, words in enumerate(lines):
        pen.text(words, indent, number * pen.line, TEXT if calm or status.flash else WARN)
    return len(lines) * pen.line


def _now(pen: Pen, overview: Overview, status: Status) -> int:
    y = _title(pen, "The class appears")
    mood = overview.mood
    if mood is None:
        pen.text("nothing seen yet", 0, y, DIM)
        return y + pen.line
    away = f", {mood.looking_away} looking away" if mood.looking_away else ""
    off = f", {mood.cameras_off} camera{'s' * (mood.cameras_off != 1)} off" if mood.cameras_off else ""
    pen.text(f"{mood.faces} face{'s' * (mood.faces != 1)}{off}{away}", 0, y)
    y += pen.line
    if overview.mode == "presence":
        pen.text("presence mode: no emotion is inferred", 0, y, DIM)
        return y + pen.line
    if mood.emotion is None or mood.valence is None:
        return y
    y += _gauge(pen, y, mood.valence)
    room = pen.area.h - y
    # in the order of the chart's colours, so that the list is its legend and does not jump
    order = sorted(zip(mood.emotion, EMOTIONS, strict=True), reverse=True)[: max(0, room // pen.line)]
    words = 6 * pen.size
    for share, name in sorted(order, key=lambda pair: -EMOTIONS.index(pair[1])):
        _blend(pen.image, mark(name, pen.size), pen.area.x, pen.area.y + y + pen.size // 4, COLOURS[name])
        pen.text(ADJECTIVES[name], pen.size * 3 // 2, y, TEXT)
        left = pen.size * 3 // 2 + words
        full = pen.area.w - left - 3 * pen.size
        top = pen.area.y + y + pen.size // 2
        cv2.rectangle(
            pen.image,
            (pen.area.x + left, top),
            (pen.area.x + left + max(1, round(full * share)), top + pen.size // 2),
            COLOURS[name],
            -1,
        )
        percent = f"{100 * share:.0f} %"
        pen.text(percent, pen.area.w - text_width(percent, pen.size), y, DIM)
        y += pen.line
    return y


def _gauge(pen: Pen, y: int, valence: float) -> int:
    """Valence from -1 to 1 as a marker on a line."""
    middle = pen.area.y + y + pen.line // 2
    label = f"valence {valence:+.2f}"
    left = pen.area.x + pen.text(label, 0, y, TEXT) + pen.size
    right = pen.area.right - pen.size // 2
    if right - left > 3 * pen.size:
        cv2.line(pen.image, (left, middle), (right, middle), RULE, max(2, pen.size // 5), cv2.LINE_AA)
        centre = (left + right) // 2
        cv2.line(pen.image, (centre, middle - pen.size // 3), (centre, middle + pen.size // 3), DIM, 1, cv2.LINE_AA)
        at = round(left + (right - left) * (valence + 1) / 2)
        shade = COLOURS["happy" if valence >= 0 else "sad"]
        cv2.circle(pen.image, (at, middle), pen.size * 2 // 5, shade, -1, cv2.LINE_AA)
    return pen.line


def _chart(pen: Pen, overview: Overview, status: Status) -> int:
    if overview.mode == "presence" or pen.area.h < 6 * pen.size:
        return 0
    y = _title(pen, "Last ten minutes")
    height = min(8 * pen.size, pen.area.h - y - pen.line)
    x0, y0, width = pen.area.x, pen.area.y + y, pen.area.w
    cv2.rectangle(pen.image, (x0, y0), (x0 + width - 1, y0 + height - 1), RULE, -1)
    rows = len(overview.shares)
    edges = np.round(np.linspace(0, width, rows + 1)).astype(int)
    for row, shares in enumerate(overview.shares):
        if np.isnan(shares).any():
            continue
        tops = y0 + height - np.round(np.concatenate([[0.0], np.cumsum(shares)]) * height).astype(int)
        for number, name in enumerate(EMOTIONS):
            pen.image[max(y0, tops[number + 1]) : tops[number], x0 + edges[row] : x0 + edges[row + 1]] = COLOURS[name]
    stroke = max(2, pen.size // 6)
    known = ~np.isnan(overview.valence)
    xs = x0 + (edges[:-1] + edges[1:]) // 2
    ys = y0 + np.round((1 - (np.nan_to_num(overview.valence) + 1) / 2) * (height - 1)).astype(int)
    for run in np.split(np.arange(rows), np.flatnonzero(np.diff(known.astype(int))) + 1):
        if known[run[0]] and len(run) > 1:
            line = np.stack([xs[run], ys[run]], axis=1).astype(np.int32)
            for colour, thickness in (((15, 15, 15), 2 * stroke), ((255, 255, 255), stroke)):
                cv2.polylines(pen.image, [line], False, colour, thickness, cv2.LINE_AA)
    for time in overview.marks:
        x = x0 + width - 1 - round((overview.time - time) / SPAN * (width - 1))
        cv2.line(pen.image, (x, y0), (x, y0 + height - 1), WARN, stroke)
    small = max(9, pen.size - 3)
    pen.text("10 min ago", 0, y + height, DIM, small)
    middle = "line: valence"
    pen.text(middle, (width - text_width(middle, small)) // 2, y + height, DIM, small)
    pen.text("now", width - text_width("now", small), y + height, DIM, small)
    return y + height + round(small * 1.5)


def _concerns(pen: Pen, overview: Overview, status: Status) -> int:
    y = _title(pen, "May need attention")
    if not overview.concerns:
        pen.text("nobody just now", 0, y, DIM)
        return y + pen.line
    room = max(1, min(8, (pen.area.h - y) // pen.line))
    shown = overview.concerns[: room if len(overview.concerns) <= room else max(1, room - 1)]
    for concern in shown:
        since = clock(concern.seconds)
        who = drawable(concern.name or "") or concern.participant
        left = pen.area.w - text_width(since, pen.size) - pen.size
        name_width = max(left * 2 // 5, left - text_width(drawable(concern.reason), pen.size) - pen.size)
        x = pen.text(shorten(who, pen.size, name_width), 0, y)
        rest = left - x - pen.size
        if rest > 2 * pen.size:
            pen.text(shorten(concern.reason, pen.size, rest), x + pen.size // 2, y, WARN)
        pen.text(since, pen.area.w - text_width(since, pen.size), y, DIM)
        y += pen.line
    if len(shown) < len(overview.concerns):
        pen.text(f"and {len(overview.concerns) - len(shown)} more", 0, y, DIM)
        y += pen.line
    return y


def _events(pen: Pen, overview: Overview, status: Status) -> int:
    if not overview.events or pen.area.h < 4 * pen.line:
        return 0
    y = _title(pen, "Events")
    for event in overview.events[:5]:
        ago = clock(overview.time - event.time)
        for number, words in enumerate(_wrapped(event.text, pen.size, pen.area.w - 4 * pen.size)[:2]):
            if y + pen.line > pen.area.h:
                return y
            if not number:
                pen.text(ago, pen.area.w - text_width(ago, pen.size), y, DIM)
            pen.text(words, 0, y)
            y += pen.line
    return y


def _foot(pen: Pen, status: Status) -> int:
    """Rates, and the keys where there is room, along the lower edge; returns the height that they took."""
    lines = _wrapped(status.rates, pen.size, pen.area.w, ", ")
    with_keys = [*lines, *_wrapped(keys_line(), pen.size, pen.area.w, BETWEEN)]
    if len(with_keys) * pen.line <= FOOT * pen.area.h:
        lines = with_keys
    height = len(lines) * pen.line + pen.size // 2
    if height > 2 * FOOT * pen.area.h:
        return 0
    for number, words in enumerate(lines):
        pen.text(words, 0, pen.area.h - height + number * pen.line, DIM)
    return height


def keys_line() -> str:
    """The keys and what they do."""
    return BETWEEN.join(f"{key} {words}" for key, words in KEYS)


LAYOUTS: dict[int, tuple[tuple[Section, ...], ...]] = {
    1: ((_now, _chart, _concerns, _events),),
    2: ((_now,), (_chart, _concerns, _events)),
    3: ((_now,), (_chart, _events), (_concerns,)),
}
"""By number of columns, what each of them holds."""


def _title(pen: Pen, words: str) -> int:
    pen.text(words, 0, 0, DIM, max(9, pen.size - 1))
    y = pen.line
    cv2.line(pen.image, (pen.area.x, pen.area.y + y), (pen.area.right - 1, pen.area.y + y), RULE, 1)
    return y + pen.size // 3


def _wrapped(words: str, size: int, width: int, between: str = " ") -> list[str]:
    """Lines of at most `width` pixels, broken only at `between`; cleaned."""
    lines: list[str] = []
    for word in drawable(words).split(between):
        if lines and text_width(f"{lines[-1]}{between}{word}", size) <= width:
            lines[-1] += between + word
        else:
            lines.append(word)
    return lines


def _blend(image: Image, ink: npt.NDArray[np.uint8], x: int, y: int, colour: Colour) -> None:
    """Coverage (h, w) in a colour, cut at the picture's edges."""
    spot = Box(x, y, ink.shape[1], ink.shape[0]).clipped(image.shape[1], image.shape[0])
    if not spot.area:
        return
    part = ink[spot.y - y : spot.bottom - y, spot.x - x : spot.right - x, None].astype(np.float32) / 255
    view = image[spot.y : spot.bottom, spot.x : spot.right]
    view[:] = (view + part * (np.array(colour, np.float32) - view) + 0.5).astype(np.uint8)
