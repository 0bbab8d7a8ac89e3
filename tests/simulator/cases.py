"""Pictures that are known to be hard, by name; and layouts other than the plain gallery, at random."""

from __future__ import annotations

import random
from dataclasses import replace

from .shared import SHARED
from .spec import CLIENTS, LOOKS, SIZES, Arrange, Client, Spec, Strip, random_spec


def _zoom_5x5(rng: random.Random) -> Spec:
    """25 tiles of virtual backgrounds: white walls that run into each other, masks, telephones, page arrows, dark
    letterboxed video on a dark ground."""
    size = rng.choice([(1280, 720), (1366, 768), (1920, 1080), (1600, 900)])
    return Spec(
        client="zoom",
        size=size,
        count=25,
        gap=rng.choice([0, 1, 2, 4, 6]),
        backdrops=("white", "white", "white", "wall", "dark", "books"),
        off_share=0.04,
        portrait_share=0.1,
        letterbox=rng.choice(("background", "black")),
        masks=0.3,
        arrows=True,
        bars=rng.random() < 0.7,
        quality=rng.choice([None, 85, 70]),
        nasty=True,
    )


def _seven_by_seven(rng: random.Random) -> Spec:
    """49 tiles in a picture of 640x400."""
    return Spec(
        client="zoom",
        size=(640, 400),
        count=49,
        gap=rng.choice([1, 2, 2, 3]),
        scale=0.5,
        off_share=rng.choice([0.0, 0.1]),
        portrait_share=0.04,
        bars=rng.random() < 0.5,
        labels=rng.random() < 0.7,
        quality=rng.choice([None, 90, 80]),
        nasty=True,
    )


CASES = {"zoom-5x5": _zoom_5x5, "7x7-small": _seven_by_seven}


def case(name: str, seed: int) -> Spec:
    """One version of a named case."""
    return CASES[name](random.Random(seed))


def arranged_spec(
    rng: random.Random,
    client: Client | None = None,
    arrange: Arrange | None = None,
    size: tuple[int, int] | None = None,
) -> Spec:
    """A likely picture of a call whose tiles are not a lattice, in the look of one of the clients that have it."""
    arrange = arrange or rng.choice(("rows", "spotlight", "spotlight", "side", "side"))
    having = {"rows": ("meet", "teams", "webex")}.get(arrange, CLIENTS)
    client = client or rng.choice(having)  # type: ignore[arg-type]
    theme = rng.choice([theme for one, theme in LOOKS if one == client])
    look = LOOKS[client, theme]
    spec = random_spec(rng, False)
    size = size or rng.choice(SIZES)
    scale = 0.5 if size[0] < 800 else 0.75 if size[0] < 1000 else 1.0
    if size[0] > 2000:
        scale = rng.choice([1.0, 1.5, 2.0] if size[0] > 3000 else [1.0, 1.25, 1.5])
    strips: dict[Client, tuple[Strip, ...]] = {
        "zoom": ("top", "top", "right", "none"),
        "meet": ("right", "right", "bottom", "none"),
        "teams": ("bottom", "right", "top", "none"),
        "webex": ("top", "right", "none"),
        "jitsi": ("right", "right", "bottom", "none"),
        "bigbluebutton": ("top", "top", "right", "none"),
    }
    strip = rng.choice(strips[client])
    # a share without anybody beside it is no call that anything could be said of
    if arrange == "side" and strip == "none":
        strip = strips[client][0]
    lanes = rng.choice([1, 1, 1, 2]) if strip == "right" and client in ("meet", "zoom", "teams") else 1
    share = (
        (rng.uniform(0.13, 0.2) if lanes == 1 else rng.uniform(0.24, 0.34))
        if strip == "right"
        else rng.uniform(0.14, 0.22)
    )
    phones = rng.choice([0.0, 0.0, 0.3]) if arrange == "rows" and client in ("meet", "teams") else 0.0
    return replace(
        spec,
        client=client,
        theme=theme,
        size=size,
        scale=scale,
        gap=round(rng.randint(*look.gaps) * scale),
        radius=round(rng.choice(look.radii) * scale),
        aspect=16 / 9,
        count=rng.choice([2, 3, 5, 7, 8, 11, 13, 14, 17, 19, 23]) if arrange == "rows" else rng.randint(2, 25),
        arrange=arrange,
        strip=strip,
        strip_share=share,
        lanes=lanes,
        shared=rng.choice(SHARED),
        phones=phones,
        still_share=rng.choice([0.0, 0.1]),
        arrows=rng.random() < 0.15,
        masks=rng.choice([0.0, 0.0, 0.2]),
        panel=spec.panel if size[0] >= 1000 else "none",
    )
