"""Square pieces of a picture, turned and scaled, as the models take them."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image, Point

Matrix = npt.NDArray[np.float64]


def placed(centre: Point, extent: float, angle: float, side: int, mirrored: bool = False) -> Matrix:
    """The (2, 3) matrix from picture to crop (side, side): a square of `extent` pixels around `centre`, turned by `angle`.

    angle in radians, > 0 clockwise as seen: what points along it in the picture points to the right in the crop.
    mirrored: left and right are exchanged. Both in continuous pixels: the first pixel reaches from 0 to 1.
    """
    factor = side / extent
    c, s = math.cos(angle) * factor, math.sin(angle) * factor
    turn = np.array([[c, s], [-s, c]])
    if mirrored:
        turn[0] *= -1
    return _affine(turn, side / 2 - turn @ np.array(centre))


def _affine(linear: Matrix, shift: Matrix) -> Matrix:
    """The (2, 3) matrix of a linear map (2, 2) and a shift (2,)."""
    matrix = np.empty((2, 3))
    matrix[:, :2], matrix[:, 2] = linear, shift
    return matrix


def sample(image: Image, matrix: Matrix, side: int, gray: bool = False) -> Image:
    """The crop (side, side, 3), or (side, side) where it is to be `gray`, of a BGR picture under `matrix`, see `placed`; the picture's
    border repeated beyond it.

    Large pieces are averaged before they are sampled: bilinear sampling alone would alias.
    """
    shrink = int(1 / math.hypot(matrix[0, 0], matrix[1, 0]))
    source, origin, step = image, np.zeros(2), 1
    if gray or shrink > 1:  # no more than the crop shows
        region = reach(matrix, side, image.shape[1], image.shape[0])
        source, origin = region.of(image), np.array([region.x, region.y], np.float64)
    if gray:
        source = np.asarray(cv2.cvtColor(source, cv2.COLOR_BGR2GRAY), np.uint8)
    if shrink > 1:
        step = max(1, min(shrink, *source.shape[:2]))
        w, h = source.shape[1] // step, source.shape[0] // step
        source = np.asarray(cv2.resize(source[: h * step, : w * step], (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    # OpenCV counts pixel centres: centre i of `source` lies at origin + (i + 1/2) * step, centre j of the crop at j + 1/2
    shift = matrix[:, :2] @ (origin + step / 2) + matrix[:, 2] - 0.5
    whole = _affine(matrix[:, :2] * step, shift)
    crop = cv2.warpAffine(source, whole, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def reach(matrix: Matrix, side: int, width: int, height: int) -> Box:
    """The part of a picture (width, height) that the crop shows, with a margin; at least one pixel."""
    # plain numbers: arrays of four take longer than the crop itself
    (a, b, left), (c, d, top) = matrix.tolist()
    scale = a * d - b * c
    xs = [(d * (u - left) - b * (v - top)) / scale for u in (0, side) for v in (0, side)]
    ys = [(a * (v - top) - c * (u - left)) / scale for u in (0, side) for v in (0, side)]
    margin = 2 + 2 / math.hypot(a, c)
    x = min(max(math.floor(min(xs) - margin), 0), width - 1)
    y = min(max(math.floor(min(ys) - margin), 0), height - 1)
    right, bottom = min(math.ceil(max(xs) + margin), width), min(math.ceil(max(ys) + margin), height)
    return Box(x, y, max(1, right - x), max(1, bottom - y))
