"""Where tiles stand when they are not a lattice: rows that fill the width, a spotlight, a shared screen with a strip."""

from __future__ import annotations

import random
from dataclasses import dataclass

from meeting_analyzer.types import Box

from .spec import Spec

EMPTY = Box(0, 0, 0, 0)


@dataclass(frozen=True)
class Places:
    """Tiles in the order in which participants take them (a spotlight's large one first), and the shared screen."""

    tiles: tuple[Box, ...]
    shared: Box = EMPTY


def rows(spec: Spec, area: Box) -> Places:
    """Rows of equal height that each fill the width (Teams, Webex, Meet): the last one's tiles are wider.

    With upright tiles among them the rows stand in the middle, as wide as their tiles need.
    """
    count, gap = spec.count, spec.gap
    aspect = spec.aspect

    def badness(number: int) -> float:
        wide = (area.w - gap * (-(-count // number) - 1)) / -(-count // number)
        high = (area.h - gap * (number - 1)) / number
        return abs(wide / high / aspect - 1) if wide > 8 and high > 8 else 99.0

    number = min(range(1, count + 1), key=badness)
    height = (area.h - gap * (number - 1)) // number
    per = -(-count // number)
    rng = random.Random(count * 7919 + area.w)
    boxes: list[Box] = []
    for row in range(number):
        here = min(per, count - row * per)
        if here <= 0:
            break
        widths = [(area.w - gap * (here - 1)) / here] * here
        if spec.phones:
            wide = min(widths[0], height * aspect)
            widths = [min(wide, height * 9 / 16) if rng.random() < spec.phones else wide for _ in range(here)]
        else:
            # no client makes a tile much wider than a film
            widths = [min(width, height * 2.2) for width in widths]
        left = area.x + (area.w - sum(widths) - gap * (here - 1)) / 2
        for width in widths:
            boxes.append(Box(round(left), area.y + row * (height + gap), round(left + width) - round(left), height))
            left += width + gap
    # fewer rows than planned stand in the middle
    down = (area.bottom - boxes[-1].bottom) // 2
    return Places(tuple(box.shifted(0, down) for box in boxes))


def beside(spec: Spec, area: Box) -> Places:
    """A large tile or a shared screen, and the strip of small tiles as far as there is room for them."""
    gap = spec.gap
    wanted = spec.count - (1 if spec.arrange == "spotlight" else 0)
    strip, rest = EMPTY, area
    if spec.strip != "none" and wanted > 0:
        if spec.strip == "right":
            wide = round(area.w * spec.strip_share)
            strip = Box(area.right - wide, area.y, wide, area.h)
            rest = Box(area.x, area.y, area.w - wide - gap, area.h)
        else:
            high = round(area.h * spec.strip_share)
            top = spec.strip == "top"
            strip = Box(area.x, area.y if top else area.bottom - high, area.w, high)
            rest = Box(area.x, area.y + (high + gap if top else 0), area.w, area.h - high - gap)
    small = _strip(spec, strip, wanted) if strip.area else ()
    if spec.arrange == "side":
        return Places(small, _within(rest, {"slide": 16 / 9, "photo": 3 / 2, "text": 1.35}.get(spec.shared, 1.6)))
    # Zoom and Webex keep the camera's proportions, the others fill the room
    kept = spec.client in ("zoom", "webex", "jitsi")
    return Places((_within(rest, spec.aspect) if kept else rest, *small))


def _strip(spec: Spec, strip: Box, wanted: int) -> tuple[Box, ...]:
    """Small equal tiles in `spec.lanes` rows or columns, the block in the middle of the strip."""
    gap, lanes = spec.gap, spec.lanes
    if spec.strip == "right":
        w = (strip.w - gap * (lanes - 1)) // lanes
        h = round(w / spec.aspect)
        room = lanes * max(1, (strip.h + gap) // (h + gap))
    else:
        h = (strip.h - gap * (lanes - 1)) // lanes
        w = round(h * spec.aspect)
        room = lanes * max(1, (strip.w + gap) // (w + gap))
    count = min(wanted, room)
    lanes = min(lanes, count)
    along = -(-count // lanes)
    boxes = []
    for number in range(count):
        i, lane = (number // lanes, number % lanes) if spec.strip == "right" else (number % along, number // along)
        if spec.strip == "right":
            top = strip.y + (0 if spec.client == "zoom" else (strip.h - along * h - (along - 1) * gap) // 2)
            boxes.append(Box(strip.x + lane * (w + gap), top + i * (h + gap), w, h))
        else:
            here = min(along, count - lane * along)
            left = strip.x + (strip.w - here * w - (here - 1) * gap) // 2
            boxes.append(Box(left + i * (w + gap), strip.y + lane * (h + gap), w, h))
    return tuple(boxes)


def _within(area: Box, aspect: float) -> Box:
    """The largest rectangle of these proportions in the middle of an area."""
    w = min(area.w, round(area.h * aspect))
    h = min(area.h, round(w / aspect))
    return Box(area.x + (area.w - w) // 2, area.y + (area.h - h) // 2, w, h)
