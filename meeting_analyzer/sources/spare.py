"""Which pictures of a video no other picture is made from, told by their packets' first bytes: a decoder may leave them out.

The same pictures as FFmpeg's decoders leave out with `skip_frame` NONREF: of H.264 (ITU-T H.264, 7.4.1) those with nal_ref_idc 0, of HEVC
(ITU-T H.265, 7.4.2.2) those of a sub-layer non-reference type. Other codecs and containers say it themselves, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

START = b"\0\0\1"
"""What is before each unit of a stream that can be read from anywhere (Annex B)."""
HEADERS = 64
"""Units before the one with the picture that are passed over: parameters, what is said of the picture."""


def spare_of(stream: Any) -> Callable[[Any], bool]:
    """What tells of a packet of a video stream whether no other picture is made from its own; False also where nobody knows."""
    codec, extra = stream.codec_context.name, bytes(stream.codec_context.extradata or b"")
    if codec == "h264":
        length, is_spare = (extra[4] & 3) + 1 if len(extra) > 4 and extra[0] == 1 else 0, _h264
    elif codec == "hevc":
        length, is_spare = (extra[21] & 3) + 1 if len(extra) > 21 and extra[0] == 1 else 0, _hevc
    else:
        return lambda packet: bool(packet.is_disposable)

    def tell(packet: Any) -> bool:
        told = (is_spare(header) for header in _units(bytes(packet), length))
        return next((spare for spare in told if spare is not None), False)

    return tell


def _units(data: bytes, length: int) -> Iterator[int]:
    """The first bytes of the units in a packet; length: bytes of the number before each that says how long it is, 0: Annex B."""
    at = 0
    for _ in range(HEADERS):
        if length:
            begin, at = at + length, at + length + int.from_bytes(data[at : at + length], "big")
        else:
            found = data.find(START, at)
            begin = at = found + len(START) if found >= 0 else len(data)
        if begin >= len(data):
            return
        yield data[begin]


def _h264(header: int) -> bool | None:
    """Whether a unit that begins so is of a picture that is spare; None where it is of none."""
    return not header >> 5 & 3 if header & 31 in (1, 2, 5) else None


def _hevc(header: int) -> bool | None:
    """The same of HEVC."""
    kind = header >> 1 & 63
    return kind < 16 and kind % 2 == 0 if kind < 32 else None
