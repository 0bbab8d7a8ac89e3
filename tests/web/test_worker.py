from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from meeting_analyzer.errors import SourceError
from meeting_analyzer.types import Frame, Mode, Moment
from meeting_analyzer.web import worker as module
from meeting_analyzer.web.worker import Stream, Worker, WorkerBusy

IMAGE = np.zeros((32, 32, 3), np.uint8)


class Fake:
    """An analysis that waits for a permit for every frame, notes in which order frames came, and can fail."""

    permits = threading.Semaphore(0)
    log: list[tuple[str, int]] = []  # noqa: RUF012 - emptied by the fixture
    threads: set[str] = set()  # noqa: RUF012

    def __init__(self, name: str) -> None:
        self.name = name

    def follow(self, frame: Frame) -> Moment:
        assert Fake.permits.acquire(timeout=20)
        Fake.log.append((self.name, frame.index))
        Fake.threads.add(threading.current_thread().name)
        if frame.index < 0:
            raise SourceError("A bad frame.")
        if frame.index > 1000:
            raise RuntimeError("a mistake of ours")
        return Moment(frame.time, frame.index, frame.size)


@pytest.fixture
def worker() -> Iterator[Worker]:
    Fake.permits = threading.Semaphore(0)
    Fake.log.clear()
    Fake.threads.clear()
    names = iter("abcdefghijklmnop")
    made = Worker(lambda mode: Fake(next(names)), streams=10)
    yield made
    Fake.permits.release(1000)
    made.stop()


def frame(index: int) -> Frame:
    return Frame(IMAGE, index / 10, index)


def done(count: int) -> None:
    """Let so many frames be analysed, and wait until they are."""
    before = len(Fake.log)
    Fake.permits.release(count)
    deadline = time.monotonic() + 20
    while len(Fake.log) < before + count and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(Fake.log) == before + count


def taken(worker: Worker, stream: Stream) -> None:
    """Wait until the worker has taken the stream's frame."""
    deadline = time.monotonic() + 20
    while stream.waiting is not None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert stream.waiting is None


def test_the_newest_frame_wins_and_nobody_waits(worker: Worker) -> None:
    stream = worker.open("emotion")
    worker.put(stream, frame(1))
    taken(worker, stream)
    for index in range(2, 50):
        worker.put(stream, frame(index))
    done(2)
    assert [index for _, index in Fake.log] == [1, 49]
    assert stream.dropped == 47


def test_ten_viewers_share_evenly(worker: Worker) -> None:
    streams = [worker.open("emotion") for _ in range(10)]
    for stream in streams:
        worker.put(stream, frame(0))
    for turn in range(1, 100):
        done(1)
        for stream in streams:
            worker.put(stream, frame(turn))
    counts = [sum(name == letter for name, _ in Fake.log) for letter in "abcdefghij"]
    assert sum(counts) == 99
    assert max(counts) - min(counts) <= 1
    assert len(Fake.threads) == 1


def test_frames_carry_their_age(worker: Worker) -> None:
    seen = []
    stream = worker.open("emotion", on_seen=seen.append)
    before = time.monotonic()
    worker.put(stream, frame(3))
    done(1)
    worker.close(stream)
    worker.stop()
    assert before <= seen[0].arrived <= seen[0].done <= time.monotonic()
    assert stream.newest is seen[0]
    assert seen[0].moment.frame == 3


def test_a_stream_is_served_no_more_often_than_it_wants(worker: Worker) -> None:
    slow, fast = worker.open("emotion", rate=0.001), worker.open("emotion")
    Fake.permits.release(1000)
    for turn in range(20):
        worker.put(slow, frame(turn))
        worker.put(fast, frame(turn))
        taken(worker, fast)
    assert sum(name == "a" for name, _ in Fake.log) == 1


def test_there_are_only_so_many_places_and_idle_ones_are_given_away(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = [worker.open("emotion") for _ in range(10)]
    with pytest.raises(WorkerBusy, match="10 places"):
        worker.open("emotion")
    uploaded = worker.open("emotion", counted=False)
    assert worker.open_streams == 10
    monkeypatch.setattr(module, "IDLE", -1.0)
    worker.open("emotion")
    assert all(stream.closed for stream in streams)
    assert not uploaded.closed


def test_an_upload_waits_for_its_answer(worker: Worker) -> None:
    stream = worker.open("presence", counted=False)
    Fake.permits.release(2)
    assert worker.analyse(stream, frame(7)).frame == 7
    with pytest.raises(SourceError, match="A bad frame"):
        worker.analyse(stream, frame(-1))


def test_an_upload_ends_when_its_stream_is_closed(worker: Worker) -> None:
    other, stream = worker.open("emotion"), worker.open("emotion", counted=False)
    worker.put(other, frame(1))
    taken(worker, other)
    threading.Timer(0.1, worker.close, (stream,)).start()
    with pytest.raises(SourceError, match="was ended"):
        worker.analyse(stream, frame(1))


def test_one_streams_failure_leaves_the_others_alone(worker: Worker) -> None:
    bad, good = worker.open("emotion"), worker.open("emotion")
    worker.put(bad, frame(-1))
    worker.put(good, frame(1))
    done(2)
    worker.put(good, frame(2))
    done(1)
    assert bad.error == "A bad frame."
    assert good.error is None
    assert good.newest is not None


def test_the_mode_reaches_the_analysis() -> None:
    asked: list[Mode] = []

    def make(mode: Mode) -> Fake:
        asked.append(mode)
        return Fake("x")

    worker = Worker(make)
    worker.open("presence")
    worker.open("emotion")
    worker.stop()
    assert asked == ["presence", "emotion"]
    with pytest.raises(WorkerBusy):
        worker.open("emotion")
