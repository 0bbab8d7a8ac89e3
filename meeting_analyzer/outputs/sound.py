"""The sound of a recording, carried into the annotated video as its time advances."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ..ffmpeg import av

COPIED: dict[str, frozenset[str]] = {
    "mp4": frozenset({"aac", "mp3", "alac", "ac3", "eac3", "opus"}),
    "mov": frozenset({"aac", "mp3", "alac", "ac3", "eac3"}),
    "matroska": frozenset({"aac", "mp3", "alac", "ac3", "eac3", "opus", "vorbis", "flac", "pcm_s16le", "pcm_s24le"}),
}
"""Sound that players expect in a container, which is copied packet by packet; other sound becomes AAC."""
BIT_RATE = 160_000


class Recording:
    """The file that frames came from: when its first picture is shown, and its best sound track.

    first_picture: seconds on the output's clock, on which the file (its earliest stream) starts at 0;
    end: seconds on the same clock where its pictures end, or None when the file does not tell.
    """

    def __init__(self, path: str) -> None:
        """Raises av.error.FFmpegError or OSError when the file cannot be opened."""
        self.origin = 0.0
        self.first_picture = 0.0
        self.end: float | None = None
        with av.open(path, metadata_errors="replace") as container:
            if container.start_time is not None and container.start_time > 0:
                self.origin = container.start_time / av.time_base
            self._look_at_pictures(container)
        self._container: Any = av.open(path, metadata_errors="replace")
        self.sound: Any = self._container.streams.best("audio")

    def _look_at_pictures(self, container: Any) -> None:
        pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
        if not pictures:
            return
        stream = pictures[0]
        first = next((picture.pts for picture in _decoded(container, stream)), None)
        if first is not None and stream.time_base:
            self.first_picture = float(first * stream.time_base) - self.origin
        if stream.duration and stream.time_base:
            begin = stream.start_time if stream.start_time is not None else first or 0
            self.end = float((begin + stream.duration) * stream.time_base) - self.origin
        elif container.duration:
            self.end = container.duration / av.time_base

    def track(self, output: Any) -> Track | None:
        """Add the sound to an output container that has no packets yet; None where there is no sound."""
        if self.sound is None:
            return None
        copied = self.sound.codec_context.codec.canonical_name in COPIED[output.format.name.split(",")[0]]
        return (Copied if copied else Encoded)(self, output)

    def packets(self) -> Iterator[Any]:
        """The sound's packets; ends where the file is broken."""
        packets = self._container.demux(self.sound)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):
                return
            if packet.pts is not None and packet.size:
                yield packet

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """What can be decoded of a stream; damaged packets are left out."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            return
        try:
            yield from packet.decode()
        except av.error.FFmpegError:
            continue


class Track(ABC):
    """Sound on its way into `output`. `advance` hands over what is heard before a time."""

    def __init__(self, recording: Recording, output: Any) -> None:
        self._recording, self._output = recording, output
        self._input = recording.sound
        self._packets = recording.packets()
        self._waiting: Any = next(self._packets, None)

    def advance(self, until: float | None) -> None:
        """Write the packets that begin before `until` seconds; all that is left for None."""
        while self._waiting is not None:
            packet = self._waiting
            begins = float(packet.pts * packet.time_base) - self._recording.origin
            if until is not None and begins >= until:
                return
            self._waiting = next(self._packets, None)
            self._put(packet)

    def finish(self) -> None:  # noqa: B027 - who encodes nothing holds nothing
        """Write what an encoder still holds."""

    @abstractmethod
    def _put(self, packet: Any) -> None:
        """Write one packet of the recording, or what it is made into."""


class Copied(Track):
    """Packets as they are."""

    def __init__(self, recording: Recording, output: Any) -> None:
        super().__init__(recording, output)
        self._stream = output.add_stream_from_template(self._input)
        first = bytes(self._waiting)[:2] if self._waiting is not None else b""
        # AAC of a broadcast carries its settings in every packet, which other containers hold once
        adts = (
            self._stream.codec_context.codec.canonical_name == "aac" and first[:1] == b"\xff" and first[1] >> 4 == 0xF
        )
        self._filter = av.BitStreamFilterContext("aac_adtstoasc", self._input) if adts else None
        self._last: int | None = None
        self._offset = round(Fraction(recording.origin).limit_denominator(10**6) / self._input.time_base)

    def _put(self, packet: Any) -> None:
        packet.pts -= self._offset
        packet.dts = packet.pts if packet.dts is None else packet.dts - self._offset
        # a damaged recording may go back in time, which no container takes
        if self._last is not None and packet.dts <= self._last:
            return
        self._last = packet.dts
        for made in self._filter.filter(packet) if self._filter else (packet,):
            made.stream = self._stream
            self._output.mux(made)


class Encoded(Track):
    """Decoded and encoded again as AAC, for sound that the container cannot hold."""

    def __init__(self, recording: Recording, output: Any) -> None:
        super().__init__(recording, output)
        context = self._input.codec_context
        # AAC knows these rates; players cope with up to two channels everywhere
        rate = context.sample_rate if context.sample_rate in (16000, 22050, 32000, 44100, 48000) else 48000
        layout = "mono" if context.layout.nb_channels == 1 else "stereo"
        self._stream = output.add_stream("aac", rate=rate)
        self._stream.codec_context.layout = layout
        self._stream.codec_context.bit_rate = BIT_RATE
        self._stream.codec_context.time_base = Fraction(1, rate)
        self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate, frame_size=1024)
        self._rate = rate

    def _put(self, packet: Any) -> None:
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            return
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= round(self._recording.origin / frame.time_base)
            self._encode(self._resampler.resample(frame))

    def _encode(self, frames: list[Any]) -> None:
        for frame in frames:
            self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._encode(self._resampler.resample(None))
        self._output.mux(self._stream.encode(None))
