"""A picture or a recording: sent, analysed with progress, and its report to look at and to take away."""

from __future__ import annotations

import streamlit as st

from ...reports.wording import clean
from .. import kinds
from ..app import site
from ..parts import asset
from ..uploads import Upload
from ..visitors import Visitor
from . import entrance, mode
from .results import frame, links


def page() -> None:
    """File, progress, report."""
    visitor = entrance.visitor()
    web = site().web
    st.title("Upload")
    st.write(
        f"A picture or a recording of at most {web.upload_mb} MB and {web.upload_minutes:g} minutes. The file is deleted as soon "
        "as it has been analysed, "
        + ("its results stay until you delete them." if visitor.kept else "its results when you close this page.")
    )
    mode.choose(visitor)
    component = st.components.v2.component(
        "meeting_analyzer_upload", html=asset("upload.html"), css=asset("upload.css"), js=asset("upload.js")
    )
    component(
        key="upload",
        data={
            "token": visitor.token,
            "most": web.upload_mb,
            "accept": ",".join(f".{ending}" for ending in kinds.ENDINGS),
        },
        on_uploaded_change=lambda: None,
    )
    busy = any(upload.state in ("waiting", "running") for upload in visitor.uploads.values())
    st.fragment(_uploads, run_every=1.0 if busy else None)(visitor, busy)


def _uploads(visitor: Visitor, busy: bool) -> None:
    for number, upload in reversed(visitor.uploads.items()):
        _one(visitor, number, upload)
    if busy and not any(upload.state in ("waiting", "running") for upload in visitor.uploads.values()):
        # the last one is done: the page need not be drawn every second any more
        st.rerun()


def _one(visitor: Visitor, number: str, upload: Upload) -> None:
    st.subheader(_plain(upload.title))
    if upload.state in ("waiting", "running"):
        st.progress(upload.share, text=_plain(upload.said))
        st.button("Stop", key=f"stop-{number}", on_click=upload.stop.set)
    elif upload.state == "failed":
        st.error(_plain(upload.said))
    else:
        st.success(_plain(upload.said))
        found = [name for name, folder in visitor.sessions() if folder == upload.folder]
        if not found:
            st.write("It has been deleted.")
            return
        links(visitor, found[0])
        frame(visitor, found[0], upload.title, key=f"report-{number}")


def _plain(words: str) -> str:
    """A text without what Markdown would take for markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:" else c for c in clean(words, 300))
