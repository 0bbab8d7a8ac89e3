"""One run at a time for each result folder. The system drops the lock when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import OutputError
from ..outputs.place import cannot_write

NAME = "lock"
OWNER = "owner"


class Locked(OutputError):
    """Another run works on the same results."""


class FolderLock:
    """The right to work in a folder, which is made if need be. Raises Locked, and OutputError when it cannot be made."""

    def __init__(self, folder: Path, shown: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._acquire()
            (folder / OWNER).write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
        except Timeout:
            owner = ""
            with contextlib.suppress(OSError):
                owner = (folder / OWNER).read_text(encoding="utf-8")
            raise Locked(
                f"{shown} is being worked on by another run ({owner or 'just started'}); wait for it, or choose another --out."
            ) from None
        except OSError as error:
            raise cannot_write(shown, error) from error

    def _acquire(self) -> FileLock:
        while True:
            lock = FileLock(self._folder / NAME)
            lock.acquire(timeout=0)
            # whoever held it before may have removed the folder in the moment before it was ours
            if (self._folder / NAME).exists():
                return lock
            lock.release()
            self._folder.mkdir(parents=True, exist_ok=True)

    def release(self) -> None:
        """Give the right back; the file stays, unless the folder is removed. Idempotent."""
        self._lock.release()
