"""What belongs to one visitor: a private folder, uploads, results. Nobody else's page can name any of it.

A visitor is known by a token of 192 random bits that only their own page is told. What they have is deleted soon after they
have left, when the server stops, and, should that have been killed, when it next starts.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..errors import SourceError
from ..sessions.schema import NAME as STORE
from ..types import Mode
from .picture import LivePicture
from .uploads import Upload

AWAY = 60.0
"""Seconds after which a visitor whose page is gone is taken to have left; a bad connection comes back sooner."""
MOST_WAITING = 2
"""Uploads that one visitor may have waiting or running."""
PREFIX = "meeting-analyzer-web-"
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")


@dataclass(eq=False)
class Visitor:
    """One open page. kept: the folder of this person's stored sessions, or None where nothing outlives the visit."""

    token: str
    folder: Path
    kept: Path | None = None
    mode: Mode = "emotion"
    uploads: dict[str, Upload] = field(default_factory=dict)
    pictures: dict[str, LivePicture] = field(default_factory=dict)
    gone: threading.Timer | None = None

    def results(self, name: str) -> Path:
        """The folder of the result `name`: one of this visitor's uploads or stored sessions. Raises SourceError."""
        for number, folder in self.sessions():
            if number == name:
                return folder
        raise SourceError("There is no such session; it may have been deleted.")

    def sessions(self) -> list[tuple[str, Path]]:
        """(name, folder) of all sessions that this visitor may see, newest first."""
        found: list[tuple[float, str, Path]] = []
        for parent in (self.folder / "results", self.kept):
            if parent is None or not parent.is_dir():
                continue
            for entry in os.scandir(parent):
                # a link could lead out of the folder
                if entry.is_dir(follow_symlinks=False) and (store := Path(entry.path) / STORE).is_file():
                    name = entry.name if parent != self.kept else f"kept-{entry.name}"
                    found.append((store.stat().st_mtime, name, Path(entry.path)))
        return [(name, folder) for _, name, folder in sorted(found, key=lambda row: -row[0])]

    def new_upload(self, file: Path, title: str, picture: bool, date: datetime | None = None) -> Upload:
        """Take in a file that was received; date: when it was last changed at its owner's."""
        number = secrets.token_hex(6)
        parent = self.kept if self.kept is not None else self.folder / "results"
        folder = parent / f"{_stem(title)}-{number}"
        folder.mkdir(parents=True, mode=0o700)
        upload = Upload(file, folder, title, picture, self.mode, date)
        self.uploads[number] = upload
        return upload

    @property
    def busy(self) -> bool:
        """Whether no further upload is taken now."""
        return sum(upload.state in ("waiting", "running") for upload in self.uploads.values()) >= MOST_WAITING

    def leave(self) -> None:
        """Stop what is running and delete everything that is not kept. Idempotent."""
        for picture in self.pictures.values():
            picture.stop()
        for upload in self.uploads.values():
            upload.stop.set()
        for upload in self.uploads.values():
            if upload.thread is not None:
                upload.thread.join(10)
        shutil.rmtree(self.folder, ignore_errors=True)


class Visitors:
    """All visitors, by token. kept: the folder below which sessions are stored, or None."""

    def __init__(self, kept: Path | None = None) -> None:
        self.kept = kept
        self._lock = threading.Lock()
        self._all: dict[str, Visitor] = {}
        _remove_leftovers()
        self._root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))

    def enter(self, mode: Mode, owner: str | None = None) -> Visitor:
        """A new visitor. owner: the person's folder below `kept`, where people log in as themselves."""
        token = secrets.token_urlsafe(24)
        folder = self._root / token[:12]
        folder.mkdir(mode=0o700)
        (folder / "incoming").mkdir()
        kept = self.kept
        if kept is not None:
            kept = kept / owner if owner else kept
            kept.mkdir(parents=True, exist_ok=True)
        visitor = Visitor(token, folder, kept, mode)
        with self._lock:
            self._all[token] = visitor
        return visitor

    def known(self, token: str) -> Visitor | None:
        """The visitor with this token."""
        with self._lock:
            return self._all.get(token) if TOKEN.match(token) else None

    def away(self, visitor: Visitor) -> None:
        """The visitor's page has gone; unless it comes back soon, they have left."""
        visitor.gone = threading.Timer(AWAY, self.leave, (visitor,))
        visitor.gone.daemon = True
        visitor.gone.start()

    def back(self, visitor: Visitor) -> bool:
        """The visitor's page is there (again); False when they had been taken to have left."""
        if visitor.gone is not None:
            visitor.gone.cancel()
            visitor.gone = None
        return self.known(visitor.token) is visitor

    def leave(self, visitor: Visitor) -> None:
        """Forget a visitor and delete what is theirs. Idempotent."""
        with self._lock:
            self._all.pop(visitor.token, None)
        visitor.leave()

    def close(self) -> None:
        """Forget everybody. Idempotent."""
        with self._lock:
            everybody, self._all = list(self._all.values()), {}
        for visitor in everybody:
            if visitor.gone is not None:
                visitor.gone.cancel()
            visitor.leave()
        shutil.rmtree(self._root, ignore_errors=True)


def _stem(title: str) -> str:
    """A folder's name from a title: letters and digits of any script, no dots and no separators."""
    kept = re.sub(r"[^\w-]+", "-", Path(title).stem, flags=re.UNICODE).strip("-_")
    return kept[:40] or "session"


def _remove_leftovers() -> None:
    """Delete what servers left behind that were killed: folders of ours whose process is no more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not number.isdecimal() or folder.is_symlink() or not folder.is_dir():
            continue
        if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
            continue
        with contextlib.suppress(PermissionError):
            try:
                os.kill(int(number), 0)
            except (ProcessLookupError, OverflowError):
                shutil.rmtree(folder, ignore_errors=True)
