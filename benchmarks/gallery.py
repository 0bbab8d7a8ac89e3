"""How well the gallery is understood, over the simulator: `python -m benchmarks.gallery --count 6 --calls 3`.

Tiles: precision and recall at IoU 0.7 by client and by size over gallery, rows, spotlight and side by side, and over the
named hard cases. Kinds over the tiles found: accuracy, and false `video` among stills in single pictures (where a picture
that fills its tile cannot be told) and in calls, as they are and as recorded, from ten seconds after it could first be
seen. Names: character error rate by script and height, at the end of calls of a few seconds with the true tiles given,
over the labels that were read and over all, and how many were read.
Identity: switches in one participant-hour (`benchmarks.identity`). Cost: milliseconds of one processor for each part on
a frame of 49 tiles.
"""

from __future__ import annotations

import argparse
import random
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from meeting_analyzer.config import Settings
from meeting_analyzer.perception.appearance import appearance, distance
from meeting_analyzer.perception.base import TileBox
from meeting_analyzer.perception.kind import kind_of
from meeting_analyzer.perception.names import NameReader
from meeting_analyzer.perception.perceive import Perception
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.timeline.participants import Roster
from meeting_analyzer.types import Frame, Image, Tile
from tests.simulator import (
    CASES,
    CLIENTS,
    LOOKS,
    CallFrame,
    Plan,
    Shot,
    Spec,
    TruthTile,
    arranged_spec,
    call,
    case,
    random_spec,
    render,
)

from .identity import follow, plan
from .names import distance as letters_apart
from .recorded import recorded
from .tiles import pairs

STRICT = 0.7
SIZES = ((640, 400), (1280, 720), (1920, 1080), (3840, 2160))
TOLD_AFTER = 10.0
"""Seconds after which a picture that fills its tile should be known as one."""
RATE = 2
"""Frames a second of the calls in which kinds are told."""
CRF, KEY_SECONDS = 26, 5
"""Quality of H.264 at which such a call is recorded, and seconds from one key frame to the next."""
LOOKS_AT_NAMES = 6
"""Frames of a call, one a second, in which nobody moves to another tile; what is read in the last counts."""


@dataclass
class Hits:
    """Tiles found, true ones, and pairs of both."""

    pictures: int = 0
    hits: int = 0
    found: int = 0
    truth: int = 0

    def add(self, hits: int, found: int, truth: int) -> None:
        """Count one picture."""
        self.pictures += 1
        self.hits += hits
        self.found += found
        self.truth += truth

    def line(self) -> str:
        """The figures as text."""
        precision, recall = self.hits / max(1, self.found), self.hits / max(1, self.truth)
        return f"{self.pictures:9}{self.truth:8}{precision:11.3f}{recall:9.3f}"


def pictures(count: int, seed: int) -> Iterator[tuple[str, Spec, Shot]]:
    """Rendered pictures: for every client and size `count` galleries and as many of the other layouts, then the cases."""
    for client in CLIENTS:
        for size in SIZES:
            for number in range(count):
                rng = random.Random(f"{seed} {client} {size} {number}")
                plain = random_spec(rng, False)
                theme = rng.choice([theme for one, theme in LOOKS if one == client])
                look = LOOKS[client, theme]
                scale = {640: 0.5, 3840: 2.0}.get(size[0], 1.0)
                plain = replace(
                    plain,
                    client=client,
                    theme=theme,
                    size=size,
                    scale=scale,
                    gap=round(rng.randint(*look.gaps) * scale),
                    radius=round(rng.choice(look.radii) * scale),
                    panel="none" if size[0] < 1000 else plain.panel,
                )
                for spec in (plain, arranged_spec(rng, client, rng.choice(("spotlight", "side")), size)):
                    yield spec.arrange, spec, render(spec, rng.getrandbits(30))
                if client in ("meet", "teams", "webex"):
                    spec = arranged_spec(rng, client, "rows", size)
                    yield spec.arrange, spec, render(spec, rng.getrandbits(30))
    for name in CASES:
        for number in range(2 * count):
            spec = case(name, seed + number)
            yield name, spec, render(spec, seed + number)


def tiles_and_kinds(count: int, seed: int) -> None:
    """Print how well tiles are found and their kinds told in single pictures."""
    groups: dict[str, Hits] = defaultdict(Hits)
    kinds: Counter[tuple[str, str]] = Counter()
    for layout, spec, shot in pictures(count, seed):
        found = find_tiles(shot.image)
        matched = pairs([tile.box for tile in found], [tile.box for tile in shot.tiles], STRICT)
        size = f"{spec.size[0]}x{spec.size[1]}"
        for group in (f"client {spec.client}", f"layout {layout}", f"size {size}", "all"):
            if layout in CASES and not group.startswith(("layout", "all")):
                continue
            groups[group].add(len(matched), len(found), len(shot.tiles))
        for i, j in matched:
            kinds[shot.tiles[j].kind, found[i].kind] += 1
    print(f"{'tiles at IoU 0.7':24}{'pictures':>9}{'tiles':>8}{'precision':>11}{'recall':>9}")
    for group, hits in sorted(groups.items()):
        print(f"{group:24}{hits.line()}")
    total, right = sum(kinds.values()), sum(n for (a, b), n in kinds.items() if a == b)
    stills = sum(n for (a, _), n in kinds.items() if a == "still")
    print(f"\nkinds in single pictures: {right / total:.4f} of {total} tiles", dict(kinds))
    print(f"    video among {stills} stills: {kinds['still', 'video'] / max(1, stills):.3f}")


def kinds_in_calls(calls: int, seconds: float, seed: int, crf: int | None) -> None:
    """Print how kinds are told over time: in the pictures themselves, or as recorded at a quality of `crf`. Untold: stills shown as
    `video` where until now anything at all has moved for less than TOLD_AFTER seconds: this may be a grab that is paused."""
    kinds: Counter[tuple[str, str]] = Counter()
    untold = 0
    for number in range(seed, seed + calls):
        chosen = plan(number, seconds, "own", False)
        chosen = Plan(replace(chosen.spec, still_share=0.3, off_share=0.15), chosen.people, "own", ((4.0, "freeze"),))
        perception = Perception(Settings(mode="presence", names="off"), print)
        moving: list[float] = []
        frames = _watched(call(chosen, seconds, RATE, number), moving)
        for place, frame in enumerate(frames if crf is None else _as_recorded(frames, crf)):
            found = perception.see(Frame(frame.image, frame.time, frame.index)).tiles
            if frame.time < 4.0 + TOLD_AFTER:
                continue
            for i, j in pairs([tile.box for tile in found], [tile.box for tile in frame.tiles], STRICT):
                told = frame.tiles[j].kind, found[i].kind
                kinds[told] += 1
                untold += told == ("still", "video") and moving[place] < TOLD_AFTER
        perception.close()
    total, right = sum(kinds.values()), sum(n for (a, b), n in kinds.items() if a == b)
    stills = sum(n for (a, _), n in kinds.items() if a == "still")
    print(f"kinds in calls{', recorded' if crf else ''}: {right / max(1, total):.4f} of {total} tiles", dict(kinds))
    print(
        f"    video among {stills} stills: {kinds['still', 'video'] / max(1, stills):.4f}, of them untold {untold}",
        flush=True,
    )


def _watched(frames: Iterator[CallFrame], moving: list[float]) -> Iterator[CallFrame]:
    """The frames of a call, and for each for how many seconds until then any pixel of its pictures has moved."""
    before: CallFrame | None = None
    for frame in frames:
        moved = before is not None and not np.array_equal(before.image, frame.image)
        moving.append((moving[-1] if moving else 0.0) + (frame.time - before.time if before and moved else 0.0))
        before = frame
        yield frame


def _as_recorded(frames: Iterator[CallFrame], crf: int) -> Iterator[CallFrame]:
    """The frames of a call with their pictures as they come out of a recording."""
    truth: list[CallFrame] = []

    def images() -> Iterator[Image]:
        for frame in frames:
            truth.append(replace(frame, image=frame.image[:0]))
            yield frame.image

    for number, image in enumerate(recorded(images(), RATE, crf, KEY_SECONDS * RATE)):
        yield replace(truth[number], image=image)


def names(count: int, seed: int) -> None:
    """Print the character error rate by script and height of the labels."""
    reader = NameReader.open("on", 1)
    assert reader is not None
    print(f"\n{'names':12}{'letters':>9}{'labels':>8}{'read':>8}{'CER':>8}{'CER of all':>12}")
    for script in ("latin", "cjk", "devanagari"):
        for low, sizes in (("11", (11,)), ("12-14", (12, 13, 14)), ("18+", (18, 24, 28))):
            labels = read = wrong = length = missed = 0
            for number in range(count):
                rng = random.Random(f"{seed} {script} {low} {number}")
                scale = {"11": 11 / 12, "12-14": 1.0, "18+": 1.6}[low]
                spec = random_spec(rng, False)
                spec = replace(
                    spec, labels=True, scripts=script, scale=scale, size=(1920, 1080), count=16, aspect=16 / 9,
                    panel="none", desktop=False, still_share=0.0, quality=rng.choice([None, 90]),
                )  # fmt: skip
                frames = call(Plan(spec, spec.count), LOOKS_AT_NAMES, 1, rng.getrandbits(30))
                labelled: list[TruthTile] = []
                texts: list[str | None] = []
                live = reader.beside()
                for frame in frames:
                    labelled = [t for t in frame.tiles if t.name and min(sizes) <= t.letters <= max(sizes)]
                    texts = live.read(frame.image, [TileBox(tile.box, tile.kind) for tile in labelled], None)
                for tile, text in zip(labelled, texts, strict=True):
                    truth = unicodedata.normalize("NFC", tile.name or "")
                    labels += 1
                    missed += len(truth) if text is None else 0
                    if text is not None:
                        read += 1
                        wrong += letters_apart(truth, text)
                        length += len(truth)
            if labels:
                every = (wrong + missed) / (length + missed)
                print(f"{script:12}{low:>9}{labels:8}{read / labels:8.3f}{wrong / max(1, length):8.4f}{every:12.4f}")


def identity(calls: int, seconds: float, seed: int) -> None:
    """Print switches in one participant-hour, for the true tiles and for the analyzer's own."""
    print(f"\n{'identity':20}{'names':8}{'participant-hours':>18}{'switches':>10}{'an hour':>9}")
    for true_tiles in (True, False):
        for kind in ("own", "twins", "none"):
            hours, switches = 0.0, 0
            for number in range(seed, seed + calls):
                read: Literal["auto", "off"] = "auto" if kind != "none" else "off"
                score = follow(plan(number, seconds, kind, True), seconds, 1, number, true_tiles, read)
                hours += score.seconds / 3600
                switches += score.switches
            which = "true tiles" if true_tiles else "tiles as found"
            print(f"{which:20}{kind:8}{hours:18.2f}{switches:10}{switches / max(1e-9, hours):9.1f}", flush=True)


def cost(seed: int) -> None:
    """Print milliseconds of one processor for each part on a frame of 49 tiles at 1920x1080."""
    spec = replace(random_spec(random.Random(seed), False), size=(1920, 1080), count=49, scale=1.0, labels=True)
    shot = render(spec, seed)
    boxes = [tile.box for tile in shot.tiles]
    known = [Tile(b, "video", None, appearance=appearance(shot.image, b)) for b in boxes]
    roster = Roster(distance)
    reader = NameReader.open("auto", 1)
    tiles = [TileBox(tile.box, tile.kind) for tile in shot.tiles]
    parts: list[tuple[str, Callable[[], object]]] = [
        ("finding the tiles", lambda: find_tiles(shot.image)),
        ("their kinds", lambda: [kind_of(shot.image, box) for box in boxes]),
        ("their looks", lambda: [appearance(shot.image, box) for box in boxes]),
        ("who is who", lambda: roster.assign(known, spec.size, 0.0)),
    ]
    if reader is not None:
        reader.read(shot.image, tiles, None)
        parts.append(("names known", lambda: reader.read(shot.image, tiles, None)))
    print("\nms of one processor, 49 tiles at 1920x1080, best of five")
    for name, run in parts:
        best = 1e9
        for _ in range(5):
            start = time.process_time()
            run()
            best = min(best, time.process_time() - start)
        print(f"    {name:20}{1000 * best:8.1f}")


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=6, help="pictures of each layout for every client and size")
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["tiles", "kinds", "names", "identity", "cost"])
    args = parser.parse_args()
    cv2.setNumThreads(1)
    if args.only in (None, "tiles"):
        tiles_and_kinds(args.count, args.seed)
    if args.only in (None, "kinds"):
        for crf in (None, CRF):
            kinds_in_calls(args.calls, 24, args.seed, crf)
    if args.only in (None, "names"):
        names(max(3, args.count), args.seed)
    if args.only in (None, "identity"):
        identity(args.calls, args.seconds, args.seed)
    if args.only in (None, "cost"):
        cost(args.seed)


if __name__ == "__main__":
    main()
