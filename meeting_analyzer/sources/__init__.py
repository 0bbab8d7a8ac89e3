"""Where pixels come from. `open_source` turns what a user writes into a `Source`.

sample                 the built-in sample call
window                 the call that is open
window:TITLE           a window by its title, or window:id:0x3a00007
monitor:1              a monitor
region:x,y,w,h         a rectangle of the screen
webcam:0               a camera by number or device path
PATH                   a video, an image, a folder of images
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SourceError, UsageError
from .base import EndOfSource, Source, SourceInfo

__all__ = ["SPECS", "EndOfSource", "Source", "SourceInfo", "open_paths", "open_source"]


@dataclass(frozen=True, slots=True)
class Options:
    """How a source is opened, where it applies: see `open_source`."""

    fps: float = 30.0
    sample_fps: float | None = None
    realtime: bool = False
    loop: bool = False


def _sample(rest: str, options: Options) -> Source:
    from .sample import open_sample

    if rest:
        raise UsageError(
            f'The source "sample:{rest}" does not exist; write "sample", or ./sample:{rest} for a file of that name.'
        )
    return open_sample(options.realtime, options.loop, options.sample_fps)


def _window(rest: str, options: Options) -> Source:
    from .window import WindowSource

    return WindowSource(rest or None, options.fps)


def _monitor(rest: str, options: Options) -> Source:
    from .monitor import MonitorSource

    return MonitorSource(_number(rest or "1", "monitor"), options.fps)


def _region(rest: str, options: Options) -> Source:
    from .region import RegionSource, parse_region

    return RegionSource(parse_region(rest), options.fps)


def _webcam(rest: str, options: Options) -> Source:
    from .webcam import WebcamSource

    is_path = rest.startswith(("/", "\\", "."))
    return WebcamSource(rest if is_path else _number(rest or "0", "webcam"))


def _number(text: str, kind: str) -> int:
    if not text.isdecimal():
        raise UsageError(f'"{kind}:{text}" needs a number, for example {kind}:1.')
    return int(text)


SPECS: dict[str, Callable[[str, Options], Source]] = {
    "sample": _sample,
    "window": _window,
    "monitor": _monitor,
    "region": _region,
    "webcam": _webcam,
}
"""What stands before the colon, and how it is opened. Anything else is a path."""


def open_source(
    spec: str | Path, fps: float = 30.0, sample_fps: float | None = None, realtime: bool = False, loop: bool = False
) -> Source:
    """Open the source that `spec` describes (see the module's table).

    fps: grabs per second of a screen source; sample_fps: frames per second taken from a file, all by default;
    realtime: play a video or the sample call at its own speed, as if it were a call; loop: then start over at its end.
    Raises UsageError for a spec that makes no sense and SourceError for a source that cannot be had.
    """
    options = Options(fps, sample_fps, realtime, loop)
    if isinstance(spec, str):
        kind, _, rest = spec.strip().partition(":")
        if kind.lower() in SPECS:
            return SPECS[kind.lower()](rest.strip(), options)
        if rest.startswith("//"):
            raise UsageError(f"{spec} is an address; download the recording first and name the file.")
        if not spec.strip():
            raise UsageError(f"The source is empty; name a file, or one of {', '.join(SPECS)}.")
    return _file(Path(spec).expanduser(), options)


def _file(path: Path, options: Options) -> Source:
    from .files import is_folder
    from .playback import PlayedSource
    from .still import StillSource, is_image_name
    from .video import VideoSource

    if is_folder(path) or is_image_name(path) or _is_still(path):
        return StillSource([path])
    return PlayedSource(path, options.loop) if options.realtime else VideoSource(path, options.sample_fps)


def _is_still(path: Path) -> bool:
    """Whether a file without an image's name is one all the same."""
    from .still import image_size

    try:
        image_size(path)
    except SourceError:
        return False
    return True


def open_paths(
    paths: Sequence[str | Path], sample_fps: float | None = None, realtime: bool = False, loop: bool = False
) -> Source:
    """Open files named on a command line: one of anything, or several images and folders of images.

    Raises UsageError when there is none, or when one of several is not an image.
    """
    from .files import check_file, is_folder
    from .still import StillSource, is_image_name

    if not paths:
        raise UsageError("No file was named; name a video, or images.")
    if len(paths) == 1:
        return open_source(paths[0], sample_fps=sample_fps, realtime=realtime, loop=loop)
    for path in map(Path, paths):
        if not is_folder(path) and not is_image_name(path) and not _is_still(path):
            check_file(path, "image")
            raise UsageError(
                f"{path} is not an image, and only images can be analysed together; name one video at a time."
            )
    return StillSource(paths)
