"""An uploaded picture or recording: analysed by the shared worker, deleted whatever happens, its results kept for its owner."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ..config import WebSettings
from ..errors import AnalyzerError, SourceError
from ..outputs import AnnotatedImage
from ..outputs.base import Output
from ..reports import write_report
from ..results import REPORT
from ..sessions import SessionWriter, open_session
from ..sessions.schema import NAME as STORE
from ..sources import Source
from ..sources.still import StillSource
from ..sources.video import VideoSource
from ..types import Mode
from ..untrusted import clean
from .worker import Worker

log = logging.getLogger(__name__)

MOST_PIXELS = 12_600_000
"""Pixels of a picture or of a recording's frame: what a telephone takes, and more than any call is recorded with."""
LONGEST_TITLE = 120
PICTURE = "annotated.png"

_turn = threading.Semaphore(1)
"""One upload is decoded at a time: each decoder holds many pictures in memory."""


class Ended(Exception):
    """The owner has left, or has asked to stop."""


@dataclass(eq=False)
class Upload:
    """One file on its way to a report.

    state: "waiting", "running", "done" or "failed"; share: done, 0..1; said: a sentence on how it is or what went wrong;
    folder: where the results are; title: the name that the file had at its owner's, cleaned.
    """

    file: Path
    folder: Path
    title: str
    picture: bool
    mode: Mode
    date: datetime | None = None
    state: str = "waiting"
    share: float = 0.0
    said: str = "Waiting for its turn."
    frames: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self, worker: Worker, settings: WebSettings, description: Mapping[str, str]) -> None:
        """Analyse it in a thread of its own, which waits for its turn."""
        self.thread = threading.Thread(
            target=self._run, args=(worker, settings, dict(description)), name="upload", daemon=True
        )
        self.thread.start()

    def _run(self, worker: Worker, settings: WebSettings, description: dict[str, str]) -> None:
        try:
            while not _turn.acquire(timeout=0.2):
                if self.stop.is_set():
                    raise Ended
            try:
                self.state, self.said = "running", "Opening it."
                self._analyse(worker, settings, description | {"mode": self.mode})
            finally:
                _turn.release()
            self.state, self.share = "done", 1.0
            self.said = f"Done: {self.frames:,} {'frame' if self.frames == 1 else 'frames'} analysed."
        except Ended:
            self.state, self.said = "failed", "It was stopped; nothing of it is kept."
        except AnalyzerError as error:
            # where the file lies on the server is nobody's business
            sentence = str(error).replace(str(self.file), self.title).replace(self.file.name, self.title)
            self.said, self.state = sentence.replace(str(self.folder), "the results"), "failed"
        except Exception:
            log.exception("the analysis of an upload failed")
            self.said, self.state = "It could not be analysed; the server's log says why.", "failed"
        finally:
            with contextlib.suppress(OSError):
                self.file.unlink(missing_ok=True)
            if self.state != "done":
                shutil.rmtree(self.folder, ignore_errors=True)

    def _analyse(self, worker: Worker, settings: WebSettings, description: dict[str, str]) -> None:
        source: Source = StillSource([self.file]) if self.picture else VideoSource(self.file, settings.upload_fps)
        longest = settings.upload_minutes * 60
        stream = worker.open(self.mode, counted=False)
        outputs: list[Output] = []
        try:
            self._check(source, longest)
            info = replace(source.info, title=self.title, path=None)
            outputs.append(SessionWriter(self.folder / STORE, info, description, started=self.date))
            if self.picture:
                outputs.append(AnnotatedImage(self.folder / PICTURE))
            began = time.monotonic()
            for frame in source:
                if self.stop.is_set():
                    break
                if frame.time > longest:
                    raise SourceError(self._too_long(longest))
                moment = worker.analyse(stream, frame)
                for output in outputs:
                    output.write(frame, moment)
                self.frames += 1
                self._progress(frame.time, source.info.duration, time.monotonic() - began)
            if self.stop.is_set():
                raise Ended
            if not self.frames:
                raise SourceError(f"{self.title} has no frame that could be analysed.")
            if source.notice:
                assert isinstance(outputs[0], SessionWriter)
                outputs[0].add_note(source.notice.replace(self.file.name, self.title))
        finally:
            source.close()
            worker.close(stream)
            for output in outputs:
                output.close()
        self.said = "Writing the report."
        with open_session(self.folder) as session:
            write_report(session, self.folder / REPORT)

    def _check(self, source: Source, longest: float) -> None:
        info = source.info
        if info.size and info.size[0] * info.size[1] > MOST_PIXELS:
            raise SourceError(
                f"{self.title} has {info.size[0]} × {info.size[1]} pixels, more than the {MOST_PIXELS / 1e6:g} million allowed "
                "here; scale it down first."
            )
        if info.duration and info.duration > longest:
            raise SourceError(self._too_long(longest))

    def _too_long(self, longest: float) -> str:
        return f"{self.title} is longer than the {longest / 60:g} minutes allowed here; cut it, or use `meeting-analyzer analyze`."

    def _progress(self, at: float, duration: float | None, elapsed: float) -> None:
        self.share = min(0.99, at / duration) if duration else 0.0
        speed = self.frames / max(elapsed, 1e-6)
        self.said = f"{self.frames:,} {'frame' if self.frames == 1 else 'frames'} analysed, {speed:.1f} a second."


def title_of(name: str) -> str:
    """What a file is called in the report: its name as a stranger gave it, on one line, without folders."""
    last = clean(name.replace("\\", "/").rsplit("/", 1)[-1])
    return last[:LONGEST_TITLE] or "upload"


def date_of(milliseconds: str) -> datetime | None:
    """A browser's date of a file; None for what is none."""
    if not milliseconds.isdecimal() or len(milliseconds) > 14:
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).astimezone()
