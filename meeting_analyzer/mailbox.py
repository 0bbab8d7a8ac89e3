"""A one-slot mailbox between two threads: the newest value wins and nothing queues up."""

from __future__ import annotations

import threading
import time
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH, LATE = 0.1, 1.3
"""Ages of a value, as shares of the time between two: up to the first it is as good as new, up to the second the next may just be late."""


class Mailbox(Generic[T]):
    """Holds the newest value that was put, and when that was on the steady clock, until `get` takes both out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: tuple[T, float] | None = None
        self._closed = False
        self.dropped = 0

    def put(self, value: T) -> None:
        """Replace whatever is in the slot; a value nobody took counts as dropped."""
        with self._changed:
            self.dropped += self._value is not None
            self._value = value, time.monotonic()
            self._changed.notify_all()

    def get(self, timeout: float) -> tuple[T, float] | None:
        """Take the value and when it was put, waiting up to `timeout` seconds; None when none came or the mailbox was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._value is not None or self._closed, timeout)
            value, self._value = self._value, None
            return value

    def nearest(self, timeout: float, rate: float, patience: float = 0.0) -> tuple[T, float] | None:
        """The same, or the value that is put next, `rate` being put a second (0: unknown), where that is nearer by now or at most
        `patience` seconds away."""
        taken = self.get(timeout)
        if taken is not None and rate and (age := time.monotonic() - taken[1]) < LATE / rate:
            to_come = max(0.0, 1 / rate - age)
            if to_come < age or (age > FRESH / rate and to_come <= patience):
                taken = self.get(to_come + (LATE - 1) / rate) or taken
        return taken

    @property
    def waiting(self) -> bool:
        """Whether a value lies in the slot."""
        return self._value is not None

    def close(self) -> None:
        """Wake whoever waits; later `get` calls return at once. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
