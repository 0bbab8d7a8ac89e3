"""The door: password or OIDC where the site asks for one; and who the visitor is afterwards."""

from __future__ import annotations

from typing import Any

import streamlit as st

from .. import access
from ..app import Site, site
from ..visitors import Visitor

VISITOR, INSIDE = "_visitor", "_inside"


def let_in(running: Site) -> bool:
    """Whether the visitor may see the pages; otherwise the door has been drawn."""
    if running.oidc:
        return _known_by_oidc(running)
    if running.password is None or st.session_state.get(INSIDE):
        return True
    st.title("meeting analyzer")
    with st.form("door", border=False):
        word = st.text_input("Password", type="password", autocomplete="current-password")
        entered = st.form_submit_button("Come in", type="primary")
    if entered:
        wrong = running.password.check(word)
        if wrong is None:
            st.session_state[INSIDE] = True
            st.rerun()
        st.error(wrong)
    return False


def _known_by_oidc(running: Site) -> bool:
    if st.user.is_logged_in:
        email = st.user.get("email")
        # an address that the provider has not verified is one that anybody can claim
        verified = email if st.user.get("email_verified", True) else None
        if access.may_enter(str(verified) if verified else None, running.web.allow):
            with st.sidebar:
                st.button("Log out", on_click=st.logout)
            return True
        st.title("meeting analyzer")
        st.error("You are logged in, but you are not one of those who may come in here.")
        st.button("Log out", on_click=st.logout)
        return False
    st.title("meeting analyzer")
    st.button("Log in", type="primary", on_click=st.login)
    return False


def visitor() -> Visitor:
    """This page's visitor, made at first sight and anew after they were taken to have left."""
    running = site()
    here: Visitor | None = st.session_state.get(VISITOR)
    if here is None or not running.visitors.back(here):
        owner = access.owner_of(str(st.user.get("iss")), str(st.user.get("sub"))) if running.oidc else None
        here = running.visitors.enter(running.modes[0], owner)
        st.session_state[VISITOR] = here
    _present(here.token)
    return here


def _left(token: str) -> None:
    running = site()
    gone = running.visitors.known(token)
    if gone is not None:
        running.visitors.away(gone)


def _named(token: str) -> str:
    return token


_present: Any = st.cache_resource(scope="session", on_release=_left, show_spinner=False)(_named)
"""Kept by Streamlit as long as the page is connected; its release is how we learn that the page is gone."""
