"""What a shared screen shows: slides with text, diagrams and photographs, a document, code, a table."""

from __future__ import annotations

import random

from PIL import Image as Pil
from PIL import ImageDraw

from meeting_analyzer.types import Box

from .paint import fill, pillow, text_width, write
from .people import photograph
from .spec import Color

SHARED = ("slide", "photo slide", "team slide", "diagram", "chart", "text", "code", "sheet", "photo")
_WORDS: list[str] = str.split(
    "the a of and learning energy model cells between history results of each group water market light in year growth "
    "method table theory questions summary example value because different students protein river law trade function"
)
_INKS: tuple[Color, ...] = ((30, 30, 30), (31, 56, 100), (192, 57, 43), (39, 122, 72), (90, 60, 140))


def _words(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choices(_WORDS, k=rng.randint(least, most))).capitalize()


def paint_shared(canvas: Pil.Image, box: Box, kind: str, rng: random.Random) -> None:
    """Draw a shared screen of one of SHARED."""
    if kind == "photo":
        canvas.paste(pillow(photograph(box.w, box.h, rng.getrandbits(32))), (box.x, box.y))
    elif kind == "code":
        _code(canvas, box, rng)
    elif kind == "sheet":
        _sheet(canvas, box, rng)
    elif kind == "text":
        _text(canvas, box, rng)
    else:
        _slide(canvas, box, kind, rng)


def _slide(canvas: Pil.Image, box: Box, kind: str, rng: random.Random) -> None:
    dark = rng.random() < 0.25
    paper: Color = (
        rng.choice([(20, 24, 40), (36, 36, 36), (10, 60, 80)])
        if dark
        else rng.choice([(255, 255, 255), (250, 248, 240)])
    )
    ink: Color = (240, 240, 240) if dark else rng.choice(_INKS)
    fill(canvas, box, paper)
    u = box.h / 100
    if rng.random() < 0.4:
        fill(canvas, Box(box.x, box.y, box.w, round(14 * u)), rng.choice(_INKS[1:]))
        write(canvas, (box.x + 6 * u, box.y + 7 * u), _words(rng, 2, 4), (255, 255, 255), round(6 * u), bold=1)
    else:
        write(canvas, (box.x + 6 * u, box.y + 9 * u), _words(rng, 2, 5), ink, round(7 * u), bold=1)
    body = Box(round(box.x + 6 * u), round(box.y + 20 * u), round(box.w - 12 * u), round(box.h - 28 * u))
    if kind == "team slide":
        # portraits in a row: nobody of these is in the call
        count = rng.randint(2, 4)
        gap = round(4 * u)
        side = min((body.w - gap * (count - 1)) // count, round(body.h * 0.7))
        for i in range(count):
            x = body.x + (body.w - count * side - (count - 1) * gap) // 2 + i * (side + gap)
            canvas.paste(pillow(photograph(side, side, rng.getrandbits(32))), (x, body.y))
            write(canvas, (x + side / 2, body.y + side + 5 * u), _words(rng, 1, 2), ink, round(4 * u), "mm")
        return
    if kind == "diagram":
        _diagram(canvas, body, ink, u, rng)
        return
    if kind == "chart":
        _chart(canvas, body, ink, u, rng)
        return
    half = kind == "photo slide"
    width = body.w // 2 if half else body.w
    y: float = body.y + 4 * u
    while y < body.bottom - 4 * u and rng.random() < 0.9:
        line = "•  " + _words(rng, 3, 9)
        while text_width(line, round(4.5 * u)) > width and " " in line:
            line = line.rsplit(" ", 1)[0]
        write(canvas, (body.x, y), line, ink, round(4.5 * u))
        y += 9 * u
    if half:
        w, h = round(body.w * 0.46), round(body.h * rng.uniform(0.6, 0.95))
        canvas.paste(pillow(photograph(w, h, rng.getrandbits(32))), (body.right - w, body.y))


def _diagram(canvas: Pil.Image, body: Box, ink: Color, u: float, rng: random.Random) -> None:
    """Boxes in a row or a lattice, with arrows between them."""
    draw = ImageDraw.Draw(canvas)
    columns, lines = rng.randint(2, 4), rng.randint(1, 3)
    w, h = body.w / columns * 0.7, body.h / lines * 0.55
    color = rng.choice([(91, 155, 213), (112, 173, 71), (237, 125, 49), (230, 230, 235)])
    for j in range(lines):
        for i in range(columns):
            x, y = body.x + (i + 0.15) * body.w / columns, body.y + (j + 0.2) * body.h / lines
            if rng.random() < 0.9:
                draw.rectangle([x, y, x + w, y + h], fill=color, outline=ink, width=max(1, round(0.5 * u)))
                write(canvas, (x + w / 2, y + h / 2), _words(rng, 1, 1), (20, 20, 20), round(4 * u), "mm")
            if i + 1 < columns:
                draw.line([x + w, y + h / 2, x + body.w / columns, y + h / 2], fill=ink, width=max(1, round(0.6 * u)))


def _chart(canvas: Pil.Image, body: Box, ink: Color, u: float, rng: random.Random) -> None:
    draw = ImageDraw.Draw(canvas)
    draw.line([body.x, body.y, body.x, body.bottom, body.right, body.bottom], fill=ink, width=max(1, round(0.5 * u)))
    count = rng.randint(3, 9)
    for i in range(count):
        x, w = body.x + (i + 0.2) * body.w / count, 0.6 * body.w / count
        high = body.h * rng.uniform(0.1, 0.95)
        draw.rectangle([x, body.bottom - high, x + w, body.bottom], fill=rng.choice([(91, 155, 213), (237, 125, 49)]))
    for i in range(1, 5):
        y = body.bottom - body.h * i / 5
        draw.line([body.x, y, body.right, y], fill=(190, 190, 190))


def _text(canvas: Pil.Image, box: Box, rng: random.Random) -> None:
    """A document's page in its program."""
    fill(canvas, box, (230, 230, 230))
    u = box.h / 100
    fill(canvas, Box(box.x, box.y, box.w, round(9 * u)), (245, 246, 248))
    page = Box(round(box.x + box.w * 0.12), round(box.y + 13 * u), round(box.w * 0.76), round(87 * u))
    fill(canvas, page, (255, 255, 255))
    size, y = max(7, round(2.6 * u)), page.y + 7 * u
    while y < box.bottom - 4 * u:
        line = _words(rng, 14, 24)
        while text_width(line, size) > page.w - 14 * u and " " in line:
            line = line.rsplit(" ", 1)[0]
        if rng.random() < 0.85:
            write(canvas, (page.x + 7 * u, y), line, (25, 25, 25), size)
        y += size * 1.6


def _code(canvas: Pil.Image, box: Box, rng: random.Random) -> None:
    fill(canvas, box, (30, 30, 30))
    u = box.h / 100
    fill(canvas, Box(box.x, box.y, round(box.w * 0.18), box.h), (37, 37, 38))
    fill(canvas, Box(box.x, box.y, box.w, round(5 * u)), (50, 50, 51))
    size, y, indent = max(7, round(2.5 * u)), box.y + 8 * u, 0
    while y < box.bottom - 3 * u:
        x = box.x + box.w * 0.2 + indent * 3 * u
        for word in _words(rng, 1, 7).lower().split():
            color = rng.choice([(212, 212, 212), (86, 156, 214), (206, 145, 120), (220, 220, 170), (106, 153, 85)])
            if x + text_width(word, size) > box.right - 2 * u:
                break
            write(canvas, (x, y), word, color, size)
            x += text_width(word + " ", size)
        indent = max(0, min(5, indent + rng.choice([-1, 0, 0, 1])))
        y += size * 1.5
        if rng.random() < 0.12:
            y += size * 1.5


def _sheet(canvas: Pil.Image, box: Box, rng: random.Random) -> None:
    """A spreadsheet: a lattice of lines that is no gallery."""
    fill(canvas, box, (255, 255, 255))
    u = box.h / 100
    fill(canvas, Box(box.x, box.y, box.w, round(12 * u)), (33, 115, 70))
    draw = ImageDraw.Draw(canvas)
    high, wide = max(8, 3.6 * u), rng.uniform(9, 16) * u
    y = box.y + 12 * u
    while y < box.bottom:
        draw.line([box.x, y, box.right, y], fill=(212, 212, 212))
        x = float(box.x)
        while x < box.right - wide:
            if rng.random() < 0.6:
                write(canvas, (x + u, y + high / 2), str(rng.randint(1, 9999)), (30, 30, 30), max(6, round(2.2 * u)))
            x += wide
        y += high
    x = float(box.x)
    while x < box.right:
        draw.line([x, box.y + 12 * u, x, box.bottom], fill=(212, 212, 212))
        x += wide
