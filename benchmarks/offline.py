"""Recordings: wall time against ffmpeg merely decoding them, memory for short and long ones, scaling. Needs Linux and ffmpeg.

    python -m benchmarks.offline --minutes 30 --memory 10,180 --ray

Everything is measured in one run on one made recording: a 5x5 gallery of the synthetic people at 1920x1080 and 30 frames a
second with sound, 20 s of it rendered and then repeated without encoding again. docs/archive.md says what follows from it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.types import Image

PEOPLE = Path(__file__).resolve().parents[1] / "tools" / "sample_call" / "people"
SIZE, FPS, CLIP_FPS, LOOP = (1920, 1080), 30, 10, 20
TILE = (368, 207)
NAMES = "Ada Ben Chloe David Emma Finn Grace Hugo Iris Jonas Kira Leo Mia Noah Olga Paul Quinn Rosa Sam Tara Uma Vera Will Xenia Yara"


def place(number: int) -> tuple[int, int]:
    """The upper left corner of a participant's tile."""
    return 24 + (number % 5) * 376, 10 + (number // 5) * 213


def at_clip(number: int, person: int, length: int) -> float:
    """Which picture of their clip a person shows in a picture of the call: clips run to and fro at their own speed, everybody's
    from another point on; between two pictures it is a fraction."""
    at = (number * CLIP_FPS / FPS + 37 * person) % (2 * length - 2)
    return min(at, 2 * length - 2 - at)


def gallery(seconds: int) -> Iterator[Image]:
    """Pictures of a call of 25 people of whom nobody keeps still."""
    clips = []
    for path in sorted(PEOPLE.glob("*.mp4")):
        capture = cv2.VideoCapture(str(path))
        clip = []
        while (read := capture.read())[0]:
            clip.append(cv2.resize(read[1], TILE, interpolation=cv2.INTER_AREA))
        capture.release()
        clips.append(clip)
    for number in range(seconds * FPS):
        canvas = np.full((SIZE[1], SIZE[0], 3), 26, np.uint8)
        for k, name in enumerate(NAMES.split()):
            clip = clips[k % len(clips)]
            at = at_clip(number, k, len(clip))
            before, after = clip[int(at)], clip[min(int(at) + 1, len(clip) - 1)]
            tile = cv2.addWeighted(before, 1 - at % 1, after, at % 1, 0)
            cv2.rectangle(tile, (0, TILE[1] - 24), (90, TILE[1]), (30, 30, 30), -1)
            cv2.putText(tile, name, (8, TILE[1] - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
            x, y = place(k)
            canvas[y : y + TILE[1], x : x + TILE[0]] = tile
        yield canvas


def render(path: Path) -> None:
    """The loop, encoded as call clients' recordings are: H.264 with a keyframe every ten seconds, AAC."""
    words = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "bgr24",
        "-s",
        f"{SIZE[0]}x{SIZE[1]}",
        "-r",
        str(FPS),
    ]
    words += [
        "-i",
        "-",
        "-f",
        "lavfi",
        "-i",
        "anoisesrc=a=0.02:r=48000",
        "-shortest",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
    ]
    words += ["-crf", "23", "-g", str(10 * FPS), "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for picture in gallery(LOOP):
            encoder.stdin.write(picture.tobytes())
        encoder.stdin.close()


def repeat(loop: Path, path: Path, minutes: float) -> Path:
    """The loop so often that it lasts `minutes`, packets copied."""
    times = max(0, round(minutes * 60 / LOOP) - 1)
    words = ["ffmpeg", "-v", "error", "-y", "-stream_loop", str(times), "-i", str(loop), "-c", "copy", str(path)]
    subprocess.run(words, check=True)
    return path


@dataclass
class Cost:
    """Wall and processor time in seconds, and the greatest memory of all processes together in MB."""

    wall: float
    cpu: float
    memory: float


def run(words: list[str]) -> Cost:
    """What a command costs with all processes that it starts."""
    before, started = os.times(), time.perf_counter()
    peak = 0.0
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        done = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not done.wait(0.5):
                peak = max(peak, memory_of(process.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        _, said = process.communicate()
        done.set()
        watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(words)} failed: {said.decode()}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(time.perf_counter() - started, cpu, peak)


def memory_of(pid: int) -> float:
    """Memory in MB of a process and those below it that is theirs alone, plus its share of what is shared (PSS)."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    kilobytes = next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return kilobytes / 1024 + sum(memory_of(int(child)) for child in children)


def analyse(path: Path, folder: Path, *more: str) -> Cost:
    """Analyse a recording at 5 pictures a second into a fresh folder."""
    shutil.rmtree(folder, ignore_errors=True)
    return run(
        [sys.executable, "-m", "meeting_analyzer", "analyze", str(path), "-o", str(folder), "-q", "--fps", "5", *more]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="length of the recording")
    parser.add_argument("--memory", default="", help="lengths in minutes for which memory is measured: 10,180")
    parser.add_argument("--ray", action="store_true", help="also on a local Ray cluster")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("options", nargs="*", help="further options of analyze, after --")
    chosen = parser.parse_args()
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="offline-") as name:
        folder = Path(name)
        loop = folder / "loop.mp4"
        render(loop)
        path = repeat(loop, folder / "lecture.mp4", chosen.minutes)

        def add(what: str, cost: Cost) -> None:
            decode = rows.get("ffmpeg decodes", {}).get("wall s", cost.wall)
            one = rows.get(f"{what.split(',')[0]}, 1 worker", {}).get("wall s", cost.wall)
            rows[what] = {
                "wall s": round(cost.wall, 1),
                "cpu s": round(cost.cpu, 1),
                "memory MB": round(cost.memory),
                "times decode": round(cost.wall / decode, 2),
                "times one worker": round(one / cost.wall, 2),
                "speed x": round(chosen.minutes * 60 / cost.wall, 1),
            }
            if not chosen.json:
                print(f"{what:<28}" + "".join(f"{value:>12g} {unit}" for unit, value in rows[what].items()), flush=True)

        add("ffmpeg decodes", run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "null", "-"]))
        for engine in ["local", *(["ray"] if chosen.ray else [])]:
            for workers in (1, 2):
                words = ["--workers", str(workers), "--engine", engine, *chosen.options]
                add(f"{engine}, {workers} worker{'s'[: workers - 1]}", analyse(path, folder / "out", *words))
        for minutes in filter(None, chosen.memory.split(",")):
            longer = repeat(loop, folder / "longer.mp4", float(minutes))
            cost = analyse(longer, folder / "out", "--workers", "2", *chosen.options)
            rows[f"{minutes} min"] = {"memory MB": round(cost.memory), "wall s": round(cost.wall, 1)}
            if not chosen.json:
                print(f"{minutes + ' min':<28}{cost.memory:12.0f} memory MB{cost.wall:12.1f} wall s", flush=True)
        size = path.stat().st_size / 1e6 / chosen.minutes
        result = sum(file.stat().st_size for file in (folder / "out").rglob("*") if file.is_file()) / 1e6
        rows["sizes"] = {"recording MB a minute": round(size, 2), "last results MB": round(result, 2)}
    print(json.dumps(rows, indent=1) if chosen.json else rows["sizes"])


if __name__ == "__main__":
    main()
