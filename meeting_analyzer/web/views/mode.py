"""What is looked at, chosen by the visitor and always in sight."""

from __future__ import annotations

import streamlit as st

from ...types import Mode
from ..app import site
from ..visitors import Visitor

KEY = "what-is-looked-at"
NAMES: dict[Mode, str] = {"emotion": "Apparent expressions", "presence": "Presence only"}
NOTE: dict[Mode, str] = {
    "emotion": "Labels are apparent expressions, not feelings. In the EU, inferring emotions in education and at work is "
    "forbidden (AI Act, Article 5(1)(f)): choose “Presence only” there.",
    "presence": "Presence only: faces and cameras are followed, expressions are not looked at.",
}


def choose(visitor: Visitor) -> Mode:
    """The mode, chosen where there is a choice, with what it means."""
    modes = site().modes
    if len(modes) > 1:
        # with a key it stays the same control when another one is chosen; a place given by `index` would make it a new one
        st.session_state.setdefault(KEY, visitor.mode)
        visitor.mode = st.radio(
            "What is looked at",
            modes,
            key=KEY,
            format_func=lambda mode: NAMES[mode],
            horizontal=True,
        )
    else:
        visitor.mode = modes[0]
        st.html(f'<div class="ma"><span class="ma-mode">{NAMES[visitor.mode]}</span></div>')
    st.caption(NOTE[visitor.mode])
    return visitor.mode
