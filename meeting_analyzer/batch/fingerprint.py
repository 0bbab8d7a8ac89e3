"""What a result follows from: the file, the settings, the version. Work that was begun is gone on with only if all are the same."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..config import EventSettings, Settings
from ..errors import SourceError
from ..models import SUMS, models_dir
from ..sources.files import check_file
from .storage import RemoteFile

SAMPLE = 1 << 16
YOUNG = 3.0
"""Seconds within which a file that was changed may still be growing."""
PAUSE = 0.6
LIBRARIES = ("numpy", "opencv-python", "onnxruntime", "av", "rapidocr", "mediapipe")
"""What the numbers in the results come from, beside our own code."""

Parts = dict[str, Any]


def of_work(
    path: Path | RemoteFile, settings: Settings, events: EventSettings, fps: float | None, chunk: float | None
) -> Parts:
    """The parts of a recording's fingerprint. Raises SourceError for a file that is missing, empty or still growing."""
    # a model computes with one thread in a worker whatever was asked for
    chosen = {key: value for key, value in dataclasses.asdict(settings).items() if key != "threads"}
    return {
        "file": of_file(path),
        "settings": {**chosen, **dataclasses.asdict(events), "fps": fps, "chunk": chunk},
        "version": {"meeting-analyzer": __version__, "models": _models(), **_libraries()},
    }


def of_file(path: Path | RemoteFile) -> Parts:
    """Size, date and samples of the content of a file. Raises SourceError when it is still being written."""
    if isinstance(path, RemoteFile):
        return {"size": path.size, "tag": path.tag}
    check_file(path, "video")
    before = path.stat()
    if abs(time.time() - before.st_mtime) < YOUNG:
        time.sleep(PAUSE)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise still_written(path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start in (0, max(0, after.st_size // 2), max(0, after.st_size - SAMPLE)):
            file.seek(start)
            digest.update(file.read(SAMPLE))
    return {"size": after.st_size, "modified_ns": after.st_mtime_ns, "samples": digest.hexdigest()}


def check_unchanged(path: Path | RemoteFile, parts: Parts) -> None:
    """Raises SourceError when the file is no longer the one that was analysed."""
    if isinstance(path, RemoteFile):
        if RemoteFile.of(path.url) != path:
            raise still_written(path)
        return
    try:
        now = path.stat()
    except OSError as error:
        raise SourceError(
            f"{path} is gone ({error.strerror}) before it was done; bring it back and run again."
        ) from error
    if (now.st_size, now.st_mtime_ns) != (parts["file"]["size"], parts["file"]["modified_ns"]):
        raise still_written(path)


def still_written(path: Path | RemoteFile) -> SourceError:
    """The sentence for a file that changes while it is read."""
    return SourceError(f"{path} is still being written; wait until the recording or download is done and run again.")


def key(parts: Parts) -> str:
    """A short name for a fingerprint."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def difference(old: Parts, new: Parts) -> str:
    """What is not the same, for a sentence: "the settings (fps, mode)"."""
    said = []
    for part, word in (("file", "the recording"), ("settings", "the settings"), ("version", "the version")):
        before, now = old.get(part), new[part]
        if before == now:
            continue
        names = sorted(n for n in now if not isinstance(before, dict) or before.get(n) != now[n])
        said.append(word + (f" ({', '.join(names)})" if part != "file" and names else ""))
    return " and ".join(said) or "the way it is stored"


def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _models() -> str:
    return hashlib.sha256((models_dir() / SUMS).read_bytes()).hexdigest()[:16]
