"""The annotated video: every frame at its true time, with the recording's sound."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..errors import OutputError
from ..ffmpeg import av
from ..types import Frame, Image, Moment
from .base import Output
from .draw import draw
from .fit import even, letterbox
from .place import cannot_write, refuse_existing
from .sound import Recording, Track

CONTAINERS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
TIME_BASE = Fraction(1, 90_000)
ENCODER = {"crf": "20", "preset": "veryfast"}
CLOCK = {"movie_timescale": "90000"}
"""The default of a millisecond would round the time of the first picture."""
FRAGMENTS = {"movflags": "delay_moov+default_base_moof", "frag_duration": "1000000", **CLOCK}
"""A fragment a second, each playable without what follows; the edit list that B-frames need comes with the first."""
OPTIONS = {"mp4": FRAGMENTS, "mov": FRAGMENTS, "matroska": {"avoid_negative_ts": "disabled"}}
"""Matroska would otherwise delay all pictures where an encoder's lead-in makes the sound begin before 0."""
TAIL = 1.0
"""Seconds before the end of the pictures at which a run still counts as complete."""


class Origin(Protocol):
    """What is asked of `sources.base.SourceInfo`."""

    @property
    def path(self) -> str | None:
        """The file that frames and sound come from."""

    @property
    def fps(self) -> float | None:
        """Nominal frames per second."""

    @property
    def has_audio(self) -> bool:
        """Whether the file has sound."""


class AnnotatedVideo(Output):
    """H.264 in MP4, MOV or Matroska (by the file's ending), frames at their own times, sound copied where it can be.

    The size is that of the first frame, made even; later frames of another size are fitted into it. Sound of a run
    that was cut short ends with the last picture. While it is made the video is in `<name>.part<ending>`, which plays
    up to its last second even when the process is killed; `close` gives it its name. Raises OutputError for another
    ending, a file that is there already (unless `overwrite`), a folder without permission and a full disk; what was
    done by then is kept, playable.
    """

    def __init__(
        self,
        path: Path,
        info: Origin,
        overwrite: bool = False,
        render: Callable[[Image, Moment], Image] = draw,
    ) -> None:
        self.path = Path(path)
        self._info, self._render = info, render
        self._format = CONTAINERS.get(self.path.suffix.lower(), "")
        if not self._format:
            raise OutputError(
                f"A video cannot be written as {self.path.name}; end its name in {', '.join(CONTAINERS)}."
            )
        refuse_existing(self.path, overwrite)
        self.part = self.path.with_name(f"{self.path.stem}.part{self.path.suffix}")
        try:
            # said now, not after the first analysis
            self.part.write_bytes(b"")
        except OSError as error:
            raise cannot_write(self.path, error) from error
        self._output: Any = None
        self._stream: Any = None
        self._recording: Recording | None = None
        self._sound: Track | None = None
        self._size = (0, 0)
        self._last: float | None = None
        self._step = 0.0
        self._last_pts = -1
        self._closed = False

    def write(self, frame: Frame, moment: Moment) -> None:
        """Draw, encode and write one frame, and the sound up to it. Raises OutputError."""
        if self._closed:
            raise ValueError("the output is closed")
        drawn = even(self._render(frame.image, moment))
        try:
            if self._output is None:
                self._begin((drawn.shape[1], drawn.shape[0]))
            self._put(letterbox(drawn, self._size), frame.time)
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error

    def _begin(self, size: tuple[int, int]) -> None:
        self._size = size
        if self._info.path is not None:
            with contextlib.suppress(av.error.FFmpegError, OSError):
                # a picture is no recording; its video has no sound
                self._recording = Recording(self._info.path)
        self._output = av.open(str(self.part), "w", format=self._format, options=OPTIONS[self._format])
        rate = Fraction(self._info.fps or 30).limit_denominator(1001)
        self._stream = self._output.add_stream("libx264", rate=rate, options=ENCODER)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._stream.time_base = TIME_BASE
        if self._recording is not None and self._info.has_audio:
            self._sound = self._recording.track(self._output)

    def _put(self, image: Image, time: float) -> None:
        shown = time + (self._recording.first_picture if self._recording else 0.0)
        if self._last is not None:
            self._step = max(self._step, shown - self._last)
        self._last = shown
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        picture.pts = self._last_pts = max(self._last_pts + 1, round(shown / TIME_BASE))
        picture.time_base = TIME_BASE
        if self._sound is not None:
            self._sound.advance(shown)
        self._output.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Finish the video and give it its name; nothing stays when no frame came. Idempotent; raises OutputError."""
        if self._closed:
            return
        if self._output is None:
            self._closed = True
            self.part.unlink(missing_ok=True)
            return
        try:
            if self._sound is not None:
                self._sound.advance(self._sound_end())
                self._sound.finish()
            self._output.mux(self._stream.encode(None))
            self._output.close()
        except (av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        self._closed = True
        self._release()
        self._name()

    def _sound_end(self) -> float | None:
        """Where the sound ends: nowhere (None) when all pictures were written, else with the last one."""
        end = self._recording.end if self._recording else None
        last, step = self._last or 0.0, self._step or 1 / (self._info.fps or 30)
        complete = end is not None and last + max(step, TAIL) >= end
        return None if complete else last + step

    def _name(self) -> None:
        """Turn the part file into the result: for MP4 with its index at the front, as browsers want it."""
        try:
            if self._format != "matroska":
                self._rewrite()
            self.part.replace(self.path)
        except OSError as error:
            raise cannot_write(self.path, error, f"the video is in {self.part}") from error

    def _rewrite(self) -> None:
        """Put the fragments into one piece; they stay as they are, which plays as well, where that cannot be done."""
        whole = self.part.with_name(f"{self.path.name}.tmp")
        try:
            with (
                av.open(str(self.part)) as fragments,
                av.open(str(whole), "w", format=self._format, options={"movflags": "faststart", **CLOCK}) as output,
            ):
                streams = {stream.index: output.add_stream_from_template(stream) for stream in fragments.streams}
                for packet in fragments.demux():
                    if packet.size:
                        packet.stream = streams[packet.stream.index]
                        output.mux(packet)
            whole.replace(self.part)
        except (av.error.FFmpegError, OSError):
            whole.unlink(missing_ok=True)

    def _failed(self, error: Exception) -> OutputError:
        """Close what was begun, keep what of it can be played, and say so."""
        self._closed = True
        with contextlib.suppress(av.error.FFmpegError, OSError):
            # what the encoder still holds may find room
            if self._stream is not None:
                self._output.mux(self._stream.encode(None))
        with contextlib.suppress(av.error.FFmpegError, OSError):
            if self._output is not None:
                self._output.close()
        self._release()
        kept = ""
        with contextlib.suppress(OSError):
            if self._last is not None and self.part.stat().st_size:
                self.part.replace(self.path)
                kept = f"what was done until then can be played in {self.path}"
            else:
                self.part.unlink()
        return cannot_write(self.path, _reason(error), kept)

    def _release(self) -> None:
        if self._recording is not None:
            self._recording.close()


def _reason(error: Exception) -> OSError:
    """A failure as the system's own; FFmpeg says "not permitted" (1) for whatever it has no number for."""
    code = getattr(error, "errno", None)
    text = getattr(error, "strerror", None) or str(error)
    return OSError(None if isinstance(error, av.error.FFmpegError) and code == errno.EPERM else code, text)
