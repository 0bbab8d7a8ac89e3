"""The pages. `show` draws the one that a visitor is on; Streamlit calls it again after every action."""

from __future__ import annotations

import streamlit as st

from ..app import site
from ..newest import keep_newest_only
from ..parts import asset
from . import about, entrance, sessions, share, upload, webcam

keep_newest_only()


def show() -> None:
    """The visitor's page, or the door when they have not come in yet."""
    st.set_page_config(
        page_title="meeting analyzer", page_icon=asset("icon.svg"), layout="wide", initial_sidebar_state="auto"
    )
    st.html(f"<style>{asset('page.css')}</style>")
    running = site()
    if not entrance.let_in(running):
        return
    chosen = st.navigation(
        [
            st.Page(webcam.page, title="Webcam", icon=":material/videocam:", url_path="webcam", default=True),
            st.Page(share.page, title="Share a window", icon=":material/screen_share:", url_path="share"),
            st.Page(upload.page, title="Upload", icon=":material/upload_file:", url_path="upload"),
            st.Page(sessions.page, title="Sessions", icon=":material/history:", url_path="sessions"),
            st.Page(about.page, title="About", icon=":material/info:", url_path="about"),
        ]
    )
    chosen.run()
