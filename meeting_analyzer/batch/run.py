"""The runner for recordings: keeps a pool of workers busy with the chunks of as few recordings at once as that takes.

The sequential pass of a long recording happens here, while its later chunks are still being analysed; that of recordings
that are done before we come to them is a task like others. A recording that fails takes nothing else with it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import AnalyzerError, OutputError
from ..progress import Progress
from .recording import Asked, Options, Outcome, Recording
from .remote import RemoteWork
from .storage import RemoteFile
from .tasks import Analyse, Annotate, Finish, Illustrate, Look, Task
from .workers import Event, Pool

SLICE = 0.02
"""Seconds of the sequential pass between two looks at the workers, who may be waiting for us."""
WAIT = 0.25
"""Seconds to wait for workers when there is nothing else to do."""
FULL = 4 << 20
"""Bytes that are free on a disk on which nothing more can be done."""


class Run:
    """One run over recordings. `say` gets sentences for the user; `follows` is False where the sequential pass is the pool's."""

    def __init__(
        self,
        asked: Sequence[Asked],
        options: Options,
        pool: Pool,
        progress: Progress,
        say: Callable[[str], None],
        follows: bool = True,
    ) -> None:
        self._asked, self._options = list(asked), options
        self._pool, self._progress, self._say, self._follows = pool, progress, say, follows
        self._next = 0
        self._active: list[Recording] = []
        self._tickets: dict[int, tuple[Recording, Task]] = {}
        self._ticket = 0
        self._outcomes: dict[int, Outcome] = {}
        self._numbers: dict[int, int] = {}
        self._sizes = [item.size for item in self._asked]
        self._all, self._done = float(sum(self._sizes) or 1), 0.0
        self._head: tuple[Recording, Iterator[object]] | None = None

    def run(self) -> list[Outcome]:
        """Work through all recordings; returns what became of each, in order.

        Raises OutputError when the disk is full, and KeyboardInterrupt; the same run goes on then where this one was.
        """
        try:
            while self._next < len(self._asked) or self._active:
                self._hand_out()
                busy = self._follow() if self._follows else False
                for recording in self._active:
                    if isinstance(recording.work, RemoteWork):
                        recording.work.renew_if_due()
                for event in self._pool.events(0.0 if busy else WAIT):
                    self._handle(event)
        finally:
            for recording in self._active:
                self._forget(recording)
            self._pool.close()
            for recording in self._active:
                recording.release()
        return [self._outcomes[number] for number in range(len(self._asked))]

    # handing out

    def _hand_out(self) -> None:
        while self._pool.room > 0:
            task = self._next_task()
            if task is None:
                if self._next >= len(self._asked) and all(recording.analysed for recording in self._active):
                    # what is left is done here, and nobody else's memory is needed meanwhile
                    self._pool.rest()
                return
            recording, what = task
            recording.running += 1
            self._ticket += 1
            self._tickets[self._ticket] = recording, what
            self._pool.submit(what, self._ticket)

    def _next_task(self) -> tuple[Recording, Task] | None:
        while True:
            for recording in list(self._active):
                if recording.outcome.error is not None:
                    continue
                if recording.tasks:
                    return recording, recording.tasks.popleft()
                if self._is_for_worker(recording):
                    recording.followed = -1
                    try:
                        return recording, recording.finish_task()
                    except AnalyzerError as error:
                        self._fail(recording, error)
                        self._close_if_done(recording)
                        return self._next_task()
            # more recordings than workers at once would only hold locks
            if self._next >= len(self._asked) or len(self._active) > self._pool.size:
                return None
            self._open(self._next)
            self._next += 1

    def _is_for_worker(self, recording: Recording) -> bool:
        """Whether the sequential pass of a recording is to be a task now."""
        if self._follows and self._head is not None and self._head[0] is recording:
            return False
        return recording.analysed and recording.followed == 0 and recording.finished is None

    def _open(self, number: int) -> None:
        asked = self._asked[number]
        try:
            recording = Recording.open(asked, self._options)
        except AnalyzerError as error:
            self._outcomes[number] = Outcome(str(asked.path), asked.folder, error)
            self._count(number)
            return
        if recording.outcome.already:
            self._outcomes[number] = recording.outcome
            self._count(number)
            return
        if recording.work is not None and recording.work.word:
            self._progress.say(f"{asked.path} {recording.work.word}.")
        self._numbers[id(recording)] = number
        self._active.append(recording)

    # what comes back

    def _handle(self, event: Event) -> None:
        if event.kind == "notice":
            self._say(event.value)
            return
        recording, task = self._tickets[event.ticket]
        if event.kind == "frames":
            frames, seconds = event.value
            self._advance(recording, frames, seconds)
            return
        del self._tickets[event.ticket]
        recording.running -= 1
        if recording.outcome.error is not None:
            # another of its tasks has failed before
            self._close_if_done(recording)
            return
        try:
            if event.kind == "failed":
                raise event.value
            self._take(recording, task, event.value)
        except AnalyzerError as error:
            self._fail(recording, error)
        self._close_if_done(recording)

    def _take(self, recording: Recording, task: Task, value: object) -> None:
        match task:
            case Look():
                recording.was_looked(value)  # type: ignore[arg-type]
                self._advance(recording, 0, 0.0)
            case Analyse() if task.span.open_end:
                recording.chunks = value  # type: ignore[assignment]
            case Analyse():
                pass
            case Finish():
                recording.was_finished(value)  # type: ignore[arg-type]
            case Annotate() | Illustrate():
                recording.complete_if_done()

    def _fail(self, recording: Recording, error: AnalyzerError) -> None:
        recording.failed(error)
        if self._head is not None and self._head[0] is recording:
            self._head = None
        if isinstance(error, OutputError) and self._disk_is_full(recording):
            raise error

    @staticmethod
    def _disk_is_full(recording: Recording) -> bool:
        folder = recording.asked.folder
        if not isinstance(folder, Path):
            return False
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free < FULL

    def _close_if_done(self, recording: Recording) -> None:
        if recording.running or recording.tasks:
            return
        if recording.outcome.error is not None:
            # not before its last chunk has come back, which would leave something behind
            recording.release(abandon=True)
        if recording.work is not None:
            return
        if recording in self._active:
            self._active.remove(recording)
            self._forget(recording)
            number = self._numbers.pop(id(recording))
            self._outcomes[number] = recording.outcome
            self._count(number)

    def _forget(self, recording: Recording) -> None:
        """No picture stays behind of a recording that lies elsewhere."""
        if isinstance(recording.path, RemoteFile):
            self._pool.forget(recording.path)

    # the sequential pass

    def _follow(self) -> bool:
        """Go on with it for a moment; whether there is more to do at once."""
        if self._head is None:
            sound = (r for r in self._active if r.outcome.error is None)
            local = (r for r in sound if isinstance(r.asked.folder, Path))
            ready = (r for r in local if r.looked is not None and r.finished is None and r.followed >= 0)
            recording = next((r for r in ready if not r.analysed), None)
            if recording is None:
                return False
            self._head = recording, iter(())
        recording, scenes = self._head
        until, before = time.monotonic() + SLICE, recording.followed
        try:
            for _ in scenes:
                if time.monotonic() > until:
                    return True
            if recording.finished is None:
                # ends at once where no further chunk is done, and finishes the recording after its last one
                self._head = recording, recording.follow()
                if next(self._head[1], None) is not None:
                    return True
        except AnalyzerError as error:
            self._fail(recording, error)
        if recording.finished is not None or recording.outcome.error is not None:
            self._head = None
            self._close_if_done(recording)
            return True
        return recording.followed != before

    # progress

    def _advance(self, recording: Recording, frames: int, seconds: float) -> None:
        length = recording.looked.index.duration if recording.looked else None
        if length:
            recording.share = min(1.0, recording.share + max(0.0, seconds) / length)
        begun = sum(r.share * r.size for r in self._active)
        self._progress.add(frames, max(0.0, seconds), (self._done + begun) / self._all)

    def _count(self, number: int) -> None:
        self._done += self._sizes[number]
        begun = sum(r.share * r.size for r in self._active)
        self._progress.add(0, 0.0, (self._done + begun) / self._all)
