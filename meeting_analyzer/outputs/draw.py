"""The overlay: one pure function that the side window, the virtual camera and the video file share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..types import UNCERTAIN, Box, Face, Image, Moment, Signals, Tile
from .layout import place
from .marks import mark, sign, signs_of
from .palette import COLOURS, DARK, LIGHT, Colour, colour_of, words_of
from .strip import mood_strip
from .text import drawable, render_text, shorten, text_width

PILL = (24, 20, 18)
"""Colour of what labels stand on."""
PILL_OPACITY = 0.86
QUIET: Colour = (205, 205, 205)
"""Ink of labels that say nothing of a face."""
CORNERS = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
"""The corners of a box: 1 is right, 1 is below."""
LARGEST_NAME = 0.6
"""Share of the tile's width that a name may take in a label."""


@dataclass(frozen=True, slots=True)
class Style:
    """What is drawn. scale: size of text and lines against what fits the picture by itself."""

    names: bool = True
    mood: bool = True
    show_off: bool = False
    scale: float = 1.0
    signs: bool = True


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its mark, its text and its signs, and where they go."""

    text: str
    of: str | None
    size: int
    quiet: bool = False
    """Grey: nothing is said of a face."""
    signs: tuple[str, ...] = ()

    @property
    def extent(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        height = round(self.size * 1.5)
        icon = self.size if self.of is not None else 0
        space = self.size // 2 if self.text and icon else 0
        signs = len(self.signs) * self.step - (0 if self.text or icon else self.step - self.size)
        return round(self.size * 0.9) + icon + space + (
            text_width(self.text, self.size) if self.text else 0
        ) + signs, height

    @property
    def step(self) -> int:
        """Pixels from one sign to the next."""
        return self.size + round(self.size * 0.4)


def draw(image: Image, moment: Moment, style: Style = Style()) -> Image:
    """The picture with boxes, labels and the class's mood drawn in; a new BGR uint8 array (H, W, 3).

    `moment` may be a little older than `image` and of another size: its boxes are scaled to the picture.
    """
    canvas = image.copy()
    height, width = canvas.shape[:2]
    picture = Box(0, 0, width, height)
    tiles = [_fitted(tile, moment.size, (width, height)) for tile in moment.tiles]
    taken = [head(face.box) for tile in tiles for face in tile.faces]
    strip = mood_strip(moment, width, style.scale) if style.mood else None
    if strip is not None:
        faces = [face.box for tile in tiles for face in tile.faces]
        at = _free_edge(strip.shape[0], picture, taken) or _free_edge(strip.shape[0], picture, faces)
        if at is not None:
            _blend(canvas, patch_of(strip), at)
            taken.append(at)
    _outline(canvas, tiles, style)
    signals = {signal.participant: signal for signal in moment.signals}
    for tile in tiles:
        for anchor, variants in _labels(tile, signals.get(tile.participant or ""), style, (width, height)):
            sizes = _extents(variants)
            spot = place(sizes, anchor, tile.box, picture, taken, _own_label(tile.box))
            if spot is not None:
                index, box = spot
                _blend(canvas, pill(variants[index]), box)
                taken.append(box)
    return canvas


def blank(size: tuple[int, int], text: str) -> Image:
    """A dark picture of (width, height) with a sentence in its middle: what is shown instead of faces."""
    width, height = size
    canvas = np.full((height, width, 3), 28, np.uint8)
    font = max(12, min(width // 32, height // 12))
    line = shorten(text, font, round(width * 0.9))
    ink = render_text(line, font)
    h, w = ink.shape
    patch = np.zeros((h, w, 4), np.uint8)
    patch[..., :3], patch[..., 3] = 210, ink
    _blend(canvas, patch_of(patch), Box((width - w) // 2, (height - h) // 2, w, h))
    return canvas


def head(face: Box) -> Box:
    """What a label must leave free: the detector's box reaches from the brows to the chin, the forehead lies above it."""
    return Box(face.x, face.y - round(0.3 * face.h), face.w, round(1.3 * face.h)) if face.h > 1 else face


def _fitted(tile: Tile, size: tuple[int, int], wanted: tuple[int, int]) -> Tile:
    """The tile with its faces' boxes in the pixels of a picture of `wanted` size."""
    if size == wanted:
        return tile
    sx, sy = wanted[0] / size[0], wanted[1] / size[1]

    def scaled(box: Box) -> Box:
        return Box(round(box.x * sx), round(box.y * sy), round(box.w * sx), round(box.h * sy))

    faces = tuple(Face(scaled(f.box), f.score, (), f.emotion, f.label, f.confidence, f.attention) for f in tile.faces)
    return Tile(scaled(tile.box), tile.kind, tile.name, tile.participant, tile.speaking, faces)


def _labels(
    tile: Tile, signals: Signals | None, style: Style, size: tuple[int, int]
) -> Iterator[tuple[Box, tuple[Label, ...]]]:
    """For every face of a tile the box its label stands at and its labels, the fullest first."""
    font = font_size(tile.box, size, style.scale)
    who = (drawable(tile.name or "") or drawable(tile.participant or "")) if style.names else ""
    name = shorten(who, font, round(tile.box.w * LARGEST_NAME)) if who else ""
    for face in tile.faces:
        signs = signs_of(signals, face.attention) if style.signs else ()
        labels = _variants(name, face.label, words_of(face.label, face.confidence), font, signs)
        if labels:
            yield head(face.box), labels
    if style.show_off and tile.kind == "off":
        x, y = tile.box.center
        side = tile.box.h // 2  # clients show initials or a picture there
        yield (
            Box(round(x) - side // 2, round(y) - side // 2, side, side),
            (Label("camera off", None, font, quiet=True),),
        )


@lru_cache(maxsize=512)
def _extents(labels: tuple[Label, ...]) -> tuple[tuple[int, int], ...]:
    """(width, height) of each label in pixels."""
    return tuple(label.extent for label in labels)


@lru_cache(maxsize=512)
def _variants(name: str, label: str | None, words: str, font: int, signs: tuple[str, ...] = ()) -> tuple[Label, ...]:
    """What can be said of a face, from all of it in a font of this size to the mark alone in a smaller one."""
    short = words.removeprefix("appears ").removesuffix(" %")
    full = (" · ".join(t for t in (who, words) if t) for who in (name, name.split(" ")[0]))
    texts = dict.fromkeys((*full, words, short, short.split(" ")[0], ""))
    unsure, small = label == UNCERTAIN, max(9, font - 3)
    labels = [Label(text, label, font, unsure, signs) for text in texts if text or label or signs]
    if small < font:
        labels += [Label(text, label, small, unsure, signs) for text in (short, "") if text or label or signs]
    if signs and label:
        labels.append(Label("", label, small, unsure))
    return tuple(labels)


def font_size(tile: Box, size: tuple[int, int], scale: float) -> int:
    """Font size in pixels for a tile: readable in small ones, not larger than needed in large ones."""
    return round(max(10, min(tile.w * 0.046, max(13, size[1] * 0.024))) * scale)


def _own_label(tile: Box) -> list[Box]:
    """Where the client writes the name: the tile's lower left."""
    height = min(tile.h // 3, max(20, tile.h // 6))
    return [Box(tile.x, tile.bottom - height, tile.w * 6 // 10, height)]


def _free_edge(height: int, picture: Box, taken: list[Box]) -> Box | None:
    """A strip of this height along the lower or upper edge in which there is no face."""
    for y in (picture.bottom - height, 0):
        strip = Box(0, y, picture.w, height)
        if not any(strip.overlap(box) for box in taken):
            return strip
    return None


def _outline(canvas: Image, tiles: list[Tile], style: Style) -> None:
    """The four corners of every face's box: coloured, a dark line along the outside and a light one along the inside.

    One of the two shows on any background, without the weight of two lines on both sides.
    """
    boxes = [face.box for tile in tiles for face in tile.faces]
    if not boxes:
        return
    alike: dict[tuple[int, Colour], list[int]] = {}
    number = 0
    for tile in tiles:
        thickness = max(1, round(min(tile.box.w, 640) / 180 * style.scale))
        for face in tile.faces:
            alike.setdefault((thickness, colour_of(face.label)), []).append(number)
            number += 1
    outside, inside, middle = (_corners(boxes, inset) for inset in (-1, 1, 0))
    for (thickness, colour), of in alike.items():
        for lines, shade in ((outside, DARK), (inside, LIGHT), (middle, colour)):
            cv2.polylines(canvas, list(lines[of].reshape(-1, 3, 2)), False, shade, thickness, cv2.LINE_AA)


def _corners(boxes: list[Box], inset: int) -> npt.NDArray[np.int32]:
    """The corners of N boxes, `inset` pixels within them, as lines of three points (x, y): int32 (N, 4, 3, 2)."""
    sizes = np.array(boxes, np.int32)
    near, far = sizes[:, :2], sizes[:, :2] + sizes[:, 2:] - 1
    edges = np.where(CORNERS, far[:, None], near[:, None])
    inwards = 1 - 2 * CORNERS
    reach = np.maximum(4, sizes[:, 2:].min(axis=1) // 4)[:, None, None]
    corners, tips = edges + inwards * inset, edges + inwards * reach
    x, y = np.moveaxis(corners, -1, 0)
    return np.stack([tips[..., 0], y, x, y, x, tips[..., 1]], axis=-1).reshape(-1, 4, 3, 2).astype(np.int32)


class Patch(NamedTuple):
    """A picture ready to be laid over another: `ink` (h, w, 3) is added to `keep` (h, w, 3) of 255 of what is below."""

    ink: npt.NDArray[np.uint8]
    keep: npt.NDArray[np.uint8]


def patch_of(bgra: npt.NDArray[np.uint8]) -> Patch:
    """The patch of a BGRA uint8 picture (h, w, 4), whose colours are not premultiplied."""
    alpha = cv2.merge([cv2.extractChannel(bgra, 3)] * 3)
    ink = cv2.multiply(cv2.cvtColor(bgra, cv2.COLOR_BGRA2BGR), alpha, scale=1 / 255)
    return Patch(np.asarray(ink, np.uint8), np.asarray(cv2.bitwise_not(alpha), np.uint8))


# with 1024 one label in 40 is made anew instead of one in 20, and 18 MB more are held
@lru_cache(maxsize=384)
def pill(label: Label) -> Patch:
    """A label: a mark in the class's colour, white text and signs (grey for "uncertain") on a dark pill with a thin light rim."""
    w, h = label.extent
    rim = COLOURS[UNCERTAIN] if label.quiet else colour_of(label.of)
    shade = QUIET if label.quiet else (255, 255, 255)
    patch = _ground(w, h, rim).copy()
    x = round(label.size * 0.45)
    if label.of is not None:
        icon = mark(label.of, label.size)
        _ink(patch, icon, x, (h - icon.shape[0]) // 2, QUIET if label.quiet else colour_of(label.of))
        x += label.size + label.size // 2
    if label.text:
        ink = render_text(label.text, label.size)
        _ink(patch, ink, x - 1, (h - ink.shape[0]) // 2, shade)
        x += ink.shape[1] + round(label.size * 0.4)
    for name in label.signs:
        _ink(patch, sign(name, label.size), x, (h - label.size) // 2, shade)
        x += label.step
    return patch_of(patch)


@lru_cache(maxsize=256)
def _ground(w: int, h: int, colour: Colour) -> npt.NDArray[np.uint8]:
    """An empty pill with a rim in the colour, BGRA (h, w, 4)."""
    k = 4  # drawn four times as large, for smooth corners
    shape = np.zeros((h * k, w * k), np.uint8)
    r = h * k // 3
    cv2.rectangle(shape, (r, 0), (w * k - 1 - r, h * k - 1), 255, -1)
    cv2.rectangle(shape, (0, r), (w * k - 1, h * k - 1 - r), 255, -1)
    for cx in (r, w * k - 1 - r):
        for cy in (r, h * k - 1 - r):
            cv2.circle(shape, (cx, cy), r, 255, -1)
    outer = cv2.resize(shape, (w, h), interpolation=cv2.INTER_AREA)
    inner = cv2.erode(shape, np.ones((2 * k - 1, 2 * k - 1), np.uint8), borderValue=0)
    rim = (outer.astype(np.float32) - cv2.resize(inner, (w, h), interpolation=cv2.INTER_AREA)) / 255
    patch = np.empty((h, w, 4), np.float32)
    patch[..., :3] = PILL
    patch[..., :3] += rim[..., None] * (np.array(colour, np.float32) - PILL) * 0.8
    patch[..., 3] = outer * PILL_OPACITY
    return np.clip(patch, 0, 255).astype(np.uint8)


def _ink(patch: npt.NDArray[np.uint8], ink: npt.NDArray[np.uint8], x: int, y: int, colour: Colour) -> None:
    """Put coverage (H, W) in a colour onto a BGRA patch, cut where it reaches over."""
    h, w = min(ink.shape[0], patch.shape[0] - y), min(ink.shape[1], patch.shape[1] - x)
    part = ink[:h, :w]
    view = patch[y : y + h, x : x + w]
    below = cv2.multiply(view, cv2.bitwise_not(cv2.merge([part] * 4)), scale=1 / 255)
    view[:] = cv2.add(below, _shades(colour)[part])


@lru_cache(maxsize=32)
def _shades(colour: Colour) -> npt.NDArray[np.uint8]:
    """What coverage of 0..255 adds in a colour, BGRA (256, 4)."""
    return np.round(np.outer(np.arange(256), (*colour, 255)) / 255).astype(np.uint8)


def _blend(canvas: Image, patch: Patch, box: Box) -> None:
    """Lay a patch over the canvas at the box's upper left corner, cut at the picture's edges."""
    h, w = patch.ink.shape[:2]
    seen = Box(box.x, box.y, w, h).clipped(canvas.shape[1], canvas.shape[0])
    if not seen.area:
        return
    part = np.s_[seen.y - box.y : seen.bottom - box.y, seen.x - box.x : seen.right - box.x]
    view = canvas[seen.y : seen.bottom, seen.x : seen.right]
    cv2.add(cv2.multiply(view, patch.keep[part], scale=1 / 255), patch.ink[part], dst=view)
