from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from meeting_analyzer.errors import SourceError
from meeting_analyzer.ffmpeg import av
from meeting_analyzer.sources.sample import sample_path
from meeting_analyzer.web.kinds import NEEDED, kind_of


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "bmp"])
def test_pictures_are_known_by_their_first_bytes(name: str) -> None:
    data = io.BytesIO()
    PIL.Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(data, name)
    ending, picture = kind_of(data.getvalue()[:NEEDED])
    assert picture
    assert ending == name.replace("jpeg", "jpg")


@pytest.mark.parametrize(
    ("ending", "codec", "kind"),
    [("mp4", "libx264", "mp4"), ("mov", "libx264", "mp4"), ("mkv", "libx264", "mkv"), ("webm", "libvpx", "mkv"),
     ("avi", "mpeg4", "avi"), ("ts", "libx264", "ts"), ("mpg", "mpeg2video", "mpg")],
)  # fmt: skip
def test_recordings_are_known_by_their_first_bytes(tmp_path: Path, ending: str, codec: str, kind: str) -> None:
    path = tmp_path / f"a.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(30):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert kind_of(path.read_bytes()[:NEEDED]) == (kind, False)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
        b"%PDF-1.7",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\n",
        b"BM" + bytes(30),
        b"\x7fELF",
    ],
)
def test_all_else_is_refused(head: bytes) -> None:
    with pytest.raises(SourceError, match="neither a picture"):
        kind_of(head)


def test_a_playlist_would_indeed_have_been_opened(tmp_path: Path) -> None:
    """Why names are not believed: FFmpeg follows a playlist into other files whatever the file is called."""
    playlist = tmp_path / "call.mp4"
    playlist.write_text(f"ffconcat version 1.0\nfile {sample_path().name}\n")
    (tmp_path / sample_path().name).write_bytes(sample_path().read_bytes())
    with av.open(str(playlist)) as container:
        assert container.format.name == "concat"
