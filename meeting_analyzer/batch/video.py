"""The annotated video: a second pass that decodes the recording once more and draws the moments that are finished."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from ..outputs.video import AnnotatedVideo
from ..record import from_record
from ..sources.video import VideoSource
from ..types import Moment


def annotate(path: Path, records: Path, target: Path, advance: Callable[[float], None] = lambda time: None) -> None:
    """Write `target` from every picture of the recording `path`, each with the newest of the moments in `records`.

    advance: called with seconds of the recording as they are done. Raises SourceError, OutputError, AnalyzerError.
    """
    with VideoSource(path) as source, records.open(encoding="utf-8") as lines:
        moments = (from_record(json.loads(line)) for line in lines)
        shown = _newest(moments)
        told = 0.0
        next(shown)
        with AnnotatedVideo(target, source.info, overwrite=True) as output:
            for frame in source:
                moment = shown.send(frame.time)
                if moment is not None:
                    output.write(frame, moment)
                advance(frame.time - told)
                told = frame.time


def _newest(moments: Iterator[Moment]) -> Generator[Moment | None, float, None]:
    """Sent a time, gives the last moment that is not after it; the first one before there is any."""
    now = next(moments, None)
    ahead = next(moments, None)
    time = yield None
    while True:
        # records have milliseconds
        while ahead is not None and ahead.time <= time + 1e-3:
            now, ahead = ahead, next(moments, None)
        time = yield now
