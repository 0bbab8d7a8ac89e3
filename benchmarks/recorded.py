"""Pictures as they come out of a recording."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import av
import numpy as np

from meeting_analyzer.types import Image

KEY_EVERY = 250
"""Pictures from one key frame to the next at most, as x264 has it unless told otherwise."""


def recorded(pictures: Iterable[Image], rate: int, crf: int, key_every: int = KEY_EVERY) -> Iterator[Image]:
    """The pictures, BGR (H, W, 3) of one size with even sides, as they come out of one H.264 stream of `rate` a second.

    crf: its quality, 0 (best) to 51; key_every: pictures from one key frame to the next.
    """
    held = io.BytesIO()
    with av.open(held, "w", format="matroska") as container:
        options = {"crf": str(crf), "preset": "veryfast", "g": str(key_every)}
        stream = container.add_stream("libx264", rate=rate, options=options)
        for number, picture in enumerate(pictures):
            if not number:
                stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode())
    held.seek(0)
    with av.open(held, "r") as video:
        for frame in video.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
