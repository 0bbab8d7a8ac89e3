"""The visitor's camera: the annotated picture, every face's scores, the last minute as a chart."""

from __future__ import annotations

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from ..app import site
from . import entrance, mode, panel

ASKED = {
    "video": {"width": {"ideal": 640}, "height": {"ideal": 480}, "frameRate": {"ideal": 15, "max": 30}},
    "audio": False,
}


SHOWN = {"width": "100%", "aspectRatio": "640 / 502", "background": "#111"}
"""The frame around the picture must know its height before the picture comes."""


def page() -> None:
    """Camera, panel."""
    visitor = entrance.visitor()
    st.title("Webcam")
    mode.choose(visitor)
    picture = panel.picture_of(visitor, "webcam")
    left, right = st.columns([3, 2])
    with left:
        streamer = webrtc_streamer(
            key="webcam",
            mode=WebRtcMode.SENDRECV,
            rtc_configuration={"iceServers": site().ice},
            media_stream_constraints=ASKED,
            video_frame_callback=picture.receive,
            on_video_ended=picture.stop,
            async_processing=True,
            sendback_audio=False,
            video_html_attrs={"autoPlay": True, "controls": False, "muted": True, "style": SHOWN},
            translations={
                "start": "Start the camera",
                "stop": "Stop",
                "select_device": "Choose a camera",
                "media_api_not_available": "This browser gives no camera to this page: it must be opened by https or on localhost.",
                "device_ask_permission": "Allow the camera in the browser.",
                "device_not_available": "No camera was found; plug one in, or share a window instead.",
                "device_access_denied": "The camera was refused; allow it in the browser's settings for this page, then start again.",
            },
        )
        st.caption("The picture goes to the server that shows this page, is analysed there, and is not stored.")
    with right:
        panel.follow(picture, streamer.state.playing)
    panel.follow_below(picture, streamer.state.playing)
