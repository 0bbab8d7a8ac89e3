"""What may be uploaded, told by the file's first bytes and never by its name.

FFmpeg also opens playlists, which name other files and addresses; a stranger's file of that kind could read what lies on this
computer. So only containers that hold their own pictures are let through.
"""

from __future__ import annotations

from ..errors import SourceError

NEEDED = 4096
"""First bytes that are looked at."""
PICTURES = ("png", "jpg", "webp", "bmp")
RECORDINGS = ("mp4", "mov", "m4v", "mkv", "webm", "avi", "ts", "mpg")
ENDINGS = PICTURES + RECORDINGS
"""Endings that the file dialog offers."""


def kind_of(head: bytes) -> tuple[str, bool]:
    """(ending without a dot, whether it is a picture) of a file that begins with `head`. Raises SourceError for others."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png", True
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg", True
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp", True
    if head.startswith(b"BM") and len(head) > 26 and head[14:18] in (b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return "bmp", True
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mp4", False
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "mkv", False
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi", False
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return "ts", False
    if head.startswith(b"\0\0\1\xba"):
        return "mpg", False
    raise SourceError(
        f"This is neither a picture ({', '.join(PICTURES)}) nor a recording ({', '.join(RECORDINGS)}) that can be analysed."
    )
