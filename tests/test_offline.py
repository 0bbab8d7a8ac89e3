from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import pytest
from stubs import StubAnalyzer, StubOutput, StubSource

from meeting_analyzer.errors import OutputError, SourceError
from meeting_analyzer.offline import run_offline
from meeting_analyzer.outputs.base import Output
from meeting_analyzer.progress import Progress
from meeting_analyzer.types import Event, Frame, Moment


def quiet() -> Progress:
    return Progress(quiet=True, stream=io.StringIO())


def test_every_frame_is_analysed_and_written_in_order() -> None:
    output = StubOutput()
    outcome = run_offline(StubSource(7, 0), StubAnalyzer().follow, [output], quiet())
    assert outcome.frames == 7
    assert output.written == list(range(7))
    assert output.closed


def test_the_last_moment_is_told_what_the_end_brings() -> None:
    class Keeping(StubOutput):
        def __init__(self) -> None:
            super().__init__()
            self.events: dict[int, tuple[Event, ...]] = {}

        def write(self, frame: Frame, moment: Moment) -> None:
            super().write(frame, moment)
            self.events[frame.index] = moment.events

    def finish(last: Moment) -> Moment:
        return replace(last, events=(Event(last.time, "left", "all left", (), last.frame),))

    for error in (None, SourceError("The rest is damaged.")):
        output = Keeping()
        with pytest.raises(SourceError) if error else contextlib.nullcontext():
            run_offline(StubSource(5, 0, error), StubAnalyzer().follow, [output], quiet(), finish)
        assert output.written == list(range(5))
        assert [bool(output.events[n]) for n in range(5)] == [False] * 4 + [True]


def test_a_source_that_breaks_in_the_middle_keeps_what_was_done() -> None:
    output = StubOutput()
    with pytest.raises(SourceError, match="damaged"):
        run_offline(StubSource(4, 0, SourceError("The rest is damaged.")), StubAnalyzer().follow, [output], quiet())
    assert output.written == [0, 1, 2, 3]
    assert output.closed


def test_a_full_disk_closes_the_other_outputs_too() -> None:
    first, second = StubOutput(fail_at=2), StubOutput()
    with pytest.raises(OutputError, match="disk is full"):
        run_offline(StubSource(9, 0), StubAnalyzer().follow, [first, second], quiet())
    assert first.closed
    assert second.closed
    assert second.written == [0, 1]


def test_an_output_that_cannot_be_finished_does_not_keep_the_others_open() -> None:
    class Unfinished(Output):
        def write(self, frame: Frame, moment: Moment) -> None:
            self.last = frame.index

        def close(self) -> None:
            raise OutputError("No room for the index.")

    other = StubOutput()
    with pytest.raises(OutputError, match="index"):
        run_offline(StubSource(2, 0), StubAnalyzer().follow, [Unfinished(), other], quiet())
    assert other.closed


def test_a_source_without_any_frame_is_said() -> None:
    with pytest.raises(SourceError, match="no frame"):
        run_offline(StubSource(0, 0), StubAnalyzer().follow, [], quiet())


def test_notices_are_said_when_they_change() -> None:
    class Damaged(StubSource):
        def read(self, timeout: float = 1.0) -> Frame | None:
            frame = super().read(timeout)
            self.notice = "3 packets could not be decoded." if self.made > 2 else None
            return frame

    stream = io.StringIO()
    outcome = run_offline(Damaged(5, 0), StubAnalyzer().follow, [], Progress(quiet=True, stream=stream))
    assert stream.getvalue() == "3 packets could not be decoded.\n"
    assert outcome.notice == "3 packets could not be decoded."
