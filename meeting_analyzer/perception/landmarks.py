"""Face landmarks: MediaPipe's face mesh (Kartynnik et al., 2019, arXiv:1907.06724) on all faces as one batch, and what
is read off it: where the head points and whether the eyes are closed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .. import models
from ..types import EYES_FROM, Attention, Face, Image
from .crops import placed, sample
from .eyes import CORNERS, EyeModel
from .pose import head_pose
from .runtime import Model

Floats = npt.NDArray[np.float64]

SIDE = 192
EXTENT = 1.5
"""Side of the crop by the longer side of the detector's box: MediaPipe's face_detection_front_detection_to_roi."""
LEAST_PRESENCE = 0.5
"""Below it the crop holds no face that the mesh fits (MediaPipe's own threshold)."""
LEAST_FACE = 12
"""Pixels of the box's longer side from which a pose is read: there it still is 4 degrees off on average."""
CLOSED_BELOW = ((32, 0.14), (48, 0.15))
"""Openness below which an eye is closed, by the longer side of the face's box: what is blurred looks half open. Found on
rendered people (docs/attention.md); correcting for the foreshortening by yaw and pitch separated them no better."""
LOOKING_DOWN = 35.0
"""Degrees of pitch, down, from which open eyes look closed: nothing is said of them."""
ONE_EYE_FROM = 25.0
"""Degrees of yaw from which the farther eye is not looked at: it is seen too much from the side."""


class FaceLandmarks:
    """The two landmark models. Raises ModelError when a file is missing, damaged or not loadable."""

    def __init__(self, threads: int = 1) -> None:
        self._mesh = Model.shipped(models.FACE_LANDMARKS, threads)
        self._eyes = EyeModel(threads)

    def read(self, image: Image, faces: Sequence[Face]) -> list[Attention | None]:
        """Attention of every face, in order, in the BGR `image` whose pixels the faces count; None where it cannot be told."""
        result: list[Attention | None] = [None] * len(faces)
        chosen = [i for i, face in enumerate(faces) if max(face.box.w, face.box.h) >= LEAST_FACE]
        meshes = self.meshes(image, [faces[i] for i in chosen])
        poses = {i: (mesh, *head_pose(mesh)) for i, mesh in zip(chosen, meshes, strict=True) if mesh is not None}
        shut = self._closed(
            image, {i: (mesh, yaw) for i, (mesh, yaw, pitch) in poses.items() if told(faces[i], pitch)}, faces
        )
        for i, (_, yaw, pitch) in poses.items():
            result[i] = Attention(yaw, pitch, i in shut)
        return result

    def _closed(self, image: Image, heads: dict[int, tuple[Floats, float]], faces: Sequence[Face]) -> set[int]:
        """Which of the heads (face number: mesh, yaw) have both eyes closed.

        The nearer eye decides alone when it is open, as most are, or when the other one is turned away.
        """
        limits = {i: closed_below(max(faces[i].box.w, faces[i].box.h)) for i in heads}
        first = {i: eye_of(mesh, right=yaw <= 0) for i, (mesh, yaw) in heads.items()}
        near = dict(zip(first, self._eyes.openness(image, list(first.values())).tolist(), strict=True))
        suspects = [i for i in heads if near[i] < limits[i]]
        both = [i for i in suspects if abs(heads[i][1]) < ONE_EYE_FROM]
        second = [eye_of(heads[i][0], right=heads[i][1] > 0) for i in both]
        far = dict(zip(both, self._eyes.openness(image, second).tolist(), strict=True))
        return {i for i in suspects if (near[i] + far.get(i, near[i])) / 2 < limits[i]}

    def meshes(self, image: Image, faces: Sequence[Face]) -> list[Floats | None]:
        """The mesh of every face, (468, 3): x, y in pixels of the picture, z in the same unit away from the camera; None
        where there is none."""
        if not faces:
            return []
        crops = np.empty((len(faces), SIDE, SIDE, 3), np.uint8)
        matrices = []
        for crop, face in zip(crops, faces, strict=True):
            matrices.append(placed(face.box.center, EXTENT * max(face.box.w, face.box.h), roll(face), SIDE))
            crop[:] = sample(image, matrices[-1], SIDE)
        points, presence = self._mesh.run(crops, ("landmarks", "presence"))
        return [
            _in_picture(p.astype(np.float64), m) if there >= LEAST_PRESENCE else None
            for p, m, there in zip(points, matrices, presence, strict=True)
        ]


def closed_below(side: float) -> float:
    """The openness below which the eyes of a face whose box has this longer side, in pixels, are closed."""
    sides, limits = zip(*CLOSED_BELOW, strict=True)
    return float(np.interp(side, sides, limits))


def roll(face: Face) -> float:
    """The angle of the line between the eyes in radians, > 0 clockwise as seen; 0 without keypoints."""
    if len(face.keypoints) < 2:
        return 0.0
    (x0, y0), (x1, y1) = face.keypoints[:2]
    return math.atan2(y1 - y0, x1 - x0)


def told(face: Face, pitch: float) -> bool:
    """Whether open and closed eyes of a face can be told apart: large enough and not bent down."""
    return max(face.box.w, face.box.h) >= EYES_FROM and pitch < LOOKING_DOWN


def eye_of(mesh: Floats, right: bool) -> tuple[Floats, bool]:
    """The corners (2, 2) of the eye on the image's left or right, and whether it is the right one."""
    return mesh[list(CORNERS[right]), :2], right


def _in_picture(points: Floats, matrix: Floats) -> Floats:
    """Points (468, 3) of the crop, turned and scaled back into the picture."""
    factor = math.hypot(matrix[0, 0], matrix[1, 0])
    flat = (points[:, :2] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    return np.column_stack([flat, points[:, 2] / factor])
