"""A call over time: a sequence of pictures with everything that is true of each, and the faults of real calls."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from meeting_analyzer.types import Box, Image

from .people import FRAMES_PER_PERSON
from .render import EMPTY, Stage, compose, stage
from .roster import Person, person
from .spec import Spec
from .tiles import Instant, TruthTile

Fault = Literal[
    "reorder",
    "front",
    "join",
    "leave",
    "return",
    "page",
    "chat",
    "resize",
    "layout",
    "compress",
    "drop",
    "camera",
    "freeze",
]
FAULTS: tuple[Fault, ...] = (
    "reorder", "front", "join", "leave", "return", "page", "chat", "resize", "layout", "compress", "drop", "camera", "freeze",
)  # fmt: skip
CLIP_RATE = 2.5
"""Frames of a person a second: as many as their clip has in its eight seconds."""


@dataclass(frozen=True)
class CallFrame:
    """A picture of a call at a time in seconds, BGR (H, W, 3), its tiles, the shared screen (empty: none) and what
    happened since the frame before."""

    image: Image
    time: float
    index: int
    tiles: list[TruthTile]
    shared: Box
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Plan:
    """How a call goes: its look, how many people there are, their names, and what happens when (time in seconds).

    names: "own", "twins" (two share one), "none".
    """

    spec: Spec
    people: int
    names: Literal["own", "twins", "none"] = "own"
    faults: tuple[tuple[float, Fault], ...] = ()


def shuffled(
    seconds: float, every: float = 20.0, others: Sequence[Fault] = (), seed: int = 0
) -> tuple[tuple[float, Fault], ...]:
    """A reorder every so many seconds, and the other faults one after the other between these."""
    rng = random.Random(seed)
    found: list[tuple[float, Fault]] = []
    count = int(seconds // every)
    for i in range(1, count + 1):
        found.append((i * every, "reorder"))
    for i, fault in enumerate(others):
        found.append((every * (0.5 + i % max(1, count)) + rng.uniform(-0.2, 0.2) * every, fault))
    return tuple(sorted(found))


class _Call:
    """The state of a call."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.rng = random.Random(seed)
        self.seed, self.spec, self.first = seed, plan.spec, plan.spec
        everyone = [person(i, plan.spec, self.rng) for i in range(plan.people + 3)]
        if plan.names == "none":
            everyone = [replace(who, name="") for who in everyone]
        elif plan.names == "twins":
            everyone[1] = replace(everyone[1], name=everyone[0].name)
        self.here, self.waiting = everyone[: plan.people], everyone[plan.people :]
        self.gone: list[Person] = []
        self.page = 0
        self.speaker = self.here[0].key
        self.frozen: dict[str, Instant] = {}
        self.dropped_until = -1.0
        self._stages: dict[Spec, Stage] = {}

    def happen(self, fault: Fault, time: float) -> None:
        """Change the call."""
        rng, spec = self.rng, self.spec
        if fault == "reorder":
            rng.shuffle(self.here)
        elif fault == "front":
            who = next(one for one in self.here if one.key == self.speaker)
            self.here.remove(who)
            self.here.insert(0, who)
        elif fault == "join" and self.waiting:
            self.here.append(self.waiting.pop(0))
        elif fault == "leave" and len(self.here) > 2:
            self.gone.append(self.here.pop(rng.randrange(len(self.here))))
        elif fault == "return" and self.gone:
            self.here.append(self.gone.pop(0))
        elif fault == "page":
            self.page += 1
        elif fault == "chat":
            self.spec = replace(spec, panel="none" if spec.panel != "none" else "light")
        elif fault == "resize":
            w, h = self.first.size
            smaller = round(w * 0.8) // 2 * 2, round(h * 0.85) // 2 * 2
            self.spec = replace(spec, size=self.first.size if spec.size != self.first.size else smaller)
        elif fault == "layout":
            other = {"gallery": "spotlight", "spotlight": "gallery"}.get(spec.arrange, "gallery")
            self.spec = replace(spec, arrange=other, strip="right" if other == "spotlight" else "none")  # type: ignore[arg-type]
        elif fault == "compress":
            self.spec = replace(spec, quality=60 if spec.quality is None else None)
        elif fault == "drop":
            self.dropped_until = time + 2.0
        elif fault == "camera":
            number = rng.randrange(len(self.here))
            who = self.here[number]
            self.here[number] = replace(who, kind="video" if who.kind == "off" else "off")
        elif fault == "freeze":
            moving = [who for who in self.here if who.kind == "video" and who.key not in self.frozen]
            if moving:
                who = rng.choice(moving)
                self.frozen[who.key] = self.instant(who, time)
        if rng.random() < 0.3 and self.here:
            self.speaker = rng.choice(self.here).key
        if all(who.key != self.speaker for who in self.here):
            self.speaker = self.here[0].key

    def instant(self, who: Person, time: float) -> Instant:
        """What the camera of a person sends now."""
        if who.key in self.frozen:
            return self.frozen[who.key]
        phase = who.seed % 97
        step = int(time * CLIP_RATE + phase) % (2 * FRAMES_PER_PERSON - 2)
        number = step if step < FRAMES_PER_PERSON else 2 * FRAMES_PER_PERSON - 2 - step
        sway = 0.015 * math.sin(time / 3 + phase), 0.008 * math.sin(time / 5 + 2 * phase)
        return Instant(number, (who.seed + int(time * 1000)) % 2**32, sway)

    def picture(self, time: float, index: int, faults: tuple[Fault, ...]) -> CallFrame:
        """The picture now."""
        spec = self.spec
        size = self.first.count
        pages = max(1, -(-len(self.here) // size))
        first = self.page % pages * size if spec.arrange == "gallery" else 0
        shown = self.here[first : first + size]
        spec = replace(spec, count=len(shown), arrows=pages > 1 and spec.arrange == "gallery")
        scene = self._stages.get(spec)
        if scene is None:
            scene = self._stages[spec] = stage(spec, self.seed)
        speakers = {i for i, who in enumerate(shown) if who.key == self.speaker and spec.speakers}
        shot = compose(spec, scene, shown, speakers, [self.instant(who, time) for who in shown])
        tiles = [
            replace(tile, kind="still") if tile.person in self.frozen and tile.kind == "video" else tile
            for tile in shot.tiles
        ]
        return CallFrame(shot.image, time, index, tiles, shot.shared, faults)


def call(plan: Plan, seconds: float, fps: float, seed: int = 0) -> Iterator[CallFrame]:
    """The frames of a call; the same for the same seed. Dropped frames are left out, their numbers too.

    A stream that has frozen is `still` in the truth from its first frozen frame on.
    """
    state = _Call(plan, seed)
    waiting = list(plan.faults)
    happened: list[Fault] = []
    for index in range(int(seconds * fps)):
        time = index / fps
        while waiting and waiting[0][0] <= time:
            fault = waiting.pop(0)[1]
            state.happen(fault, time)
            happened.append(fault)
        if time < state.dropped_until:
            continue
        yield state.picture(time, index, tuple(happened))
        happened = []


__all__ = ["EMPTY", "FAULTS", "CallFrame", "Fault", "Plan", "call", "shuffled"]
