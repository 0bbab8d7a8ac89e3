"""A session as JSON, for other programs: `sessions show --json`, `sessions list --json`. Schema: session-1.schema.json."""

from __future__ import annotations

from typing import Any

from .places import Listed
from .reader import Participant, Session, SessionInfo
from .seconds import LABELS

SCHEMA = 1


def info_json(info: SessionInfo) -> dict[str, Any]:
    """What a session says of itself."""
    return {
        "schema": SCHEMA,
        "folder": str(info.path.parent),
        "title": info.source.title,
        "source": info.source.path,
        "course": info.course,
        "started": info.started.isoformat() if info.started else None,
        "live": info.live,
        "finished": info.finished,
        "mode": info.mode,
        "duration": round(info.duration, 3),
        "frames": info.frames,
        "description": info.description,
        "notes": list(info.notes),
    }


def session_json(session: Session) -> dict[str, Any]:
    """Everything about a session but its seconds and records."""
    return {
        **info_json(session.info),
        "participants": [_participant(person) for person in session.participants()],
        "events": [
            {"time": e.time, "kind": e.kind, "text": e.text, "participants": list(e.participants)}
            for e in session.events()
        ],
        "marks": [{"time": mark.time, "text": mark.text} for mark in session.marks()],
    }


def _participant(person: Participant) -> dict[str, Any]:
    return {
        "participant": person.id,
        "name": person.name,
        "first": person.first,
        "last": person.last,
        "present": person.present,
        "camera_on": person.camera,
        "speaking": person.speaking,
        "face_seen": person.face,
        "head_known": person.pose,
        "looking_away": person.away,
        "eyes_known": person.eyes,
        "eyes_closed": person.eyes_closed,
        "labels": dict(zip(LABELS, person.labels, strict=True)),
    }


def listed_json(row: Listed) -> dict[str, Any]:
    """A session in a list; one that cannot be read has its folder, its size and what is wrong."""
    known = info_json(row.info) if row.info else {"schema": SCHEMA, "folder": str(row.folder)}
    return {**known, "people": row.people, "bytes": row.size, "trouble": row.trouble}
