"""Small recordings made for tests: pictures at given times, sound with one click in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from meeting_analyzer.types import Image

RATE = 48_000


def picture(number: int, size: tuple[int, int]) -> Image:
    """A grey picture whose left third gets brighter with its number."""
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    image[:, : size[0] // 3] = (10 + 5 * number) % 250
    return image


def make_recording(
    path: Path,
    times: Sequence[float],
    *,
    size: tuple[int, int] = (160, 90),
    sound: str | None = "aac",
    seconds: float | None = None,
    click: float = 1.0,
    sound_from: float = 0.0,
) -> Path:
    """Write a recording whose pictures are shown at `times` and whose sound clicks at `click` seconds."""
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = Fraction(1, 90_000)
        audio = output.add_stream(sound, rate=RATE, layout="mono") if sound else None
        packets = []
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format="bgr24")
            frame.pts, frame.time_base = round(time * 90_000), Fraction(1, 90_000)
            packets += video.encode(frame)
        packets += video.encode(None)
        if audio is not None:
            samples = np.zeros(round((seconds or times[-1] + 0.2) * RATE), np.float32)
            samples[round(click * RATE) : round(click * RATE) + 480] = 0.9
            context = audio.codec_context
            context.open()
            step = context.frame_size or 1024
            resampler = av.AudioResampler(format=context.format, layout="mono", rate=RATE, frame_size=step)
            sounds = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            sounds.sample_rate, sounds.pts, sounds.time_base = RATE, round(sound_from * RATE), Fraction(1, RATE)
            for frame in (*resampler.resample(sounds), *resampler.resample(None)):
                packets += audio.encode(frame)
            packets += audio.encode(None)
        for packet in sorted(packets, key=lambda p: float((p.dts or 0) * p.time_base)):
            output.mux(packet)
    return path


def times_of(path: Path) -> list[float]:
    """Presentation times of the pictures that can be decoded, in seconds on the file's clock."""
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in _until_damaged(container.decode(video=0))]


def brightness_of(path: Path) -> list[float]:
    """Brightness of the left edge of every picture."""
    with av.open(str(path)) as container:
        return [float(f.to_ndarray(format="gray")[:, :20].mean()) for f in _until_damaged(container.decode(video=0))]


def sound_of(path: Path) -> tuple[str, list[bytes]]:
    """The sound's codec and its packets."""
    with av.open(str(path)) as container:
        return container.streams.audio[0].codec_context.codec.canonical_name, [
            bytes(p) for p in container.demux(audio=0) if p.size
        ]


def click_of(path: Path) -> float:
    """When the sound is first loud, in seconds on the file's clock."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
        for decoded in container.decode(audio=0):
            start = float(decoded.pts * decoded.time_base)
            for frame in resampler.resample(decoded):
                loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3)
                if loud.size:
                    return start + float(loud[0]) / rate
    raise AssertionError(f"no click in {path.name}")


def _until_damaged(frames: Iterable[av.VideoFrame]) -> Iterable[av.VideoFrame]:
    """Frames up to where a file was cut off."""
    try:
        yield from frames
    except av.error.InvalidDataError:
        return
