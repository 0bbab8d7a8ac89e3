"""Progress on stderr: one line that is redrawn on a terminal, plain lines now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO


def clock(seconds: float) -> str:
    """ "1:02:03" or "2:03" from seconds."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class Progress:
    """Frames done, frames a second, speed against the recording's own time, and the time left.

    frames and duration (seconds) of the whole are None where unknown. `quiet` prints nothing.
    """

    def __init__(
        self,
        frames: int | None = None,
        duration: float | None = None,
        *,
        quiet: bool = False,
        stream: TextIO | None = None,
    ) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._every = 0.2 if self._terminal else 10.0
        self._quiet = quiet
        self.total_frames, self.duration = frames, duration
        self.frames, self.time = 0, 0.0
        self._whole: float | None = None
        self._before = 0.0
        self._started = self._printed = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Wall time in seconds since the start."""
        return max(1e-6, time.monotonic() - self._started)

    def advance(self, at: float) -> None:
        """One more frame is done; `at` is its time in the recording in seconds."""
        self.frames += 1
        self.time = at
        if not self._quiet and time.monotonic() - self._printed >= self._every:
            self._print()

    def add(self, frames: int, seconds: float, share: float) -> None:
        """So many more frames and seconds of recordings are done; `share` (0..1) is what there is now of the whole.

        The first share that is told was there before this run and does not count for the time left.
        """
        if self._whole is None:
            self._before = share
        self.frames += frames
        self.time += seconds
        self._whole = share
        if not self._quiet and time.monotonic() - self._printed >= self._every:
            self._print()

    def say(self, sentence: str) -> None:
        """Print a sentence on a line of its own without tearing the progress line."""
        print(("\r\x1b[K" if self._terminal else "") + sentence, file=self._stream, flush=True)

    def finish(self) -> str:
        """End the progress line; returns "Processed 240 frames in 12.0 s (20.0 fps)."."""
        if self._terminal and not self._quiet:
            print("\r\x1b[K", end="", file=self._stream, flush=True)
        return f"Processed {self.frames} frames in {self.elapsed:.1f} s ({self.frames / self.elapsed:.1f} fps)."

    def _print(self) -> None:
        self._printed = time.monotonic()
        done = self._share()
        parts = [f"{self.frames} frames" + (f" of {self.total_frames}" if self.total_frames else "")]
        parts.append(f"{self.frames / self.elapsed:.1f} fps")
        if self.time > 0:
            parts.append(f"speed {self.time / self.elapsed:.2f}x")
        if done:
            parts.insert(0, f"{100 * done:.0f} %")
            if done > self._before:
                parts.append(f"ETA {clock(self.elapsed * (1 - done) / (done - self._before))}")
        line = ", ".join(parts)
        print(
            f"\r\x1b[K{line}" if self._terminal else line,
            end="" if self._terminal else "\n",
            file=self._stream,
            flush=True,
        )

    def _share(self) -> float | None:
        """Share done in 0..1, or None where the whole is unknown or nothing is done."""
        if self._whole is not None:
            return min(1.0, self._whole)
        if self.duration and self.time > 0:
            return min(1.0, self.time / self.duration)
        return min(1.0, self.frames / self.total_frames) if self.total_frames and self.frames else None
