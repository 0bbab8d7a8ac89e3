"""Who the participants are and what they do: looks, expressions, and each one's script over time.

Nobody here exists. Shapes, skins, hair and clothes are MakeHuman's CC0 assets; `looks` name the files.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Units = dict[str, float]
"""Weights in 0..1 of ARKit-style face units (Apple, ARFaceAnchor.BlendShapeLocation)."""

Color = tuple[float, float, float]
"""Linear red, green, blue in 0..1."""

SIDES = ("Left", "Right")


def _both(**units: float) -> Units:
    return {name + side: weight for name, weight in units.items() for side in SIDES}


EXPRESSIONS: Mapping[str, Units] = {
    "neutral": {},
    "happy": {
        **_both(mouthSmile=1.0, cheekSquint=0.8, eyeSquint=0.4, mouthUpperUp=0.35, mouthDimple=0.3),
        "jawOpen": 0.18,
    },
    "sad": {
        **_both(mouthFrown=1.0, eyeSquint=0.25, mouthLowerDown=0.15),
        "browInnerUp": 1.0,
        "mouthShrugLower": 0.6,
        **_both(eyeLookDown=0.4),
    },
    "angry": {
        **_both(browDown=1.0, eyeSquint=0.5, noseSneer=0.5, mouthPress=0.8, mouthFrown=0.4, eyeWide=0.3),
        "mouthRollLower": 0.3,
        "mouthRollUpper": 0.3,
    },
    "fear": {
        **_both(eyeWide=1.0, mouthStretch=0.9, browOuterUp=0.4, mouthLowerDown=0.4),
        "browInnerUp": 1.0,
        "jawOpen": 0.3,
    },
    "disgust": {
        **_both(noseSneer=1.0, mouthUpperUp=0.8, browDown=0.6, cheekSquint=0.6, eyeSquint=0.6, mouthFrown=0.5),
        "mouthShrugLower": 0.4,
    },
    "surprise": {
        **_both(eyeWide=1.0, browOuterUp=1.0),
        "browInnerUp": 0.9,
        "jawOpen": 0.65,
        "mouthFunnel": 0.35,
    },
}
"""The seven classes as face units, after the action units EMFACS lists for each emotion (Friesen and Ekman, 1983)."""


@dataclass(frozen=True, slots=True)
class Look:
    """A participant's assets (file names without endings), colours and seed.

    shape: `race-sex-age`, a file of targets/macrodetails; tint: hair colour; darkness: factor on the skin's texture,
    1.0 leaves it as it is.
    """

    shape: str
    skin: str
    hair: str
    tint: Color
    brow: str
    shirt: Color
    wall: Color
    seed: int
    darkness: float = 1.0


_SKIN = "_lightskinned_"
LOOKS: Mapping[str, Look] = {
    "Asha": Look(
        "asian-female-young",
        f"young{_SKIN}female_diffuse3",
        "long01",
        (0.05, 0.03, 0.02),
        "eyebrow001",
        (0.45, 0.06, 0.12),
        (0.75, 0.72, 0.66),
        1,
        0.72,
    ),
    "Tomás": Look(
        "caucasian-male-young",
        f"young{_SKIN}male_diffuse2",
        "short02",
        (0.12, 0.07, 0.04),
        "eyebrow006",
        (0.08, 0.14, 0.32),
        (0.42, 0.50, 0.56),
        2,
    ),
    "Ngozi": Look(
        "african-female-young",
        "young_darkskinned_female_diffuse",
        "afro01",
        (0.02, 0.02, 0.02),
        "eyebrow002",
        (0.80, 0.55, 0.10),
        (0.60, 0.36, 0.30),
        3,
    ),
    "Wei": Look(
        "asian-male-young",
        f"young{_SKIN}male_diffuse3",
        "short04",
        (0.02, 0.02, 0.02),
        "eyebrow009",
        (0.75, 0.75, 0.78),
        (0.25, 0.30, 0.28),
        4,
        0.9,
    ),
    "Ingrid": Look(
        "caucasian-female-old",
        f"old{_SKIN}female_diffuse",
        "ponytail01",
        (0.55, 0.52, 0.48),
        "eyebrow003",
        (0.18, 0.30, 0.22),
        (0.82, 0.82, 0.84),
        5,
    ),
    "Kwame": Look(
        "african-male-young",
        "middleage_darkskinned_male_diffuse",
        "short04",
        (0.01, 0.01, 0.01),
        "eyebrow008",
        (0.10, 0.10, 0.11),
        (0.70, 0.66, 0.55),
        6,
    ),
    "Mateo": Look(
        "caucasian-male-old",
        f"old{_SKIN}male_diffuse",
        "short01",
        (0.50, 0.50, 0.50),
        "eyebrow010",
        (0.35, 0.22, 0.12),
        (0.30, 0.36, 0.46),
        7,
        0.9,
    ),
    "Yuki": Look(
        "asian-female-young",
        f"young{_SKIN}female_diffuse2",
        "braid01",
        (0.03, 0.02, 0.02),
        "eyebrow011",
        (0.20, 0.42, 0.50),
        (0.88, 0.80, 0.78),
        8,
    ),
    "Fatima": Look(
        "african-female-young",
        "young_darkskinned_female_diffuse",
        "ponytail01",
        (0.02, 0.015, 0.01),
        "eyebrow004",
        (0.55, 0.20, 0.42),
        (0.50, 0.55, 0.48),
        9,
        1.5,
    ),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One frame of a script: face units, head angles in degrees, and what they mean.

    yaw > 0 turns the face towards the image's right, pitch > 0 down, roll > 0 counter-clockwise in the image; all are
    relative to the room, not to the camera. intensity is the expression's weight in 0..1; where it is 0.5 or less
    the expression is "neutral".
    """

    frame: int
    time: float
    units: Units
    yaw: float
    pitch: float
    roll: float
    expression: str
    intensity: float
    eyes_closed: bool
    speaking: bool

    def truth(self) -> dict[str, object]:
        """The frame's ground truth as the clips' JSON carries it; angles to 0.1 degrees."""
        return {
            "frame": self.frame,
            "time": round(self.time, 3),
            "expression": self.expression,
            "intensity": round(self.intensity, 3),
            "yaw": round(self.yaw, 1),
            "pitch": round(self.pitch, 1),
            "roll": round(self.roll, 1),
            "eyes_closed": self.eyes_closed,
            "speaking": self.speaking,
        }


def _ease(x: float) -> float:
    """Smoothstep: 0 below 0, 1 above 1."""
    c = min(max(x, 0.0), 1.0)
    return c * c * (3 - 2 * c)


def _plan(rng: random.Random, seconds: float) -> list[tuple[float, float, str]]:
    """Spans (start, end, expression), a neutral one before each of the six others in random order."""
    order = [name for name in EXPRESSIONS if name != "neutral"]
    rng.shuffle(order)
    spans: list[tuple[float, float, str]] = []
    start = 0.0
    while start <= seconds:
        number = len(spans)
        name = "neutral" if number % 2 == 0 else order[(number // 2) % len(order)]
        end = start + (rng.uniform(0.8, 1.4) if name == "neutral" else rng.uniform(1.4, 2.2))
        spans.append((start, end, name))
        start = end
    return spans


def script(person: str, seconds: float, fps: int) -> Iterator[Act]:
    """What `person` (a key of LOOKS) does, frame by frame; the same for the same arguments.

    Expressions come and go within 0.4 s; everybody blinks every few seconds, some talk, some look away for a while.
    """
    rng = random.Random(100 + LOOKS[person].seed)
    plan = _plan(rng, seconds)
    blinks: list[float] = []
    t = rng.uniform(0.5, 2)
    while t < seconds:
        blinks.append(t)
        t += rng.uniform(1.8, 4.5)
    start = rng.uniform(2, max(2.1, seconds - 3))
    away = None
    if rng.random() < 0.6:
        away = (start, start + rng.uniform(1.2, 2.4), rng.choice((-1, 1)) * rng.uniform(28, 42))
    start = rng.uniform(0, max(0.1, seconds - 3))
    talk = (start, start + rng.uniform(1.5, 3)) if rng.random() < 0.7 else None
    phase = [rng.uniform(0, 6.28) for _ in range(6)]

    for frame in range(int(seconds * fps)):
        t = frame / fps
        units: Units = {}
        best, label = 0.0, "neutral"
        for begin, end, name in plan:
            weight = min(_ease((t - begin + 0.2) / 0.4), _ease((end + 0.2 - t) / 0.4))
            if name == "neutral" or weight <= 0:
                continue
            for unit, amount in EXPRESSIONS[name].items():
                units[unit] = max(units.get(unit, 0.0), weight * amount)
            if weight > best:
                best, label = weight, name
        shut = max([_ease(1 - abs(t - blink) / 0.14) for blink in blinks] or [0.0])
        for side in SIDES:
            units["eyeBlink" + side] = max(units.get("eyeBlink" + side, 0.0), shut)
        speaking = talk is not None and talk[0] <= t <= talk[1]
        if speaking:
            opening = 0.22 * abs(math.sin(9 * t + phase[0])) + 0.1 * abs(math.sin(15 * t))
            units["jawOpen"] = min(1.0, units.get("jawOpen", 0.0) + opening)
            units["mouthPucker"] = 0.3 * abs(math.sin(5 * t + phase[1]))
        yaw = 7 * math.sin(0.7 * t + phase[2]) + 3 * math.sin(1.9 * t + phase[3])
        if away:
            yaw += min(_ease((t - away[0]) / 0.4), _ease((away[1] - t) / 0.4)) * away[2]
        yield Act(
            frame=frame,
            time=t,
            units=units,
            yaw=yaw,
            pitch=4 * math.sin(0.5 * t + phase[4]),
            roll=3 * math.sin(0.6 * t + phase[5]),
            expression=label if best > 0.5 else "neutral",
            intensity=best,
            eyes_closed=shut > 0.6,
            speaking=speaking,
        )


def poses(person: str, count: int) -> Iterator[Act]:
    """Heads turned far and wide, with any expression, half of them with closed eyes; the same for the same arguments.

    yaw up to 60 degrees to both sides, pitch up to 28 up and down, roll up to 15.
    """
    rng = random.Random(1000 + LOOKS[person].seed)
    for frame in range(count):
        name = rng.choice(list(EXPRESSIONS)) if rng.random() < 0.6 else "neutral"
        units = {unit: 0.8 * amount for unit, amount in EXPRESSIONS[name].items()}
        shut = rng.choice((0.0, 0.0, 0.9, 1.0))
        for side in SIDES:
            units["eyeBlink" + side] = max(units.get("eyeBlink" + side, 0.0), shut)
        turns = rng.uniform(-60, 60), rng.uniform(-28, 28), rng.uniform(-15, 15)
        yield Act(frame, 0.0, units, *turns, name, 0.8 * (name != "neutral"), eyes_closed=shut > 0.6, speaking=False)
