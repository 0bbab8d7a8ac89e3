"""Colours and marks of the classes, told apart by people with any kind of colour vision.

Okabe and Ito's palette (Color Universal Design, 2008); every class also has a shape of its own.
"""

from __future__ import annotations

from ..types import ADJECTIVES, EMOTIONS, UNCERTAIN

Colour = tuple[int, int, int]
"""Blue, green, red, 0..255."""

COLOURS: dict[str, Colour] = {
    "angry": (0, 94, 213),
    "disgust": (115, 158, 0),
    "fear": (167, 121, 204),
    "happy": (66, 228, 240),
    "sad": (178, 114, 0),
    "surprise": (233, 180, 86),
    "neutral": (225, 225, 225),
    UNCERTAIN: (114, 114, 114),
}
DARK: Colour = (15, 15, 15)
LIGHT: Colour = (245, 245, 245)
"""What lines are bordered with: one of the two stands out from any background."""
PRESENCE: Colour = (0, 159, 230)
"""Faces that are not classified: presence mode."""

MARKS: dict[str, str] = {
    "angry": "triangle up",
    "disgust": "cross",
    "fear": "diamond",
    "happy": "disc",
    "sad": "triangle down",
    "surprise": "ring",
    "neutral": "bar",
    UNCERTAIN: "dots",
}


def colour_of(label: str | None) -> Colour:
    """The colour of a face with this label."""
    return PRESENCE if label is None else COLOURS[label]


def words_of(label: str | None, confidence: float | None) -> str:
    """What is said of a face: "appears happy 81 %", "uncertain", or nothing in presence mode."""
    if label in EMOTIONS and confidence is not None:
        return f"appears {ADJECTIVES[label]} {100 * confidence:.0f} %"
    return label or ""
