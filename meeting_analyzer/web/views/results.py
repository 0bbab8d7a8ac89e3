"""A session's report and files on a page."""

from __future__ import annotations

import streamlit as st

from ...reports.wording import text
from ...results import REPORT
from ..files import TYPES
from ..parts import asset
from ..uploads import PICTURE
from ..visitors import Visitor

WORDS = {
    REPORT: "Report (HTML)",
    PICTURE: "Annotated picture (PNG)",
    "timeline.csv": "Timeline (CSV)",
    "records.jsonl": "Records (JSON Lines)",
    "events.vtt": "Events (WebVTT)",
}


def address(visitor: Visitor, session: str, name: str) -> str:
    """Where a result is fetched, relative to the page."""
    return f"files/{visitor.token}/{session}/{name}"


def links(visitor: Visitor, session: str) -> None:
    """Links to download each result."""
    folder = visitor.results(session)
    shown = [name for name in TYPES if name != PICTURE or (folder / PICTURE).is_file()]
    items = "".join(
        f'<li><a href="{text(address(visitor, session, name), 500)}?download=1" download>{WORDS[name]}</a></li>'
        for name in shown
    )
    st.html(f'<div class="ma"><ul class="ma-links" aria-label="Downloads">{items}</ul></div>')


def frame(visitor: Visitor, session: str, title: str, key: str) -> None:
    """The annotated picture if there is one, and the report."""
    folder = visitor.results(session)
    if (folder / PICTURE).is_file():
        st.image(str(folder / PICTURE), caption="What was seen in the picture")
    component = st.components.v2.component(
        "meeting_analyzer_frame", html=asset("frame.html"), js=asset("frame.js"), isolate_styles=False
    )
    component(key=key, data={"src": address(visitor, session, REPORT), "title": f"Report on {title}"})
