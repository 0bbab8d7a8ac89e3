"""Which pictures nothing is made from, as told by their packets and as FFmpeg's decoders tell."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import av
import pytest
from batch.made import recording

from meeting_analyzer.sources.index import read_index

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="not installed: ffmpeg")

CONTAINERS = {"libx264": ("mp4", "mkv", "ts", "flv"), "libx265": ("mp4", "mkv", "ts")}
"""FFmpeg writes HEVC to FLV only in its newest versions."""


@pytest.mark.parametrize(("codec", "ending"), [(codec, each) for codec in CONTAINERS for each in CONTAINERS[codec]])
def test_those_that_the_decoder_leaves_out_are_spare(tmp_path: Path, codec: str, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    words = ["ffmpeg", "-v", "error", "-i", str(recording(tmp_path / "o.mp4", 3.0)), "-c:v", codec, "-bf", "3"]
    subprocess.run([*words, str(path)], check=True)
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.skip_frame = "NONREF"
        decoded = sorted(frame.pts for frame in container.decode(video=0))
    index = read_index(path)
    assert index.stamps[~index.spare].tolist() == decoded
    assert index.spare.any()


def test_of_a_codec_that_does_not_tell_none_is(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    words = ["ffmpeg", "-v", "error", "-i", str(recording(tmp_path / "o.mp4", 2.0)), "-c:v", "mjpeg", str(path)]
    subprocess.run(words, check=True)
    index = read_index(path)
    assert len(index.spare) == len(index.stamps)
    assert not index.spare.any()
