"""What a rendered gallery looks like: the clients' looks, and specs drawn at random."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Color = tuple[int, int, int]
"""RGB, 0..255."""
Client = Literal["zoom", "meet", "teams", "webex", "jitsi", "bigbluebutton"]
Theme = Literal["dark", "light"]
Arrange = Literal["gallery", "rows", "spotlight", "side"]
Strip = Literal["none", "top", "right", "bottom"]
CLIENTS: tuple[Client, ...] = ("zoom", "meet", "teams", "webex", "jitsi", "bigbluebutton")
BACKDROPS = ("clip", "wall", "white", "dark", "blur", "books", "room")
SIZES = (
    (640, 400),
    (854, 480),
    (1024, 768),
    (1280, 720),
    (1280, 720),
    (1366, 768),
    (1440, 900),
    (1600, 900),
    (1920, 1080),
    (1920, 1080),
    (1920, 1080),
    (2560, 1440),
    (3840, 2160),
)


@dataclass(frozen=True)
class Look:
    """A client in one theme: the colours seen in its window; where there are several, versions differ."""

    backgrounds: tuple[Color, ...]
    bars: tuple[Color, ...]
    off: tuple[Color, ...]
    border: tuple[Color, ...]
    text: Color
    gaps: tuple[int, int]
    radii: tuple[int, ...]
    label: Literal["strip", "pill", "plain"]
    off_content: tuple[Literal["name", "initials"], ...]


_AVATAR_OFF: tuple[Literal["name", "initials"], ...] = ("initials",)
LOOKS: dict[tuple[Client, Theme], Look] = {
    ("zoom", "dark"): Look(
        backgrounds=((26, 26, 26), (0, 0, 0), (20, 20, 20), (15, 15, 18)),
        bars=((26, 26, 26), (0, 0, 0), (36, 36, 36)),
        off=((36, 36, 36), (43, 43, 43), (34, 34, 38)),
        border=((35, 217, 89), (213, 232, 74), (167, 219, 62)),
        text=(240, 240, 240),
        gaps=(2, 8),
        radii=(0, 0, 8, 10),
        label="strip",
        off_content=("name", "name", "initials"),
    ),
    ("meet", "dark"): Look(
        backgrounds=((32, 33, 36), (19, 19, 20)),
        bars=((32, 33, 36), (19, 19, 20)),
        off=((60, 64, 67), (44, 46, 51)),
        border=((138, 180, 248), (26, 115, 232), (66, 133, 244)),
        text=(255, 255, 255),
        gaps=(8, 16),
        radii=(8, 8, 12, 16),
        label="plain",
        off_content=_AVATAR_OFF,
    ),
    ("teams", "light"): Look(
        backgrounds=((245, 245, 245), (235, 235, 235), (240, 240, 240)),
        bars=((245, 245, 245), (235, 235, 235), (255, 255, 255)),
        off=((226, 226, 246), (242, 222, 222), (220, 236, 226), (245, 232, 211), (216, 231, 241), (225, 225, 225)),
        border=((91, 95, 199), (127, 133, 245)),
        text=(36, 36, 36),
        gaps=(4, 8),
        radii=(0, 4, 4, 8),
        label="pill",
        off_content=_AVATAR_OFF,
    ),
    ("teams", "dark"): Look(
        backgrounds=((31, 31, 31), (20, 20, 20), (41, 40, 40)),
        bars=((31, 31, 31), (20, 20, 20), (41, 41, 41)),
        off=((51, 51, 51), (41, 41, 41), (58, 53, 66), (45, 58, 56)),
        border=((127, 133, 245), (91, 95, 199)),
        text=(255, 255, 255),
        gaps=(4, 8),
        radii=(0, 4, 4, 8),
        label="pill",
        off_content=_AVATAR_OFF,
    ),
    ("webex", "dark"): Look(
        backgrounds=((0, 0, 0), (13, 13, 13)),
        bars=((0, 0, 0), (18, 18, 18)),
        off=((38, 38, 38), (51, 51, 51), (31, 35, 40)),
        border=((10, 160, 216), (78, 192, 240), (47, 193, 130)),
        text=(247, 247, 247),
        gaps=(4, 10),
        radii=(4, 8, 8),
        label="pill",
        off_content=_AVATAR_OFF,
    ),
    ("jitsi", "dark"): Look(
        backgrounds=((4, 4, 4), (20, 20, 20)),
        bars=((4, 4, 4), (20, 20, 20)),
        off=((20, 20, 20), (41, 41, 41), (30, 30, 30)),
        border=((36, 111, 229), (23, 160, 219)),
        text=(255, 255, 255),
        gaps=(4, 10),
        radii=(0, 0, 4),
        label="pill",
        off_content=_AVATAR_OFF,
    ),
    ("bigbluebutton", "dark"): Look(
        backgrounds=((6, 23, 42),),
        bars=((6, 23, 42),),
        off=((18, 38, 60), (30, 47, 68)),
        border=((15, 112, 215), (78, 160, 250)),
        text=(255, 255, 255),
        gaps=(6, 12),
        radii=(6, 10),
        label="pill",
        off_content=_AVATAR_OFF,
    ),
}


@dataclass(frozen=True)
class Spec:
    """One picture to render.

    size: (width, height) in pixels. gap, radius in pixels of the picture. scale: how large the client draws its text
    and bars (1: 100 %). aspect: of the tiles. backdrops: what the videos are chosen from. off_share, portrait_share,
    tight_share: shares of the tiles. letterbox: what stands beside an upright video. frame: a title bar. desktop: the
    window stands on a desktop. panel: a chat on the right. quality: JPEG quality of the whole picture, None: lossless.
    nasty: hard on purpose (videos that run into each other or into the background).
    arrange: "gallery": equal tiles; "rows": rows that each fill the width, so that the last one's tiles are wider;
    "spotlight": one large tile and a strip of small ones; "side": a shared screen and a strip. strip: where that is;
    strip_share: its height or width as a share of the window's; lanes: its rows or columns. shared: what the screen
    shows. phones: share of the tiles that are upright, as wide as a telephone's video. still_share: of profile
    pictures. scripts: of the names. arrows: buttons that turn pages lie over the tiles.
    """

    client: Client = "zoom"
    theme: Theme = "dark"
    size: tuple[int, int] = (1280, 720)
    count: int = 9
    gap: int = 6
    radius: int = 0
    scale: float = 1.0
    aspect: float = 16 / 9
    last_row: Literal["center", "left"] = "center"
    backdrops: tuple[str, ...] = BACKDROPS
    off_share: float = 0.2
    portrait_share: float = 0.05
    letterbox: Literal["black", "blur", "background", "crop"] = "black"
    speakers: int = 1
    frame: Literal["none", "light", "dark"] = "none"
    desktop: bool = False
    panel: Literal["none", "light", "dark"] = "none"
    bars: bool = True
    labels: bool = True
    quality: int | None = None
    nasty: bool = False
    arrange: Arrange = "gallery"
    strip: Strip = "none"
    strip_share: float = 0.17
    lanes: int = 1
    shared: str = "slide"
    phones: float = 0.0
    still_share: float = 0.0
    masks: float = 0.0
    scripts: Literal["mixed", "latin", "devanagari", "cjk"] = "mixed"
    arrows: bool = False


def random_spec(rng: random.Random, nasty: bool | None = None) -> Spec:
    """A likely picture of a call; `nasty` None: hard in one of four."""
    client, theme = rng.choices(list(LOOKS), [4, 3, 2, 2, 1.5, 1, 1])[0]
    look = LOOKS[client, theme]
    nasty = rng.random() < 0.25 if nasty is None else nasty
    size = rng.choice(SIZES)
    count = rng.choice([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 17, 20, 23, 25, 25, 30, 36, 42, 49, 49])
    scale = 0.5 if size[0] < 800 else 0.75 if size[0] < 1000 else 1.0
    if size[0] > 2000:
        scale = rng.choice([1.0, 1.5, 2.0] if size[0] > 3000 else [1.0, 1.25, 1.5])
    gap, radius = rng.randint(*look.gaps), rng.choice(look.radii)
    backdrops: tuple[str, ...] = BACKDROPS
    letterbox: Literal["black", "blur", "background", "crop"] = rng.choice(("black", "blur", "crop"))
    off_share, portrait_share, aspect = rng.choice([0.0, 0.1, 0.2, 0.4, 0.8]), rng.choice([0.0, 0.05, 0.15]), 16 / 9
    if client in ("meet", "teams") and rng.random() < 0.4:
        aspect = rng.uniform(1.2, 2.0)
    elif client in ("zoom", "jitsi", "bigbluebutton") and rng.random() < 0.1:
        aspect = 4 / 3
    if nasty:
        kind = rng.choice(["touching", "touching", "dark", "portrait", "wide"])
        if kind == "touching":
            gap, radius, backdrops = rng.randint(0, 2), 0, rng.choice([("white",), ("white", "wall"), BACKDROPS])
        elif kind == "dark":
            backdrops = ("white", "white", "clip") if theme == "light" else ("dark", "dark", "clip")
        elif kind == "portrait":
            portrait_share, letterbox = 0.5, rng.choice(("black", "background", "blur"))
        else:
            gap = rng.randint(14, 20)
            backdrops = ("books", "room", "blur", "white")
    return Spec(
        client=client,
        theme=theme,
        size=size,
        count=count,
        gap=round(gap * scale) if gap > 2 else gap,
        radius=round(radius * scale),
        scale=scale,
        aspect=aspect,
        last_row="left" if rng.random() < 0.15 else "center",
        backdrops=backdrops,
        off_share=off_share,
        portrait_share=portrait_share,
        letterbox=letterbox,
        speakers=rng.choices([0, 1, 2], [2, 7, 1])[0],
        frame=rng.choices(("none", "light", "dark"), [6, 2, 2])[0],
        desktop=rng.random() < 0.08,
        panel=rng.choices(("none", "light", "dark"), [8, 1, 1])[0] if size[0] >= 1000 else "none",
        bars=rng.random() < 0.85,
        labels=rng.random() < 0.95,
        quality=rng.choice([None, None, None, 95, 85, 70, 50]),
        nasty=nasty,
        still_share=rng.choice([0.0, 0.0, 0.05, 0.1]),
    )
