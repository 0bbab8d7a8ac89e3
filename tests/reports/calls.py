"""Made-up calls: moments as the timeline makes them, without pictures."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np

from meeting_analyzer.types import EMOTIONS, Attention, Box, Face, Frame, Mode, Moment, Mood, Tile, label_of, valence_of

NAMES = (
    "Zoë Müller",
    "王小明",
    "अनुष्का शर्मा",
    '<script>alert("x")</script>',
    "Amara Okafor",
    None,
    "佐藤 花子",
    "Jean-Baptiste de la Fontaine-Saint-Hilaire",
    "\u202eevil\u202c O'Brien & Söhne",
)


def face_of(probabilities: list[float], yaw: float | None = 0.0) -> Face:
    """A face with these seven probabilities."""
    label, confidence = label_of(probabilities, 0.5)
    pose = None if yaw is None else Attention(yaw, 0.0, False)
    return Face(Box(10, 10, 20, 20), 0.9, (), tuple(probabilities), label, confidence, pose)


def sure(name: str, probability: float = 0.94) -> list[float]:
    """Probabilities with one class at `probability` and the rest even."""
    return [probability if e == name else (1 - probability) / 6 for e in EMOTIONS]


def moment_of(time: float, tiles: tuple[Tile, ...], mode: Mode = "emotion", frame: int = 0) -> Moment:
    """A moment with the mood that these tiles have."""
    faces = [face for tile in tiles for face in tile.faces]
    classified = [f.emotion for f in faces if f.emotion is not None]
    mean = tuple(float(p) for p in np.mean(classified, axis=0)) if classified else None
    mood = Mood(
        mean,
        valence_of(mean) if mean else None,
        len(faces),
        sum(t.kind == "off" for t in tiles),
        sum(f.attention is not None and abs(f.attention.yaw) > 30 for f in faces),
    )
    return Moment(time, frame, (640, 360), tiles, mood, mode)


def frame_of(moment: Moment) -> Frame:
    """A small black picture at the moment's time."""
    return Frame(np.zeros((2, 2, 3), np.uint8), moment.time, moment.frame)


def lively(duration: float, fps: float = 2.0, mode: Mode = "emotion", seed: int = 3) -> Iterator[Moment]:
    """A class with joins, leaves, cameras off and a laugh after two fifths."""
    chance = random.Random(seed)
    state = {i: np.array([0.02, 0.01, 0.03, 0.15, 0.08, 0.06, 0.65]) for i in range(len(NAMES))}
    for index in range(int(duration * fps)):
        time = index / fps
        at = time / duration
        tiles = []
        for i, name in enumerate(NAMES):
            if (i == 4 and at < 0.3) or (i == 7 and at > 0.7) or (i == 2 and 0.45 < at < 0.55):
                continue
            off = i == 5 or (i == 1 and 0.5 < at < 0.8)
            target = np.array([0.02, 0.01, 0.03, 0.12, 0.05 + 0.1 * (i == 6), 0.05, 0.65])
            target[3] += 1.6 * math.exp(-(((at - 0.4) / 0.06) ** 2)) + 0.25 * (i % 3 == 0)
            target[5] += 0.9 * math.exp(-(((at - 0.34) / 0.03) ** 2))
            target[4] += 0.6 * (at > 0.8) * (i % 2)
            target[0] += 0.8 * (at > 0.85) * (i == 3)
            noise = np.array([chance.random() ** 4 for _ in EMOTIONS])
            state[i] = 0.92 * state[i] + 0.08 * (target + noise * 0.9)
            sharp = state[i] ** 2
            p = (sharp / sharp.sum()).tolist()
            face = face_of(p, 40.0 if chance.random() < 0.08 else 5.0)
            if mode == "presence":
                face = Face(face.box, face.score)
            hidden = off or chance.random() < 0.03
            tiles.append(
                Tile(Box(0, 0, 50, 50), "off" if off else "video", name, f"P{i + 1:02d}", int(time / 7) % 9 == i,
                     () if hidden else (face,))
            )  # fmt: skip
        yield moment_of(time, tuple(tiles), mode, index)
