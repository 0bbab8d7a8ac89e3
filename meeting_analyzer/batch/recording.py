"""One recording on its way: what is done, what can be done next, and what became of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ..config import EventSettings, Settings
from ..errors import AnalyzerError, SourceError, UsageError
from ..results import RESULTS, VIDEO
from ..types import Scene
from . import fingerprint
from .chunks import Span, cut
from .place import LocalPlace, Place
from .remote import RemoteWork
from .results import About
from .storage import RemoteFile, RemotePlace
from .tasks import Analyse, Annotate, Finish, Finished, Following, Illustrate, Look, Looked, Task
from .work import PLAN, RUN, WORK, Summary, Work, chunks_in, clear_work, read_summary


@dataclass(frozen=True, slots=True)
class Options:
    """How recordings are analysed. fps: pictures a second, None for all; chunk: seconds, None for the usual length; video,
    thumbnails: make the annotated video too, and a report with small pictures."""

    settings: Settings
    fps: float | None = 5.0
    chunk: float | None = None
    video: bool = False
    thumbnails: bool = False
    overwrite: bool = False
    events: EventSettings = field(default_factory=EventSettings)


@dataclass(slots=True)
class Outcome:
    """What became of one recording. `error` is why there are no results; `notice` what is wrong with those there are."""

    source: str
    folder: Path | RemotePlace
    error: AnalyzerError | None = None
    notice: str | None = None
    already: bool = False
    frames: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Asked:
    """A recording that is to be analysed: where it lies (an address for fsspec is text), where its results go, its course."""

    path: Path | str
    folder: Path | RemotePlace
    course: str | None = None

    @property
    def home(self) -> Place:
        """The folder of its results."""
        return LocalPlace(self.folder) if isinstance(self.folder, Path) else self.folder

    @property
    def size(self) -> int:
        """Bytes, by which the work that is left is told; 1 where that cannot be found out."""
        if isinstance(self.path, str):
            return 1
        try:
            return max(1, self.path.stat().st_size)
        except (OSError, ValueError):
            return 1


@dataclass(slots=True)
class Recording:
    """A recording that is being worked on."""

    asked: Asked
    options: Options
    size: int
    outcome: Outcome
    tasks: deque[Task] = field(default_factory=deque)
    running: int = 0
    share: float = 0.0
    path: Path | RemoteFile = field(default_factory=Path)
    work: Work | RemoteWork | None = None
    looked: Looked | None = None
    spans: list[Span] = field(default_factory=list)
    chunks: int | None = None
    following: Following | None = None
    followed: int = 0
    finished: Finished | None = None
    description: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, asked: Asked, options: Options) -> Recording:
        """Take the right to work on it and see what is done already; `tasks` are empty when all is.

        Raises AnalyzerError when it cannot be worked on.
        """
        new = cls(asked, options, asked.size, Outcome(str(asked.path), asked.folder))
        new.path = RemoteFile.of(asked.path) if isinstance(asked.path, str) else asked.path
        parts = fingerprint.of_work(new.path, options.settings, options.events, options.fps, options.chunk)
        if new._is_done(parts):
            clear_work(asked.folder)
            return new
        folder = asked.folder
        new.work = Work(folder, parts) if isinstance(folder, Path) else RemoteWork(folder, parts)
        if new.finished is not None:
            new.tasks += new._missing(new.finished)
            return new
        asked.home.remove(RUN)
        new.tasks.append(Look(new.path, options.settings))
        return new

    def _is_done(self, parts: fingerprint.Parts) -> bool:
        """Whether there are results of just this work. Raises UsageError when there are others that are not to be lost."""
        folder, home = self.asked.folder, self.asked.home
        made, names = read_summary(home), home.names()
        if made is not None and made.fingerprint == parts and not self.options.overwrite:
            if not names >= {*RESULTS, *made.files}:
                return False
            finished = Finished(made.files, made.frames, made.seconds, made.notice, made.thumbnails)
            if self._missing(finished):
                # made from the results that are there
                self.finished, self.chunks, self.description = finished, made.chunks, made.description
                return False
            self.outcome.already, self.outcome.notice = True, made.notice
            self.outcome.frames, self.outcome.seconds = made.frames, made.seconds
            return True
        begun = made is None and PLAN in (home / WORK).names()
        there = [name for name in (*RESULTS, VIDEO) if name in names]
        if there and not begun and not self.options.overwrite:
            what = (
                f"results of another analysis: {fingerprint.difference(made.fingerprint, parts)} changed since"
                if made
                else "results"
            )
            raise UsageError(
                f"{folder} holds {what}; {there[0]} exists already: "
                "add --overwrite to replace them, or choose another place with --out."
            )
        return False

    # what has been done

    def was_looked(self, looked: Looked) -> None:
        """The index is known: the chunks that are not done become tasks."""
        assert self.work is not None
        self.looked, self.description = looked, looked.description
        self.spans = cut(looked.index, self.options.chunk)
        done = frozenset(chunks_in(self.work.place))
        if not self.spans[-1].open_end:
            self.chunks = sum(len(span.chunks) for span in self.spans)
        for span in self.spans:
            if span.open_end or not {chunk.number for chunk in span.chunks} <= done:
                options = self.options
                self.tasks.append(Analyse(self.path, span, done, options.settings, options.fps, self.work.place))
        if self.chunks:
            self.share = len(done) / self.chunks

    def _missing(self, finished: Finished) -> list[Task]:
        """What is asked for beside the results and is not there yet."""
        tasks: list[Task] = []
        if self.options.video and VIDEO not in finished.files:
            tasks.append(Annotate(self.path, self.asked.folder))
        if self.options.thumbnails and not finished.thumbnails:
            tasks.append(Illustrate(self.path, self.asked.folder))
        return tasks

    def was_finished(self, finished: Finished) -> None:
        """The results are written; what needs the recording's pictures once more may be still to come."""
        self.finished, self.following = finished, None
        self.tasks += self._missing(finished)
        self.complete_if_done()

    def complete_if_done(self) -> None:
        """Say so on the disk when everything is there. Raises SourceError when the file has changed."""
        if self.tasks or self.running:
            return
        assert self.work is not None
        assert self.finished is not None
        found = self.finished
        if self._missing(found):
            self.check_unchanged()
        files = [*found.files, VIDEO] if self.options.video and VIDEO not in found.files else found.files
        name, chunks, description = self.path.name, self.chunks or 0, self.description
        seconds = round(found.seconds, 3)
        self.work.complete(
            Summary(
                *(self.work.parts, name, files, found.frames, seconds, chunks, found.notice, description),
                thumbnails=self.options.thumbnails or found.thumbnails,
            ),
            (*RESULTS, VIDEO),
        )
        self.work = None
        self.outcome.frames, self.outcome.seconds, self.outcome.notice = found.frames, found.seconds, found.notice

    def failed(self, error: AnalyzerError) -> None:
        """It cannot be analysed; `release` has to follow when none of its tasks is being worked on any more."""
        self.outcome.error = error
        self.tasks.clear()
        if self.following is not None:
            self.following.close()
            self.following = None

    def release(self, abandon: bool = False) -> None:
        """Let other runs work on it; `abandon`: it failed, so leave nothing that is of no use. Idempotent."""
        if self.following is not None:
            self.following.close()
            self.following = None
        if self.work is not None:
            if abandon:
                # what is wrong with the recording itself would be wrong again
                self.work.abandon(isinstance(self.outcome.error, SourceError) and self.finished is None)
            self.work.release()
            self.work = None

    # the sequential pass

    def check_unchanged(self) -> None:
        """Raises SourceError when the file is no longer the one that the chunks are of."""
        assert self.work is not None
        fingerprint.check_unchanged(self.path, self.work.parts)

    @property
    def analysed(self) -> bool:
        """Whether all chunks are done and the sequential pass is what is left."""
        return self.chunks is not None and self.looked is not None and not self.tasks and not self.running

    def finish_task(self) -> Finish:
        """The sequential pass as a task for a worker. Raises SourceError when the file has changed."""
        assert self.work is not None
        assert self.looked is not None
        assert self.chunks is not None
        self.check_unchanged()
        return Finish(
            self.path.name,
            self.chunks,
            self.work.place,
            self.asked.folder,
            self.about(),
            self.options.settings,
            self.options.events,
            self.looked.uncertain_below,
            self.looked.index.notice,
        )

    def follow(self) -> Iterator[Scene]:
        """The sequential pass, here: an iterator that ends where a chunk is not done yet; call again when one is.

        After the last chunk `was_finished` has been called. Raises AnalyzerError.
        """
        assert self.work is not None
        assert self.looked is not None
        assert isinstance(self.asked.folder, Path)
        if self.following is None:
            self.following = Following(
                self.asked.folder,
                self.work.place,
                self.about(),
                self.options.settings,
                self.options.events,
                self.looked.uncertain_below,
            )
            self.followed = 0
        done = chunks_in(self.work.place)
        while self.followed in done:
            yield from self.following.chunk(self.followed)
            self.followed += 1
        if self.analysed and self.followed == self.chunks:
            self.check_unchanged()
            self.was_finished(self.following.finish(self.path.name, self.looked.index.notice))

    def about(self) -> About:
        """What the results say of the recording."""
        assert self.looked is not None
        assert self.work is not None
        # the date of the file: the same however often the recording is analysed
        started, changed = self.looked.index.recorded, self.work.parts["file"].get("modified_ns")
        if started is None and changed is not None:
            started = datetime.fromtimestamp(changed // 10**9, UTC)
        started = started.astimezone() if started else None
        return About(self.looked.index.info, self.looked.description, started, self.asked.course)
