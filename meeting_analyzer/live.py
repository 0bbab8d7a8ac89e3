"""The live runner: capture, analysis and output each at their own rate; newest frame wins, no queue grows.

Threads: `capture` owns the source, `analysis` owns the analyzer and the record outputs, and the caller's thread (which
must be the main one where there is a side window) draws. They share one mailbox and a `_Shared` state under a lock.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import cv2

from .errors import AnalyzerError, OutputError
from .mailbox import Mailbox
from .meters import ClockWatch, CpuBudget, Rate, Spread
from .outputs.base import Display, Output, Status
from .progress import clock
from .sources.base import EndOfSource, Source
from .tracking import FaceTracker
from .types import Frame, Moment

JOIN_TIMEOUT = 10.0
SWITCH = 0.0005
"""Seconds for which a thread may keep another one from running Python: with Python's own 0.005 the analysis waits for the
drawing so often that it is a tenth slower."""
FLASH = 4.0
"""Seconds for which the answer to a key is shown."""
SOONER = 0.6
"""Share of the time from picture to picture by which one is shown sooner where it has new labels."""
NAP = 0.25
"""Seconds between two looks whether somebody watches again."""
ASLEEP = "Nobody watches; the analysis sleeps until somebody does."


@dataclass
class _Shared:
    """What the threads tell each other; guarded by `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    asleep: threading.Event = field(default_factory=threading.Event)
    fresh: threading.Event = field(default_factory=threading.Event)  # what was seen last was not shown yet
    asked: deque[tuple[str, float]] = field(default_factory=deque)
    frame: Frame | None = None
    seen: tuple[Frame, float, Moment] | None = None
    """The frame analysed last, when it was grabbed on the steady clock, and what was seen in it."""
    notice: str | None = None
    flash: tuple[str, float] = ("", 0.0)
    error: BaseException | None = None
    failed: OutputError | None = None
    analysed: int = 0


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """What a live run did: frames analysed, seconds it ran, and whether the user ended it."""

    analysed: int
    seconds: float
    quit: bool


class LiveRunner:
    """Joins a source, an analysis (`Analyzer.follow`), displays and record outputs.

    fps: rate of the displays; analysis_fps: most analyses a second; cores: processor cores that the whole process may use on
    average, or None; duration: seconds after which to stop, or None. notify receives one sentence whenever the state
    changes (minimised, black, covered, back again). actions: what else a display may ask for, by name: called in the
    analysis thread with the newest frame's time, between two frames; the sentence returned is the answer.

    An output that fails is left out from then on where there is a display; its error is raised at the end.
    """

    def __init__(
        self,
        source: Source,
        analyse: Callable[[Frame], Moment],
        displays: Sequence[Display],
        outputs: Sequence[Output],
        *,
        fps: float,
        analysis_fps: float,
        duration: float | None,
        notify: Callable[[str], None],
        cores: float | None = None,
        actions: Mapping[str, Callable[[float], str]] | None = None,
    ) -> None:
        self._source, self._analyse = source, analyse
        self._displays, self._outputs = displays, list(outputs)
        self._period = 1 / fps
        self._duration, self._notify, self._actions = duration, notify, actions or {}
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._shared = _Shared()
        self._budget = CpuBudget(cores, 1 / analysis_fps)
        self._captured, self._shown, self._analyses, self.latency = Rate(), Rate(), Rate(), Spread()
        self._seconds, self._slept = 0.0, False

    def run(self) -> LiveOutcome:
        """Run until the source ends, the user quits or the duration is over.

        Everything is closed on the way out, so that what was done is kept. Raises what the source, the analysis or an
        output raised.
        """
        shared = self._shared
        threads = [
            threading.Thread(target=self._guard, args=(loop,), name=loop.__name__.strip("_"), daemon=True)
            for loop in (self._capture, self._analysis)
        ]
        started = time.monotonic()
        quit_asked = False
        switching, computing = sys.getswitchinterval(), cv2.getNumThreads()
        sys.setswitchinterval(SWITCH)
        # every thread here is busy: OpenCV's own would take more processor time for the same picture
        cv2.setNumThreads(1)
        outputs = list(self._outputs)
        for thread in threads:
            thread.start()
        try:
            quit_asked = self._show(started)
        finally:
            self._seconds = time.monotonic() - started
            shared.stop.set()
            self._mailbox.close()
            for thread in threads:
                thread.join(JOIN_TIMEOUT)
            sys.setswitchinterval(switching)
            cv2.setNumThreads(computing)
            with contextlib.ExitStack() as closing:
                closing.callback(self._source.close)
                for output in outputs:
                    closing.callback(output.close)
                for display in self._displays:
                    closing.callback(display.close)
        if (error := shared.error or shared.failed) is not None:
            raise error
        return LiveOutcome(shared.analysed, self._seconds, quit_asked)

    def _guard(self, loop: Callable[[], None]) -> None:
        """Run a thread's loop; what it raises ends the run and is raised again by `run`."""
        try:
            loop()
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            with self._shared.lock:
                self._shared.error = self._shared.error or error
        finally:
            self._shared.stop.set()

    def _capture(self) -> None:
        shared = self._shared
        while not shared.stop.is_set():
            try:
                frame = self._source.read(timeout=0.5)
            except EndOfSource:
                if self._source.notice:
                    self._notify(self._source.notice)
                # the last frame deserves its analysis
                while not shared.stop.wait(0.02) and self._mailbox.waiting and not self._resting:
                    continue
                return
            notice = self._source.notice
            with shared.lock:
                changed, shared.notice = notice != shared.notice, notice
                if frame is not None:
                    shared.frame = frame
            if changed:
                self._notify(notice or f"{self._source.info.title} is back.")
            if frame is not None:
                self._captured.tick()
                self._mailbox.put(frame)
            if shared.asleep.is_set():
                shared.stop.wait(NAP)

    @property
    def _resting(self) -> bool:
        return self._shared.paused.is_set() or self._shared.asleep.is_set()

    def _analysis(self) -> None:
        shared = self._shared
        due = look_at = time.monotonic()
        while not shared.stop.is_set():
            idle = max(0.0, due - time.monotonic())
            if shared.stop.wait(idle):
                return
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + NAP
                self._look_for_watchers()
            self._do_asked()
            period = self._budget.update(shared.analysed)
            if self._resting:
                due = time.monotonic() + 0.05
                continue
            if (taken := self._mailbox.nearest(0.1, self._captured.value, idle)) is None:
                continue
            due = max(due + period, time.monotonic())
            moment = self._analyse(taken[0])
            with shared.lock:
                shared.seen = *taken, moment
                shared.analysed += 1
                shared.fresh.set()
            self._analyses.tick()
            # what is seen is shown first: a disk may take its time
            self._write(taken[0], moment)

    def _write(self, frame: Frame, moment: Moment) -> None:
        """Give every output its due; one that fails is left out, for the lesson goes on."""
        for output in list(self._outputs):
            try:
                output.write(frame, moment)
            except OutputError as error:
                if not self._displays:
                    raise
                self._outputs.remove(output)
                self._shared.failed = self._shared.failed or error
                self._notify(f"{error} What was written so far is kept, and the picture goes on.")

    def _look_for_watchers(self) -> None:
        """Sleep while it is certain that nobody has anything of the analysis."""
        shared = self._shared
        everybody: list[Display | Output] = [*self._displays, *self._outputs]
        asleep = bool(everybody) and all(each.watched is False for each in everybody)
        if asleep and not shared.asleep.is_set():
            if not self._slept:
                self._slept = True
                self._notify(ASLEEP)
            with shared.lock:
                shared.seen = None  # labels would be of long ago
            shared.asleep.set()
        elif not asleep:
            shared.asleep.clear()

    def _do_asked(self) -> None:
        while self._shared.asked:
            name, at = self._shared.asked.popleft()
            try:
                answer = self._actions[name](at)
            except AnalyzerError as error:
                answer = str(error)
            self._notify(answer)
            self._shared.flash = answer, time.monotonic() + FLASH

    def _show(self, started: float) -> bool:
        """Feed the displays at a steady rate; returns True when the user asked to quit."""
        shared, tracker, watch = self._shared, FaceTracker(), ClockWatch()
        timed: Moment | None = None
        hidden, names = False, True
        due = time.monotonic()
        while not shared.stop.is_set():
            if self._duration is not None and time.monotonic() - started >= self._duration:
                return False
            if slept := watch.gap():
                self._notify(f"This computer slept or stood still for {clock(slept)}; going on.")
            with shared.lock:
                frame, seen = shared.frame, shared.seen
                shared.fresh.clear()
            if frame is not None:
                self._shown.tick()
                # labels of a paused analysis would be of long ago
                stale = seen is None or self._resting
                moment = None if seen is None or stale else tracker.follow(seen[2], seen[0], frame)
                status = self.status()
                for display in self._displays:
                    action = display.show(frame, moment, status)
                    if action == "quit":
                        return True
                    if action == "pause":
                        (shared.paused.clear if shared.paused.is_set() else shared.paused.set)()
                        with shared.lock:
                            shared.seen = None
                    elif action == "blank":
                        hidden = not hidden
                        for each in self._displays:
                            each.set_blank(hidden)
                    elif action == "names":
                        names = not names
                        for each in self._displays:
                            each.set_names(names)
                    elif action is not None and action in self._actions:
                        shared.asked.append((action, frame.time))
                if seen is not None and seen[2] is not timed:
                    timed = seen[2]
                    lag = max((display.lag for display in self._displays), default=0.0)
                    self.latency.add(time.monotonic() - seen[1] + lag)
            due = max(due + self._period, time.monotonic() - self._period)
            shared.stop.wait(max(0.0, due - SOONER * self._period - time.monotonic()))
            shared.fresh.wait(max(0.0, due - time.monotonic()))
        return False

    def summary(self) -> str:
        """What was done so far, in a sentence."""
        shared, seconds = self._shared, max(self._seconds, 1e-6)
        return (
            f"Analysed {shared.analysed} frames in {self._seconds:.1f} s "
            f"({shared.analysed / seconds:.1f} a second, {self._captured.count / seconds:.1f} captured, "
            f"{self._shown.count / seconds:.1f} shown; from grab to labels "
            f"{1000 * self.latency.percentile(50):.0f} ms, p99 {1000 * self.latency.percentile(99):.0f} ms)."
        )

    def status(self) -> Status:
        """How it goes: state, rates, latency."""
        shared = self._shared
        flash, until = shared.flash
        return Status(
            notice=next((n for n in (shared.notice, *(display.notice for display in self._displays)) if n), None),
            flash=flash if time.monotonic() < until else None,
            paused=shared.paused.is_set(),
            asleep=shared.asleep.is_set(),
            captured=self._captured.value,
            shown=self._shown.value,
            analysed=self._analyses.value,
            p50=self.latency.percentile(50),
            p99=self.latency.percentile(99),
            cores=self._budget.cores,
        )
