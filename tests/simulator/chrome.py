"""What stands around the tiles: title bar, toolbars with icons, the chat, the desktop behind the window."""

from __future__ import annotations

import random

from PIL import Image as Pil
from PIL import ImageDraw

from meeting_analyzer.types import Box

from .layout import Layout
from .names import random_name
from .paint import fill, microphone, pillow, text_width, write
from .people import backdrop
from .spec import Color, Spec

_RED: Color = (220, 53, 53)
_WORDS: list[str] = str.split(
    "can everyone see the slides yes thanks could you share the link please I think so too great question on page four "
    "sorry my connection is slow see you next week homework is due Friday haha good morning"
)


def desktop(size: tuple[int, int], window: Box, rng: random.Random) -> Pil.Image:
    """A wallpaper with a task bar and the shadow of the window."""
    width, height = size
    kind = rng.choice(["blur", "wall", "room"])
    small = backdrop(kind, max(64, width // 4), max(64, height // 4), rng)
    canvas = pillow(small).resize(size, Pil.Resampling.BILINEAR)
    bar = max(20, height // 26)
    fill(canvas, Box(0, height - bar, width, bar), (30, 32, 38), 0.92)
    for i in range(rng.randint(4, 9)):
        side = bar * 2 // 3
        color = (rng.randint(40, 240), rng.randint(40, 240), rng.randint(40, 240))
        fill(canvas, Box(width // 3 + i * (side + bar // 3), height - bar + bar // 6, side, side), color, 1, side // 4)
    fill(canvas, window.shifted(6, 8), (0, 0, 0), 0.25, 8)
    return canvas


def paint_chrome(
    canvas: Pil.Image, spec: Spec, plan: Layout, background: Color, bar: Color, rng: random.Random
) -> None:
    """Everything but the tiles."""
    fill(canvas, plan.window, background)
    ink: Color = (60, 60, 60) if spec.theme == "light" else (225, 225, 225)
    if plan.title.h:
        _title(canvas, spec, plan.title, rng)
    if plan.top.h:
        fill(canvas, plan.top, bar)
        _top(canvas, spec, plan.top, ink, rng)
    if plan.bottom.h:
        fill(canvas, plan.bottom, bar)
        _bottom(canvas, spec, plan.bottom, ink, rng)
    if plan.panel.w:
        _panel(canvas, spec, plan.panel, rng)


def _title(canvas: Pil.Image, spec: Spec, box: Box, rng: random.Random) -> None:
    dark = spec.frame == "dark" or (spec.frame == "none" and rng.random() < 0.5)
    ink: Color = (220, 220, 220) if dark else (40, 40, 40)
    fill(canvas, box, (44, 44, 48) if dark else (232, 233, 236))
    y, s = box.center[1], spec.scale
    names = {
        "zoom": "Zoom Meeting",
        "meet": "Meet - abc-defg-hij - Chromium",
        "teams": "Weekly class | Microsoft Teams",
        "webex": "Webex",
        "jitsi": "Seminar | Jitsi Meet - Mozilla Firefox",
        "bigbluebutton": "BigBlueButton - Lecture 4",
    }
    write(canvas, (box.center[0], y), names[spec.client], ink, round(13 * s), "mm")
    draw, u = ImageDraw.Draw(canvas), 5 * s
    for i, x in enumerate((box.right - 104 * s, box.right - 62 * s, box.right - 20 * s)):
        if i == 0:
            draw.line([x - u, y, x + u, y], fill=ink)
        elif i == 1:
            draw.rectangle([x - u, y - u, x + u, y + u], outline=ink)
        else:
            draw.line([x - u, y - u, x + u, y + u], fill=ink)
            draw.line([x - u, y + u, x + u, y - u], fill=ink)


def _icon(canvas: Pil.Image, x: float, y: float, side: float, color: Color, rng: random.Random) -> None:
    """One of a toolbar's small pictures."""
    kind = rng.randrange(5)
    draw, u = ImageDraw.Draw(canvas), side / 2
    if kind == 0:
        microphone(canvas, x, y, side, color, rng.random() < 0.5)
    elif kind == 1:
        draw.rounded_rectangle([x - u, y - u * 0.6, x + u * 0.4, y + u * 0.6], u * 0.2, fill=color)
        draw.polygon([(x + u * 0.5, y), (x + u, y - u * 0.5), (x + u, y + u * 0.5)], fill=color)
    elif kind == 2:
        draw.ellipse([x - u * 0.4, y - u, x + u * 0.4, y - u * 0.2], fill=color)
        draw.pieslice([x - u, y - u * 0.1, x + u, y + u * 1.7], 180, 360, fill=color)
    elif kind == 3:
        draw.rounded_rectangle(
            [x - u, y - u * 0.8, x + u, y + u * 0.5], u * 0.3, outline=color, width=max(1, int(u / 5))
        )
    else:
        for dx in (-0.7, 0, 0.7):
            draw.ellipse([x + (dx - 0.16) * u, y - 0.16 * u, x + (dx + 0.16) * u, y + 0.16 * u], fill=color)


def _top(canvas: Pil.Image, spec: Spec, box: Box, ink: Color, rng: random.Random) -> None:
    s, y = spec.scale, box.center[1]
    write(canvas, (box.x + 14 * s, y), rng.choice(["Weekly class", "Lecture 4", "00:42:17"]), ink, round(13 * s))
    if spec.client == "teams":
        for i in range(rng.randint(5, 8)):
            x = box.right - (170 + 64 * i) * s
            if x < box.x + 160 * s:
                break
            _icon(canvas, x, y - 7 * s, 17 * s, ink, rng)
            write(
                canvas,
                (x, y + 14 * s),
                rng.choice(["Chat", "People", "Raise", "View", "Apps", "More"]),
                ink,
                round(10 * s),
                "mm",
            )
        leave = Box(round(box.right - 110 * s), round(y - 16 * s), round(92 * s), round(32 * s))
        fill(canvas, leave, (196, 49, 75), 1, round(4 * s))
        write(canvas, leave.center, "Leave", (255, 255, 255), round(13 * s), "mm")
        return
    word = "View" if spec.client == "zoom" else "Layout"
    width = text_width(word, round(12 * s)) + round(34 * s)
    button = Box(box.right - width - round(10 * s), round(y - 12 * s), width, round(24 * s))
    if rng.random() < 0.5:
        fill(canvas, button, ink, 0.12, round(5 * s))
    draw, side = ImageDraw.Draw(canvas), 5 * s
    for dx in (0, side + 1):
        for dy in (-side, 1):
            x = button.x + 8 * s + dx
            draw.rectangle([x, y + dy, x + side - 1, y + dy + side - 1], fill=ink)
    write(canvas, (button.x + 24 * s, y), word, ink, round(12 * s))


def _bottom(canvas: Pil.Image, spec: Spec, box: Box, ink: Color, rng: random.Random) -> None:
    s, (cx, y) = spec.scale, box.center
    count = min(rng.randint(6, 9), max(3, int(box.w / (70 * s))))
    circles = spec.client in ("meet", "webex", "bigbluebutton")
    step = (52 if circles else 74) * s
    if spec.client == "jitsi":
        bar = Box(round(cx - count * 26 * s), round(y - 24 * s), round(count * 52 * s), round(48 * s))
        fill(canvas, bar, (40, 40, 40), 1, round(6 * s))
        step = 50 * s
    for i in range(count):
        x = cx + (i - (count - 1) / 2) * step
        last = i == count - 1
        if circles:
            d = round(40 * s)
            color = {"meet": (60, 64, 67), "webex": (50, 50, 50), "bigbluebutton": (15, 112, 215)}[spec.client]
            fill(canvas, Box(round(x - d / 2), round(y - d / 2), d, d), _RED if last else color, 1, d // 2)
            _icon(canvas, x, y, 18 * s, (255, 255, 255), rng)
            continue
        if last and spec.client in ("jitsi", "zoom"):
            end = Box(round(x - 22 * s), round(y - 14 * s), round(44 * s), round(28 * s))
            fill(canvas, end, _RED, 1, round(6 * s))
            if spec.client == "zoom":
                write(canvas, end.center, "End", (255, 255, 255), round(12 * s), "mm")
            else:
                _icon(canvas, x, y, 16 * s, (255, 255, 255), rng)
            continue
        lift = 8 * s if spec.client == "zoom" else 0
        _icon(canvas, x, y - lift, 20 * s, ink, rng)
        if lift:
            word = rng.choice(["Mute", "Stop Video", "Participants", "Chat", "Share", "Record", "Reactions", "Apps"])
            write(canvas, (x, y + 15 * s), word, ink, round(11 * s), "mm")
    if spec.client == "meet":
        write(
            canvas,
            (box.x + 24 * s, y),
            f"{rng.randint(1, 12)}:{rng.randint(10, 59)} PM  |  abc-defg-hij",
            ink,
            round(14 * s),
        )
        for i in range(4):
            _icon(canvas, box.right - (40 + 44 * i) * s, y, 18 * s, ink, rng)


def _panel(canvas: Pil.Image, spec: Spec, box: Box, rng: random.Random) -> None:
    """A chat: a header, names in bold, messages, bubbles in some clients, a field to write in."""
    s, light = spec.scale, spec.panel == "light"
    fill(canvas, box, (255, 255, 255) if light else (36, 37, 40))
    ink: Color = (35, 35, 35) if light else (225, 225, 225)
    dim: Color = (120, 120, 120)
    bubble: Color = (238, 240, 243) if light else (54, 56, 60)
    write(canvas, (box.x + 14 * s, box.y + 22 * s), "Chat", ink, round(15 * s), bold=1)
    fill(canvas, Box(box.x, round(box.y + 42 * s), box.w, 1), dim, 0.5)
    y, size, bubbles = box.y + 62 * s, round(12 * s), rng.random() < 0.6
    while y < box.bottom - 130 * s:
        write(canvas, (box.x + 14 * s, y), random_name(rng), ink, size, bold=1)
        write(canvas, (box.right - 12 * s, y), f"{rng.randint(9, 17)}:{rng.randint(10, 59)}", dim, round(10 * s), "rm")
        lines = [" ".join(rng.choices(_WORDS, k=rng.randint(2, 5))) for _ in range(rng.randint(1, 3))]
        widest = max(text_width(line, size) for line in lines)
        if bubbles:
            high = round((len(lines) * 17 + 12) * s)
            wide = min(box.w - round(26 * s), widest + round(18 * s))
            fill(canvas, Box(round(box.x + 12 * s), round(y + 11 * s), wide, high), bubble, 1, round(8 * s))
        for i, line in enumerate(lines):
            write(canvas, (box.x + 20 * s, y + (26 + 17 * i) * s), line, ink, size)
        y += (len(lines) * 17 + 44) * s
    field = Box(round(box.x + 12 * s), round(box.bottom - 56 * s), box.w - round(24 * s), round(42 * s))
    fill(canvas, field, bubble, 1, round(6 * s))
    write(canvas, (field.x + 12 * s, field.center[1]), "Type a message", dim, size)
