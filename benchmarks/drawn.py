"""Call windows as HTML pages in the looks of clients, drawn by Chromium, with their truth."""

from __future__ import annotations

import base64
import html
import random
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.types import Box, Image, TileKind
from tests.simulator.people import FRAMES_PER_PERSON, camera, photograph, sitter

PEOPLE = [
    "Anna Schmidt",
    "José Álvarez",
    "Priya Natarajan",
    "Li Wei",
    "Omar Haddad",
    "Sofia Rossi",
    "Jean-Luc Moreau",
    "Kateřina Dvořáková",
    "Yuki Tanaka",
    "Grace O'Neill",
    "iPhone von Max",
    "Student 14",
    "M. van den Berg",
    "Aisha",
    "Prof. Dr. Hans Gruber",
    "Lucía",
    "Tom",
    "Zeynep Yılmaz",
    "Bjørn",
    "Elif Demir",
    "Noor",
    "Samuel Okonkwo",
    "Chen Jing",
    "Marta Kowalska",
    "R. Patel",
]
SIZES = ((1024, 768), (1280, 720), (1366, 768), (1440, 900), (1600, 900), (1920, 1080))
LAYOUTS = {"gallery": 6.0, "side": 1.5, "strip above": 1.0, "spotlight": 1.5}
"""How often each is drawn."""
CAMERAS = ("clip", "clip", "room", "books", "blur", "wall", "dark")
LEAST_SHAPE, MOST_SHAPE = 0.75, 2.0
"""Width by height between which tiles fill the room that there is."""
OFF = 0.25
"""Share of cameras that are off."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a client looks: background, tile without a camera, corners, name label, the speaker's border; light: of its light theme, if it
    has one; lettered: the name itself stands in the middle where the camera is off."""

    ground: str
    off: str
    radii: tuple[int, ...]
    label: str
    ring: str
    light: tuple[str, str] | None = None
    lettered: bool = False


LOOKS = {
    "zoom": Look("#1a1a1a", "#242424", (0, 8, 10), "background:#0009;border-radius:4px;padding:2px 6px;left:4px;bottom:4px",
                 "#23d959", ("#ebebeb", "#e6e6e6"), lettered=True),
    "meet": Look("#202124", "#3c4043", (8, 12, 16), "left:12px;bottom:8px;text-shadow:0 1px 2px #0009", "#669df6"),
    "teams": Look("#292929", "#3b3a39", (4, 6, 8), "background:#242424cc;border-radius:4px;padding:2px 6px;left:6px;bottom:6px",
                  "#7f85f5", ("#f5f5f5", "#fff")),
    "webex": Look("#121212", "#2a2a2a", (8, 12), "background:#0009;border-radius:12px;padding:2px 8px;left:8px;bottom:8px",
                  "#1fb5f0", ("#fafafa", "#dedede")),
    "jitsi": Look("#040404", "#292929", (0, 4), "background:#0008;border-radius:3px;padding:1px 6px;left:6px;bottom:6px", "#3a8cff"),
}  # fmt: skip


@dataclass(slots=True)
class Page:
    """A page of (width, height) pixels with its truth: tiles, their kinds and names."""

    client: str
    layout: str
    size: tuple[int, int]
    radius: int
    body: str = ""
    boxes: list[Box] = field(default_factory=list)
    kinds: list[TileKind] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def put(self, box: Box, style: str, inner: str = "") -> None:
        """Put something into a rectangle of the page."""
        self.body += (
            f'<div style="position:absolute;left:{box.x}px;top:{box.y}px;width:{box.w}px;height:{box.h}px;'
            f'overflow:hidden;box-sizing:border-box;{style}">{inner}</div>'
        )


def page(seed: int) -> Page:
    """A call, the same for the same seed."""
    rng = random.Random(seed)
    client, size = rng.choice(list(LOOKS)), rng.choice(SIZES)
    look = LOOKS[client]
    drawn = Page(client, rng.choices(list(LAYOUTS), list(LAYOUTS.values()))[0], size, rng.choice(look.radii))
    light = look.light is not None and rng.random() < 0.3
    ground, off = look.light if light and look.light else (look.ground, look.off)
    window, framed = Box(0, 0, *size), rng.random() < 0.5
    if framed and rng.random() < 0.5:
        margin = rng.choice((30, 60))
        window = Box(margin, margin, size[0] - 2 * margin, size[1] - 2 * margin)
        drawn.put(Box(0, 0, *size), f"background:{_desktop(rng)}")
    drawn.put(window, f"background:{ground}")
    room = _bars(drawn, window, framed, light, ground, rng)
    gap, shape = rng.choice((2, 4, 6, 8, 10, 12, 16)), 16 / 9 if rng.random() < 0.85 else 4 / 3
    for box in _laid_out(drawn, room, gap, shape, rng):
        _add_tile(drawn, box, look, off, light, rng)
    return drawn


def _desktop(rng: random.Random) -> str:
    """What is behind a window."""
    kind = rng.choice(("plain", "gradient", "photograph"))
    hues = [f"hsl({rng.randrange(360)} 60% {light}%)" for light in (40, 60)]
    if kind == "photograph":
        return f"url({_uri(photograph(640, 360, rng.getrandbits(30)))}) center/cover"
    return hues[0] if kind == "plain" else f"linear-gradient({rng.randrange(360)}deg,{hues[0]},{hues[1]})"


def _bars(drawn: Page, window: Box, framed: bool, light: bool, ground: str, rng: random.Random) -> Box:
    """Draw title, head, toolbar and chat; what is left is the tiles' room."""
    top, ink = window.y, "#222" if light else "#eee"
    if framed:
        shade = "#e8e8e8" if light or rng.random() < 0.4 else "#333"
        drawn.put(
            Box(window.x, top, window.w, 30),
            f"background:{shade};color:#777;font:13px/30px Arial;text-align:center",
            "Meeting",
        )
        top += 30
    if head := rng.choice((0, 0, 36, 48, 56)):
        when = f"Analysis II · {rng.randrange(24):02}:{rng.randrange(60):02}"
        drawn.put(Box(window.x, top, window.w, head), f"color:{ink};font:14px/{head}px Arial;text-indent:16px", when)
        top += head
    foot = rng.choice((52, 64, 72, 80))
    shade = rng.choice((ground, "#fff" if light else "#111"))
    round_one = f"width:40px;height:40px;margin:0 6px;background:{'#ddd' if light else '#3c4043'};border-radius:"
    buttons = "".join(
        f'<div style="{round_one}{rng.choice(("50%", "8px"))}"></div>' for _ in range(rng.randrange(4, 9))
    )
    leave = '<div style="width:56px;height:40px;border-radius:20px;background:#ea4335"></div>'
    bar = f"background:{shade};display:flex;align-items:center;justify-content:center"
    drawn.put(Box(window.x, window.bottom - foot, window.w, foot), bar, buttons + leave)
    chat = rng.choice((0, 0, 0, 300, 340)) if drawn.size[0] >= 1280 else 0
    room = Box(window.x, top, window.w - chat, window.bottom - foot - top)
    if chat:
        said = "".join(f"<p style='margin:8px'><b>{rng.choice(PEOPLE)}</b><br>{_words(rng, 12)}</p>" for _ in range(9))
        shade = rng.choice(("#fff;color:#222", "#f3f2f1;color:#222", "#1f1f1f;color:#ddd"))
        drawn.put(Box(room.right, top, chat, room.h), f"background:{shade};font:13px Arial", said)
    return room


def _laid_out(drawn: Page, room: Box, gap: int, shape: float, rng: random.Random) -> list[Box]:
    """Where the tiles are; a shared screen is drawn."""
    if drawn.layout == "gallery":
        count = rng.choice((1, 2, 3, 4, 5, 6, 7, 9, 10, 12, 14, 16, 20, 25))
        return _gallery(room, count, gap, shape, fills=rng.random() < 0.25)
    count = rng.randint(1, 6)
    if drawn.layout == "strip above":
        high = rng.choice((90, 110, 130))
        wide = round(high * shape)
        count = max(1, min(count, (room.w - gap) // (wide + gap)))
        left = room.x + (room.w - count * (wide + gap) + gap) // 2
        tiles = [Box(left + i * (wide + gap), room.y + gap, wide, high) for i in range(count)]
        rest = Box(room.x + gap, room.y + high + 2 * gap, room.w - 2 * gap, room.h - high - 3 * gap)
    else:
        wide = rng.choice((160, 200, 240))
        high = round(wide / shape)
        count = max(1, min(count, (room.h - gap) // (high + gap)))
        top = room.y + (gap if rng.random() < 0.5 else (room.h - count * (high + gap) + gap) // 2)
        tiles = [Box(room.right - wide - gap, top + i * (high + gap), wide, high) for i in range(count)]
        rest = Box(room.x + gap, room.y + gap, room.w - wide - 3 * gap, room.h - 2 * gap)
    wide = min(rest.w, rest.h * 16 // 9)
    large = Box(rest.x + (rest.w - wide) // 2, rest.y + (rest.h - wide * 9 // 16) // 2, wide, wide * 9 // 16)
    if drawn.layout == "spotlight":
        return [large, *tiles]
    _share(drawn, large, rng)
    return tiles


def _gallery(room: Box, count: int, gap: int, shape: float, fills: bool) -> list[Box]:
    """Tiles of equal size, as large as can be, in rows, the last one centred."""
    lattices = [(columns, -(-count // columns)) for columns in range(1, count + 1)]
    room_for = {
        (columns, rows): ((room.w - gap) / columns - gap, (room.h - gap) / rows - gap) for columns, rows in lattices
    }
    columns, rows = max(lattices, key=lambda lattice: min(room_for[lattice][0], room_for[lattice][1] * shape))
    wide, high = room_for[columns, rows]
    if not fills or not LEAST_SHAPE < wide / high < MOST_SHAPE:
        wide, high = min(wide, high * shape), min(high, wide / shape)
    w, h = int(wide), int(high)
    top = room.y + (room.h - rows * (h + gap) + gap) // 2
    tiles = []
    for number in range(count):
        row, column = divmod(number, columns)
        here = min(columns, count - row * columns)
        left = room.x + (room.w - here * (w + gap) + gap) // 2
        tiles.append(Box(left + column * (w + gap), top + row * (h + gap), w, h))
    return tiles


def _share(drawn: Page, box: Box, rng: random.Random) -> None:
    """Draw a shared screen: slides, a document, code or a page, perhaps with a photograph."""
    kind, high = rng.choice(("slide", "document", "code", "page")), box.h
    picture = ""
    if kind in ("slide", "page") and rng.random() < 0.6:
        source = _uri(photograph(480, 320, rng.getrandbits(30)))
        picture = f'<img src="{source}" style="position:absolute;right:6%;bottom:10%;width:34%">'
    if kind == "slide":
        shade = rng.choice(("#fff;color:#123", "#fdf6e3;color:#123", "#e8f0fe;color:#123", "#0b3d5c;color:#fff"))
        points = "".join(f"<li>{_words(rng, 8)}</li>" for _ in range(6))
        text = f"Lecture {rng.randrange(20)}<ul style='font:400 {high // 22}px Arial;width:55%'>{points}</ul>"
        drawn.put(box, f"background:{shade};font:600 {high // 12}px Arial;padding:2%", text + picture)
    elif kind == "document":
        sheet = "margin:2% auto;background:#fff;width:60%;height:96%;padding:4%;box-sizing:border-box"
        text = f"<div style='{sheet};font:{high // 36}px Georgia;color:#222'>{_words(rng, 300, 300)}</div>"
        drawn.put(box, "background:#eee", text)
    elif kind == "code":
        lines = "\n".join(
            "  " * rng.randrange(4) + f"def {_words(rng, 1)}(x): return {rng.randrange(99)}" for _ in range(26)
        )
        drawn.put(
            box, f"background:#1e1e1e;color:#9cdcfe;font:{high // 34}px monospace;white-space:pre;padding:1%", lines
        )
    else:
        text = f"<div style='padding:3%;font:{high // 30}px Arial;color:#333;width:50%'>{_words(rng, 60, 60)}</div>"
        drawn.put(box, "background:#fff", f"<div style='background:#dee1e6;height:8%'></div>{picture}{text}")


def _add_tile(drawn: Page, box: Box, look: Look, off: str, light: bool, rng: random.Random) -> None:
    """Draw a participant and note the truth."""
    name = PEOPLE[(7 * len(drawn.boxes) + rng.randrange(3)) % len(PEOPLE)]
    who, is_off = sitter(rng.choice(CAMERAS), rng), rng.random() < OFF
    middle = "position:absolute;display:flex;align-items:center;justify-content:center"
    if not is_off:
        image = camera(box.w, box.h, who, rng.randrange(FRAMES_PER_PERSON), rng.getrandbits(30))[0]
        inner, shade = "", f"url({_uri(image)}) center/100% 100%"
    elif look.lettered:
        ink = "#222" if light else "#fff"
        inner, shade = (
            f'<div style="{middle};inset:0;color:{ink};font:500 {max(12, box.h // 8)}px Arial">{html.escape(name)}</div>',
            off,
        )
    else:
        side = int(min(box.w, box.h) * rng.choice((0.3, 0.4, 0.5)))
        disc = (
            f"left:{(box.w - side) // 2}px;top:{(box.h - side) // 2}px;width:{side}px;height:{side}px;border-radius:50%"
        )
        colour = f"background:hsl({rng.randrange(360)} 45% 40%);color:#fff;font:500 {side * 0.42:.0f}px Arial"
        inner, shade = f'<div style="{middle};{disc};{colour}">{name[0]}</div>', off
    ring = f"box-shadow:inset 0 0 0 3px {look.ring}" if rng.random() < 0.1 else ""
    inner += f'<div style="position:absolute;inset:0;border-radius:{drawn.radius}px;{ring}"></div>'
    font = f"color:#fff;font:{max(11, min(15, box.h // 9))}px Arial"
    inner += f'<div style="position:absolute;{look.label};{font}">{html.escape(name)}</div>'
    drawn.put(box, f"border-radius:{drawn.radius}px;background:{shade}", inner)
    drawn.boxes.append(box)
    drawn.kinds.append("off" if is_off else "video")
    drawn.names.append(name)


def _words(rng: random.Random, most: int, least: int = 1) -> str:
    """Some words."""
    return " ".join(rng.choice(PEOPLE).split()[0].lower() for _ in range(rng.randint(least, most)))


def _uri(image: Image) -> str:
    """A picture as part of a page."""
    return "data:image/jpeg;base64," + base64.b64encode(cv2.imencode(".jpg", image)[1].tobytes()).decode()


def shot(chromium: str, drawn: Page, folder: Path) -> Image:
    """The page as Chromium draws it, BGR (height, width, 3)."""
    (width, height), target = drawn.size, folder / "page.png"
    body = f'<body style="margin:0;width:{width}px;height:{height}px;overflow:hidden;position:relative">{drawn.body}</body>'
    (folder / "page.html").write_text(f"<!doctype html><meta charset=utf-8>{body}", encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
    size = f"--window-size={width},{height}"
    words = [chromium, *flags, size, f"--user-data-dir={folder / 'profile'}", f"--screenshot={target}"]
    subprocess.run([*words, (folder / "page.html").as_uri()], capture_output=True, check=True, timeout=120)
    image = cv2.imread(str(target))
    assert image is not None
    return np.asarray(image[:height, :width], np.uint8)


def shots(chromium: str, count: int, seed: int) -> Iterator[tuple[int, Page, Image]]:
    """Pages with their numbers and pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(seed, seed + count):
            drawn = page(number)
            yield number, drawn, shot(chromium, drawn, Path(folder))
