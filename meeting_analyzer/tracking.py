"""Faces' boxes moved along between two analyses, by optical flow on a small picture."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from .types import Box, Face, Frame, Image, Moment, Tile

WIDTH = 480
"""Width in pixels that pictures are scaled to: 25 faces cost about a millisecond there."""
GRID = 3
"""Points along a face's width and height."""
LEAST = 5
"""Points of the nine that must be followed for a face to be moved."""
SPREAD = 0.08
"""Of the face's size: how far apart the points' movements may be around their median."""
FARTHEST = 0.6
"""Of the face's size: a movement beyond it is a jump, which the next analysis will tell."""

KEPT = 8
"""Frames whose small pictures are kept."""
PIXELS = 12
"""Pixels along a face's width and height that are compared."""
LIKE = 0.4
"""Correlation of a face's picture then and now under which it is another one: tiles changed places, or somebody left."""


class FaceTracker:
    """Moves the boxes of a moment to where its faces are in a later frame; stateless but for pictures made small.

    A face that is not there any more is left out, so that nobody gets another one's label until the next analysis.

    Lucas and Kanade's optical flow in pyramids (Bouguet, 2001), always from the analysed frame, so that nothing drifts.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[tuple[int, float], npt.NDArray[np.uint8]]] = deque(maxlen=KEPT)
        self._made: tuple[Frame, Moment, Moment] | None = None

    def follow(self, moment: Moment, analysed: Frame, frame: Frame) -> Moment:
        """`moment`, seen in the frame `analysed`, as it looks in the newer `frame`; the same one where nothing moved."""
        if frame is analysed or frame.size != moment.size or analysed.size != moment.size or not moment.faces:
            return moment
        if self._made is not None and self._made[0] is frame and self._made[1] is moment:
            return self._made[2]
        then, now = self._small(analysed), self._small(frame)
        scale = frame.size[0] / now.shape[1]
        boxes = [face.box for face in moment.faces]
        moves = _flow(then, now, boxes, scale)
        alike = _alike(then, now, boxes, moves, scale)
        followed = _moved(moment, [move if there else None for move, there in zip(moves, alike, strict=True)])
        self._made = frame, moment, followed
        return followed

    def _small(self, frame: Frame) -> npt.NDArray[np.uint8]:
        """The frame's small picture; most frames are shown before they have been analysed, so it is there already."""
        key = frame.index, frame.time  # the frames themselves are large
        for seen, made in self._seen:
            if seen == key:
                return made
        made = small(frame.image)
        self._seen.append((key, made))
        return made


def small(image: Image) -> npt.NDArray[np.uint8]:
    """The picture in grey, WIDTH pixels wide."""
    height = max(1, round(image.shape[0] * WIDTH / image.shape[1]))
    return np.asarray(cv2.cvtColor(cv2.resize(image, (WIDTH, height)), cv2.COLOR_BGR2GRAY), np.uint8)


_POINTS = (np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)), axis=-1).reshape(-1, 2) + 0.5) / GRID
"""Where the points are followed, as shares of a face's width and height."""


def _flow(
    before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], boxes: list[Box], scale: float
) -> list[tuple[int, int]]:
    """How far each box's content moved, in pixels of the frame; (0, 0) where that cannot be told."""
    places = np.array(boxes, np.float32)
    corners, sizes = places[:, :2], places[:, 2:]
    points = ((corners[:, None] + _POINTS[None] * sizes[:, None]) / scale).astype(np.float32)
    starts = points.reshape(-1, 1, 2)
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, after, starts, starts.copy(), winSize=(9, 9), maxLevel=2)
    shift = (moved.reshape(points.shape) - points) * scale
    good = found.reshape(len(boxes), -1) == 1
    size = sizes.max(axis=1)
    middle = np.median(shift, axis=1)
    near = np.abs(shift - middle[:, None]).max(axis=2) <= SPREAD * size[:, None] + scale / 2
    sure = ((near & good).sum(axis=1) >= LEAST) & (np.abs(middle).max(axis=1) <= FARTHEST * size)
    return [(round(x), round(y)) if known else (0, 0) for (x, y), known in zip(middle.tolist(), sure, strict=True)]


def _alike(
    before: npt.NDArray[np.uint8],
    after: npt.NDArray[np.uint8],
    boxes: list[Box],
    moves: list[tuple[int, int]],
    scale: float,
) -> list[bool]:
    """Whether what was in each box then looks the same now, after its movement; by the correlation of some of its pixels."""
    steps = (np.arange(PIXELS) + 0.5) / PIXELS
    x = np.array([b.x for b in boxes])[:, None, None] + steps * np.array([b.w for b in boxes])[:, None, None]
    y = np.array([b.y for b in boxes])[:, None, None] + steps[:, None] * np.array([b.h for b in boxes])[:, None, None]

    def pixels(
        of: npt.NDArray[np.uint8], dx: npt.NDArray[np.int_], dy: npt.NDArray[np.int_]
    ) -> npt.NDArray[np.float32]:
        columns = ((x + dx[:, None, None]) / scale).astype(int).clip(0, of.shape[1] - 1)
        rows = ((y + dy[:, None, None]) / scale).astype(int).clip(0, of.shape[0] - 1)
        found = of[rows, columns].reshape(len(boxes), -1).astype(np.float32)
        found -= found.mean(axis=1, keepdims=True)
        return np.asarray(found, np.float32)

    still, (dx, dy) = np.zeros(len(boxes), int), np.array(moves).T
    then, now = pixels(before, still, still), pixels(after, dx, dy)
    agreement = (then * now).sum(axis=1) >= LIKE * np.sqrt((then**2).sum(axis=1) * (now**2).sum(axis=1))
    return [bool(there) for there in agreement]


def _moved(moment: Moment, moves: list[tuple[int, int] | None]) -> Moment:
    if all(move == (0, 0) for move in moves):
        return moment
    at = iter(moves)

    def face_moved(face: Face, move: tuple[int, int]) -> Face:
        return face.shifted(*move) if any(move) else face

    def tile_moved(tile: Tile) -> Tile:
        moved = [(face, next(at)) for face in tile.faces]
        if not any(move != (0, 0) for _, move in moved):
            return tile
        return tile.showing(tuple([face_moved(face, move) for face, move in moved if move is not None]))

    return replace(moment, tiles=tuple(tile_moved(tile) for tile in moment.tiles))
