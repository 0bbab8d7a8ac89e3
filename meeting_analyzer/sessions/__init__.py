"""Sessions: what was seen in a recording or a live call, stored, found again, exported and deleted."""

from __future__ import annotations

from .reader import Mark, Participant, Session, SessionInfo, open_session
from .seconds import LABELS, PersonSecond, Second
from .writer import SessionWriter

__all__ = [
    "LABELS",
    "Mark",
    "Participant",
    "PersonSecond",
    "Second",
    "Session",
    "SessionInfo",
    "SessionWriter",
    "open_session",
]
