"""A video file, decoded by PyAV (FFmpeg) at its true presentation times."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import SourceError, UsageError
from ..ffmpeg import av
from ..types import Frame, Image, Luma
from .base import EndOfSource, Source, SourceInfo
from .files import check_file, check_size

DAMAGED_IN_A_ROW = 300  # packets; about ten seconds without one picture
EARLY = 1.0  # seconds that may be missing at the end before it is said
LEAST_STEP = 1e-3  # seconds between frames whose times are broken

NO_FRAME = "no frame that can be decoded; record or download it again."
_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


class VideoSource(Source):
    """Every frame of a video file, or one per 1 / `sample_fps` seconds.

    Times are presentation times counted from the first frame, strictly increasing; `start_time` is where the first
    frame lies on the file's own clock, which sound is on. `index` counts decoded frames, also those left out by
    sampling. `skipped` counts packets that could not be decoded, `damaged` pictures that the decoder had to guess at.
    """

    def __init__(self, path: str | Path, sample_fps: float | None = None, threads: int = 0) -> None:
        """threads: how many decode, 0: as FFmpeg thinks best.

        Raises SourceError when the file is missing, unreadable, empty, no video or without a picture in it.
        """
        if sample_fps is not None and not (math.isfinite(sample_fps) and sample_fps > 0):
            raise UsageError(f"{sample_fps:g} frames per second cannot be sampled; choose a number above 0.")
        self.path = Path(path)
        self.skipped = 0
        self.damaged = 0
        self.start_time = 0.0
        check_file(self.path, "video")
        self._threads = threads
        self._container: Any = self._open()
        self._stream: Any = self._video_stream()
        self._info = self._describe()
        self._aspect = self._stream.sample_aspect_ratio
        self._reformatter: Any = av.video.reformatter.VideoReformatter()
        self._lock = threading.Lock()
        self._broken = False
        self._needed: Callable[[int], bool] | None = None
        self._decoded = self._decode()
        self._sample_fps = sample_fps
        self._next_sample = 0
        self._index = 0
        self._first: float | None = None
        self._last = -1.0
        self._size: tuple[int, int] | None = None
        self._closed = False

    def _open(self) -> Any:
        try:
            return av.open(str(self.path), metadata_errors="replace")
        except av.error.InvalidDataError as failure:
            raise SourceError(f"{self.path} is not a video, or {self._half()}.") from failure
        except av.error.EOFError as failure:
            raise SourceError(f"{self.path} has {NO_FRAME}") from failure
        except (av.error.FFmpegError, OSError, ValueError) as failure:
            raise SourceError(
                f"{self.path} cannot be opened as a video ({_reason(failure)}); try to play it in a player."
            ) from failure

    def _half(self) -> str:
        return "its end with the index is missing because the recording or download did not finish; get it again"

    def _video_stream(self) -> Any:
        for stream in self._container.streams.video:
            # the cover of a music file is a video stream of one picture
            if not stream.disposition & av.stream.Disposition.attached_pic:
                stream.thread_type = "AUTO"
                stream.thread_count = self._threads
                return self._checked(stream)
        what = "only sound" if self._container.streams.audio else "no pictures"
        self._container.close()
        raise SourceError(f"{self.path} has {what} in it; choose a recording with video.")

    def _checked(self, stream: Any) -> Any:
        if stream.width and stream.height:
            try:
                check_size(self.path, stream.width, stream.height)
            except SourceError:
                self._container.close()
                raise
        return stream

    @property
    def info(self) -> SourceInfo:
        """Title, path, size (as shown, after the first frame), nominal rate, duration, number of frames, sound."""
        return dataclasses.replace(self._info, size=self._size or self._info.size)

    def _describe(self) -> SourceInfo:
        # asked once: a stream must not be touched after its container is closed
        stream, duration = self._stream, None
        rate = stream.average_rate or stream.guessed_rate
        if stream.duration and stream.time_base:
            duration = float(stream.duration * stream.time_base)
        elif self._container.duration:
            duration = self._container.duration / av.time_base
        return SourceInfo(
            title=self.path.name,
            size=(stream.width, stream.height) if stream.width and stream.height else None,
            fps=float(rate) if rate else None,
            duration=duration,
            frames=stream.frames or None,
            path=str(self.path),
            has_audio=bool(self._container.streams.audio),
        )

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The next (sampled) frame. Raises EndOfSource at the end, SourceError when too much is damaged."""
        while True:
            decoded, time = self.next_picture()
            if self._wanted(time):
                return self.to_frame(decoded, time, self._index - 1)

    def begin_at(self, key: int | None, first: float, needed: Callable[[int], bool] | None = None) -> None:
        """Read on from a keyframe, once, before the first picture; see `sources.index` for what is known of a file.

        key: the keyframe's presentation stamp in the stream's time base, None for the beginning of the file; first:
        where the file's first picture lies, in seconds of the file's clock; needed: tells by a packet's stamp whether its
        picture is wanted. Pictures that are not, and that no other picture is made from, may be left out.
        Raises SourceError when the keyframe cannot be found.
        """
        self._first = self.start_time = first
        self._needed = needed
        if key is not None:
            self._decoded = self._decode(key)

    def _packets_from(self, key: int) -> Generator[Any, None, None]:
        """The packets from a keyframe on. A demuxer's seek may land anywhere near, so the packet itself is looked for."""
        back = 0.0
        base = float(self._stream.time_base)
        while True:
            target = key - round(back / base)
            self._container.seek(max(target, 0) if key >= 0 else target, stream=self._stream, backward=True)
            for packet in self._container.demux(self._stream):
                if packet.pts is None or not packet.is_keyframe:
                    continue
                if packet.pts == key:
                    yield packet
                    yield from self._container.demux(self._stream)
                    return
                if packet.pts > key:
                    break
            if back > max(1.0, (key * base) - (self._first or 0.0)):
                raise SourceError(f"{self.path} cannot be read from {key * base:.1f} s on; get it again.")
            back = max(2.0, back * 4)

    def _wanted(self, time: float) -> bool:
        if self._sample_fps is None:
            return True
        # the first frame at or after each point of the grid
        if time + 1e-6 < self._next_sample / self._sample_fps:
            return False
        self._next_sample = math.floor((time + 1e-6) * self._sample_fps) + 1
        return True

    def next_picture(self) -> tuple[av.VideoFrame, float]:
        """The next decoded picture, not yet converted, and its time."""
        with self._lock:
            if self._closed:
                raise EndOfSource
            try:
                decoded = next(self._decoded)
            except StopIteration:
                self._finish()
                raise EndOfSource from None
            time = self._time(decoded)
            self._index += 1
            self._last = time
            self.damaged += decoded.is_corrupt
            if self.skipped or self.damaged:
                # without a count, so that it is one notice and not hundreds
                self.notice = f"{self.path.name} is damaged in places; what can be decoded is used."
            return decoded, time

    def _time(self, decoded: Any) -> float:
        step = 1 / (self._info.fps or 30.0)
        if decoded.pts is None or decoded.time_base is None:
            return self._last + step if self._index else 0.0
        base = decoded.time_base
        stamp = decoded.pts * base.numerator / base.denominator
        if self._first is None:
            self._first = self.start_time = stamp
        time = stamp - self._first
        return time if time > self._last else self._last + LEAST_STEP

    def _decode(self, key: int | None = None) -> Generator[Any, None, None]:
        """Pictures in presentation order; damaged packets are counted and left out."""
        row = 0
        packets = self._container.demux(self._stream) if key is None else self._packets_from(key)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError) as failure:
                # a broken container: what came before is good, and nothing after it can be found
                self.notice = (
                    f"{self.path.name} is damaged after {max(0.0, self._last):.1f} s ({_reason(failure)}); "
                    "the rest is lost."
                )
                self._broken = True
                return
            if self._needed is not None:
                wanted = packet.pts is None or self._needed(packet.pts)
                self._stream.codec_context.skip_frame = "DEFAULT" if wanted else "NONREF"
            try:
                pictures = packet.decode()
            except av.error.FFmpegError as failure:
                self.skipped += 1
                row += 1
                if row > DAMAGED_IN_A_ROW:
                    raise SourceError(
                        f"{self.path} is damaged: {row} packets in a row cannot be decoded "
                        f"({_reason(failure)}); get it again."
                    ) from failure
                continue
            if pictures:
                row = 0
            yield from pictures

    def _finish(self) -> None:
        """Say at the regular end what was not regular."""
        if self._index == 0:
            raise SourceError(f"{self.path} has {NO_FRAME}")
        duration = self._info.duration
        missing = duration - self._last if duration else 0.0
        if self._broken:
            return
        if missing > max(EARLY, 0.02 * (duration or 0.0)):
            self.notice = (
                f"{self.path.name} ended early: {self._last:.1f} of {duration:.1f} s could be read; "
                "it is cut off or damaged, so get it again for the rest."
            )
        elif self.skipped or self.damaged:
            self.notice = (
                f"{self.path.name} is damaged in places: {self.skipped} packets could not be decoded, "
                f"{self.damaged} pictures show errors."
            )

    def to_image(self, decoded: av.VideoFrame) -> Image:
        """Convert a picture of `next_picture` to BGR: upright, with square pixels."""
        check_size(self.path, decoded.width, decoded.height)
        aspect = self._aspect
        width = decoded.width
        if aspect and aspect > 0 and aspect != 1:
            # pixels that are not square are made square, so that faces keep their proportions
            width = max(2, round(decoded.width * aspect))
        # the converted picture's own memory, as it is: a copy of it would cost as much again
        plane = self._reformatter.reformat(decoded, width, decoded.height, "bgr24").planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: decoded.height, : 3 * width]
        image = rows.reshape(decoded.height, width, 3)
        turn = _TURNS.get(round(decoded.rotation) % 360)
        if turn is not None:
            image = np.asarray(cv2.rotate(image, turn), np.uint8)
        self._size = (image.shape[1], image.shape[0])
        return np.ascontiguousarray(image, np.uint8)

    def to_frame(self, decoded: av.VideoFrame, time: float, index: int) -> Frame:
        """A picture of `next_picture` as a frame, see `to_image`."""
        image, plane = self.to_image(decoded), brightness(decoded)
        if plane is None or plane.shape != image.shape[:2] or decoded.rotation:
            return Frame(image, time, index)
        jpeg = decoded.color_range == av.video.reformatter.ColorRange.JPEG
        full = jpeg or decoded.format.name.startswith(("yuvj", "gray"))
        return Frame(image, time, index, Luma(plane, 0, 255) if full else Luma(plane))

    def close(self) -> None:
        """Close the file, once a frame that is being decoded in another thread is done."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._decoded.close()
                self._container.close()


def brightness(picture: Any) -> npt.NDArray[np.uint8] | None:
    """The first plane (H, W) of a decoded picture, not copied; None for formats in which that is not 8-bit luma."""
    if not _has_luma(picture.format.name):
        return None
    plane = picture.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]


@cache
def _has_luma(name: str) -> bool:
    """Whether the first plane of pictures in this format is 8-bit luma."""
    if not name.startswith(("yuv", "nv12", "nv21", "gray")) or name.startswith("yuyv"):
        return False
    return bool(av.VideoFormat(name).components[0].bits == 8)


def _reason(failure: Exception) -> str:
    return getattr(failure, "strerror", None) or str(failure).split("\n", 1)[0]
