"""A one-slot mailbox between two threads: the newest value wins and nothing queues up."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the newest value that was put until `get` takes it out."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: T | None = None
        self._closed = False
        self.dropped = 0

    def put(self, value: T) -> None:
        """Replace whatever is in the slot; a value nobody took counts as dropped."""
        with self._changed:
            self.dropped += self._value is not None
            self._value = value
            self._changed.notify_all()

    def get(self, timeout: float) -> T | None:
        """Take the value, waiting up to `timeout` seconds; None when none came or the mailbox was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._value is not None or self._closed, timeout)
            value, self._value = self._value, None
            return value

    @property
    def waiting(self) -> bool:
        """Whether a value lies in the slot."""
        return self._value is not None

    def close(self) -> None:
        """Wake whoever waits; later `get` calls return at once. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
