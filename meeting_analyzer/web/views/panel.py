"""What is seen of a live picture, drawn anew every second."""

from __future__ import annotations

import streamlit as st

from .. import parts
from ..app import site
from ..picture import LivePicture
from ..visitors import Visitor

EVERY = 1.0
"""Seconds between two drawings of the page's panel."""


def picture_of(visitor: Visitor, name: str) -> LivePicture:
    """The visitor's picture `name` ("webcam", "share"), in the mode that is chosen."""
    running = site()
    picture = visitor.pictures.get(name)
    if picture is None:
        picture = visitor.pictures[name] = LivePicture(running.worker, visitor.mode, running.web.analysis_rate)
    picture.look_for(visitor.mode)
    return picture


def follow(picture: LivePicture, running: bool) -> None:
    """Draw what is seen beside the picture; again and again while it is `running`."""
    st.fragment(_beside, run_every=EVERY if running else None)(picture, running)


def follow_below(picture: LivePicture, running: bool) -> None:
    """Draw what needs the page's whole width."""
    if running:
        st.fragment(_below, run_every=EVERY)(picture)


def _beside(picture: LivePicture, running: bool) -> None:
    if running:
        st.html(parts.panel(picture.snapshot()))
    else:
        st.info("Nothing is looked at yet.")


def _below(picture: LivePicture) -> None:
    table = parts.below(picture.snapshot())
    if table:
        st.html(table)
