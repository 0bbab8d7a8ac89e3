"""Recordings and results on any path that fsspec knows: s3://bucket/lectures, gs://, sftp://, memory://, file://.

Needs the extra 'ray'. Amazon's S3 and servers like it are reached with s3fs where that is installed, and with pyarrow's own
client otherwise; both take their keys, region and endpoint from AWS_* environment variables.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..errors import OutputError, SourceError, UsageError

CACHE = "meeting-analyzer-recordings"
ROOM = 2
"""How many times a recording's size must be free in the cache before it is fetched."""
KEEP = 24 * 3600.0
"""Seconds after which a copy that nobody used was left behind by a run that was killed."""


def is_url(text: str) -> bool:
    """Whether an input or output is meant for fsspec rather than for this machine's own paths."""
    return "://" in text


def filesystem(url: str) -> tuple[Any, str]:
    """(fsspec file system, path in it) of an address. Raises UsageError where the address or its library is unknown."""
    try:
        import fsspec
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise UsageError(f"{url} needs the extra 'ray': pip install 'meeting-analyzer[ray]'.") from error
    protocol = url.partition("://")[0]
    try:
        if protocol == "s3" and importlib.util.find_spec("s3fs") is None:
            return _arrow_s3(), url.partition("://")[2]
        system, path = url_to_fs(url)
        return system, str(path)
    except ImportError as error:
        raise UsageError(f"{url} needs a library that is not installed: {error}.") from error
    except ValueError as error:
        known = ", ".join(sorted(fsspec.available_protocols())[:40])
        raise UsageError(f"{url} cannot be used ({error}); known are {known}.") from error


def _arrow_s3() -> Any:
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import S3FileSystem

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    given: dict[str, Any] = {"region": region, "allow_bucket_creation": False}
    if endpoint:
        scheme, _, host = endpoint.partition("://")
        given |= {"endpoint_override": host.rstrip("/"), "scheme": scheme}
    return ArrowFSWrapper(S3FileSystem(**given))


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A recording elsewhere; `tag` changes when its content does."""

    url: str
    size: int
    tag: str

    @classmethod
    def of(cls, url: str) -> RemoteFile:
        """Raises SourceError when there is no such file."""
        system, path = filesystem(url)
        try:
            found = system.info(path)
        except (OSError, ValueError) as error:
            raise SourceError(f"There is no file {url} ({_reason(error)}); check the address and the keys.") from error
        if found.get("type") == "directory":
            raise SourceError(f"{url} is a folder, not a recording; name the file in it.")
        size = int(found.get("size") or 0)
        if not size:
            raise SourceError(f"{url} is empty (0 bytes): the upload did not finish; upload it again.")
        when = found.get("ETag") or found.get("mtime") or found.get("LastModified") or found.get("created") or ""
        return cls(url, size, str(when))

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rstrip("/").rpartition("/")[2]

    def __str__(self) -> str:
        return self.url

    def local(self) -> Path:
        """A copy on this machine, fetched once for all its workers. Raises SourceError when it cannot be had."""
        try:
            folder = _cache() / self._key
            # FFmpeg goes by the content; the ending is for people
            path = folder / self.name
            folder.mkdir(exist_ok=True)
            with FileLock(folder / ".lock"):
                if not path.exists():
                    _make_room(folder, self.size * ROOM)
                    part = path.with_name(f".{self.name}.part")
                    system, remote = filesystem(self.url)
                    system.get_file(remote, str(part))
                    part.replace(path)
            os.utime(folder)
        except (OSError, ValueError) as error:
            raise SourceError(
                f"{self.url} cannot be fetched ({_reason(error)}); run the same command again."
            ) from error
        return path

    def forget(self) -> None:
        """Remove the copy on this machine, if there is one; whoever reads it just now goes on."""
        with contextlib.suppress(OSError, SourceError):
            shutil.rmtree(_cache() / self._key)

    @property
    def _key(self) -> str:
        return hashlib.sha256(f"{self.url}\n{self.size}\n{self.tag}".encode()).hexdigest()[:24]


def _cache() -> Path:
    """The folder of this user's copies, into which nobody else can look. Raises SourceError when it is somebody else's."""
    folder = Path(tempfile.gettempdir()) / CACHE
    if not hasattr(os, "getuid"):
        # Windows: the temporary folder itself is the user's own
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    folder = folder.with_name(f"{CACHE}-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise SourceError(
            f"{folder} is not a folder of yours, so no recording is copied there; remove it or set TMPDIR to another folder."
        )
    folder.chmod(0o700)
    return folder


def _make_room(keep: Path, wanted: int) -> None:
    """Remove the copies that were left behind, and those that were used longest ago until there is room."""
    others = sorted((entry.stat().st_mtime, entry) for entry in keep.parent.iterdir() if entry != keep)
    for used, entry in others:
        if time.time() - used > KEEP or shutil.disk_usage(keep).free < wanted:
            shutil.rmtree(entry, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """A folder elsewhere, as a `Place`. Object stores put a file whole or not at all; other systems get it by renaming."""

    url: str

    def __truediv__(self, name: str) -> RemotePlace:
        return RemotePlace(f"{self.url.rstrip('/')}/{name}")

    def __str__(self) -> str:
        return self.url

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.url.rstrip("/").rpartition("/")[2]

    def put(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all. Raises OutputError."""
        system, path = filesystem(self.url)
        target = f"{path.rstrip('/')}/{name}"
        part = f"{path.rstrip('/')}/.{name}.{os.getpid()}.part"
        try:
            if _is_object_store(system):
                system.pipe_file(target, content)
                return
            system.makedirs(path, exist_ok=True)
            system.pipe_file(part, content)
            system.mv(part, target)
        except (OSError, ValueError) as error:
            raise OutputError(
                f"{self.url}/{name} cannot be written ({_reason(error)}); run the same command again."
            ) from error

    def put_file(self, name: str, local: Path) -> None:
        """Upload a file. Raises OutputError."""
        system, path = filesystem(self.url)
        try:
            if not _is_object_store(system):
                system.makedirs(path, exist_ok=True)
            system.put_file(str(local), f"{path.rstrip('/')}/{name}")
        except (OSError, ValueError) as error:
            raise OutputError(
                f"{self.url}/{name} cannot be written ({_reason(error)}); run the same command again."
            ) from error

    def get(self, name: str) -> bytes | None:
        """The content of a file; None where there is none. Raises OutputError when it cannot be told."""
        system, path = filesystem(self.url)
        try:
            content: bytes = system.cat_file(f"{path.rstrip('/')}/{name}")
            return content
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(
                f"{self.url}/{name} cannot be read ({_reason(error)}); run the same command again."
            ) from error

    def names(self) -> set[str]:
        """Names of the files in it. Raises OutputError when it cannot be listed."""
        system, path = filesystem(self.url)
        system.invalidate_cache()
        try:
            found = system.ls(path, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return set()
        except OSError as error:
            raise OutputError(
                f"{self.url} cannot be read ({_reason(error)}); check the address and the keys."
            ) from error
        names = {str(entry["name"]).rstrip("/").rpartition("/")[2] for entry in found if entry["type"] == "file"}
        return {name for name in names if not name.endswith(".part")}

    def remove(self, name: str) -> None:
        """Remove one file, if it is there."""
        system, path = filesystem(self.url)
        with contextlib.suppress(OSError):
            system.rm_file(f"{path.rstrip('/')}/{name}")

    def clear(self) -> None:
        """Remove everything in it."""
        system, path = filesystem(self.url)
        with contextlib.suppress(OSError):
            system.rm(path, recursive=True)


def recordings_below(url: str, endings: frozenset[str]) -> list[tuple[str, str]]:
    """(address, path below `url`) of all files with one of these endings, by name. Raises SourceError."""
    system, root = filesystem(url)
    protocol = url.partition("://")[0]
    try:
        if system.isfile(root):
            return [(url, "")]
        found = sorted(str(path) for path in system.find(root))
    except OSError as error:
        raise SourceError(f"{url} cannot be listed ({_reason(error)}); check the address and the keys.") from error
    base = root.rstrip("/") + "/"
    return [
        (f"{protocol}://{path}", path.removeprefix(base))
        for path in found
        if Path(path).suffix.lower() in endings and not any(part.startswith(".") for part in path.split("/"))
    ]


def _is_object_store(system: Any) -> bool:
    protocols = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    names = {"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"}
    return bool(protocols & names) or getattr(getattr(system, "fs", None), "type_name", "") == "s3"


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0].rstrip(".")
