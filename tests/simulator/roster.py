"""Who is in a call: what stays the same of a participant as long as the call lasts."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from .names import random_name
from .people import Sitter, sitter
from .spec import Spec

Kind = Literal["video", "still", "off"]


@dataclass(frozen=True)
class Person:
    """A participant. `key` is their identity; name: "" for none; seed: of all that is drawn at random about their tile;
    centred: the profile picture stands in the middle of the tile and does not fill it; upright: a telephone."""

    key: str
    name: str
    seed: int
    kind: Kind
    sitter: Sitter
    centred: bool = True
    upright: bool = False
    wide: float = 9 / 16


def person(number: int, spec: Spec, rng: random.Random) -> Person:
    """A participant of a call that looks like the spec."""
    draw = rng.random()
    kind: Kind = "off" if draw < spec.off_share else "video"
    if rng.random() < spec.still_share:
        kind = "still"
    return Person(
        key=f"person {number}",
        name=random_name(rng, spec.scripts),
        seed=rng.getrandbits(32),
        kind=kind,
        sitter=sitter(rng.choice(spec.backdrops), rng, spec.masks),
        centred=rng.random() < 0.6,
        upright=rng.random() < spec.portrait_share,
        wide=rng.choice([9 / 16, 3 / 4]),
    )
