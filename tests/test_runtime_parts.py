"""Mailbox and progress: the small parts that the runners stand on."""

from __future__ import annotations

import io
import threading
import time

import pytest

from meeting_analyzer.mailbox import Mailbox
from meeting_analyzer.progress import Progress, clock


def test_the_newest_value_wins_and_the_others_are_counted() -> None:
    box: Mailbox[int] = Mailbox()
    for value in range(5):
        box.put(value)
    assert box.waiting
    before = time.monotonic()
    taken = box.get(0)
    assert taken is not None
    assert taken[0] == 4
    assert before - 5 < taken[1] <= before
    assert box.dropped == 4
    assert box.get(0) is None


def test_closing_wakes_a_waiting_reader() -> None:
    box: Mailbox[int] = Mailbox()
    got: list[tuple[int, float] | None] = []
    reader = threading.Thread(target=lambda: got.append(box.get(30)))
    reader.start()
    box.close()
    reader.join(5)
    assert not reader.is_alive()
    assert got == [None]


@pytest.mark.parametrize(
    ("age", "rate", "patience", "value"),
    [
        (0.3, 1.0, 0.0, "old"),
        (0.7, 1.0, 0.0, "next"),
        (1.1, 1.0, 0.0, "next"),
        (1.5, 1.0, 9.0, "old"),
        (0.7, 0.0, 9.0, "old"),
        (0.3, 1.0, 0.8, "next"),
        (0.3, 1.0, 0.6, "old"),
        (0.05, 1.0, 9.0, "old"),
    ],
    ids=[
        "young",
        "the next is nearer",
        "the next is late",
        "none comes",
        "no rate is known",
        "there is time for the next",
        "there is not so much",
        "as good as new",
    ],
)
def test_the_next_value_is_waited_for_where_it_is_nearer_or_there_is_time(
    age: float, rate: float, patience: float, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    box: Mailbox[str] = Mailbox()
    now = [100.0]
    monkeypatch.setattr("meeting_analyzer.mailbox.time.monotonic", lambda: now[0])
    box.put("old")
    now[0] += age
    waited: list[float] = []
    get = box.get

    def answer(timeout: float) -> tuple[str, float] | None:
        waited.append(timeout)
        if len(waited) > 1:
            box.put("next")
        return get(timeout)

    monkeypatch.setattr(box, "get", answer)
    taken = box.nearest(0.5, rate, patience)
    assert taken is not None
    assert taken[0] == value
    assert waited == ([0.5, pytest.approx(max(0.0, 1 - age) + 0.3)] if value == "next" else [0.5])


def test_the_value_there_is_stays_where_no_other_comes() -> None:
    box: Mailbox[str] = Mailbox()
    box.put("old")
    time.sleep(0.06)
    taken = box.nearest(0, 10)
    assert taken is not None
    assert taken[0] == "old"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (61, "1:01"), (3723, "1:02:03"), (-5, "0:00")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_progress_counts_and_sums_up() -> None:
    stream = io.StringIO()
    progress = Progress(frames=10, duration=1.0, stream=stream)
    progress._printed = float("-inf")
    progress.advance(0.5)
    assert "50 %" in stream.getvalue()
    assert "1 frames of 10" in stream.getvalue()
    assert "\r" not in stream.getvalue(), "no terminal, no redrawing"
    assert progress.finish().startswith("Processed 1 frames in ")


def test_quiet_progress_prints_nothing_but_sentences() -> None:
    stream = io.StringIO()
    progress = Progress(quiet=True, stream=stream)
    progress._printed = float("-inf")
    progress.advance(0.5)
    assert stream.getvalue() == ""
    progress.say("A sentence.")
    assert stream.getvalue() == "A sentence.\n"
