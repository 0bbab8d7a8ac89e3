"""Work beside the frames."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from meeting_analyzer.perception.beside import NICE, Beside, thread_beside
from tests.stubs import Later


def test_without_an_executor_it_is_done_at_once() -> None:
    beside, taken = Beside(), []
    beside.do(lambda: 3, taken.append)
    assert taken == [3]
    assert not beside.busy


def test_a_result_is_taken_over_when_it_is_there() -> None:
    later, taken = Later(), []
    beside = Beside(later)
    beside.do(lambda: 3, taken.append)
    beside.settle()
    assert taken == []
    assert beside.busy
    later.work()
    assert taken == []
    assert beside.busy
    beside.settle()
    assert taken == [3]
    assert not beside.busy
    beside.settle()
    assert taken == [3]


def test_what_is_dropped_is_not_taken_over() -> None:
    later, taken = Later(), []
    beside = Beside(later)
    beside.do(lambda: 3, taken.append)
    beside.drop()
    later.work()
    beside.settle()
    assert taken == []
    assert not beside.busy


def test_taking_over_may_begin_new_work() -> None:
    later, taken = Later(), []
    beside = Beside(later)
    beside.do(lambda: 1, lambda one: beside.do(lambda: one + 1, taken.append))
    for _ in range(2):
        later.work()
        beside.settle()
    assert taken == [2]
    assert not beside.busy


def test_a_failure_is_raised_where_the_result_is_taken_over() -> None:
    later = Later()
    beside = Beside(later)

    def fail() -> None:
        raise ValueError("no")

    beside.do(fail, lambda _: None)
    later.work()
    with pytest.raises(ValueError, match="no"):
        beside.settle()
    assert not beside.busy


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
@pytest.mark.parametrize("started", [0, 15], ids=["as usual", "by nice -n 15"])
def test_the_thread_beside_gives_way_and_no_other(started: int) -> None:
    def niceness() -> tuple[int, int]:
        return threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def run() -> None:
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, max(started, niceness()[1]))
        before = niceness()
        with thread_beside() as executor:  # its thread inherits the priority of this one
            seen.append((before, executor.submit(niceness).result(), niceness()))

    seen: list[tuple[tuple[int, int], tuple[int, int], tuple[int, int]]] = []
    asking = threading.Thread(target=run)
    asking.start()
    asking.join()
    before, beside, after = seen[0]
    assert beside[0] != before[0]
    assert beside[1] == max(NICE, before[1])
    assert after == before
