"""Where a head points: a rigid fit of the face mesh's 3-D points to a reference face (Procrustes analysis; Kabsch, 1976).

MediaPipe fits its canonical face the same way (modules/face_geometry). The reference here is our own: points that move
little with the expression, averaged over the sample people after their known pose was undone, and made symmetric.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MIDDLE = (  # number of the point, y, z
    (1, -0.197, 0.277),
    (2, -0.273, 0.098),
    (8, 0.375, 0.059),
    (13, -0.506, 0.035),
    (197, 0.130, 0.152),
)
_PAIRS = (  # number on the image's left, number on its right, x of the left one, y, z
    (23, 253, -0.340, 0.180, -0.113),
    (39, 269, -0.169, -0.442, 0.045),
    (47, 277, -0.198, 0.058, -0.033),
    (113, 342, -0.555, 0.297, -0.186),
    (118, 347, -0.482, 0.035, -0.136),
    (134, 363, -0.120, -0.056, 0.207),
    (189, 413, -0.141, 0.281, -0.085),
    (206, 426, -0.338, -0.298, -0.066),
    (219, 439, -0.192, -0.195, 0.107),
    (222, 442, -0.301, 0.377, -0.050),
)
"""x towards the image's right, y up, z towards the camera; the distance of the eyes' outer corners is 1."""

POINTS = np.array([i for i, *_ in _MIDDLE] + [i for i, *_ in _PAIRS] + [j for _, j, *_ in _PAIRS])
"""Numbers of the reference's points in the face mesh, (25,)."""
REFERENCE: Floats = np.array(
    [(0.0, y, z) for _, y, z in _MIDDLE]
    + [(x, y, z) for _, _, x, y, z in _PAIRS]
    + [(-x, y, z) for _, _, x, y, z in _PAIRS]
)
"""The reference face seen from the front, (25, 3), its middle at the origin."""
REFERENCE -= REFERENCE.mean(axis=0)


def rotation(points: Floats) -> Floats:
    """The rotation (3, 3) that best turns the reference into `points` (25, 3) after shift and scale, in least squares."""
    u, _, v = np.linalg.svd((points - points.mean(axis=0)).T @ REFERENCE)
    fixed = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))])  # a rotation, never a reflection
    return np.asarray(u @ fixed @ v, np.float64)


def angles(turn: Floats) -> tuple[float, float]:
    """(yaw, pitch) in degrees of a rotation: yaw > 0 towards the image's right, pitch > 0 down."""
    yaw = math.atan2(turn[0, 2], turn[2, 2])
    pitch = math.asin(float(np.clip(-turn[1, 2], -1, 1)))
    return math.degrees(yaw), math.degrees(pitch)


def head_pose(mesh: Floats) -> tuple[float, float]:
    """(yaw, pitch) in degrees of a face mesh (468, 3) in upright pixels: x right, y down, z away from the camera."""
    return angles(rotation(mesh[POINTS] * (1.0, -1.0, -1.0)))
