"""A participant in three dimensions: shape, pose, and the studio around it. numpy only, nothing is rendered here."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .cast import EXPRESSIONS, SIDES, Act, Color, Look
from .makehuman import Indices, Mesh, Vertices, find_target, read_obj, read_target

Pixels = npt.NDArray[np.float64]
"""(N, 2) image positions, x right, y down."""

FOCAL_MM = 42.0
SENSOR_MM = 36.0
"""The camera's focal length and the width of its sensor; the sensor's width spans the image's width."""

_DETAILS = ("head", "nose", "chin", "cheek", "forehead", "eyebrows", "mouth")
_EYES = slice(14598, 14700)
"""Vertices of the base mesh's eye helpers."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A coloured rectangle on the wall: left, bottom, width, height and depth in mesh units."""

    x: float
    y: float
    w: float
    h: float
    z: float
    color: Color


@dataclass(frozen=True, slots=True)
class Studio:
    """The room and the camera a participant sits in front of, drawn from the participant's own random numbers."""

    side: int
    warmth: float
    key_light: float
    pictures: tuple[Picture, ...]
    camera: tuple[float, float, float]
    target: tuple[float, float, float]

    @classmethod
    def draw(cls, rng: random.Random, eye_height: float) -> Studio:
        """Draw a studio for somebody whose eyes are at `eye_height`; the order of the draws is part of the result."""
        side = rng.choice((-1, 1))
        warmth = rng.uniform(0.8, 1)
        key_light = 900 * rng.uniform(0.7, 1.2)
        pictures = []
        for number in range(rng.randint(1, 4)):
            x, y = rng.uniform(-7, 7), eye_height + rng.uniform(-1, 3.5)
            w, h = rng.uniform(1, 3), rng.uniform(0.4, 2.5)
            color = (rng.uniform(0.05, 0.8), rng.uniform(0.05, 0.8), rng.uniform(0.05, 0.8))
            pictures.append(Picture(x, y, w, h, -8.9 + number * 0.02, color))
        distance = rng.uniform(7.0, 9.5)
        camera = (rng.uniform(-0.6, 0.6), eye_height + rng.uniform(-0.2, 0.7), distance)
        target = (rng.uniform(-0.3, 0.3), eye_height - rng.uniform(0.5, 0.9), 0.5)
        return cls(side, warmth, key_light, tuple(pictures), camera, target)

    def axes(self) -> npt.NDArray[np.float64]:
        """The camera's axes as columns (3, 3): right, up, and back (away from what it looks at)."""
        back = np.array(self.camera) - np.array(self.target)
        back /= np.linalg.norm(back)
        right = np.cross((0.0, 1.0, 0.0), back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back], 1)

    def project(self, vertices: Vertices, width: int, height: int) -> Pixels:
        """Pinhole projection of positions (N, 3) into an image of the given size in pixels; returns (N, 2)."""
        seen = (vertices.astype(np.float64) - np.array(self.camera)) @ self.axes()
        scale = FOCAL_MM / SENSOR_MM * width / -seen[:, 2]
        return np.stack([width / 2 + seen[:, 0] * scale, height / 2 - seen[:, 1] * scale], 1)


class Figure:
    """A participant's body: the base mesh with a look's targets applied, and the face units that move it.

    assets: the folder described in docs/sample-call.md. Raises AssetError (or FileNotFoundError) where a file is
    missing from it.
    """

    def __init__(self, assets: Path, look: Look) -> None:
        rng = random.Random(look.seed)
        targets = assets / "targets"
        self.base: Mesh = read_obj(assets / "base.obj", {"body"})
        rest = self.base.vertices
        self.sex, age = look.shape.split("-")[1:]
        whole = targets / "macrodetails"
        for name in (look.shape, f"universal-{self.sex}-{age}-averagemuscle-averageweight"):
            numbers, offsets = read_target(find_target(whole, name))
            rest[numbers] += offsets
        for detail in _DETAILS:
            names = sorted(path.name for path in (targets / detail).iterdir())
            for name in rng.sample(names, 3):
                if name.endswith((".target", ".gz")) and "asym" not in name:
                    numbers, offsets = read_target(targets / detail / name)
                    rest[numbers] += offsets * rng.uniform(0.05, 0.35)
        self.eye_height = float(rest[_EYES, 1].mean())
        self.studio = Studio.draw(rng, self.eye_height)
        self._units = self._read_units(assets / "faceunits")

    @staticmethod
    def _read_units(folder: Path) -> dict[str, tuple[Indices, Vertices]]:
        names = {unit for units in EXPRESSIONS.values() for unit in units}
        names |= {"jawOpen", "mouthPucker", *(f"eyeBlink{side}" for side in SIDES)}
        return {name: read_target(find_target(folder, name)) for name in sorted(names)}

    def posed(self, act: Act) -> Vertices:
        """The base mesh's vertices (N, 3) in one frame of a script: face units first, then the head turns."""
        vertices = self.base.vertices.copy()
        for name, weight in act.units.items():
            if weight:
                numbers, offsets = self._units[name]
                vertices[numbers] += offsets * weight
        # 0 below the neck, 1 on the head, smooth between: the shoulders stay where they are.
        share = np.clip(vertices[:, 1] - (self.eye_height - 1.75), 0, 1)
        share = (share * share * (3 - 2 * share))[:, None]
        pivot = np.array([0, self.eye_height - 1.3, 0.1], np.float32)
        turned = (vertices - pivot) @ rotation(act.yaw, act.pitch, act.roll).T + pivot
        mixed: Vertices = vertices * (1 - share) + turned * share
        return mixed


def rotation(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float32]:
    """The matrix (3, 3) of a head turn in degrees: roll about z first, then pitch about x, then yaw about y."""
    a, b, c = (math.radians(angle) for angle in (yaw, pitch, roll))
    about_y = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    turn: npt.NDArray[np.float32] = (about_y @ about_x @ about_z).astype(np.float32)
    return turn
