"""How well name labels are read: `python -m benchmarks.names --count 60`.

Rendered galleries with labels of 12 pixels and more, true tiles given; and the sample call. Character error rate
(Levenshtein distance over the true name's length) of names in Latin letters, with and without counting accents, over
the labels that were read; and the shares of labels read, read exactly, and read as something else entirely.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

import meeting_analyzer
from meeting_analyzer.perception import recognizer
from meeting_analyzer.perception.base import TileBox
from meeting_analyzer.perception.names import NameReader
from meeting_analyzer.types import Box, Image
from tests.simulator import random_spec, render

_ASSETS = Path(meeting_analyzer.__file__).parent / "assets"
_NO_ACCENT = str.maketrans("ŁłØøĐđıßæÆ", "LlOoDdisaA")


@dataclass(frozen=True)
class Reading:
    """A true name and what was read for it; group: where it stood."""

    group: str
    truth: str
    text: str | None


def plain(text: str) -> str:
    """Without accents."""
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).translate(_NO_ACCENT)


def latin(text: str) -> bool:
    """Whether all letters are Latin ones."""
    return all("LATIN" in unicodedata.name(c, "") for c in text if c.isalpha())


def distance(a: str, b: str) -> int:
    """Levenshtein distance: letters to insert, delete or replace."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(row[-1] + 1, before[j] + 1, before[j - 1] + (x != y)))
    return row[-1]


def simulated(reader: NameReader, count: int, seed: int) -> Iterator[Reading]:
    """Readings of rendered galleries."""
    while count:
        seed += 1
        spec = replace(random_spec(random.Random(seed)), labels=True)
        if spec.scale < 1 or spec.count > 30:
            continue  # letters below 12 pixels
        count -= 1
        shot = render(spec, seed)
        names = reader.read(shot.image, [TileBox(tile.box, tile.kind) for tile in shot.tiles], None)
        for tile, name in zip(shot.tiles, names, strict=True):
            if tile.name:
                yield Reading(f"{spec.client} {'nasty' if spec.nasty else ''}".strip(), tile.name, name)


def sample_call(reader: NameReader) -> Iterator[Reading]:
    """Readings of every tile of every frame of the sample call, as live reads them."""
    lines = (_ASSETS / "sample_call.truth.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    capture = cv2.VideoCapture(str(_ASSETS / "sample_call.mp4"))
    for truth in map(json.loads, lines):
        image: Image = capture.read()[1]  # type: ignore[assignment]
        tiles = [TileBox(Box(*map(int, tile["box"])), tile["kind"]) for tile in truth["tiles"]]
        for tile, name in zip(truth["tiles"], reader.read(image, tiles), strict=True):
            yield Reading("sample call", tile["name"], name)
    capture.release()


def table(readings: Sequence[Reading]) -> None:
    """Print the scores by group."""
    print(
        f"{'':22}{'labels':>7}{'read':>8}{'exact':>8}{'exact*':>8}{'CER':>8}{'CER*':>8}{'wrong':>8}   (*: accents not counted)"
    )
    groups = sorted({reading.group for reading in readings})
    for group in [*groups, "all"]:
        some = [r for r in readings if latin(r.truth) and group in ("all", r.group)]
        read = [(r.truth, r.text) for r in some if r.text]
        if not read:
            continue
        length = sum(len(truth) for truth, _ in read)
        cer = sum(distance(truth, text) for truth, text in read) / length
        bare = sum(distance(plain(truth), plain(text)) for truth, text in read) / length
        exact, exact_bare = (sum(f(a) == f(b) for a, b in read) / len(some) for f in (str, plain))
        wrong = sum(distance(plain(a), plain(b)) > 0.5 * len(a) for a, b in read) / len(some)
        print(
            f"{group:22}{len(some):7}{len(read) / len(some):8.3f}{exact:8.3f}{exact_bare:8.3f}{cer:8.4f}{bare:8.4f}{wrong:8.4f}"
        )
    for reading in sorted({(r.truth, r.text or "-") for r in readings if not latin(r.truth)}):
        print(f"    other writing: {reading[0]} read as {reading[1]}")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60, help="rendered pictures")
    parser.add_argument("--seed", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--errors", action="store_true", help="list what was not read exactly")
    args = parser.parse_args()
    reader = NameReader.open("on", args.threads)
    assert reader is not None
    times: list[float] = []
    recognize = reader.recognize

    def timed(patch: Image) -> recognizer.Reading:
        start = time.perf_counter()
        answer = recognize(patch)
        times.append(1000 * (time.perf_counter() - start))
        return answer

    reader.recognize = timed  # type: ignore[method-assign]
    readings = list(simulated(reader, args.count, args.seed))
    table(readings)
    if args.errors:
        for r in readings:
            if r.truth != r.text:
                print(f"    {r.group}: {r.truth} read as {r.text}")
    print(f"{len(times)} recognitions, median {statistics.median(times):.0f} ms\n")
    times.clear()
    table(list(sample_call(reader)))
    print(f"{len(times)} recognitions in the sample call")


if __name__ == "__main__":
    main()
