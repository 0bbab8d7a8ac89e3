"""The sample call's script and its ground truth: who is where, when, and with which face. No pixels are drawn here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from .layout import Box, gallery

PEOPLE_FOLDER = Path(__file__).parent / "people"
SIZE = (1280, 720)
FPS = 10
"""That of the participants' clips, so that no clip frame is shown twice or skipped."""
FRAMES = 270
GALLERY = Box(8, 44, 1264, 608)
"""What the title bar above and the tool bar below leave."""
GAP = 8

DEFINITION = (
    "Times are presentation times in seconds, boxes [x, y, w, h] pixels with x right and y down. A tile's box is its "
    "whole rounded rectangle; tiles are in reading order. identity stays with the person, whatever the place. "
    "speaking: the tile has the active speaker's border. A face's box is the {face}, clipped to the tile; faces with "
    "less than half of their box inside the tile are not listed. yaw > 0 turns to the image's right, pitch > 0 down, "
    "roll > 0 counter-clockwise, in degrees. expression is what the face was told to show, intensity (0..1) how far."
)


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in the call. clip: a file stem of people/, or None for one who never switches the camera on.

    phase: the clip's frame shown in the call's first frame; talks: when somebody without a picture is speaking.
    """

    identity: str
    name: str
    clip: str | None
    phase: int = 0
    talks: tuple[float, float] = (0.0, 0.0)


# The phases are chosen so that seldom more than two speak at once.
PARTICIPANTS = {
    p.identity: p
    for p in (
        Participant("tomas", "Tomás Novák", "tomas", phase=131),
        Participant("asha", "आशा वर्मा", "asha", phase=118),
        Participant("ingrid", "Ingrid Sørensen", "ingrid", phase=12),
        Participant("kwame", "Kwame Mensah", "kwame", phase=26),
        Participant("wei", "王伟", "wei", phase=20),
        Participant("ngozi", "Ngozi Ọkafọr", "ngozi", phase=3),
        Participant("mateo", "Mateo Peña", "mateo", phase=47),
        Participant("lukasz", "Łukasz Żak", None, talks=(9.8, 11.2)),
        Participant("yuki", "田中 ゆき", "yuki", phase=40),
        Participant("fatima", "Fatima Diallo", "fatima"),
    )
}


@dataclass(frozen=True, slots=True)
class Event:
    """A change that is complete in the frame `frame` and not begun in the one before."""

    frame: int
    kind: str
    identity: str
    order: tuple[str, ...] = ()

    def truth(self) -> dict[str, object]:
        """The event as the header lists it."""
        row: dict[str, object] = {"time": self.frame / FPS, "frame": self.frame, "kind": self.kind}
        row |= {"identity": self.identity, "name": PARTICIPANTS[self.identity].name}
        return row | ({"order": list(self.order)} if self.order else {})


_START = ("tomas", "asha", "ingrid", "kwame", "wei", "ngozi", "mateo", "lukasz", "yuki")
_START_OFF = frozenset({"wei", "lukasz"})
_REORDERED = ("yuki", "tomas", "asha", "mateo", "kwame", "wei", "ngozi", "ingrid", "lukasz", "fatima")
EVENTS = (
    Event(50, "join", "fatima"),
    Event(95, "camera_off", "kwame"),
    Event(130, "camera_on", "wei"),
    # Who speaks jumps to the front, and two others change places.
    Event(165, "reorder", "yuki", _REORDERED),
    Event(210, "leave", "mateo"),
)


@dataclass(frozen=True, slots=True)
class Seat:
    """One tile of one frame: who, where, the clip's frame in it (None: camera off), and its truth."""

    participant: Participant
    box: Box
    clip_frame: int | None
    muted: bool
    truth: dict[str, Any]

    @property
    def speaking(self) -> bool:
        """Whether the tile carries the active speaker's border."""
        return bool(self.truth["speaking"])


@dataclass(frozen=True, slots=True)
class _State:
    order: tuple[str, ...]
    off: frozenset[str]

    def after(self, event: Event) -> _State:
        match event.kind:
            case "join":
                return replace(self, order=(*self.order, event.identity))
            case "leave":
                return replace(self, order=tuple(i for i in self.order if i != event.identity))
            case "camera_off":
                return replace(self, off=self.off | {event.identity})
            case "camera_on":
                return replace(self, off=self.off - {event.identity})
            case "reorder":
                if sorted(event.order) != sorted(self.order):
                    raise ValueError(f"the reorder at frame {event.frame} does not name those present: {self.order}")
                return replace(self, order=event.order)
        raise ValueError(f"unknown event {event.kind}")


@cache
def clip_truth(stem: str) -> dict[str, Any]:
    """The truth of a participant's clip as render_people wrote it."""
    truth: dict[str, Any] = json.loads((PEOPLE_FOLDER / f"{stem}.json").read_text(encoding="utf-8"))
    return truth


def ping_pong(number: int, length: int) -> int:
    """The frame of a clip of `length` frames that is played to and fro without a jump."""
    step = number % (2 * length - 2)
    return step if step < length else 2 * length - 2 - step


def seats(frame: int) -> list[Seat]:
    """The tiles of one frame in reading order."""
    state = _State(_START, _START_OFF)
    for event in EVENTS:
        if event.frame <= frame:
            state = state.after(event)
    boxes = gallery(len(state.order), GALLERY, GAP)
    return [_seat(PARTICIPANTS[i], box, frame, i in state.off) for i, box in zip(state.order, boxes, strict=True)]


def _clip_row(participant: Participant, frame: int) -> dict[str, Any]:
    """The truth of the clip's frame that a participant with a picture shows."""
    frames = clip_truth(str(participant.clip))["frames"]
    row: dict[str, Any] = frames[ping_pong(frame + participant.phase, len(frames))]
    return row


def _speaks(participant: Participant, frame: int, off: bool) -> bool:
    if off or participant.clip is None:
        begin, end = participant.talks
        return begin <= frame / FPS < end
    return bool(_clip_row(participant, frame)["speaking"])


def _seat(participant: Participant, box: Box, frame: int, off: bool) -> Seat:
    off = off or participant.clip is None
    # People mute themselves unless they have just spoken or are about to.
    muted = not any(_speaks(participant, near, off) for near in range(frame - 20, frame + 21))
    truth: dict[str, Any] = {"box": list(box), "kind": "off" if off else "video"}
    truth |= {"name": participant.name, "identity": participant.identity}
    truth |= {"speaking": _speaks(participant, frame, off), "faces": []}
    if off:
        return Seat(participant, box, None, muted, truth)
    row = _clip_row(participant, frame)
    face = _face(row, clip_truth(str(participant.clip))["size"], box)
    return Seat(participant, box, row["frame"], muted, truth | {"faces": [face] if face else []})


def cover(size: tuple[int, int], box: Box) -> tuple[float, float, float]:
    """Scale and offsets (x, y) that make a picture of `size` cover a tile, like CSS's `object-fit: cover`."""
    scale = max(box.w / size[0], box.h / size[1])
    return scale, box.x + (box.w - size[0] * scale) / 2, box.y + (box.h - size[1] * scale) / 2


def _face(row: dict[str, Any], size: list[int], tile: Box) -> dict[str, Any] | None:
    """The face's truth in call pixels, or None where most of it lies outside the tile."""
    scale, dx, dy = cover((size[0], size[1]), tile)
    x, y, w, h = (value * scale for value in row["face_box"])
    left, top = max(x + dx, tile.x), max(y + dy, tile.y)
    right, bottom = min(x + dx + w, tile.x + tile.w), min(y + dy + h, tile.y + tile.h)
    if right <= left or bottom <= top or (right - left) * (bottom - top) < 0.5 * w * h:
        return None
    box = [round(left), round(top), round(right) - round(left), round(bottom) - round(top)]
    keypoints = [[round(px * scale + dx, 1), round(py * scale + dy, 1)] for px, py in row["keypoints"]]
    kept = ("expression", "intensity", "yaw", "pitch", "roll", "eyes_closed")
    return {"box": box, "keypoints": keypoints} | {key: row[key] for key in kept}


def chimes() -> list[dict[str, object]]:
    """The sounds in the audio track that mark a join (two rising tones) and a leave (two falling ones)."""
    return [{"time": e.frame / FPS, "kind": e.kind} for e in EVENTS if e.kind in ("join", "leave")]


def truth_lines(video: str) -> Iterator[str]:
    """The ground truth as JSON Lines without line ends: a header, then one object a frame."""
    face = clip_truth("asha")["face_definition"].split(";")[0]
    header = {
        "truth": 1,
        "video": video,
        "fps": FPS,
        "size": list(SIZE),
        "frames": FRAMES,
        "definition": DEFINITION.format(face=face),
        "participants": [{"identity": p.identity, "name": p.name} for p in PARTICIPANTS.values()],
        "events": [event.truth() for event in EVENTS],
        "chimes": chimes(),
    }
    yield json.dumps(header, ensure_ascii=False, separators=(",", ":"))
    for frame in range(FRAMES):
        row = {"frame": frame, "time": frame / FPS, "tiles": [seat.truth for seat in seats(frame)]}
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":"))
