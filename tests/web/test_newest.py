"""What a slow encoder gets to send: the newest picture, not all that came since."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

pytest.importorskip("streamlit_webrtc", reason="not installed: the extra web")

from aiortc import MediaStreamTrack
from streamlit_webrtc import relay

from meeting_analyzer.ffmpeg import av
from meeting_analyzer.web.newest import NewestRelay, keep_newest_only

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


async def after_a_pause(made: NewestRelay) -> list[int | None]:
    """When the pictures were taken that a reader gets which pauses after the first while all others come."""
    camera = Camera()
    reader = made.subscribe(camera)
    first = await reader.recv()
    while camera.given < PICTURES:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    second = await reader.recv()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.recv(), 0.05)
    reader.stop()
    return [first.pts, second.pts]


def test_a_slow_reader_gets_the_newest_picture_and_none_of_those_before() -> None:
    assert asyncio.run(after_a_pause(NewestRelay())) == [0, PICTURES - 1]


def test_streams_of_the_page_go_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "MediaRelay", relay.MediaRelay)
    server = SimpleNamespace()
    monkeypatch.setattr(relay, "Runtime", SimpleNamespace(instance=lambda: server))
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(relay, "get_global_event_loop", lambda: loop)
    keep_newest_only()
    assert isinstance(relay.get_global_relay(), NewestRelay)
    loop.close()
