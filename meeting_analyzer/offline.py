"""The offline runner: every frame of a source counts, in order, to the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .errors import AnalyzerError, SourceError
from .outputs.base import Output
from .progress import Progress
from .sources.base import EndOfSource, Source
from .types import Frame, Moment


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did: frames analysed, and the source's last notice (skipped damaged packets, early end)."""

    frames: int
    notice: str | None = None


def run_offline(
    source: Source,
    analyse: Callable[[Frame], Moment],
    outputs: Sequence[Output],
    progress: Progress,
    finish: Callable[[Moment], Moment] = lambda last: last,
) -> Outcome:
    """Put every frame of `source` through `analyse` (`Analyzer.follow`) and hand it to every output.

    finish: given the last moment, returns what becomes of it at the call's end (`Analyzer.finish`).

    The outputs are closed whatever happens, so that what was done so far is kept. Raises SourceError when the source
    fails or has no frame at all, OutputError when a result cannot be written, KeyboardInterrupt when interrupted.
    """
    try:
        notice = _analyse_all(source, analyse, outputs, progress, finish)
    except BaseException:
        # what was done is kept; what goes wrong while closing must not hide what went wrong before
        with contextlib.suppress(AnalyzerError):
            _close_all(outputs)
        raise
    _close_all(outputs)
    if not progress.frames:
        raise SourceError(
            f"{source.info.title} has no frame that could be analysed; check that it plays in a video player."
        )
    return Outcome(progress.frames, notice)


def _analyse_all(
    source: Source,
    analyse: Callable[[Frame], Moment],
    outputs: Sequence[Output],
    progress: Progress,
    finish: Callable[[Moment], Moment],
) -> str | None:
    """Put every frame through; returns the source's last notice."""
    notice: str | None = None
    last: tuple[Frame, Moment] | None = None
    try:
        while True:
            frame, ended = None, False
            try:
                frame = source.read()
            except EndOfSource:
                ended = True
            # a file says at its very end that it was cut off, or how much of it was damaged
            if source.notice and source.notice != notice:
                progress.say(source.notice)
            notice = source.notice
            if ended:
                return notice
            if frame is None:
                continue
            moment = analyse(frame)
            # one moment is held back: the last one is told what the end brings, however it comes
            before, last = last, None
            if before is not None:
                _write(outputs, *before)
            last = frame, moment
            progress.advance(frame.time)
    finally:
        if last is not None:
            _write(outputs, last[0], finish(last[1]))


def _write(outputs: Sequence[Output], frame: Frame, moment: Moment) -> None:
    for output in outputs:
        output.write(frame, moment)


def _close_all(outputs: Sequence[Output]) -> None:
    """Close every output even when closing one of them fails; the first failure is raised at the end."""
    failures: list[Exception] = []
    for output in outputs:
        try:
            output.close()
        except Exception as error:  # noqa: BLE001 - raised below, after the other outputs are safe
            failures.append(error)
    if failures:
        raise failures[0]
