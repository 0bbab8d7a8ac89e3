"""Calls drawn by a browser instead of the simulator: `python -m benchmarks.pages --count 100`. Needs Chromium.

The tile finder was made while looking at the simulator's pictures; these pages have their own layouts, letters, colours and
windows. Galleries, a strip above or beside a shared screen, and a speaker beside a strip, in five looks
of clients; some in a window on a desktop, some with a chat. Precision and recall of tiles at IoU 0.7, kinds of those found, and with
--names the character error rate of their names in a single picture. --failures DIR writes the pictures that went wrong, the truth in
green, what was found in red.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter, defaultdict
from pathlib import Path

import cv2

from meeting_analyzer.perception.base import TileBox
from meeting_analyzer.perception.names import NameReader
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Image

from .drawn import Page, shots
from .gallery import Hits
from .names import distance
from .tiles import STRICT_AT


def drawn_in(image: Image, drawn: Page, found: list[TileBox]) -> Image:
    """The picture with the truth and what was found."""
    marked = image.copy()
    for boxes, colour, inset in ((drawn.boxes, (0, 255, 0), 0), ([tile.box for tile in found], (0, 0, 255), 3)):
        for box in boxes:
            cv2.rectangle(marked, (box.x + inset, box.y + inset), (box.right - inset, box.bottom - inset), colour, 2)
    return marked


def main() -> int:
    """Print the tables; exit code 1 without Chromium."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="pages")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--names", action="store_true", help="read the names, too")
    parser.add_argument("--failures", type=Path, metavar="DIR")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is not installed: apt install chromium.", file=sys.stderr)
        return 1
    reader = NameReader.open("on", 1) if asked.names else None
    rows: defaultdict[str, Hits] = defaultdict(Hits)
    kinds: Counter[tuple[str, str]] = Counter()
    wrong = letters = exact = 0
    for number, drawn, image in shots(chromium, asked.count, asked.seed):
        found = find_tiles(image)
        best = [max(found, key=lambda tile, box=box: tile.box.iou(box)) for box in drawn.boxes]  # type: ignore[misc]
        hits = [tile.box.iou(box) >= STRICT_AT for tile, box in zip(best, drawn.boxes, strict=True)]
        for row in ("all", f"layout {drawn.layout}", f"look {drawn.client}"):
            rows[row].add(sum(hits), len(found), len(hits))
        kinds.update((kind, tile.kind) for kind, tile, hit in zip(drawn.kinds, best, hits, strict=True) if hit)
        if asked.failures and (not all(hits) or len(found) > len(hits)):
            asked.failures.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(asked.failures / f"{number}.png"), drawn_in(image, drawn, found))
        if reader is not None:
            tiles = [TileBox(box, kind) for box, kind in zip(drawn.boxes, drawn.kinds, strict=True)]
            for name, read in zip(drawn.names, reader.beside().read(image, tiles, None), strict=True):
                wrong, letters, exact = wrong + distance(read or "", name), letters + len(name), exact + (read == name)
    print(f"{'':22}{'pages':>9}{'tiles':>8}{'precision':>11}{'recall':>9}")
    for row, tally in sorted(rows.items()):
        print(f"{row:22}{tally.line()}")
    right = sum(count for (kind, told), count in kinds.items() if kind == told)
    print(f"\nkinds: {right} of {sum(kinds.values())} right {dict(kinds)}")
    if letters:
        print(f"names: {exact} of {rows['all'].truth} exact, character error rate of all {wrong / letters:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
