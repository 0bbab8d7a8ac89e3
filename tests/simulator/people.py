"""What a participant's camera sends: one of the synthetic people before a background, as a call's codec leaves it."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from meeting_analyzer.types import Box, Image

FOLDER = Path(__file__).resolve().parents[2] / "tools" / "sample_call" / "people"
FRAMES_PER_PERSON = 20
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shown:
    """A frame of a person (180, 320) and what is true of it: face box, keypoints and expression."""

    image: Image
    face: tuple[float, float, float, float]
    keypoints: tuple[tuple[float, float], ...]
    expression: str
    yaw: float


@cache
def _clip(stem: str) -> tuple[Shown, ...]:
    """FRAMES_PER_PERSON frames of a person, evenly over the clip."""
    truth = json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))["frames"]
    capture = cv2.VideoCapture(str(FOLDER / f"{stem}.mp4"))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    capture.release()
    chosen = np.linspace(0, len(frames) - 1, FRAMES_PER_PERSON).astype(int)
    return tuple(
        Shown(
            frames[i],
            tuple(truth[i]["face_box"]),
            tuple((x, y) for x, y in truth[i]["keypoints"]),
            truth[i]["expression"],
            truth[i]["yaw"],
        )
        for i in chosen
    )


@cache
def stems() -> tuple[str, ...]:
    """Names of the people that have a clip."""
    found = tuple(sorted(path.stem for path in FOLDER.glob("*.mp4")))
    assert found, f"no clips in {FOLDER}"
    return found


@cache
def _matte(stem: str, number: int) -> _Floats:
    """Opacity (180, 320) of the person in a frame, by GrabCut (Rother et al., 2004) from the known face box."""
    shown = _clip(stem)[number]
    image, (x, y, w, h) = shown.image, shown.face
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


@dataclass(frozen=True)
class Sitter:
    """Somebody before a camera, as long as the call lasts: who, how far away and where, the light, the background.

    sent: height in pixels that the camera's picture is sent at; masked: wears a face mask; there: nobody is, if not.
    """

    stem: str
    backdrop: str
    seed: int
    sent: int
    factor: float
    across: float
    down: float
    gain: tuple[float, float, float]
    flipped: bool
    noise: float
    quality: int
    masked: bool = False
    there: bool = True


def sitter(kind: str, rng: random.Random, masks: float = 0.0) -> Sitter:
    """Somebody before a background of this kind."""
    own = kind == "clip"
    brightness = rng.uniform(0.75, 1.2) * (rng.uniform(0.15, 0.4) if kind == "dark" else 1)
    return Sitter(
        stem=rng.choice(stems()),
        backdrop=kind,
        seed=rng.getrandbits(32),
        sent=rng.choice([90, 180, 180, 270, 360, 720]),
        factor=rng.uniform(1.0, 1.35) if own else rng.uniform(0.75, 1.4),
        across=rng.uniform(0.42, 0.58),
        down=rng.random(),
        gain=(
            brightness * rng.uniform(0.9, 1.1),
            brightness * rng.uniform(0.9, 1.1),
            brightness * rng.uniform(0.9, 1.1),
        ),
        flipped=rng.random() < 0.5,
        noise=rng.uniform(0.3, 4),
        quality=rng.randint(35, 90),
        masked=rng.random() < masks,
        there=own or rng.random() < 0.96,
    )


@lru_cache(256)
def _scene(kind: str, seed: int, fine: bool) -> Image:
    """A person's background, 16:9, the same as long as the call lasts, however large the tile is; fine: of twice the size."""
    scene = backdrop(kind, 320, 180, random.Random(seed))
    # edges stay sharp
    return np.asarray(cv2.resize(scene, (640, 360), interpolation=cv2.INTER_NEAREST), np.uint8) if fine else scene


def _cover(image: Image, width: int, height: int) -> Image:
    """The middle of a picture, as large as needed to cover (height, width)."""
    factor = max(width / image.shape[1], height / image.shape[0])
    w, h = max(width, round(image.shape[1] * factor)), max(height, round(image.shape[0] * factor))
    scaled = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    x, y = (w - width) // 2, (h - height) // 2
    return np.asarray(scaled[y : y + height, x : x + width], np.uint8)


def _wear_mask(image: Image, shown: Shown, seed: int) -> Image:
    """The person's picture with a mask over mouth and nose."""
    _, _, nose, mouth, left, right = (np.array(point) for point in shown.keypoints)
    down = mouth - nose
    chin, bridge = mouth + 1.9 * down, nose - 0.5 * down
    cheeks = [ear * 0.8 + nose * 0.2 + 0.1 * down for ear in (left, right)]
    jaws = [ear * 0.55 + chin * 0.45 + 0.6 * down for ear in (left, right)]
    points = [cheeks[0], bridge, cheeks[1], jaws[1], chin, jaws[0]]
    colour = ((235, 225, 200), (70, 60, 60), (240, 240, 240), (150, 120, 90))[seed % 4]
    fine = np.round(np.array(points) * 16).astype(np.int32)
    return np.asarray(cv2.fillPoly(image.copy(), [fine], colour, cv2.LINE_AA, 4), np.uint8)


def camera(
    width: int, height: int, who: Sitter, number: int, noise_seed: int, drift: tuple[float, float] = (0.0, 0.0)
) -> tuple[Image, Box | None, str | None]:
    """A camera's picture of (height, width), the face's box in it and its expression; None where there is no face.

    number: which of FRAMES_PER_PERSON frames; drift: how far the head has moved, as a share of the picture. The picture
    is made as large as calls send the tiles of a gallery, coded, and scaled up like the client does.
    """
    sent = min(height, who.sent)
    h = max(32, sent)
    w = max(32, round(width * h / height))
    shown = _clip(who.stem)[number % FRAMES_PER_PERSON]
    person, (fx, fy, fw, fh) = shown.image, shown.face
    own = who.backdrop == "clip"
    factor = max(w / person.shape[1], h / person.shape[0]) * who.factor
    if not own and w < h:
        factor = min(factor, 0.62 * w / fw)
    # upright and square pictures keep the face in the middle, as people do
    left = w * (who.across + drift[0]) - (fx + fw / 2) * factor
    left = min(0.0, max(w - person.shape[1] * factor, left)) if own else left
    low = h - person.shape[0] * factor
    top = low + abs(drift[1]) * h if not own else low * who.down
    matrix = np.array([[factor, 0, left], [0, factor, top]])
    dressed = _wear_mask(person, shown, who.seed) if who.masked else person
    placed = cv2.warpAffine(dressed, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    image = np.clip(placed * np.array(who.gain), 0, 255).astype(np.uint8)
    face: Box | None = Box(round(fx * factor + left), round(fy * factor + top), round(fw * factor), round(fh * factor))
    if not own:
        behind = _cover(_scene(who.backdrop, who.seed, h > 180), w, h)
        if who.there:
            alpha = cv2.warpAffine(_matte(who.stem, number % FRAMES_PER_PERSON), matrix, (w, h))[:, :, None]
            image = np.asarray(image * alpha + behind * (1 - alpha), np.uint8)
        else:
            image, face = behind, None  # an empty chair
    if who.flipped:
        image = np.ascontiguousarray(image[:, ::-1])
        face = Box(w - face.right, face.y, face.w, face.h) if face else None
    noise = np.random.default_rng(noise_seed).normal(0, who.noise, image.shape[:2])[:, :, None]
    image = np.clip(image + noise, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, who.quality])[1]
    image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    if face:
        sx, sy = width / w, height / h
        box = Box(round(face.x * sx), round(face.y * sy), round(face.w * sx), round(face.h * sy))
        inside = box.clipped(width, height)
        face = inside if inside.area * 2 >= box.area else None
    return image, face, shown.expression if face else None


def photograph(width: int, height: int, seed: int) -> Image:
    """A picture somebody chose or put on a slide: a person or a view, sharp and without a camera's noise."""
    rng = random.Random(seed)
    kind = rng.choice(["clip", "clip", "room", "books", "blur", "wall"])
    who = replace(sitter(kind, rng), sent=10_000, noise=0.0, quality=92)
    if kind in ("room", "blur") and rng.random() < 0.5:
        who = replace(who, there=False)
    return camera(width, height, who, rng.randrange(FRAMES_PER_PERSON), 0)[0]
