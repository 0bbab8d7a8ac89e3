"""The live pipeline beside the predecessor's, on galleries of 9, 25 and 49 people at 1920x1080: `python -m benchmarks.live`.

Every tile moves in every picture. Each row is a process of its own. Ours is the real runner with the real analyzer, the
side window's history, a session store and the virtual camera at 1280x720 and 30 fps whose device is a stand-in that takes
the time of every picture. "All it can" has no limit and a source of 45 pictures a second, "--cpu 100%" keeps to one core and
has a source of 36, "by default" keeps to 30 pictures and 10 analyses a second, too. Latency is from the end of a grab to the
sending of the first picture that carries its labels. RSS is the process's own peak after its libraries are loaded.

--soak feeds a call of two hours (or of as many seconds as are named) as fast as it goes and prints the memory over time (`soak.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from meeting_analyzer.heap import keep_one_heap
from meeting_analyzer.types import Frame, Image, Moment

from .calls import RawSource, write
from .soak import rss

COUNTS = (9, 25, 49)
PACES: dict[str, tuple[str, float | None, float, float]] = {
    "free": ("ours, all it can", None, 45.0, 45.0),
    "core": ("ours, --cpu 100%", 1.0, 36.0, 36.0),
    "default": ("ours, by default", 1.0, 30.0, 10.0),
}
"""Name, cores, pictures a second that the source has and most analyses a second of each of our rows."""
WARM_UP = 5.0
"""Seconds that are not counted: models are loaded, text is drawn for the first time."""


class StandIn:
    """A camera that notes when it was given which picture."""

    device = "stand-in"

    def __init__(self) -> None:
        self.sent: list[tuple[float, int]] = []

    def send(self, picture: Image) -> None:
        """Note the time and the picture's identity."""
        self.sent.append((time.monotonic(), id(picture)))

    def close(self) -> None:
        """Nothing is held."""


def ours(path: Path, seconds: float, pace: str) -> dict[str, float]:
    """Run the live runner for a while at one of PACES and measure it."""
    from meeting_analyzer.analyzer import Analyzer
    from meeting_analyzer.live import LiveRunner
    from meeting_analyzer.live_session import LiveSession
    from meeting_analyzer.outputs.camera import CameraDisplay
    from meeting_analyzer.outputs.draw import Style, draw
    from meeting_analyzer.outputs.history import History

    keep_one_heap()
    _, cores, captured, analyses = PACES[pace]
    device, drawn, kept = StandIn(), dict[int, int](), list[Image]()
    faces: list[int] = []

    def render(image: Image, moment: Moment, style: Style) -> Image:
        picture = draw(image, moment, style)
        drawn[id(picture)] = moment.frame
        kept.append(picture)  # so that no other picture gets its id
        del kept[:-6]
        return picture

    labelled: dict[int, float] = {}
    with Analyzer(live=True) as analyzer, tempfile.TemporaryDirectory() as folder:
        source = RawSource(path, captured)

        def send(picture: Image) -> None:
            StandIn.send(device, picture)
            frame = drawn.get(id(picture))
            if frame is not None and frame not in labelled and frame in source.grabbed:
                labelled[frame] = device.sent[-1][0] - source.grabbed[frame]

        device.send = send  # type: ignore[method-assign]
        camera = CameraDisplay((1280, 720), 30, camera_factory=lambda *_: device, render=render)
        marks: dict[str, Any] = {}

        def follow(frame: Frame) -> Moment:
            if "begun" not in marks and frame.time > WARM_UP:
                labelled.clear()
                device.sent.clear()
                faces.clear()
                marks.update(begun=time.monotonic(), used=time.process_time())
            moment = analyzer.follow(frame)
            faces.append(len(moment.faces))
            return moment

        outputs = [History(), LiveSession(Path(folder) / "session", source.info, analyzer.describe())]
        runner = LiveRunner(
            source,
            follow,
            [camera],
            outputs,
            fps=30,
            analysis_fps=analyses,
            duration=WARM_UP + seconds,
            notify=lambda sentence: None,
            cores=cores,
        )
        peak = Peak()
        # the last second is over before the session is closed, which costs time of its own
        stop = threading.Timer(
            WARM_UP + seconds - 0.2, lambda: marks.update(over=time.monotonic(), spent=time.process_time())
        )
        stop.start()
        runner.run()
        peak.stop()
    elapsed = marks["over"] - marks["begun"]
    times = [at for at, _ in device.sent if at <= marks["over"]]
    latencies = list(labelled.values())
    return {
        "analysed": len(faces) / elapsed,
        "faces": float(np.mean(faces)),
        "cpu": 60 * (marks["spent"] - marks["used"]) / elapsed,
        "p50": 1000 * float(np.percentile(latencies, 50)),
        "p99": 1000 * float(np.percentile(latencies, 99)),
        "out": (len(times) - 1) / (times[-1] - times[0]),
        "gap": 1000 * float(np.diff(times).max()),
        "rss": peak.value,
    }


class Peak:
    """The greatest memory of this process, looked at ten times a second."""

    def __init__(self) -> None:
        self.value = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.1):
            self.value = max(self.value, rss())

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()


def theirs(path: Path, seconds: float) -> dict[str, float]:
    """Run the predecessor's loop for a while and measure it."""
    from .predecessor import Predecessor, timed

    source, predecessor = RawSource(path, 30), Predecessor()
    predecessor.process(source.picture(0))
    peak, used = Peak(), time.process_time()
    frames, latencies, elapsed = timed(predecessor, source.picture, seconds)
    spent = time.process_time() - used
    peak.stop()
    source.close()
    return {
        "analysed": frames / elapsed,
        "faces": predecessor.faces,
        "cpu": 60 * spent / elapsed,
        "p50": 1000 * float(np.percentile(latencies, 50)),
        "p99": 1000 * float(np.percentile(latencies, 99)),
        "out": frames / elapsed,
        "gap": 1000 * max(latencies),
        "rss": peak.value,
    }


def measured(arguments: list[str], path: Path) -> dict[str, float]:
    """One row, in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.live", "--row", *arguments, "--frames", str(path)]
    run = subprocess.run(words, stdout=subprocess.PIPE, check=True, text=True)
    row: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return row


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="measured for each row")
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--soak", type=float, nargs="?", const=7200.0, metavar="SECONDS")
    parser.add_argument("--row", choices=("predecessor", *PACES, "soak"), help=argparse.SUPPRESS)
    parser.add_argument("--frames", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.row:
        if asked.row == "soak":
            from .soak import soak

            soak(asked.frames, asked.counts[0], asked.soak)
        elif asked.row == "predecessor":
            print(json.dumps(theirs(asked.frames, asked.seconds)))
        else:
            print(json.dumps(ours(asked.frames, asked.seconds, asked.row)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frames"
        if asked.soak:
            count = asked.counts[0] if len(asked.counts) == 1 else 25
            write(path, count)
            words = ["--row", "soak", "--soak", str(asked.soak), "--counts", str(count), "--frames", str(path)]
            subprocess.run([sys.executable, "-m", "benchmarks.live", *words], check=True)
            return
        print(f"{os.cpu_count()} cores, {asked.seconds:g} s a row, 1920x1080, every tile moving")
        print(f"{'people':>6}  {'':<22} {'faces':>5} {'analysed/s':>10} {'CPU s/min':>9} {'p50 ms':>7} {'p99 ms':>7}"
              f" {'out fps':>7} {'gap ms':>6} {'RSS MB':>6}")  # fmt: skip
        for count in asked.counts:
            write(path, count)
            base = 0.0
            for kind, name in (("predecessor", "predecessor"), *((pace, PACES[pace][0]) for pace in PACES)):
                row = measured([kind, "--seconds", str(asked.seconds)], path)
                base = base or row["analysed"]
                print(f"{count:>6}  {name:<22} {row['faces']:>5.1f} {row['analysed']:>10.2f} {row['cpu']:>9.1f} {row['p50']:>7.0f}"
                      f" {row['p99']:>7.0f} {row['out']:>7.1f} {row['gap']:>6.0f} {row['rss']:>6.0f}"
                      + (f"  {row['analysed'] / base:.0f} times" if kind != "predecessor" else ""), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
