"""Of the pictures on their way to a browser only the newest counts.

streamlit-webrtc's relay keeps every picture until the encoder takes it. On a machine that encodes more slowly than pictures
come, what waits grows by a megabyte each, and what is sent is ever older.
"""

from __future__ import annotations

from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from streamlit_webrtc import relay


class NewestRelay(MediaRelay):
    """A relay that keeps one picture for each of its readers: the newest."""

    def subscribe(self, track: MediaStreamTrack, buffered: bool = False) -> MediaStreamTrack:
        """A reader of the track; buffered: keep every picture until it is read."""
        return super().subscribe(track, buffered)


def keep_newest_only() -> None:
    """Have the server's streams go through a `NewestRelay`; before the first of them is made."""
    relay.MediaRelay = NewestRelay  # type: ignore[attr-defined]
