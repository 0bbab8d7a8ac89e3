"""Worker processes of this machine. Each has a pipe to us; one that dies is named, and its task is done again by another."""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import signal
import sys
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from ..errors import AnalyzerError
from .storage import RemoteFile
from .tasks import Task, failed, perform

ATTEMPTS = 2
"""How often a task is tried whose worker dies: what kills two workers is the file's fault, not the machine's."""
TELL_EVERY = 8
"""Pictures between two messages about progress."""


@dataclass(slots=True)
class Event:
    """What a worker tells: of which task, "frames" or "notice" while it works, then "done" or "failed"."""

    ticket: int
    kind: str
    value: Any


class Pool(ABC):
    """Those who do the tasks: processes of this machine, or a cluster.

    size: how many tasks are worked on at once; may change.
    """

    size: int = 1

    @property
    @abstractmethod
    def room(self) -> int:
        """How many more tasks are welcome now."""

    @abstractmethod
    def submit(self, task: Task, ticket: int) -> None:
        """Have a task done; events about it carry its ticket."""

    @abstractmethod
    def events(self, timeout: float) -> Iterator[Event]:
        """What has happened, waiting up to `timeout` seconds for the first."""

    @abstractmethod
    def forget(self, file: RemoteFile) -> None:
        """Have the copies of a recording removed, on whichever machine its tasks fetched one."""

    @abstractmethod
    def rest(self) -> None:
        """Those who have nothing to do are not needed any more, as far as is known. Idempotent; tasks may still follow."""

    @abstractmethod
    def close(self) -> None:
        """Stop everything at once; tasks that are being worked on are lost. Idempotent."""


class Workers(Pool):
    """`size` processes that are started when there is work for them, one ahead: more work mostly follows, and a start takes seconds."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._context = mp.get_context("spawn")
        self._waiting: deque[tuple[int, Task, int]] = deque()
        self._busy: dict[Connection, tuple[Any, tuple[int, Task, int]]] = {}
        self._idle: list[tuple[Any, Connection]] = []

    @property
    def room(self) -> int:
        """How many tasks can be begun at once."""
        return self.size - len(self._busy) - len(self._waiting)

    def submit(self, task: Task, ticket: int) -> None:
        """Have a task done."""
        self._waiting.append((ticket, task, 1))
        self._hand_out()

    def _hand_out(self) -> None:
        while self._waiting and len(self._busy) < self.size:
            process, pipe = self._idle.pop() if self._idle else self._start()
            job = self._waiting.popleft()
            try:
                pipe.send(job[1])
            except OSError:
                # it died while it had nothing to do
                self._waiting.appendleft(job)
                _end(process, pipe)
                continue
            self._busy[pipe] = process, job
            if not self._idle and len(self._busy) < self.size:
                self._idle.append(self._start())

    def _start(self) -> tuple[Any, Connection]:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, sys.path), daemon=True, name="meeting-analyzer worker"
        )
        process.start()
        theirs.close()
        return process, ours

    def events(self, timeout: float) -> Iterator[Event]:
        """What has happened; tasks of workers that died are handed out again."""
        for ready in wait(list(self._busy), timeout):
            pipe: Any = ready
            process, job = self._busy[pipe]
            try:
                while True:
                    kind, value = pipe.recv()
                    yield Event(job[0], kind, value)
                    if kind in ("done", "failed"):
                        self._idle.append((process, pipe))
                        del self._busy[pipe]
                        break
                    if not pipe.poll():
                        break
            except (EOFError, OSError):
                del self._busy[pipe]
                yield from self._bury(process, pipe, job)
        self._hand_out()

    def _bury(self, process: Any, pipe: Connection, job: tuple[int, Task, int]) -> Iterator[Event]:
        ticket, task, attempt = job
        process.join(5)
        code = process.exitcode
        _end(process, pipe)
        if attempt < ATTEMPTS:
            # where memory runs out, several are killed at once: the next try is for one that was not there then
            self._end_idle()
            self._waiting.appendleft((ticket, task, attempt + 1))
            return
        yield Event(
            ticket, "failed", AnalyzerError(f"{_name(task)} ended {attempt} workers ({_cause(code)}); {_advice(code)}.")
        )

    def forget(self, file: RemoteFile) -> None:
        """Remove this machine's copy."""
        file.forget()

    def rest(self) -> None:
        """End the processes that have nothing to do."""
        self._end_idle()

    def _end_idle(self) -> None:
        for process, pipe in self._idle:
            _end(process, pipe)
        self._idle.clear()

    def close(self) -> None:
        """End all workers."""
        self._end_idle()
        for pipe, (process, _) in self._busy.items():
            _end(process, pipe)
        self._busy.clear()
        self._waiting.clear()


def _name(task: Task) -> str:
    return str(getattr(task, "path", None) or getattr(task, "title", "a task"))


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _advice(code: int | None) -> str:
    if code == -getattr(signal, "SIGKILL", 9):
        return "there may be too little memory, so run with fewer --workers"
    return "it may be damaged, so play it in a video player or get it again"


def _end(process: Any, pipe: Connection) -> None:
    # killed before it sees the end of its pipe: what libraries do at exit takes long and may complain
    process.kill()
    process.join()
    process.close()
    pipe.close()


def _work(pipe: Connection, path: list[str]) -> None:
    """A worker's life: tasks in, events out, until the other end is closed or its process is gone."""
    sys.path[:] = path
    # the run itself is interrupted; it ends its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    told = _Told(pipe)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            outcome = ("done", perform(task, told))
        except Exception as error:  # noqa: BLE001 - handed to the run, which raises what is not a known failure
            known = failed(error)
            if known is None:
                # a bug: shown with its traceback by whoever runs us
                error.add_note(f"in a worker, at {task!r:.200}")
                outcome = ("failed", error)
            else:
                outcome = ("failed", known)
        told.flush()
        _send(pipe, outcome)


class _Told:
    """Collects progress, so that not every picture is a message."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._frames, self._seconds, self._calls = 0, 0.0, 0

    def __call__(self, kind: str, value: Any) -> None:
        if kind != "frames":
            _send(self._pipe, (kind, value))
            return
        self._frames += value[0]
        self._seconds += value[1]
        self._calls += 1
        if self._calls >= TELL_EVERY:
            self.flush()

    def flush(self) -> None:
        if self._calls:
            _send(self._pipe, ("frames", (self._frames, self._seconds)))
        self._frames, self._seconds, self._calls = 0, 0.0, 0


def _send(pipe: Connection, message: tuple[str, Any]) -> None:
    try:
        pipe.send(message)
    except (BrokenPipeError, ConnectionError):
        # our run is gone: nobody waits for this any more
        os._exit(1)
