"""The work on one recording as it lies on the disk, so that a killed run goes on where it was.

    out/NAME/.work/plan.json            what the work follows from (fingerprint)
    out/NAME/.work/chunks-KEY/000012    scenes of a chunk, committed whole
    out/NAME/.work/results/             results while they are written
    out/NAME/.work/results.json         all of them are whole: only the renaming is left
    out/NAME/run.json                   done; what it was made from

KEY is the fingerprint's, so that a worker that outlives its run cannot put its chunk among those of another.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AnalyzerError, OutputError
from ..outputs.place import cannot_write
from ..scenes import FORMAT, pack, unpack
from ..types import Scene
from . import fingerprint
from .fingerprint import Parts
from .lock import FolderLock
from .place import LocalPlace, Place, put_file, sync_files, sync_folder
from .reader import Damage

WORK, PLAN, RESULTS, WHOLE, RUN = ".work", "plan.json", "results", "results.json", "run.json"
END = "end"


def chunk_name(number: int) -> str:
    """The name of a chunk's file."""
    return f"{number:06d}"


def put_chunk(place: Place, number: int, scenes: list[Scene], damage: Damage) -> None:
    """Commit a chunk. Raises OutputError."""
    header = {"format": FORMAT, "frames": len(scenes), **asdict(damage)}
    place.put(chunk_name(number), json.dumps(header).encode() + b"\n" + pack(scenes))


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
    schema: int = 1


def read_summary(folder: Path) -> Summary | None:
    """What the finished results in a folder were made from; None where there are none."""
    try:
        return Summary(**json.loads((folder / RUN).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        raise OutputError(f"{folder / RUN} cannot be read ({error}); remove it or choose another --out.") from error


class Work:
    """The work folder of one recording, locked. Raises OutputError when another run works there or it cannot be written."""

    def __init__(self, folder: Path, parts: Parts) -> None:
        self.folder, self.parts = folder, parts
        self._work = folder / WORK
        fresh = not folder.exists()
        self._lock = FolderLock(self._work, folder)
        self.key = fingerprint.key(parts)
        self.place = LocalPlace(self._work / f"chunks-{self.key}")
        self.results = self._work / RESULTS
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
            if entry.name.startswith("chunks-") or entry.name == RESULTS:
                shutil.rmtree(entry, ignore_errors=True)
        (self._work / WHOLE).unlink(missing_ok=True)
        put_file(self._work / PLAN, _json(self.parts))

    def fresh_results(self) -> Path:
        """An empty folder to write results in. Raises OutputError."""
        try:
            shutil.rmtree(self.results, ignore_errors=True)
            self.results.mkdir(parents=True)
        except OSError as error:
            raise cannot_write(self.results, error) from error
        return self.results

    @property
    def whole(self) -> dict[str, Any] | None:
        """The summary of results that are all written and only have to be put in place."""
        return _read_json(self._work / WHOLE)

    def publish(self, summary: Summary | None) -> Summary:
        """Put the results in place of what was there, and remove the work. `summary` None: as an earlier run left it.

        Raises OutputError. A run that is killed in between is gone on with by calling it again.
        """
        try:
            if summary is not None:
                sync_files(self.results / name for name in summary.files)
                put_file(self._work / WHOLE, _json(asdict(summary)))
            made = Summary(**(self.whole or {}))
            old = read_summary(self.folder)
            for name in made.files:
                if (self.results / name).exists():
                    (self.results / name).replace(self.folder / name)
            for name in set(old.files if old else ()) - set(made.files):
                (self.folder / Path(name).name).unlink(missing_ok=True)
            sync_folder(self.folder)
            put_file(self.folder / RUN, _json(asdict(made)))
            (self._work / WHOLE).unlink()
            self.discard()
        except OSError as error:
            raise cannot_write(self.folder, error, "run the same command again") from error
        return made

    def discard(self) -> None:
        """Remove the work folder, which is no longer needed, and give the right to it back."""
        self.release()
        shutil.rmtree(self._work, ignore_errors=True)

    def abandon(self) -> None:
        """Leave nothing of a recording that cannot be analysed, unless there is something in it."""
        if not chunks_in(self.place):
            self.discard()
            if self._fresh and self.folder.is_dir() and not any(self.folder.iterdir()):
                self.folder.rmdir()
        self.release()

    def release(self) -> None:
        """Let other runs work here. Idempotent."""
        self._lock.release()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
