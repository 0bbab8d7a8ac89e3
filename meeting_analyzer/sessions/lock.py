"""Who is writing a session: a lock that the operating system drops when the writer ends, however it ends."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import OutputError
from ..outputs.place import cannot_write


def lock_of(store: Path) -> Path:
    """The lock's file beside a session's store."""
    return store.with_name(f".{store.name}.lock")


def lock(store: Path) -> FileLock:
    """Take the right to write a session. Raises OutputError when another program has it."""
    held = FileLock(lock_of(store))
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise OutputError(
            f"{store} is being written by another program; wait until that is done, or choose another folder."
        ) from None
    except OSError as error:
        raise cannot_write(store, error) from error
    return held


def release(held: FileLock) -> None:
    """Give the right back and remove the lock's file."""
    held.release()
    Path(held.lock_file).unlink(missing_ok=True)


def is_being_written(store: Path, itself: bool = False) -> bool:
    """Whether some program writes this session at the moment. itself: the path is that of the lock."""
    path = store if itself else lock_of(store)
    if not path.exists():
        return False
    held = FileLock(path)
    try:
        held.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:
        return False  # a folder that cannot be written to holds no session that is being written by us
    held.release()
    return False
