"""What the results of a long recording cost: CPU seconds and bytes, each part in turn, in one run.

python -m benchmarks.results --hours 3 --people 25 --fps 5
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from meeting_analyzer.outputs.jsonl import JsonLines
from meeting_analyzer.reports import write_report
from meeting_analyzer.sessions import SessionWriter, open_session
from meeting_analyzer.sessions.catalogue import build_catalogue
from meeting_analyzer.sessions.export import FORMATS, export
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Attention, Box, Face, Frame, Moment, Mood, Tile, label_of, valence_of

DIFFERENT = 500
"""Moments that are made; they come again and again, at later times."""


def moments(people: int) -> list[Moment]:
    """Moments of a full gallery with numbers that do not repeat, the worst that compression can meet."""
    rng = np.random.default_rng(7)
    made = []
    for index in range(DIFFERENT):
        tiles = []
        for number in range(people):
            p = tuple(float(value) for value in rng.dirichlet([1.0] * 7))
            label, confidence = label_of(p, 0.5)
            points = tuple((float(x), float(y)) for x, y in rng.uniform(0, 900, (6, 2)))
            x, y, w, h = (int(value) for value in rng.integers(40, 300, 4))
            face = Face(
                Box(x, y, w, h), 0.97, points, p, label, confidence, Attention(float(rng.normal(0, 20)), 2.0, False)
            )
            tiles.append(Tile(Box(x, y, 320, 180), "video", f"Student {number}", f"P{number:02d}", False, (face,)))
        mean = tuple(float(v) for v in np.mean([t.faces[0].emotion or () for t in tiles], axis=0))
        made.append(Moment(0.0, index, (1920, 1080), tuple(tiles), Mood(mean, valence_of(mean), people, 0, 2)))
    return made


def timed(work: Callable[[], object]) -> float:
    """CPU seconds."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--people", type=int, default=25)
    parser.add_argument("--fps", type=float, default=5.0)
    asked = parser.parse_args()
    made = moments(asked.people)
    count = int(asked.hours * 3600 * asked.fps)
    frame = Frame(np.zeros((1, 1, 3), np.uint8), 0.0, 0)

    def call(number: int) -> Moment:
        m = made[number % DIFFERENT]
        return Moment(number / asked.fps, number, m.size, m.tiles, m.mood, m.mode)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def fill() -> None:
            with (
                SessionWriter(folder / "session.sqlite", SourceInfo("benchmark"), {"mode": "emotion"}) as store,
                JsonLines(folder / "written.jsonl") as lines,
            ):
                for number in range(count):
                    moment = call(number)
                    store.write(frame, moment)
                    lines.write(frame, moment)

        print(f"{asked.hours:g} h, {asked.people} people, {asked.fps:g} moments a second: {count} moments")
        spent = timed(fill)
        print(f"{'store and records, while it runs':<34} {spent:8.1f} s  {1000 * spent / count:6.2f} ms a moment")
        print(f"{'session.sqlite':<34} {'':10} {(folder / 'session.sqlite').stat().st_size / 1e6:8.1f} MB")
        with open_session(folder) as session:
            print(f"{'reading every second':<34} {timed(lambda: sum(1 for _ in session.seconds())):8.1f} s")
            for kind, (file, _) in FORMATS.items():
                spent = timed(lambda kind=kind, file=file: export(session, kind, folder / file))  # type: ignore[misc]
                print(f"{file:<34} {spent:8.1f} s{(folder / file).stat().st_size / 1e6:9.1f} MB")
            spent = timed(lambda: write_report(session, folder / "report.html"))
            print(f"{'report.html':<34} {spent:8.1f} s{(folder / 'report.html').stat().st_size / 1e6:9.1f} MB")
        print(f"{'catalogue':<34} {timed(lambda: build_catalogue(folder, print)):8.1f} s")
        print(f"{'peak memory':<34} {'':10} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:8.0f} MB")


if __name__ == "__main__":
    main()
