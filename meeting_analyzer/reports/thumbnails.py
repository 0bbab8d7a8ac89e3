"""Small pictures of the recording, only where somebody asked for them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from ..errors import AnalyzerError
from ..ffmpeg import av
from ..sources.base import EndOfSource
from ..sources.video import VideoSource
from ..types import Image

WIDTH = 320
QUALITY = 72
FARTHEST = 900
"""Pictures that are decoded after a seek at most, to get from the key frame to the time."""


def take_thumbnails(recording: str | Path, times: Sequence[float]) -> dict[float, bytes]:
    """A JPEG of WIDTH pixels for every time, in seconds from the first frame, that the recording has.

    A recording that is gone, was shortened or damaged since gives fewer pictures or none.
    """
    if not Path(recording).is_file():
        return {}
    found: dict[float, bytes] = {}
    try:
        with VideoSource(recording) as source, av.open(str(recording)) as container:
            source.next_picture()
            for time in sorted(set(times)):
                image = _picture(source, container, source.start_time + time)
                if image is not None and (data := _jpeg(image)):
                    found[time] = data
    except (EndOfSource, AnalyzerError, av.error.FFmpegError):
        return found
    return found


def _picture(source: VideoSource, container: Any, stamp: float) -> Image | None:
    """The first picture at or after `stamp`, in seconds on the file's own clock."""
    stream = container.streams.video[0]
    container.seek(max(0, int(stamp / stream.time_base)), stream=stream, backward=True)
    newest = None
    for newest in itertools.islice(container.decode(stream), FARTHEST):
        if newest.time is not None and newest.time >= stamp - 0.02:
            break
    return None if newest is None else source.to_image(newest)


def _jpeg(image: Image) -> bytes:
    height = max(1, round(image.shape[0] * WIDTH / image.shape[1]))
    small = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes() if done else b""
