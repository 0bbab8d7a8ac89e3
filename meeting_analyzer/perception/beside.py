"""Work that a live call's frames need not wait for: done in another thread, its result taken over between two frames."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

NICE = 10
"""How much the thread beside gives way to the others, from 0 to 19 (sched(7)): where cores are short it gets about a tenth of what each of
them gets, so that frames take hardly longer while the layout is looked for."""


def thread_beside() -> ThreadPoolExecutor:
    """An executor of one thread that gives way to this program's others where the system has priorities of threads (Linux)."""
    return ThreadPoolExecutor(1, "beside", initializer=_give_way)


def _give_way() -> None:
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # a program that was started with less priority must not ask for more: that is refused
        os.setpriority(os.PRIO_PROCESS, thread, max(NICE, os.getpriority(os.PRIO_PROCESS, thread)))


class Beside:
    """One piece of work at a time. Used by one thread, which takes over the results.

    executor: does the work, which may touch nothing that this thread changes meanwhile; None: it is done here, at once.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self.executor = executor
        self._running: tuple[Future[Any], Callable[[Any], None]] | None = None

    @property
    def busy(self) -> bool:
        """Whether there is work whose result was not taken over."""
        return self._running is not None

    def do(self, work: Callable[[], T], take: Callable[[T], None]) -> None:
        """Do this work and hand its result to `take`: at once, or in the `settle` after it is done. What is still running is dropped."""
        if self.executor is None:
            take(work())
        else:
            self._running = self.executor.submit(work), take

    def settle(self) -> None:
        """Take over what is done by now; raises what the work raised."""
        if self._running is not None and self._running[0].done():
            (done, take), self._running = self._running, None
            take(done.result())

    def drop(self) -> None:
        """The result of what is running is not wanted any more."""
        self._running = None
