"""How well the tile finder finds the tiles of rendered galleries: `python -m benchmarks.tiles --count 300`.

Precision, recall and F1 at IoU 0.5 and 0.7, kind and speaking accuracy over the tiles found (at IoU 0.5), by client, by
number of tiles and by ordinary or nasty; milliseconds a frame by size. --failures DIR writes the pictures that went
wrong with the truth in green and what was found in red.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import cv2

from meeting_analyzer.perception.base import TileBox
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Box
from tests.simulator import Shot, Spec, random_spec, render

RATED_AT = 0.5
STRICT_AT = 0.7
_BUCKETS = ((1, 1), (2, 4), (5, 9), (10, 16), (17, 25), (26, 49))


@dataclass
class Tally:
    """Tiles counted over pictures; `perfect`: pictures whose tiles were all found at IoU 0.7 and nothing else."""

    shots: int = 0
    perfect: int = 0
    truth: int = 0
    found: int = 0
    hits: int = 0
    strict: int = 0
    kind: int = 0
    speaking: int = 0
    speakers: int = 0
    speakers_found: int = 0
    speakers_claimed: int = 0

    def add(self, other: Tally) -> None:
        """Add another tally's counts."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    def scores(self, hits: int) -> tuple[float, float, float]:
        """Precision, recall and F1 in 0..1."""
        total = self.found + self.truth
        precision = hits / self.found if self.found else 0.0
        return precision, hits / max(1, self.truth), 2 * hits / total if total else 0.0


def pairs(found: Sequence[Box], truth: Sequence[Box], iou: float) -> list[tuple[int, int]]:
    """Pairs (index found, index truth) that overlap by at least `iou`, each used once, best first."""
    every = sorted(((a.iou(b), i, j) for i, a in enumerate(found) for j, b in enumerate(truth)), reverse=True)
    taken: list[tuple[int, int]] = []
    for overlap, i, j in every:
        if overlap >= iou and all(i != a and j != b for a, b in taken):
            taken.append((i, j))
    return taken


def rate(found: Sequence[TileBox], shot: Shot) -> Tally:
    """One picture's tally."""
    boxes, truth = [tile.box for tile in found], [tile.box for tile in shot.tiles]
    matched = pairs(boxes, truth, RATED_AT)
    strict = len(pairs(boxes, truth, STRICT_AT))
    return Tally(
        shots=1,
        perfect=int(strict == len(boxes) == len(truth)),
        truth=len(truth),
        found=len(boxes),
        hits=len(matched),
        strict=strict,
        kind=sum(found[i].kind == shot.tiles[j].kind for i, j in matched),
        speaking=sum(found[i].speaking == shot.tiles[j].speaking for i, j in matched),
        speakers=sum(tile.speaking for tile in shot.tiles),
        speakers_found=sum(found[i].speaking and shot.tiles[j].speaking for i, j in matched),
        speakers_claimed=sum(tile.speaking for tile in found),
    )


def measure(seed: int, nasty: bool | None, failures: Path | None) -> tuple[Spec, Tally, float]:
    """Render, find and rate one picture; the time is the tile finder's alone, in seconds, the better of two."""
    cv2.setNumThreads(1)
    spec = random_spec(random.Random(seed), nasty)
    shot = render(spec, seed)
    seconds = []
    found: list[TileBox] = []
    for _ in range(2):
        start = time.perf_counter()
        found = find_tiles(shot.image)
        seconds.append(time.perf_counter() - start)
    tally = rate(found, shot)
    wrong = not tally.perfect or tally.kind != tally.hits or tally.speaking != tally.hits
    if failures and wrong:
        _draw(failures / f"{seed:05d}-{spec.client}-{spec.count}{'-nasty' if spec.nasty else ''}.png", shot, found)
    return spec, tally, min(seconds)


def _draw(path: Path, shot: Shot, found: Sequence[TileBox]) -> None:
    image = shot.image.copy()
    thick = max(1, image.shape[1] // 900)
    for color, tiles in (((60, 200, 0), shot.tiles), ((40, 40, 255), found)):
        for tile in tiles:
            b = tile.box
            inset = 2 * thick if color[2] else 0
            corner = (b.x + inset, b.y + inset), (b.right - 1 - inset, b.bottom - 1 - inset)
            cv2.rectangle(image, *corner, color, thick)
            text = f"{tile.kind}{' speaks' if tile.speaking else ''}"
            at = b.x + 6, b.y + (34 if color[2] else 16)
            cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, color, 1, cv2.LINE_AA)
    cv2.imwrite(str(path), image)


def _row(name: str, tally: Tally) -> str:
    precision, recall, f1 = tally.scores(tally.hits)
    strict = tally.scores(tally.strict)[2]
    hits = max(1, tally.hits)
    speaking = 2 * tally.speakers_found / max(1, tally.speakers + tally.speakers_claimed)
    return (
        f"{name:16}{tally.shots:6}{tally.truth:7}{precision:8.3f}{recall:8.3f}{f1:8.3f}{strict:8.3f}"
        f"{tally.perfect / max(1, tally.shots):9.3f}{tally.kind / hits:8.3f}{tally.speaking / hits:9.3f}{speaking:8.3f}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300, help="pictures")
    parser.add_argument("--seed", type=int, default=1000, help="of the first picture")
    parser.add_argument("--only", choices=["ordinary", "nasty"], help="one kind of pictures")
    parser.add_argument("--jobs", type=int, default=1, help="processes; times are honest only with 1")
    parser.add_argument("--failures", type=Path, help="write pictures that went wrong to this folder")
    args = parser.parse_args()
    if args.failures:
        args.failures.mkdir(parents=True, exist_ok=True)
    nasty = None if args.only is None else args.only == "nasty"
    work = partial(measure, nasty=nasty, failures=args.failures)
    seeds = range(args.seed, args.seed + args.count)
    if args.jobs > 1:
        with ProcessPoolExecutor(args.jobs) as pool:
            results = list(pool.map(work, seeds, chunksize=4))
    else:
        results = [work(seed) for seed in seeds]

    groups: dict[str, Tally] = defaultdict(Tally)
    times: dict[tuple[int, int], list[float]] = defaultdict(list)
    for spec, tally, seconds in results:
        low, high = next(bucket for bucket in _BUCKETS if bucket[0] <= spec.count <= bucket[1])
        tiles = f"3 {low}-{high} tiles" if low != high else f"3 {low} tile"
        client = f"1 {spec.client} {spec.theme}" if spec.client == "teams" else f"1 {spec.client}"
        difficulty = "2 nasty" if spec.nasty else "2 ordinary"
        for group in (client, difficulty, f"{tiles:14}", "4 all"):
            groups[group].add(tally)
        times[spec.size].append(seconds)
    print("Scores at IoU 0.5 except F1@.7; perfect: pictures without a miss or a false tile at IoU 0.7.")
    print(
        f"{'':16}{'shots':>6}{'tiles':>7}{'prec.':>8}{'recall':>8}{'F1@.5':>8}{'F1@.7':>8}{'perfect':>9}{'kind':>8}"
        f"{'speaking':>9}{'its F1':>8}"
    )
    for group in sorted(
        groups, key=lambda name: (name[0], int(name[2:].split("-")[0].split()[0]) if name[0] == "3" else 0, name)
    ):
        print(_row(group[2:].strip(), groups[group]))
    print("\nMilliseconds a frame, one thread, median and greatest")
    for size, seconds_list in sorted(times.items()):
        ms = [1000 * value for value in seconds_list]
        print(f"{size[0]}x{size[1]:<6}{statistics.median(ms):8.1f}{max(ms):8.1f}   ({len(ms)} pictures)")


if __name__ == "__main__":
    main()
