"""The work on one recording whose results lie elsewhere: as `Work`, with an object instead of a file for a lock."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from . import fingerprint
from .fingerprint import Parts
from .lock import Locked
from .storage import RemotePlace
from .work import PLAN, RUN, WORK, Summary, chunks_in, to_json

LOCK = "lock.json"
STALE = 300.0
"""Seconds after which a lock that nobody has renewed is taken over."""
RENEW = 60.0


class RemoteWork:
    """The work in a folder of an object store. Raises Locked when another run works there, OutputError for other failures.

    An object store has no lock that ends with its holder: ours is renewed every minute, and whoever finds it five minutes
    old takes it over. Two runs that begin within the same second may both go on; they write the same.
    """

    def __init__(self, folder: RemotePlace, parts: Parts) -> None:
        self.folder, self.parts = folder, parts
        self._work = folder / WORK
        self.key = fingerprint.key(parts)
        self.place = self._work / f"chunks-{self.key}"
        self.word: str | None = None
        self._owner = {"process": os.getpid(), "machine": platform.node()}
        self._held = False
        self._take()
        before = _json_of(self._work.get(PLAN))
        if before == parts:
            done = len(chunks_in(self.place))
            self.word = f"goes on after {done} chunks that are done" if done else None
            return
        if before is not None:
            self.word = f"starts afresh: {fingerprint.difference(before, parts)} changed since it was begun"
            (self._work / f"chunks-{fingerprint.key(before)}").clear()
        self._work.put(PLAN, to_json(parts))

    def _take(self) -> None:
        other = _json_of(self._work.get(LOCK))
        if other is not None and time.time() - other["time"] < STALE and not _is_dead(other):
            who = f"process {other['process']} on {other['machine']}"
            raise Locked(
                f"{self.folder} is being worked on by another run ({who}); wait for it, or choose another --out."
            )
        self._held = True
        self.renew()

    def renew(self) -> None:
        """Say that we are still here."""
        if self._held:
            self._renewed = time.time()
            self._work.put(LOCK, to_json({**self._owner, "time": self._renewed}))

    def renew_if_due(self) -> None:
        """`renew` once a minute."""
        if self._held and time.time() - self._renewed > RENEW:
            self.renew()

    def complete(self, summary: Summary, possible: Sequence[str] = ()) -> None:
        """As `Work.complete`."""
        for name in set(possible) - set(summary.files):
            self.folder.remove(name)
        self.folder.put(RUN, to_json(asdict(summary)))
        self._held = False
        self._work.clear()

    def abandon(self, hopeless: bool) -> None:
        """As `Work.abandon`."""
        if hopeless or not chunks_in(self.place):
            self._held = False
            self._work.clear()

    def release(self) -> None:
        """Let other runs work here. Idempotent."""
        if self._held:
            self._held = False
            self._work.remove(LOCK)


def _is_dead(owner: dict[str, Any]) -> bool:
    """Whether a process of this machine is known to be gone."""
    if owner["machine"] != platform.node() or os.name == "nt":
        return False
    try:
        os.kill(owner["process"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _json_of(content: bytes | None) -> Any:
    try:
        return None if content is None else json.loads(content)
    except ValueError:
        return None
