"""What a participant's camera sends: one of the synthetic people before a background, as a call's codec leaves it."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from meeting_analyzer.types import Box, Image

FOLDER = Path(__file__).resolve().parents[2] / "tools" / "sample_call" / "people"
FRAMES_PER_PERSON = 6
_Floats = npt.NDArray[np.float32]


@cache
def _clip(stem: str) -> tuple[tuple[Image, tuple[float, float, float, float]], ...]:
    """A few frames (180, 320) of a person with the true face box."""
    truth = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))["frames"]
    capture = cv2.VideoCapture(str(FOLDER / f"{stem}.mp4"))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    chosen = np.linspace(0, len(frames) - 1, FRAMES_PER_PERSON).astype(int)
    return tuple((frames[i], tuple(truth[i]["face_box"])) for i in chosen)


@cache
def stems() -> tuple[str, ...]:
    """Names of the people that have a clip."""
    found = tuple(sorted(path.stem for path in FOLDER.glob("*.mp4")))
    assert found, f"no clips in {FOLDER}"
    return found


@cache
def _matte(stem: str, number: int) -> _Floats:
    """Opacity (180, 320) of the person in a frame, by GrabCut (Rother et al., 2004) from the known face box."""
    image, (x, y, w, h) = _clip(stem)[number]
    height, width = image.shape[:2]
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    cx = x + w / 2
    mask[:, : int(max(0, cx - 2.4 * w))] = cv2.GC_BGD
    mask[:, int(cx + 2.4 * w) :] = cv2.GC_BGD
    mask[: max(1, int(y + 0.3 * h)), : int(max(0, cx - 1.2 * w))] = cv2.GC_BGD
    mask[: max(1, int(y + 0.3 * h)), int(cx + 1.2 * w) :] = cv2.GC_BGD
    cv2.ellipse(mask, (int(cx), int(y + h * 0.55)), (int(w * 0.55), int(h * 0.85)), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.ellipse(mask, (int(cx), int(y + h * 0.55)), (int(w * 0.4), int(h * 0.45)), 0, 0, 360, cv2.GC_FGD, -1)
    for reach, label in ((1.35, cv2.GC_PR_FGD), (0.75, cv2.GC_FGD)):
        neck = min(height - 12, y + 1.3 * h)
        shirt = [[cx - reach * w, height], [cx - 0.3 * w, neck], [cx + 0.3 * w, neck], [cx + reach * w, height]]
        cv2.fillPoly(mask, [np.array(shirt, np.int32)], label)
    cv2.ellipse(mask, (int(cx), int(y + h * 0.1)), (int(w * 0.33), int(h * 0.3)), 0, 0, 360, cv2.GC_FGD, -1)  # hair
    cv2.setRNGSeed(0)
    cv2.grabCut(image, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK)
    solid = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 1.0), np.float32)


def _light(image: Image, rng: random.Random, low: float, high: float) -> Image:
    """The picture under a light from one side: `low` to `high` times as bright, across."""
    height, width = image.shape[:2]
    a, b = rng.uniform(low, high), rng.uniform(low, high)
    across = np.linspace(a, b, width, dtype=np.float32)[None, :, None]
    down = np.linspace(1, rng.uniform(0.85, 1.1), height, dtype=np.float32)[:, None, None]
    return np.clip(image * across * down, 0, 255).astype(np.uint8)


def _color(rng: random.Random, low: int, high: int, vivid: float = 0.4) -> tuple[int, int, int]:
    base = rng.uniform(low, high)
    b, g, r = (int(np.clip(base * (1 + rng.uniform(-vivid, vivid)), 0, 255)) for _ in range(3))
    return b, g, r


def _books(width: int, height: int, rng: random.Random) -> Image:
    """Shelves full of upright books."""
    image = np.full((height, width, 3), _color(rng, 40, 120, 0.3), np.uint8)
    shelf = max(24, int(height * rng.uniform(0.22, 0.4)))
    for bottom in range(shelf, height + shelf, shelf):
        x = rng.randint(-8, 0)
        while x < width:
            thick, tall = rng.randint(3, max(5, width // 28)), int(shelf * rng.uniform(0.55, 0.9))
            if rng.random() < 0.93:
                cv2.rectangle(image, (x, bottom - tall), (x + thick, bottom), _color(rng, 30, 230, 0.7), -1)
                cv2.rectangle(image, (x, bottom - tall), (x + thick, bottom), _color(rng, 10, 60), 1)
            x += thick + 1
        cv2.rectangle(image, (0, bottom - 4), (width, bottom + 1), _color(rng, 40, 160, 0.3), -1)
    return image


def _room(width: int, height: int, rng: random.Random) -> Image:
    """A wall with a window, pictures, a door or a cupboard: straight edges that are no tile's."""
    image = np.full((height, width, 3), _color(rng, 90, 225, 0.15), np.uint8)
    for _ in range(rng.randint(2, 5)):
        w, h = int(width * rng.uniform(0.1, 0.45)), int(height * rng.uniform(0.2, 0.9))
        x, y = rng.randint(-w // 3, width - w // 2), rng.randint(-h // 3, height - h // 2)
        cv2.rectangle(image, (x, y), (x + w, y + h), _color(rng, 20, 250, 0.5), -1)
        if rng.random() < 0.7:
            cv2.rectangle(image, (x, y), (x + w, y + h), _color(rng, 15, 250), rng.randint(1, 5))
        if rng.random() < 0.4:
            cv2.line(image, (x + w // 2, y), (x + w // 2, y + h), _color(rng, 200, 250), 2)
    cv2.rectangle(image, (0, int(height * 0.85)), (width, height), _color(rng, 30, 160), -1)
    return image


def backdrop(kind: str, width: int, height: int, rng: random.Random) -> Image:
    """A background of one of spec.BACKDROPS except "clip", BGR (height, width, 3)."""
    if kind == "white":
        return _light(np.full((height, width, 3), rng.randint(228, 250), np.uint8), rng, 0.96, 1.06)
    if kind == "wall":
        return _light(np.full((height, width, 3), _color(rng, 70, 220, 0.2), np.uint8), rng, 0.75, 1.15)
    if kind == "dark":
        return _light(np.full((height, width, 3), _color(rng, 10, 32, 0.3), np.uint8), rng, 0.6, 1.3)
    if kind == "books":
        return _light(_books(width, height, rng), rng, 0.6, 1.1)
    image = _light(_room(width, height, rng), rng, 0.6, 1.1)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(1.0, height * 0.06)), np.uint8) if kind == "blur" else image


def camera(width: int, height: int, kind: str, rng: random.Random) -> tuple[Image, Box | None]:
    """A camera's picture of (height, width), and the face's box in it; None where the face is not in the picture.

    It is made as large as calls send the tiles of a gallery, coded, and scaled up like the client does.
    """
    sent = min(height, rng.choice([90, 180, 180, 270, 360, 720]))
    h = max(32, sent)
    w = max(32, round(width * h / height))
    stem, number = rng.choice(stems()), rng.randrange(FRAMES_PER_PERSON)
    person, (fx, fy, fw, fh) = _clip(stem)[number]
    own = kind == "clip"
    cover = max(w / person.shape[1], h / person.shape[0])
    factor = cover * (rng.uniform(1.0, 1.35) if own else rng.uniform(0.75, 1.4))
    # upright and square pictures keep the face in the middle, as people do
    cx = fx + fw / 2
    left = w * rng.uniform(0.42, 0.58) - cx * factor
    left = min(0.0, max(w - person.shape[1] * factor, left)) if own else left
    top = h - person.shape[0] * factor if not own else rng.uniform(h - person.shape[0] * factor, 0.0)
    matrix = np.array([[factor, 0, left], [0, factor, top]])
    placed = cv2.warpAffine(person, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    gain = np.array([rng.uniform(0.9, 1.1) for _ in range(3)]) * rng.uniform(0.75, 1.2)
    if kind == "dark":
        gain *= rng.uniform(0.15, 0.4)
    placed = np.clip(placed * gain, 0, 255).astype(np.uint8)
    face: Box | None = Box(round(fx * factor + left), round(fy * factor + top), round(fw * factor), round(fh * factor))
    image = placed
    if not own:
        image = backdrop(kind, w, h, rng)
        if rng.random() < 0.96:
            alpha = cv2.warpAffine(_matte(stem, number), matrix, (w, h))[:, :, None]
            image = np.asarray(placed * alpha + image * (1 - alpha), np.uint8)
        else:
            face = None  # an empty chair
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
        face = Box(w - face.right, face.y, face.w, face.h) if face else None
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0, 4), image.shape[:2])[:, :, None]
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(35, 90)])[1]
    image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if face:
        sx, sy = width / w, height / h
        box = Box(round(face.x * sx), round(face.y * sy), round(face.w * sx), round(face.h * sy))
        inside = box.clipped(width, height)
        face = inside if inside.area * 2 >= box.area else None
    return image, face
