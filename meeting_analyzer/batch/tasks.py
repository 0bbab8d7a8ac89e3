"""What a worker does: a recording is looked at, its chunks are analysed, its results and its video are made.

Each task is a value that is sent to a worker of this machine or of a cluster; `perform` does it. What a task leaves on the
disk it commits whole, so it may be killed at any moment and done again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from ..analyzer import Analyzer, make_timeline
from ..config import EventSettings, Settings
from ..errors import AnalyzerError, OutputError, SourceError
from ..perception.pace import RECORDINGS
from ..results import RECORDS, REPORT, STORE, VIDEO, illustrate
from ..scenes import Packer
from ..sources.index import FileIndex, read_index
from . import video
from .chunks import Span
from .hindsight import Hindsight
from .place import Place
from .reader import Damage, read_span
from .results import About, Results
from .storage import RemoteFile, RemotePlace
from .work import get_chunk, put_chunk

Report = Callable[[str, Any], None]
"""Called with ("frames", (pictures analysed, seconds of the recording)) as work goes on, and ("notice", sentence)."""


@dataclass(frozen=True, slots=True)
class Look:
    """Read a recording's index, and tell how it will be analysed."""

    path: Path | RemoteFile
    settings: Settings


@dataclass(frozen=True, slots=True)
class Looked:
    """What `Look` found."""

    index: FileIndex
    description: dict[str, str]
    uncertain_below: float


@dataclass(frozen=True, slots=True)
class Analyse:
    """Analyse the chunks of a span but those in `done`, and commit each to `place`. Gives the number after the last chunk."""

    path: Path | RemoteFile
    span: Span
    done: frozenset[int]
    settings: Settings
    fps: float | None
    place: Place


@dataclass(frozen=True, slots=True)
class Finish:
    """Make the results of a recording in `folder` from its chunks. Gives a `Finished`."""

    title: str
    chunks: int
    place: Place
    folder: Path | RemotePlace
    about: About
    settings: Settings
    events: EventSettings
    uncertain_below: float
    notice: str | None


@dataclass(frozen=True, slots=True)
class Finished:
    """What `Finish` made."""

    files: list[str]
    frames: int
    seconds: float
    notice: str | None
    thumbnails: bool = False


@dataclass(frozen=True, slots=True)
class Annotate:
    """Draw the finished moments of the results in `folder` into the recording's pictures, with its sound."""

    path: Path | RemoteFile
    folder: Path | RemotePlace


@dataclass(frozen=True, slots=True)
class Illustrate:
    """Make the report of the results in `folder` anew, with small pictures of the recording."""

    path: Path | RemoteFile
    folder: Path | RemotePlace


Task = Look | Analyse | Finish | Annotate | Illustrate

_analyzer: tuple[Settings, Analyzer] | None = None


def perform(task: Task, report: Report) -> Any:
    """Do a task in this process; models stay loaded from one task to the next. Raises AnalyzerError."""
    match task:
        case Look():
            return _look(task, report)
        case Analyse():
            return _analyse(task, report)
        case Finish():
            return _finish(task)
        case Annotate():
            return _annotate(task, lambda time: report("frames", (0, time)))
        case Illustrate():
            return _illustrate(task)


def _models(settings: Settings, report: Report) -> Analyzer:
    """The models of this process, for these settings. One thread: the workers share the cores."""
    global _analyzer
    settings = replace(settings, threads=1)
    cv2.setNumThreads(1)
    if _analyzer is None or _analyzer[0] != settings:
        if _analyzer is not None:
            _analyzer[1].close()
            _analyzer = None
        pace = RECORDINGS[settings.recording_pace]
        _analyzer = settings, Analyzer(settings, notify=lambda sentence: report("notice", sentence), pace=pace)
    return _analyzer[1]


def _look(task: Look, report: Report) -> Looked:
    index = read_index(here(task.path))
    if isinstance(task.path, RemoteFile):
        # not where our copy of it lies
        index = replace(index, info=replace(index.info, path=task.path.url))
    analyzer = _models(task.settings, report)
    description = {**analyzer.describe(), "pace": task.settings.recording_pace}
    return Looked(index, description, analyzer.perception.uncertain_below)


def _analyse(task: Analyse, report: Report) -> int:
    analyzer = _models(task.settings, report)
    hindsight, packer = Hindsight(), Packer()
    number, told = task.span.chunks[0].number, task.span.chunks[0].start
    analyzer.reset()
    for chunk, frame, damage in read_span(here(task.path), task.span, task.fps, task.done):
        number = chunk.number
        if frame is None:
            if number not in task.done:
                packer.add(hindsight.scenes())
                put_chunk(task.place, number, packer, damage)
            hindsight, packer = Hindsight(), Packer()
            # a chunk's scenes follow from its own pictures alone, whoever analysed what came before
            analyzer.reset()
        else:
            scene = analyzer.perception.see(frame)
            hindsight.add(scene, analyzer.perception.known_faces)
            packer.add(hindsight.settled())
            report("frames", (1, frame.time - told))
            told = frame.time
    return number + 1


def here(path: Path | RemoteFile) -> Path:
    """Where a recording can be read on this machine. Raises SourceError when it cannot be fetched."""
    return path.local() if isinstance(path, RemoteFile) else path


def _finish(task: Finish) -> Finished:
    """The sequential pass; results for elsewhere are made here and sent there."""
    if isinstance(task.folder, Path):
        return finish(task)
    with tempfile.TemporaryDirectory(prefix="meeting-analyzer-") as folder:
        finished = finish(replace(task, folder=Path(folder)))
        for name in finished.files:
            task.folder.put_file(name, Path(folder) / name)
    return finished


def _annotate(task: Annotate, advance: Callable[[float], None]) -> None:
    path = here(task.path)
    if isinstance(task.folder, Path):
        video.annotate(path, task.folder / RECORDS, task.folder / VIDEO, advance)
        return
    with tempfile.TemporaryDirectory(prefix="meeting-analyzer-") as folder:
        records = Path(folder) / RECORDS
        records.write_bytes(task.folder.get(RECORDS) or b"")
        video.annotate(path, records, Path(folder) / VIDEO, advance)
        task.folder.put_file(VIDEO, Path(folder) / VIDEO)


def _illustrate(task: Illustrate) -> None:
    path = here(task.path)
    if isinstance(task.folder, Path):
        illustrate(task.folder, path)
        return
    with tempfile.TemporaryDirectory(prefix="meeting-analyzer-") as folder:
        (Path(folder) / STORE).write_bytes(task.folder.get(STORE) or b"")
        illustrate(Path(folder), path)
        task.folder.put_file(REPORT, Path(folder) / REPORT)


def finish(task: Finish) -> Finished:
    """Put the scenes of all chunks through the timeline, in order, and write the results in a folder of this machine."""
    assert isinstance(task.folder, Path)
    with Following(task.folder, task.place, task.about, task.settings, task.events, task.uncertain_below) as following:
        for number in range(task.chunks):
            for _ in following.chunk(number):
                continue
        return following.finish(task.title, task.notice)


class Following:
    """The sequential pass over a recording: chunk after chunk in, results out. A context manager."""

    def __init__(
        self,
        folder: Path,
        place: Place,
        about: About,
        settings: Settings,
        events: EventSettings,
        uncertain_below: float,
    ) -> None:
        self._place, self._folder = place, folder
        self._damage = Damage()
        self._results = Results(folder, about, make_timeline(settings, uncertain_below, events))
        self._open = True

    def chunk(self, number: int) -> Any:
        """Take the scenes of the next chunk; an iterator, so that its caller can do other things in between."""
        damage, scenes = get_chunk(self._place, number)
        self._damage.skipped += damage.skipped
        self._damage.damaged += damage.damaged
        self._damage.notice = self._damage.notice or damage.notice
        for scene in scenes:
            self._results.add(scene)
            yield scene

    def finish(self, title: str, notice: str | None) -> Finished:
        """Complete the results. Raises SourceError when nothing of the recording could be analysed."""
        found = self._damage
        if not self._results.frames:
            raise SourceError(found.notice or f"{title} has no picture that could be decoded; get it again.")
        if notice is None and found.notice is None and (found.skipped or found.damaged):
            notice = (
                f"{title} is damaged in places: {found.skipped} packets could not be decoded, "
                f"{found.damaged} pictures show errors."
            )
        notice = notice or found.notice
        files = self._results.finish(notice)
        self._open = False
        return Finished(files, self._results.frames, self._results.time, notice)

    def close(self) -> None:
        """Let go of what was not finished. Idempotent."""
        if self._open:
            self._open = False
            self._results.abandon()

    def __enter__(self) -> Following:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def failed(error: BaseException) -> AnalyzerError | None:
    """The error as a sentence for the table of recordings; None for what is a bug or an interruption."""
    if isinstance(error, AnalyzerError):
        return error
    if isinstance(error, MemoryError):
        return SourceError("there is not enough memory for it; run with fewer --workers")
    if isinstance(error, OSError):
        return OutputError(f"{error.filename or 'a file'}: {error.strerror or error}")
    return None
