"""Readers of MakeHuman's files: Wavefront meshes, targets (morphs) and .mhclo proxies (garments, hair, eyes).

Formats: http://www.makehumancommunity.org/wiki/Documentation:File_formats_and_extensions
"""

from __future__ import annotations

import gzip
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vertices = npt.NDArray[np.float32]
"""(N, 3) positions in decimetres; x to the figure's left (the image's right), y up, z towards the camera."""

Indices = npt.NDArray[np.int64]


class AssetError(Exception):
    """An asset file is missing; the message names it."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Vertices (N, 3), texture coordinates (M, 2), and per face the indices into either."""

    vertices: Vertices
    uvs: npt.NDArray[np.float32]
    faces: list[list[int]]
    uv_faces: list[list[int]]


def read_obj(path: Path, groups: Container[str] | None = None) -> Mesh:
    """Read a Wavefront .obj: every vertex, and the faces of the named groups (None: of all)."""
    vertices: list[list[float]] = []
    uvs: list[list[float]] = []
    faces: list[list[int]] = []
    uv_faces: list[list[int]] = []
    group: str | None = None
    for line in path.read_text(encoding="utf-8", errors="ignore").splitlines():
        match line.split():
            case ["v", *numbers]:
                vertices.append([float(n) for n in numbers[:3]])
            case ["vt", *numbers]:
                uvs.append([float(n) for n in numbers[:2]])
            case ["g" | "o", *names]:
                group = names[0] if names else None
            case ["f", *corners] if groups is None or group in groups:
                parts = [corner.split("/") for corner in corners]
                faces.append([int(p[0]) - 1 for p in parts])
                uv_faces.append([int(p[1]) - 1 if len(p) > 1 and p[1] else 0 for p in parts])
    return Mesh(np.array(vertices, np.float32), np.array(uvs, np.float32), faces, uv_faces)


def read_target(path: Path) -> tuple[Indices, Vertices]:
    """Read a morph, plain or gzipped: the vertices' numbers (K,) and their offsets (K, 3)."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    offsets = np.array([[float(n) for n in row[1:4]] for row in rows], np.float32)
    return np.array([int(row[0]) for row in rows], np.int64), offsets.reshape(-1, 3)


def find_target(folder: Path, name: str) -> Path:
    """The file of a target, gzipped or not; raises AssetError where there is none."""
    for ending in (".target.gz", ".target"):
        path = folder / (name + ending)
        if path.exists():
            return path
    raise AssetError(f"The target {name} is missing under {folder}: see docs/sample-call.md for where it comes from.")


class Proxy:
    """A mesh that follows the base mesh: each vertex is a weighted sum of three of the base's plus an offset."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self.mesh = read_obj(folder / f"{folder.name}.obj")
        self.hides: set[int] = set()
        """Numbers of the base vertices the proxy covers, to be left out of the skin."""
        self._scale: dict[str, tuple[int, int, float]] = {}
        rows = np.array(list(self._bindings(folder / f"{folder.name}.mhclo")), np.float64)
        self._anchors = rows[:, :3].astype(np.int64)
        self._weights = rows[:, 3:6].astype(np.float32)
        self._offsets = rows[:, 6:9].astype(np.float32)

    def _bindings(self, path: Path) -> Iterator[tuple[float, ...]]:
        """Yield nine numbers a vertex (three anchors, three weights, an offset); fill `hides` and the scales."""
        section, count = "", 0
        for line in path.read_text(encoding="utf-8", errors="ignore").splitlines():
            parts = line.split()
            if not parts or parts[0].startswith("#"):
                continue
            if parts[0].endswith("_scale"):
                self._scale[parts[0][0]] = (int(parts[1]), int(parts[2]), float(parts[3]))
            elif parts[0] in ("verts", "delete_verts"):
                section = parts[0]
            elif section == "delete_verts":
                for span in line.replace(" - ", "-").split():
                    ends = span.split("-")
                    self.hides.update(range(int(ends[0]), int(ends[-1]) + 1))
            elif section == "verts" and parts[0].isdigit() and count < len(self.mesh.vertices):
                numbers = [float(p) for p in parts]
                if len(numbers) == 1:
                    numbers = [numbers[0]] * 3 + [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
                elif len(numbers) < 9:
                    numbers = [numbers[0]] * 3 + [1.0, 0.0, 0.0, *numbers[1:4]]
                yield tuple(numbers[:9])
                count += 1

    def fit(self, base: Vertices) -> Vertices:
        """The proxy's vertices (K, 3) on the base mesh's vertices (N, 3)."""
        scale = np.ones(3, np.float32)
        for axis, letter in enumerate("xyz"):
            if letter in self._scale:
                first, second, length = self._scale[letter]
                scale[axis] = abs(base[first, axis] - base[second, axis]) / length
        placed: Vertices = (base[self._anchors] * self._weights[..., None]).sum(1) + self._offsets * scale
        return placed
