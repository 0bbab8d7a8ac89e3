"""A window or screen that the visitor's browser shares: the gallery analysis with no capture permission of ours.

streamlit-webrtc's component asks browsers for cameras only, so the page's side is a small component of our own; the
server's side of the connection is streamlit-webrtc's.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from aiortc import RTCConfiguration, RTCIceServer
from streamlit_webrtc import WebRtcMode, WebRtcWorker

from ..app import Site, site
from ..parts import asset
from ..picture import LivePicture
from . import entrance, mode, panel

LARGEST = {"width": 1280, "height": 720, "rate": 5}
"""A gallery changes slowly and its faces are small: pixels are worth more than frames."""
ANSWER_WITHIN = 15.0
KEY = "share"
WORKER, ANSWER = "_share_worker", "_share_answer"


def page() -> None:
    """Shared picture, panel."""
    visitor = entrance.visitor()
    st.title("Share a window")
    st.write(
        "Choose the window of the call in its gallery view. The browser asks which one, and shows that it is shared."
    )
    mode.choose(visitor)
    picture = panel.picture_of(visitor, "share")
    left, right = st.columns([3, 2])
    with left:
        component = st.components.v2.component(
            "meeting_analyzer_share", html=asset("share.html"), css=asset("share.css"), js=asset("share.js")
        )
        component(
            key=KEY,
            data={"settings": LARGEST | {"ice": site().ice}, "answer": st.session_state.get(ANSWER)},
            default={"offer": None},
            on_offer_change=lambda: _offered(site(), picture),
        )
    running = bool(st.session_state.get(ANSWER, {}).get("sdp"))
    with right:
        panel.follow(picture, running)
    panel.follow_below(picture, running)


def _offered(running: Site, picture: LivePicture) -> None:
    """The browser has begun to share, or has stopped."""
    before: WebRtcWorker[Any, Any] | None = st.session_state.pop(WORKER, None)
    if before is not None:
        before.stop()
        picture.stop()
    offer = (st.session_state.get(KEY) or {}).get("offer")
    st.session_state[ANSWER] = {}
    if not isinstance(offer, dict) or not isinstance(offer.get("sdp"), str):
        return
    try:
        worker = st.session_state[WORKER] = _worker(running, picture)
        answer = worker.process_offer(offer["sdp"], "offer", timeout=ANSWER_WITHIN)
    except Exception as error:  # noqa: BLE001 - aiortc has no common ancestor for what a bad offer raises
        st.session_state[ANSWER] = {
            "id": offer.get("id"),
            "error": f"The connection could not be made ({type(error).__name__}).",
        }
        return
    st.session_state[ANSWER] = {"id": offer.get("id"), "sdp": answer.sdp}


def _worker(running: Site, picture: LivePicture) -> WebRtcWorker[Any, Any]:
    servers = [RTCIceServer(**server) for server in running.ice]
    nothing: dict[str, Any] = dict.fromkeys(
        (
            *("source_video_track", "source_audio_track", "sink_video_track", "sink_audio_track", "player_factory"),
            *("in_recorder_factory", "out_recorder_factory", "audio_frame_callback", "queued_video_frames_callback"),
            *("queued_audio_frames_callback", "on_audio_ended", "video_processor_factory", "audio_processor_factory"),
        )
    )
    return WebRtcWorker(
        mode=WebRtcMode.SENDRECV,
        rtc_configuration=RTCConfiguration(iceServers=servers),
        video_frame_callback=picture.receive,
        on_video_ended=picture.stop,
        async_processing=True,
        video_receiver_size=1,
        audio_receiver_size=1,
        sendback_video=True,
        sendback_audio=False,
        **nothing,
    )
