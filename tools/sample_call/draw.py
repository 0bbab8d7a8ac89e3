"""Drawing the call's window: tiles, labels, bars. Pillow; curves are drawn four times as large and scaled down."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

from . import icons
from .call import FPS, PEOPLE_FOLDER, SIZE, Seat
from .layout import Box

BACKGROUND = (22, 23, 26)
_BAR = (30, 31, 35)
_TILE_OFF = (42, 44, 50)
_TEXT = (238, 239, 242)
_DIM = (160, 164, 172)
_SPEAKING = (60, 214, 120)
_RADIUS = 10
_FINE = 4
_AVATARS = ((92, 107, 192), (38, 137, 125), (173, 100, 46), (134, 84, 160), (66, 120, 170))

_FONTS = (
    # First code point of a script's block, the last, and the font that has it; the rest is in the last one.
    (0x0900, 0x097F, "NotoSansDevanagari-{}.ttf"),
    (0x3000, 0x9FFF, "NotoSansCJK-{}.ttc"),
    (0x0000, 0x10FFFF, "NotoSans-{}.ttf"),
)


class FontError(Exception):
    """A font is not installed; the message names it."""


@cache
def _font(text: str, size: int, weight: str = "Regular") -> ImageFont.FreeTypeFont:
    """The font for a text's script, found by name among the system's fonts."""
    name = next(f for low, high, f in _FONTS if any(low <= ord(c) <= high and not c.isspace() for c in text))
    try:
        return ImageFont.truetype(name.format(weight), size, layout_engine=ImageFont.Layout.RAQM)
    except OSError as error:
        missing = name.format(weight)
        raise FontError(f"The font {missing} is not installed: apt install fonts-noto-core fonts-noto-cjk.") from error


@cache
def clip_frames(stem: str) -> tuple[Image.Image, ...]:
    """All frames of a participant's clip."""
    path = Path(PEOPLE_FOLDER) / f"{stem}.mp4"
    with av.open(str(path)) as container:
        return tuple(Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0))


@cache
def _shape(size: tuple[int, int], paint: Callable[[ImageDraw.ImageDraw, int], None]) -> Image.Image:
    """An antialiased mask (mode L) of `size`; `paint(draw, scale)` fills it with 255 at `scale` times the size."""
    large = Image.new("L", (size[0] * _FINE, size[1] * _FINE))
    paint(ImageDraw.Draw(large), _FINE)
    return large.resize(size, Image.Resampling.BOX)


@cache
def _rounded(width: int, height: int, radius: int, outline: int = 0) -> Image.Image:
    """Mask of a rounded rectangle, filled or (outline > 0) as a frame of that many pixels."""

    def paint(draw: ImageDraw.ImageDraw, k: int) -> None:
        box = (0, 0, width * k - 1, height * k - 1)
        fill = None if outline else 255
        draw.rounded_rectangle(box, radius * k, fill=fill, outline=255, width=max(1, outline * k))

    return _shape((width, height), paint)


def _fill(
    canvas: Image.Image, mask: Image.Image, at: tuple[int, int], color: tuple[int, ...], alpha: float = 1
) -> None:
    canvas.paste(color, (*at, at[0] + mask.width, at[1] + mask.height), mask.point(lambda v: round(v * alpha)))


def _icon(canvas: Image.Image, name: str, center: tuple[int, int], size: int, color: tuple[int, ...]) -> None:
    _fill(canvas, _shape((size, size), icons.ICONS[name]), (center[0] - size // 2, center[1] - size // 2), color)


def _initials(name: str) -> str:
    """Two initials; of a name without spaces its first two characters, as clients do for Chinese names.

    One ideograph alone in a circle can pass for a face: BlazeFace gives that of the name 王 a score above 0.5.
    """
    words = name.split()
    return words[0][:2] if len(words) == 1 else words[0][0] + words[1][0]


def _avatar(tile: Image.Image, seat: Seat) -> None:
    """A filled circle with the participant's initials in the middle of the tile."""
    size = tile.height * 46 // 100 // 2 * 2
    x, y = tile.width // 2, tile.height // 2
    color = _AVATARS[sum(seat.participant.identity.encode()) % len(_AVATARS)]
    _fill(tile, _rounded(size, size, size // 2), (x - size // 2, y - size // 2), color)
    text = _initials(seat.participant.name)
    ImageDraw.Draw(tile).text((x, y), text, _TEXT, _font(text, size * 42 // 100, "Bold"), anchor="mm")


def _label(tile: Image.Image, seat: Seat) -> None:
    """The name on a translucent strip at the lower left, after a crossed-out microphone where muted."""
    font = _font(seat.participant.name, 13)
    icon = 18 if seat.muted else 0
    width = round(font.getlength(seat.participant.name)) + 14 + icon
    top = tile.height - 30
    _fill(tile, _rounded(width, 22, 5), (8, top), (0, 0, 0), 0.62)
    if seat.muted:
        _icon(tile, "microphone_off", (8 + 14, top + 11), 15, (240, 96, 88))
    ImageDraw.Draw(tile).text((15 + icon, top + 15), seat.participant.name, _TEXT, font, anchor="ls")


def _tile(seat: Seat) -> Image.Image:
    size = (seat.box.w, seat.box.h)
    if seat.clip_frame is None:
        tile = Image.new("RGB", size, _TILE_OFF)
        _avatar(tile, seat)
    else:
        picture = clip_frames(str(seat.participant.clip))[seat.clip_frame]
        scale = max(size[0] / picture.width, size[1] / picture.height)
        # The part of the picture that covers the tile, in the picture's own pixels.
        left = max(0.0, (picture.width - size[0] / scale) / 2)
        top = max(0.0, (picture.height - size[1] / scale) / 2)
        part = (left, top, picture.width - left, picture.height - top)
        tile = picture.resize(size, Image.Resampling.BICUBIC, box=part)
    _label(tile, seat)
    if seat.speaking:
        _fill(tile, _rounded(*size, _RADIUS, 3), (0, 0), _SPEAKING)
    return tile


@cache
def _window(participants: int) -> Image.Image:
    """What does not change from frame to frame: background, title bar, tool bar."""
    canvas = Image.new("RGB", SIZE, BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, 0, SIZE[0], 35), fill=_BAR)
    draw.rectangle((0, SIZE[1] - 60, SIZE[0], SIZE[1]), fill=_BAR)
    title = "Weekly class · Gallery view"
    draw.text((16, 23), title, _TEXT, _font(title, 14, "Bold"), anchor="ls")
    _icon(canvas, "grid", (SIZE[0] - 28, 18), 18, _DIM)
    tools = ("microphone", "camera", "list", "chat", "share", "more")
    captions = ("Mute", "Stop video", f"People  {participants}", "Chat", "Share", "More")
    for number, (icon, caption) in enumerate(zip(tools, captions, strict=True)):
        x = SIZE[0] // 2 + round((number - (len(tools) - 1) / 2) * 104)
        _icon(canvas, icon, (x, SIZE[1] - 38), 24, _TEXT)
        draw.text((x, SIZE[1] - 10), caption, _DIM, _font(caption, 11), anchor="ms")
    _fill(canvas, _rounded(76, 32, 8), (SIZE[0] - 92, SIZE[1] - 46), (206, 52, 52))
    draw.text((SIZE[0] - 54, SIZE[1] - 30), "Leave", _TEXT, _font("Leave", 13, "Bold"), anchor="mm")
    return canvas


def draw(frame: int, seats: list[Seat]) -> Image.Image:
    """The call's window (RGB, SIZE) in one frame."""
    canvas = _window(len(seats)).copy()
    clock = f"{frame // FPS // 60:02d}:{frame // FPS % 60:02d}"
    ImageDraw.Draw(canvas).text((SIZE[0] - 52, 23), clock, _DIM, _font(clock, 13), anchor="rs")
    for seat in seats:
        box: Box = seat.box
        canvas.paste(_tile(seat), (box.x, box.y), _rounded(box.w, box.h, _RADIUS))
    return canvas
