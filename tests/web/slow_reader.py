"""Prints, as JSON, what a reader of the page's relay gets that pauses while pictures go on coming.

Run as a program of its own: aiortc's libraries and TensorFlow's do not get on in one process.
"""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

from aiortc import MediaStreamTrack
from streamlit_webrtc import relay

from meeting_analyzer.ffmpeg import av
from meeting_analyzer.web.newest import keep_newest_only

PICTURES = 40


class Camera(MediaStreamTrack):
    """Gives PICTURES pictures as fast as they are taken, and waits."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    async def recv(self) -> av.VideoFrame:
        if self.given == PICTURES:
            await asyncio.Event().wait()
        picture = av.VideoFrame(16, 16, "yuv420p")
        picture.pts = self.given
        self.given += 1
        await asyncio.sleep(0)
        return picture


async def main() -> None:
    # what streamlit-webrtc makes the relay of every stream with, without a server
    server = SimpleNamespace()
    relay.Runtime = SimpleNamespace(instance=lambda: server)  # type: ignore[attr-defined]
    loop = asyncio.get_running_loop()
    relay.get_global_event_loop = lambda: loop  # type: ignore[attr-defined]
    keep_newest_only()
    camera = Camera()
    reader = relay.get_global_relay().subscribe(camera)
    read = [(await reader.recv()).pts]
    while camera.given < PICTURES:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    read.append((await reader.recv()).pts)
    try:
        read.append((await asyncio.wait_for(reader.recv(), 0.05)).pts)
    except TimeoutError:
        read.append(None)
    print(json.dumps(read))


if __name__ == "__main__":
    asyncio.run(main())
