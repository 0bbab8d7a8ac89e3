"""Where a figure's face is in the picture: the box and the six keypoints, projected from the mesh.

The box is made to be comparable with what MediaPipe's BlazeFace detectors (Bazarevsky et al., 2019) put out: a square
from the brows to the chin. Its definition: take the skin between the underside of the chin and the brow ridge that
lies in front of the outer corners of the eyes on the unposed base mesh (a fixed set of vertices); pose and project it;
the box is the square with the centre of its bounding rectangle and the longer of its two sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cast import Act
from .figure import Figure, Pixels
from .makehuman import Indices, Vertices

DEFINITION = (
    "square around the projected skin from chin to brow ridge in front of the outer eye corners; "
    "keypoints: right eye, left eye (the person's own), nose tip, mouth centre, right tragus, left tragus"
)

# Limits on the unposed base mesh, in its units: chin 6.16, brow ridge 7.53, tip of the nose at z 1.68, ears at z 0.6.
_LOWEST, _HIGHEST, _REARMOST, _WIDEST = 6.1, 7.56, 1.0, 0.78

_RIGHT_PUPIL = np.arange(14670, 14742, 9)
_LEFT_PUPIL = np.arange(14598, 14670, 9)
_NOSE_TIP, _LIPS, _RIGHT_TRAGUS, _LEFT_TRAGUS = 297, (467, 495), 5455, 12054


@dataclass(frozen=True, slots=True)
class FaceBox:
    """A face in pixels: box (x, y, w, h) and six keypoints (x, y) in BlazeFace's order."""

    box: tuple[float, float, float, float]
    keypoints: tuple[tuple[float, float], ...]

    def truth(self) -> dict[str, object]:
        """The two entries of a clip's truth, to 0.1 pixels."""
        return {
            "face_box": [round(value, 1) for value in self.box],
            "keypoints": [[round(x, 1), round(y, 1)] for x, y in self.keypoints],
        }


def face_region(rest: Vertices, faces: list[list[int]]) -> Indices:
    """Numbers of the skin's vertices that span the face; `rest` (N, 3) is the base mesh before any target."""
    skin = np.unique(np.concatenate([np.array(face) for face in faces]))
    x, y, z = rest[skin].T
    inside = (y > _LOWEST) & (y <= _HIGHEST) & (z > _REARMOST) & (abs(x) < _WIDEST)
    region: Indices = skin[inside]
    return region


def face_box(figure: Figure, region: Indices, act: Act, width: int, height: int) -> FaceBox:
    """Project a posed figure's face into an image of the given size in pixels."""
    points: Pixels = figure.studio.project(figure.posed(act), width, height)
    low, high = points[region].min(0), points[region].max(0)
    side = float((high - low).max())
    x, y = ((low + high - side) / 2).tolist()
    keypoints = (
        points[_RIGHT_PUPIL].mean(0),
        points[_LEFT_PUPIL].mean(0),
        points[_NOSE_TIP],
        points[list(_LIPS)].mean(0),
        points[_RIGHT_TRAGUS],
        points[_LEFT_TRAGUS],
    )
    return FaceBox((x, y, side, side), tuple((float(p[0]), float(p[1])) for p in keypoints))
