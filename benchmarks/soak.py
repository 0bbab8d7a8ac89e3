"""A long call through the live pipeline, faster than it lasts: what becomes of the memory. Run by `python -m benchmarks.live --soak`.

The real runner with the real analyzer, session store, history, virtual camera and panel; the call's clock goes by its frames: 30
captured a second, 10 analysed, as by default. Everybody moves; every 20 seconds people leave, come back, change places or
switch their camera; every minute a moment is marked and the names go or come, every 20 minutes a report is saved.
"""

from __future__ import annotations

import contextlib
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.analyzer import Analyzer
from meeting_analyzer.cli.live import session_actions
from meeting_analyzer.heap import keep_one_heap
from meeting_analyzer.live import LiveRunner
from meeting_analyzer.live_session import STORE, LiveSession
from meeting_analyzer.outputs.base import Status
from meeting_analyzer.outputs.camera import CameraDisplay
from meeting_analyzer.outputs.history import History
from meeting_analyzer.outputs.panel import panel
from meeting_analyzer.sources.base import EndOfSource
from meeting_analyzer.types import Frame, Image, Moment

from .calls import RawSource, boxes

FPS, AHEAD = 30, 3
"""Frames captured a second of the call, and how many of them the analysis takes one of."""
CHANGE, MARK, REPORT = 20.0, 60.0, 1200.0
SETTLED = 600.0
"""Seconds of the call after which the memory should grow no more."""
ROWS = 24
NAMES = ("Ada", "Ben", "Carla", "Dmitri", "Ella", "Farid", "Greta", "Hugo", "Ines", "Jonas")
FAMILIES = ("Okafor", "Lindqvist", "Tanaka", "Moreau", "Silva")


def rss() -> float:
    """MB of this process in memory, now."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


class LongCall(RawSource):
    """The gallery of a file for `seconds`, its people rearranged again and again; never more than AHEAD frames before the analysis."""

    def __init__(self, path: Path, count: int, seconds: float) -> None:
        super().__init__(path, FPS)
        self._boxes, self._frames = boxes(count), round(seconds * FPS)
        self._random = random.Random(7)
        self._places: list[int | None] = list(range(count))
        self._off: set[int] = set()
        self._changed = threading.Condition()
        self._taken = -1

    def take(self, index: int) -> None:
        """The analysis begins with this frame."""
        with self._changed:
            self._taken = index
            self._changed.notify_all()

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The next frame, as soon as the analysis is near enough."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._index <= self._taken + AHEAD, timeout):
                return None
        if self._stop.is_set() or self._index >= self._frames:
            raise EndOfSource
        if self._index and not self._index % round(CHANGE * FPS):
            self._rearrange()
        frame = Frame(self._arranged(self._index), self._index / FPS, self._index)
        self._index += 1
        return frame

    @property
    def captured(self) -> int:
        """Frames so far."""
        return self._index

    def _rearrange(self) -> None:
        """Somebody leaves, everybody comes back, all change places, or a camera goes off or on."""
        kind = self._random.choice(("leave", "back", "order", "camera"))
        here = [who for who in self._places if who is not None]
        if kind == "leave" and len(here) > len(self._boxes) // 2:
            here.pop(self._random.randrange(len(here)))
        elif kind == "back":
            here += [who for who in range(len(self._boxes)) if who not in here]
        elif kind == "order":
            self._random.shuffle(here)
        else:
            self._off ^= {self._random.choice(here)}
        self._places = [*here, *[None] * (len(self._boxes) - len(here))]

    def _arranged(self, number: int) -> Image:
        before = self.picture(number)
        image = np.full_like(before, 26)
        for box, who in zip(self._boxes, self._places, strict=True):
            if who is not None:
                at = image[box.y : box.bottom, box.x : box.right]
                at[:] = 48 if who in self._off else self._boxes[who].of(before)
                _label(at, f"{NAMES[who % len(NAMES)]} {FAMILIES[who // len(NAMES)]}")
        return image


def _label(tile: Image, name: str) -> None:
    """The name as clients write it: light on a dark strip in the lower left corner."""
    width, height = cv2.getTextSize(name, cv2.FONT_HERSHEY_DUPLEX, 0.5, 1)[0]
    tile[-height - 14 : -4, 4 : width + 18] = 30
    cv2.putText(tile, name, (11, tile.shape[0] - 9), cv2.FONT_HERSHEY_DUPLEX, 0.5, (245, 245, 245), 1, cv2.LINE_AA)


class Panel:
    """Stands for the side window: paints the panel and presses the keys, by the call's clock."""

    watched: bool | None = True
    notice: str | None = None
    lag = 0.0

    def __init__(self, history: History) -> None:
        self._history = history
        self._painted = self._pressed = 0.0
        self.shown = 0

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        """Paint twice a second of the call; m and n every minute, s every twenty."""
        self.shown += 1
        if frame.time >= self._painted + 0.5:
            self._painted = frame.time
            panel((325, 720), self._history.overview(), status, 13)
        if frame.time < self._pressed + MARK / 2:
            return None
        self._pressed, turn = frame.time, round(frame.time / (MARK / 2))
        return "report" if not turn % round(2 * REPORT / MARK) else "mark" if turn % 2 else "names"

    def set_blank(self, blanked: bool) -> None:
        """Nothing to hide."""

    def set_names(self, names: bool) -> None:
        """Nothing is named here."""

    def close(self) -> None:
        """Nothing is held."""


class Sink:
    """A camera that takes every picture."""

    device = "stand-in"

    def send(self, picture: Image) -> None:
        """Take it."""

    def close(self) -> None:
        """Nothing is held."""


class Rows:
    """The memory over time, a line now and then."""

    def __init__(self, seconds: float, folder: Path) -> None:
        self._every, self._folder = max(60.0, seconds / ROWS), folder
        self._next, self._began = 0.0, time.monotonic()
        self.seen: list[tuple[float, float]] = []
        print(
            f"{'of the call':>12} {'analyses':>9} {'RSS MB':>7} {'blocks':>8} {'files':>5} {'store MB':>8} {'log MB':>6} {'speed':>6}"
        )

    def update(self, at: float, analyses: int) -> None:
        """At `at` seconds of the call: note the memory once a minute, print a line when it is time."""
        if not self.seen or at >= self.seen[-1][0] + 60:
            self.seen.append((at, rss()))
        if at >= self._next:
            self._next += self._every
            paths = [self._folder / f"{STORE}{end}" for end in ("", "-wal")]
            store, log = (path.stat().st_size / 1e6 if path.exists() else 0.0 for path in paths)
            # not gc.get_objects(), which would hold tuples that another thread is just building: CPython lets these fail
            blocks, files = sys.getallocatedblocks(), len(list(Path("/proc/self/fd").iterdir()))
            print(
                f"{at / 60:>8.1f} min {analyses:>9} {rss():>7.0f} {blocks:>8} {files:>5} {store:>8.1f} {log:>6.1f}"
                f" {at / (time.monotonic() - self._began):>5.2f}x",
                flush=True,
            )

    def slope(self) -> str:
        """Peak and growth after SETTLED."""
        rows = [row for row in self.seen if row[0] >= SETTLED]
        peak = max(value for _, value in self.seen)
        if len(rows) < 3:
            return f"peak {peak:.0f} MB"
        at, mb = np.array(rows).T
        return f"peak {peak:.0f} MB; after {SETTLED / 60:.0f} minutes {np.polyfit(at / 3600, mb, 1)[0]:+.1f} MB an hour"


def soak(path: Path, count: int, seconds: float) -> None:
    """Live through `seconds` of a call of `count` people and print the memory over time."""
    keep_one_heap()
    source, history = LongCall(path, count, seconds), History()
    analysed = 0
    with Analyzer(live=True) as analyzer, tempfile.TemporaryDirectory() as folder:
        session = LiveSession(Path(folder) / "session", source.info, analyzer.describe())
        window, camera = Panel(history), CameraDisplay((1280, 720), FPS, camera_factory=lambda *_: Sink())
        rows = Rows(seconds, session.folder)

        def follow(frame: Frame) -> Moment:
            nonlocal analysed
            source.take(frame.index)
            analysed += 1
            rows.update(frame.time, analysed)
            return analyzer.follow(frame)

        runner = LiveRunner(
            source,
            follow,
            [camera, window],
            [history, session],
            fps=FPS,
            analysis_fps=1000,
            duration=None,
            notify=lambda sentence: None,
            actions=session_actions(session, history),
        )
        began = time.monotonic()
        with contextlib.suppress(KeyboardInterrupt):  # what was seen until then is told
            runner.run()
        took = (time.monotonic() - began) / 60
        size = sum(path.stat().st_size for path in session.folder.iterdir()) / 1e6
    print(
        f"{source.captured} frames captured, {analysed} analysed and stored, {window.shown} shown in {took:.0f} minutes;"
    )
    print(f"{rows.slope()}; {size:.0f} MB in the session's folder.")
