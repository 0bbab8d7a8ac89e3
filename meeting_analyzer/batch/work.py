"""The work on one recording as it lies on the disk, so that a killed run goes on where it was.

    out/NAME/.work/plan.json            what the work follows from (fingerprint)
    out/NAME/.work/chunks-KEY/000012    scenes of a chunk, committed whole
    out/NAME/run.json                   all results are written; what they were made from

Results are written beside their places and renamed, each whole or not at all.
KEY is the fingerprint's, so that a worker that outlives its run cannot put its chunk among those of another.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AnalyzerError, OutputError
from ..outputs.place import cannot_write
from ..scenes import FORMAT, Packer, unpack
from ..types import Scene
from . import fingerprint
from .fingerprint import Parts
from .lock import FolderLock
from .place import LocalPlace, Place, put_file, sync_files, sync_folder
from .reader import Damage
from .storage import RemotePlace

WORK, PLAN, RUN = ".work", "plan.json", "run.json"


def chunk_name(number: int) -> str:
    """The name of a chunk's file."""
    return f"{number:06d}"


def put_chunk(place: Place, number: int, scenes: Packer, damage: Damage) -> None:
    """Commit a chunk. Raises OutputError."""
    header = {"format": FORMAT, "frames": scenes.count, **asdict(damage)}
    place.put(chunk_name(number), json.dumps(header).encode() + b"\n" + scenes.content())


def get_chunk(place: Place, number: int) -> tuple[Damage, Iterator[Scene]]:
    """A committed chunk. Raises AnalyzerError, after removing it, when it is damaged."""
    content = place.get(chunk_name(number))
    header, _, scenes = (content or b"").partition(b"\n")
    try:
        head = json.loads(header)
        return Damage(head["skipped"], head["damaged"], head["notice"]), _checked(place, number, scenes)
    except (ValueError, KeyError, TypeError) as error:
        place.remove(chunk_name(number))
        raise AnalyzerError(f"Chunk {number} is damaged on the disk; run the same command again.") from error


def _checked(place: Place, number: int, scenes: bytes) -> Iterator[Scene]:
    try:
        yield from unpack(scenes)
    except AnalyzerError:
        place.remove(chunk_name(number))
        raise


def chunks_in(place: Place) -> set[int]:
    """Numbers of the chunks that are committed."""
    return {int(name) for name in place.names() if name.isdecimal()}


@dataclass(slots=True)
class Summary:
    """run.json: what a finished result was made from and what there is of it. No time of the clock on the wall is in it."""

    fingerprint: Parts
    source: str
    files: list[str]
    frames: int
    seconds: float
    chunks: int
    notice: str | None = None
    description: dict[str, str] = field(default_factory=dict)
    thumbnails: bool = False
    schema: int = 1


def read_summary(home: Place) -> Summary | None:
    """What the finished results in a folder were made from; None where there are none."""
    try:
        content = home.get(RUN)
        return None if content is None else Summary(**json.loads(content))
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"{home}/{RUN} cannot be read ({error}); remove it or choose another --out.") from error


def clear_work(folder: Path | RemotePlace) -> None:
    """Remove what is left of the work on results that are done: its run was killed while it did so."""
    if isinstance(folder, RemotePlace):
        if (folder / WORK).names():
            (folder / WORK).clear()
        return
    if not (folder / WORK).exists():
        return
    try:
        lock = FolderLock(folder / WORK, folder)
    except OutputError:
        return
    shutil.rmtree(folder / WORK, ignore_errors=True)
    lock.release()


class Work:
    """The work folder of one recording, locked. Raises OutputError when another run works there or it cannot be written."""

    def __init__(self, folder: Path, parts: Parts) -> None:
        self.folder, self.parts = folder, parts
        self._work = folder / WORK
        fresh = not folder.exists()
        self._lock = FolderLock(self._work, folder)
        self.key = fingerprint.key(parts)
        self.place = LocalPlace(self._work / f"chunks-{self.key}")
        self.word: str | None = None
        self._fresh = fresh
        try:
            self._begin()
        except OSError as error:
            self.release()
            raise cannot_write(folder, error) from error
        except BaseException:
            self.release()
            raise

    def _begin(self) -> None:
        before = _read_json(self._work / PLAN)
        if before == self.parts:
            done = len(chunks_in(self.place))
            self.word = f"goes on after {done} chunks that are done" if done else None
            return
        if before is not None:
            self.word = f"starts afresh: {fingerprint.difference(before, self.parts)} changed since it was begun"
        for entry in self._work.iterdir():
            if entry.name.startswith("chunks-"):
                shutil.rmtree(entry, ignore_errors=True)
        put_file(self._work / PLAN, to_json(self.parts))

    def complete(self, summary: Summary, possible: Sequence[str] = ()) -> None:
        """The results are all written: say so, remove those of an earlier run that are not among them, and the work.

        possible: names that an earlier run may have written.

        Raises OutputError. A run that is killed in between writes the results once more.
        """
        try:
            sync_files(self.folder / name for name in summary.files)
            for name in set(possible) - set(summary.files):
                (self.folder / name).unlink(missing_ok=True)
            sync_folder(self.folder)
            put_file(self.folder / RUN, to_json(asdict(summary)))
        except OSError as error:
            raise cannot_write(self.folder, error, "run the same command again") from error
        self.discard()

    def discard(self) -> None:
        """Remove the work folder, which is no longer needed, and give the right to it back."""
        shutil.rmtree(self._work, ignore_errors=True)
        self.release()

    def abandon(self, hopeless: bool) -> None:
        """The recording cannot be analysed: keep the chunks that are done for another try, unless that would be of no use."""
        if hopeless or not chunks_in(self.place):
            self.discard()
            if self._fresh and self.folder.is_dir() and not any(self.folder.iterdir()):
                self.folder.rmdir()
        self.release()

    def release(self) -> None:
        """Let other runs work here. Idempotent."""
        self._lock.release()


def to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
