"""Processes that die, fail, or have nothing to do."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from meeting_analyzer.batch import workers
from meeting_analyzer.batch.tasks import Look
from meeting_analyzer.batch.workers import Event, Workers
from meeting_analyzer.config import Settings
from meeting_analyzer.errors import AnalyzerError, SourceError


@dataclass(frozen=True)
class Deadly:
    """A task whose reception kills the worker: what FFmpeg might do at a damaged file."""

    path: Path
    lives: Path

    def __reduce__(self) -> Any:
        return _die, (self.path, self.lives)


def _die(path: Path, lives: Path) -> Any:
    count = int(lives.read_text())
    if count:
        lives.write_text(str(count - 1))
        os.kill(os.getpid(), signal.SIGSEGV)
    return Look(path, Settings(names="off"))


def until_done(pool: Workers, tickets: set[int]) -> dict[int, Event]:
    found: dict[int, Event] = {}
    until = time.monotonic() + 60
    while set(found) != tickets and time.monotonic() < until:
        found |= {event.ticket: event for event in pool.events(0.2) if event.kind in ("done", "failed")}
    return found


@pytest.fixture
def pool():  # type: ignore[no-untyped-def]
    made = Workers(2)
    yield made
    made.close()


def test_a_file_that_kills_its_worker_once_is_tried_again(pool: Workers, tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    lives.write_text("1")
    pool.submit(Deadly(tmp_path / "nothing.mp4", lives), 7)  # type: ignore[arg-type]
    event = until_done(pool, {7})[7]
    assert isinstance(event.value, SourceError), "the second worker found that there is no such file"


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot stop a process")
def test_what_is_tried_again_is_not_given_to_a_worker_that_may_be_dying_too(pool: Workers, tmp_path: Path) -> None:
    for ticket in (1, 2):
        pool.submit(Look(tmp_path / "gone.mp4", Settings(names="off")), ticket)
    until_done(pool, {1, 2})
    doomed = pool._idle[0][0].pid
    os.kill(doomed, signal.SIGSTOP)
    lives = tmp_path / "lives"
    lives.write_text("1")
    pool.submit(Deadly(tmp_path / "nothing.mp4", lives), 3)  # type: ignore[arg-type]
    assert isinstance(until_done(pool, {3})[3].value, SourceError)
    with pytest.raises(ProcessLookupError):
        os.kill(doomed, 0)


def test_a_file_that_kills_two_workers_fails_alone(pool: Workers, tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    lives.write_text("99")
    pool.submit(Deadly(tmp_path / "evil.mp4", lives), 1)  # type: ignore[arg-type]
    pool.submit(Look(tmp_path / "gone.mp4", Settings(names="off")), 2)
    found = until_done(pool, {1, 2})
    assert "evil.mp4 ended 2 workers (SIGSEGV)" in str(found[1].value)
    assert isinstance(found[2].value, SourceError)


def test_a_bug_is_not_made_into_a_sentence(pool: Workers) -> None:
    pool.submit(Look(None, Settings(names="off")), 1)  # type: ignore[arg-type]
    error = until_done(pool, {1})[1].value
    assert isinstance(error, TypeError)
    assert not isinstance(error, AnalyzerError)


def test_progress_is_told_now_and_then() -> None:
    class Pipe:
        sent: ClassVar[list[Any]] = []

        def send(self, message: Any) -> None:
            self.sent.append(message)

    told = workers._Told(Pipe())  # type: ignore[arg-type]
    for _ in range(20):
        told("frames", (1, 0.5))
    told.flush()
    told.flush()
    assert sum(message[1][0] for message in Pipe.sent) == 20
    assert sum(message[1][1] for message in Pipe.sent) == 10
    assert len(Pipe.sent) == 3


def test_the_next_worker_is_started_while_the_one_before_begins(pool: Workers, tmp_path: Path) -> None:
    pool.submit(Look(tmp_path / "gone.mp4", Settings(names="off")), 1)
    assert pool.room == 1
    (ahead,) = [process.pid for process, _ in pool._idle]
    pool.submit(Look(tmp_path / "gone.mp4", Settings(names="off")), 2)
    assert pool.room == 0
    assert not pool._idle, "there are no more than two at any time"
    assert ahead in [process.pid for process, _ in pool._busy.values()]
    until_done(pool, {1, 2})
    assert len(pool._idle) == 2


def test_who_has_nothing_to_do_may_go_and_tasks_may_still_follow(pool: Workers, tmp_path: Path) -> None:
    task = Look(tmp_path / "gone.mp4", Settings(names="off"))
    pool.submit(task, 1)
    until_done(pool, {1})
    pids = [process.pid for process, _ in pool._idle]
    assert pids
    pool.rest()
    pool.rest()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    pool.submit(task, 2)
    assert until_done(pool, {2})[2].kind == "failed"


def test_closing_is_idempotent_and_ends_the_processes(tmp_path: Path) -> None:
    pool = Workers(1)
    pool.submit(Look(tmp_path / "gone.mp4", Settings(names="off")), 1)
    assert pool.room == 0
    until_done(pool, {1})
    assert pool.room == 1
    process = pool._idle[0][0]
    pid = process.pid
    pool.close()
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
