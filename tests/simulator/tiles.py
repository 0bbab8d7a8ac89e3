"""One participant's tile as each client draws it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from PIL import Image as Pil

from meeting_analyzer.types import Box

from .names import SUFFIXES, initials
from .paint import fill, microphone, pillow, ring, rounded, text_width, write
from .people import camera, photograph
from .roster import Kind, Person
from .spec import Color, Look, Spec

_AVATARS: tuple[Color, ...] = (
    (92, 107, 192),
    (38, 137, 125),
    (173, 100, 46),
    (134, 84, 160),
    (66, 120, 170),
    (194, 24, 91),
    (85, 139, 47),
    (121, 85, 72),
)


@dataclass(frozen=True)
class TruthTile:
    """What is true of a tile: its whole rectangle, and the face's (None: no face to be seen).

    name: as far as written, without the suffix that a client adds; None where the tile has no label; letters: the size
    of its font in pixels; person: whose tile it is; expression: of the face; shows: what there is to know the tile by besides
    its name, the same text only for two that look the same.
    """

    box: Box
    kind: Kind
    name: str | None
    speaking: bool
    face: Box | None
    person: str = ""
    letters: int = 0
    expression: str | None = None
    shows: str = ""


@dataclass(frozen=True)
class Instant:
    """When a camera's picture is taken: which frame of the person, its noise, and how far the head has moved."""

    number: int = 0
    noise: int = 0
    drift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Style:
    """What all tiles of one picture share."""

    look: Look
    background: Color
    off: Color
    border: Color
    off_content: Literal["name", "initials"]
    border_width: int
    font_size: int
    family: int
    label_color: Color
    label_text: Color
    label_opacity: float


def style(spec: Spec, look: Look, rng: random.Random) -> Style:
    """Draw a version of the client's look."""
    light_label = spec.client == "teams" and spec.theme == "light" and rng.random() < 0.5
    return Style(
        look=look,
        background=rng.choice(look.backgrounds),
        off=rng.choice(look.off),
        border=rng.choice(look.border),
        off_content=rng.choice(look.off_content),
        border_width=max(1 if spec.scale < 1 else 2, round(rng.choice([2, 3, 3]) * spec.scale)),
        font_size=max(5, round(rng.choice([12, 12, 13, 14]) * spec.scale)),
        family=rng.randrange(2),
        label_color=(255, 255, 255) if light_label else rng.choice([(0, 0, 0), (20, 20, 20), (32, 33, 36)]),
        label_text=(36, 36, 36) if light_label else (250, 250, 250),
        label_opacity=rng.uniform(0.75, 0.95) if light_label else rng.uniform(0.5, 0.85),
    )


def paint_tile(
    canvas: Pil.Image, box: Box, spec: Spec, style: Style, who: Person, speaking: bool, at: Instant
) -> TruthTile:
    """Draw one tile; returns its truth. All but the camera's picture is the same for the same person."""
    rng = random.Random(who.seed)
    face: Box | None = None
    expression: str | None = None
    shows = f"{who.kind} {who.seed}"
    if who.kind == "video":
        picture, face, expression = _video(box, spec, style, who, at)
        canvas.paste(picture, (box.x, box.y), rounded(box.w, box.h, spec.radius))
        face = face.shifted(box.x, box.y) if face else None
    elif who.kind == "still" and not who.centred:
        photo = pillow(photograph(box.w, box.h, who.seed))
        canvas.paste(photo, (box.x, box.y), rounded(box.w, box.h, spec.radius))
    else:
        avatar = _paint_off(canvas, box, spec, style, who, rng)
        shows = avatar if who.kind == "off" else shows
    if speaking:
        ring(canvas, box, style.border, style.border_width, spec.radius)
    rng = random.Random(who.seed + 1)
    labelled = spec.labels and box.w > 60 * spec.scale and bool(who.name)
    shown = who.name if who.kind == "off" and style.off_content == "name" and who.name else None
    if labelled:
        shown = _paint_label(canvas, box, spec, style, who.name, speaking, rng)
    letters = style.font_size if labelled and shown else 0
    return TruthTile(box, who.kind, shown, speaking, face, who.key, letters, expression, shows)


def _video(box: Box, spec: Spec, style: Style, who: Person, at: Instant) -> tuple[Pil.Image, Box | None, str | None]:
    """The tile's picture with whatever stands beside an upright video, the face in it and its expression."""
    if not who.upright or spec.letterbox == "crop":
        image, face, expression = camera(box.w, box.h, who.sitter, at.number, at.noise, at.drift)
        return pillow(image), face, expression
    w = min(max(16, round(box.h * who.wide) // 2 * 2), box.w)
    image, face, expression = camera(w, box.h, who.sitter, at.number, at.noise, at.drift)
    left = (box.w - w) // 2
    if spec.letterbox == "blur":
        around = cv2.resize(image, (box.w, box.h))
        dimmed = 0.4 + (who.seed % 100) / 200
        whole = (cv2.GaussianBlur(around, (0, 0), max(2.0, box.h / 12)) * dimmed).astype(np.uint8)
    else:
        color = style.background if spec.letterbox == "background" else (0, 0, 0)
        whole = np.full((box.h, box.w, 3), color[::-1], np.uint8)
    whole[:, left : left + w] = image
    return pillow(whole), face.shifted(left, 0) if face else None, expression


def _paint_off(canvas: Pil.Image, box: Box, spec: Spec, style: Style, who: Person, rng: random.Random) -> str:
    """A tile without a camera: the name, or initials or the picture somebody chose in a circle; returns what is written, and on what."""
    name = who.name or "?"
    color = style.look.off[who.seed % len(style.look.off)] if spec.client == "teams" else style.off
    fill(canvas, box, color, radius=spec.radius)
    cx, cy = box.center
    if style.off_content == "name" and who.kind == "off":
        size = max(6, min(round(box.h * 0.16), round(30 * max(1.0, spec.scale))))
        while size > 6 and text_width(name, size, family=style.family) > box.w * 0.9:
            size -= 1
        write(canvas, (cx, cy), name, style.look.text, size, "mm", family=style.family)
        return name
    side = max(10, round(min(box.h * rng.uniform(0.36, 0.5), 160 * max(1.0, spec.scale))))
    circle = Box(round(cx - side / 2), round(cy - side / 2), side, side)
    radius = side // 5 if spec.client == "zoom" else side // 2
    if who.kind == "still":
        photo = photograph(side, side, who.seed)
        canvas.paste(pillow(photo), (circle.x, circle.y), rounded(side, side, radius))
        return ""
    light = spec.client == "teams" and spec.theme == "light"
    avatar = _AVATARS[who.seed % len(_AVATARS)]
    shade = tuple(int(255 - (255 - value) * 0.35) for value in avatar) if light else avatar
    fill(canvas, circle, (shade[0], shade[1], shade[2]), radius=radius)
    letter = initials(name) if spec.client != "meet" else initials(name)[:1]
    ink = tuple(int(value * 0.7) for value in avatar) if light else (255, 255, 255)
    write(canvas, (cx, cy), letter, (ink[0], ink[1], ink[2]), max(5, round(side * 0.42)), "mm", family=style.family)
    return f"{letter} on {avatar}"


def _paint_label(
    canvas: Pil.Image, box: Box, spec: Spec, style: Style, name: str, speaking: bool, rng: random.Random
) -> str:
    """The name at the lower left, with the mute icon where the client has it; returns as much of it as there is room for."""
    s, size, look = spec.scale, style.font_size, style.look
    text = f"{name} {rng.choice(SUFFIXES)}" if rng.random() < 0.08 else name
    muted = not speaking and rng.random() < 0.6
    pad = max(2, round(5 * s))
    icon = round(size * 1.15) if muted and spec.client not in ("meet", "jitsi") else 0
    room = box.w * 0.9 - 2 * pad - icon
    cut = text
    while len(cut) > 3 and text_width(cut, size, family=style.family) > room:
        cut = cut.rstrip("…")[:-1] + "…"
    width = text_width(cut, size, family=style.family)
    height = round(size * 1.7)
    inset = 0 if look.label == "strip" and rng.random() < 0.8 else max(2, round(6 * s))
    strip = Box(box.x + inset, box.bottom - inset - height, width + 2 * pad + (icon + pad // 2 if icon else 0), height)
    text_color = style.label_text
    if look.label == "plain":
        write(canvas, (strip.x + pad + 1, strip.center[1] + 1), cut, (40, 40, 40), size, "lm", family=style.family)
    else:
        radius = 0 if look.label == "strip" and spec.radius == 0 else max(2, round(4 * s))
        fill(canvas, strip, style.label_color, style.label_opacity, radius)
    x: float = strip.x + pad
    after = spec.client in ("teams", "webex")
    if icon:
        red = (235, 60, 60) if spec.client in ("zoom", "webex") else text_color
        at = strip.right - pad - icon / 2 if after else x + icon / 2
        microphone(canvas, at, strip.center[1], icon, red, True)
        x += 0 if after else icon + pad // 2
    write(canvas, (x, strip.center[1]), cut, text_color, size, "lm", family=style.family)
    if spec.client == "meet" and muted:
        d = round(26 * s)
        fill(canvas, Box(box.right - d - round(8 * s), box.y + round(8 * s), d, d), (60, 64, 67), 0.8, d // 2)
        microphone(canvas, box.right - d / 2 - 8 * s, box.y + d / 2 + 8 * s, d * 0.6, (255, 255, 255), True)
    return name if cut == text else cut.rstrip("…").split(" (")[0].strip()
