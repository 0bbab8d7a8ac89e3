"""The live runner on stub sources and displays: who waits for whom, and what is left behind."""

from __future__ import annotations

import threading
import time

import cv2
import pytest
from stubs import StubAnalyzer, StubDisplay, StubOutput, StubSource

from meeting_analyzer.errors import OutputError, SourceError
from meeting_analyzer.live import LiveRunner
from meeting_analyzer.sources.base import Source
from meeting_analyzer.types import Frame


def runner(
    source: Source, analyzer: StubAnalyzer, display: StubDisplay, output: StubOutput, **more: object
) -> LiveRunner:
    settings: dict[str, object] = {
        "fps": 100.0,
        "analysis_fps": 100.0,
        "duration": None,
        "notify": lambda sentence: None,
    } | more
    return LiveRunner(source, analyzer.follow, [display], [output], **settings)  # type: ignore[arg-type]


def test_a_slow_analysis_drops_frames_and_never_queues_them() -> None:
    source, analyzer, display, output = StubSource(60), StubAnalyzer(0.05), StubDisplay(), StubOutput()
    outcome = runner(source, analyzer, display, output).run()
    assert 1 <= len(analyzer.frames) < 30
    assert analyzer.frames == sorted(analyzer.frames)
    assert output.written == analyzer.frames
    assert outcome.analysed == len(analyzer.frames)
    assert not outcome.quit
    assert len({index for index, _ in display.shown}) > len(analyzer.frames), "the display keeps its own, faster rate"


def test_everything_is_closed_at_the_regular_end() -> None:
    source, display, output = StubSource(5), StubDisplay(), StubOutput()
    runner(source, StubAnalyzer(), display, output).run()
    assert source.closed
    assert display.closed
    assert output.closed


def test_a_source_that_fails_ends_the_run_with_its_sentence_and_what_was_written_is_kept() -> None:
    source = StubSource(10, end=SourceError("The window was closed."))
    display, output = StubDisplay(), StubOutput()
    with pytest.raises(SourceError, match="was closed"):
        runner(source, StubAnalyzer(), display, output).run()
    assert output.written
    assert output.closed
    assert display.closed


def test_an_output_that_fails_ends_the_run_with_its_sentence() -> None:
    source, output = StubSource(1000), StubOutput(fail_at=2)
    with pytest.raises(OutputError, match="disk is full"):
        runner(source, StubAnalyzer(), StubDisplay(), output).run()
    assert output.written == sorted(output.written)
    assert len(output.written) == 2
    assert output.closed


def test_quit_in_the_window_ends_the_run() -> None:
    display = StubDisplay(lambda shown: "quit" if shown == 3 else None)
    outcome = runner(StubSource(10_000), StubAnalyzer(), display, StubOutput()).run()
    assert outcome.quit
    assert len(display.shown) == 3
    assert display.thread is threading.main_thread()


def test_pause_stops_the_analysis_and_goes_on_again() -> None:
    analyzer = StubAnalyzer()
    at: dict[int, int] = {}

    def action(shown: int) -> str | None:
        at[shown] = len(analyzer.frames)
        return {10: "pause", 60: "pause", 100: "quit"}.get(shown)

    display = StubDisplay(action)
    runner(StubSource(10_000), analyzer, display, StubOutput()).run()
    assert at[60] <= at[12] + 2, "paused"
    assert at[100] > at[60], "going on"
    assert "paused" in display.statuses
    assert all(moment is None for _, moment in display.shown[12:59]), "labels would be of long ago"
    assert display.shown[-1][1] is not None


def test_blank_in_one_display_hides_the_call_in_all_of_them_and_again_shows_it() -> None:
    source, camera, hidden = StubSource(10_000), StubDisplay(), []

    def action(shown: int) -> str | None:
        hidden.append(camera.blanked)
        return {3: "blank", 6: "blank", 9: "quit"}.get(shown)

    window = StubDisplay(action)
    LiveRunner(
        source,
        StubAnalyzer().follow,
        [camera, window],
        [],
        fps=100.0,
        analysis_fps=100.0,
        duration=None,
        notify=lambda sentence: None,
    ).run()
    assert hidden == [False] * 3 + [True] * 3 + [False] * 3


def test_opencv_has_one_thread_while_it_runs_and_its_own_again_afterwards() -> None:
    before, during = cv2.getNumThreads(), set[int]()
    cv2.setNumThreads(2)
    try:
        display = StubDisplay(lambda shown: during.add(cv2.getNumThreads()))
        runner(StubSource(5), StubAnalyzer(), display, StubOutput()).run()
        assert during == {1}
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


def test_the_duration_ends_the_run() -> None:
    outcome = runner(StubSource(10_000), StubAnalyzer(), StubDisplay(), StubOutput(), duration=0.3).run()
    assert outcome.analysed > 0
    assert not outcome.quit


def test_the_analysis_rate_is_bounded() -> None:
    analyzer = StubAnalyzer()
    outcome = runner(StubSource(100, period=0.01), analyzer, StubDisplay(), StubOutput(), analysis_fps=5.0).run()
    assert len(analyzer.frames) <= 5 * outcome.seconds + 3


def test_a_change_of_state_is_said_once_and_its_end_too() -> None:
    class Minimised(StubSource):
        def read(self, timeout: float = 1.0) -> Frame | None:
            frame = super().read(timeout)
            self.notice = "The window is minimised; restore it." if 5 <= self.made < 20 else None
            return None if self.notice else frame

    said: list[str] = []
    display = StubDisplay()
    runner(Minimised(60), StubAnalyzer(), display, StubOutput(), notify=said.append).run()
    assert said == ["The window is minimised; restore it.", "the stub is back."]
    assert "The window is minimised; restore it." in display.statuses


def test_an_output_that_fails_beside_a_window_is_left_out_and_the_window_goes_on() -> None:
    said: list[str] = []
    display, output, other = StubDisplay(lambda shown: "quit" if shown == 60 else None), StubOutput(2), StubOutput()
    live = LiveRunner(
        StubSource(10_000),
        StubAnalyzer().follow,
        [display],
        [output, other],
        fps=100.0,
        analysis_fps=100.0,
        duration=None,
        notify=said.append,
    )
    with pytest.raises(OutputError, match="disk is full"):
        live.run()
    assert len(display.shown) == 60
    assert len(other.written) > 10
    assert len(output.written) == 2
    assert output.closed
    assert said == ["The disk is full; make room. What was written so far is kept, and the picture goes on."]


def test_the_analysis_sleeps_only_while_it_is_certain_that_nobody_watches() -> None:
    said: list[str] = []
    analyzer, recorder = StubAnalyzer(), StubOutput()
    recorder.watched = False
    at: dict[int, int] = {}

    def action(shown: int) -> str | None:
        at[shown] = len(analyzer.frames)
        display.watched = {40: True, 80: False, 120: None}.get(shown, display.watched)
        return "quit" if shown == 160 else None

    display = StubDisplay(action)
    display.watched = False
    runner(StubSource(10_000), analyzer, display, recorder, fps=50.0, notify=said.append).run()
    assert at[40] <= 1, "nobody watches"
    assert at[80] > at[40] + 5, "somebody does"
    assert at[120] <= at[80] + 40, "asleep again"
    assert at[160] > at[120] + 5, "where it cannot be told, it is analysed"
    assert "asleep: nobody watches" in display.statuses
    assert len(said) == 1
    assert "sleeps until somebody does" in said[0]


def test_an_output_that_is_wanted_keeps_the_analysis_awake() -> None:
    analyzer, display = StubAnalyzer(), StubDisplay(lambda shown: "quit" if shown == 60 else None)
    display.watched = False
    runner(StubSource(10_000), analyzer, display, StubOutput()).run()
    assert len(analyzer.frames) > 10


def test_marks_and_reports_are_made_between_two_frames_and_answered() -> None:
    asked: list[tuple[str, float, str]] = []
    said: list[str] = []

    def mark(time: float) -> str:
        asked.append(("mark", time, threading.current_thread().name))
        return "Marked."

    def report(time: float) -> str:
        raise OutputError("The disk is full.")

    display = StubDisplay({20: "mark", 30: "report", 90: "quit"}.get)
    live = LiveRunner(
        StubSource(10_000),
        StubAnalyzer().follow,
        [display],
        [],
        fps=100.0,
        analysis_fps=100.0,
        duration=None,
        notify=said.append,
        actions={"mark": mark, "report": report},
    )
    live.run()
    assert [(name, thread) for name, _, thread in asked] == [("mark", "analysis")]
    assert asked[0][1] > 0
    assert said == ["Marked.", "The disk is full."]
    assert "Marked." in display.statuses


def test_names_are_hidden_everywhere_at_once() -> None:
    camera, window = StubDisplay(), StubDisplay({5: "names", 9: "quit"}.get)
    LiveRunner(
        StubSource(10_000),
        StubAnalyzer().follow,
        [camera, window],
        [],
        fps=100.0,
        analysis_fps=100.0,
        duration=None,
        notify=lambda sentence: None,
    ).run()
    assert not camera.names
    assert not window.names


def test_rates_and_latency_are_measured() -> None:
    display = StubDisplay(lambda shown: "quit" if shown == 150 else None)
    live = runner(StubSource(10_000, period=0.01), StubAnalyzer(0.02), display, StubOutput())
    live.run()
    status = live.status()
    assert 0.02 <= status.p50 <= status.p99 < 5
    assert status.analysed > 2
    assert status.shown > status.analysed
    assert status.captured > status.analysed
    assert "from grab to labels" in live.summary()


def test_the_latency_counts_until_the_slowest_display_has_shown_it() -> None:
    display, other = StubDisplay(lambda shown: "quit" if shown == 60 else None), StubDisplay()
    other.lag = 2.0
    live = LiveRunner(
        StubSource(10_000),
        StubAnalyzer().follow,
        [display, other],
        [],
        fps=100.0,
        analysis_fps=100.0,
        duration=None,
        notify=lambda sentence: None,
    )
    live.run()
    assert live.status().p50 > 2.0
    assert "captured" in live.summary()
    assert "shown" in live.summary()


def test_a_clock_that_is_set_back_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun = time.time, time.time()
    monkeypatch.setattr(time, "time", lambda: real() - (7200 if real() - begun > 0.3 else 0))
    said: list[str] = []
    outcome = runner(
        StubSource(10_000), StubAnalyzer(), StubDisplay(), StubOutput(), duration=1.0, notify=said.append
    ).run()
    assert outcome.seconds == pytest.approx(1.0, abs=0.5)
    assert outcome.analysed > 10
    assert said == []


def test_a_computer_that_slept_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun = time.time, time.time()
    monkeypatch.setattr(time, "time", lambda: real() + (3600 if real() - begun > 0.3 else 0))
    said: list[str] = []
    outcome = runner(
        StubSource(10_000), StubAnalyzer(), StubDisplay(), StubOutput(), duration=1.0, notify=said.append
    ).run()
    assert said == ["This computer slept or stood still for 1:00:00; going on."]
    assert outcome.analysed > 10
