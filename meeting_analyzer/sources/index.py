"""What a video file holds, found without decoding it: when every picture is shown, and where reading can begin."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import SourceError
from ..ffmpeg import av
from .base import EndOfSource, SourceInfo
from .spare import spare_of
from .video import EARLY, NO_FRAME, VideoSource

Stamps = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FileIndex:
    """The pictures of a video file.

    info: as of the source; first: where the first picture lies, in seconds of the file's clock.
    stamps: presentation stamps of all pictures, ascending, in units of `base` (numerator, denominator) seconds; keys:
    stamps of the keyframes, ascending. Both are empty for a file that does not give every packet a stamp of its own (some
    AVI and MPEG files): such a file is read from its beginning only.
    spare: of each of `stamps`, whether it is known that no other picture is made from that one.
    notice: what is wrong with the file as a whole, or None; recorded: when the recording was begun, if the file says so.
    """

    info: SourceInfo
    first: float
    base: tuple[int, int] = (1, 1)
    stamps: Stamps = field(default_factory=lambda: np.zeros(0, np.int64))
    keys: Stamps = field(default_factory=lambda: np.zeros(0, np.int64))
    spare: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    notice: str | None = None
    recorded: datetime | None = None

    @property
    def seekable(self) -> bool:
        """Whether reading can begin at the keyframes."""
        return bool(len(self.stamps)) and bool(len(self.keys))

    @property
    def duration(self) -> float | None:
        """Seconds from the first to the last picture, or what the file says of itself; None where nothing is known."""
        return float(self.times(self.stamps[-1:])[0]) if self.seekable else self.info.duration

    def times(self, stamps: Stamps) -> npt.NDArray[np.float64]:
        """Seconds from the first picture, exactly as `VideoSource` gives them."""
        return stamps * self.base[0] / self.base[1] - self.first


def read_index(path: Path | str) -> FileIndex:
    """Read the packets of a file, without decoding more than its first picture.

    Raises SourceError as `VideoSource` does, and when no picture of the file can be decoded.
    """
    path = Path(path)
    with VideoSource(path, threads=1) as source:
        info = source.info
        try:
            picture, _ = source.next_picture()
        except EndOfSource:
            raise SourceError(f"{path} has {NO_FRAME}") from None
        # as shown: turned, and with square pixels
        source.to_image(picture)
        info, first, stamp = source.info, source.start_time, picture.pts
    stamps, keys, spare, base, broken, recorded = _scan(path)
    if stamp is None or base is None or not len(stamps):
        return FileIndex(info, first, recorded=recorded)
    # what comes before the first picture cannot be decoded or is cut away by an edit list
    shown, keys = stamps >= stamp, np.unique(keys[keys >= stamp])
    stamps, order = np.unique(stamps[shown], return_index=True)
    index = FileIndex(info, first, base, stamps, keys, spare[shown][order], recorded=recorded)
    return replace(index, notice=_missing(index, broken))


_Scanned = tuple[Stamps, Stamps, Flags, tuple[int, int] | None, str | None, datetime | None]


def _scan(path: Path) -> _Scanned:
    """Stamps of all packets and of the keyframes, which of all are spare, the time base, and why the file breaks off; no stamps
    when one lacks."""
    stamps: list[int] = []
    keys: list[int] = []
    spare: list[bool] = []
    nothing = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_)
    broken = None
    recorded = None
    with av.open(str(path), metadata_errors="replace") as container:
        with contextlib.suppress(ValueError):
            recorded = datetime.fromisoformat(container.metadata.get("creation_time", ""))
        stream = next(s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic)
        base = (int(stream.time_base.numerator), int(stream.time_base.denominator)) if stream.time_base else None
        is_spare = spare_of(stream)
        packets: Any = container.demux(stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.error.FFmpegError, OSError) as failure:
                broken = getattr(failure, "strerror", None) or str(failure)
                break
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None:
                return *nothing, None, None, recorded
            stamps.append(packet.pts)
            spare.append(is_spare(packet))
            if packet.is_keyframe:
                keys.append(packet.pts)
    found = np.array(stamps, np.int64)
    if len(np.unique(found)) != len(found):
        # times that are not unique are made so by VideoSource, which has to see all pictures for that
        return *nothing, None, None, recorded
    return found, np.array(keys, np.int64), np.array(spare, np.bool_), base, broken, recorded


def _missing(index: FileIndex, broken: str | None) -> str | None:
    """A sentence when the file breaks off or is shorter than it says."""
    says, last = index.info.duration, index.duration or 0.0
    if broken:
        return f"{index.info.title} is damaged after {last:.1f} s ({broken}); the rest is lost."
    if not says or says - last <= max(EARLY, 0.02 * says):
        return None
    return (
        f"{index.info.title} ended early: {last:.1f} of {says:.1f} s could be read; "
        "it is cut off or damaged, so get it again for the rest."
    )
