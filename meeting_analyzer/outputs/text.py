"""Text in any script as small pictures, from fonts that come with the package.

Noto Sans (Latin, Greek, Cyrillic), Noto Sans Devanagari (SIL Open Font License) and Droid Sans Fallback (Chinese,
Japanese, Korean; Apache License 2.0). Text is untrusted: `drawable` and `shorten` clean it and leave out what no font has.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, features

from ..untrusted import clean

FONTS = Path(__file__).resolve().parent.parent / "assets" / "fonts"
LATIN, DEVANAGARI, CJK = "NotoSans-Bold.ttf", "NotoSansDevanagari-Bold.ttf", "DroidSansFallback.ttf"
ELLIPSIS = "…"
LONGEST = 400
"""Characters of a text that are looked at; no line is as long."""

_RANGES: tuple[tuple[int, int, str], ...] = (
    (0x0900, 0x097F, DEVANAGARI),
    (0x1CD0, 0x1CFF, DEVANAGARI),
    (0xA8E0, 0xA8FF, DEVANAGARI),
    (0x1100, 0x11FF, CJK),
    (0x2E80, 0xA4CF, CJK),
    (0xAC00, 0xD7FF, CJK),
    (0xF900, 0xFAFF, CJK),
    (0xFE30, 0xFE4F, CJK),
    (0xFF00, 0xFFEF, CJK),
    (0x20000, 0x2FA1F, CJK),
)
_JOINERS = {"\u200c", "\u200d"}

Patch = npt.NDArray[np.uint8]
"""Coverage of text, uint8 (H, W), 0 nothing to 255 full."""


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if features.check("raqm") else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(FONTS / name), size, layout_engine=engine)


def _script(character: str) -> str | None:
    """The font of a character; None for those that go with any: spaces, marks, joiners."""
    code = ord(character)
    for first, last, font in _RANGES:
        if first <= code <= last:
            return font
    any_font = character.isspace() or character in _JOINERS or unicodedata.category(character).startswith("M")
    return None if any_font else LATIN


@lru_cache(maxsize=8192)
def _has(font: str, character: str) -> bool:
    """Whether a font has a glyph for the character: it differs from the box drawn for a character nobody assigned."""
    loaded = _font(font, 16)
    return bytes(loaded.getmask(character)) != bytes(loaded.getmask("\U0010fffe"))


@lru_cache(maxsize=4096)
def _font_of(character: str) -> str | None:
    """The font to draw a character with: its script's, else any that has it (stars, arrows); None where none has."""
    own = _script(character)
    return next((font for font in dict.fromkeys((own or LATIN, LATIN, CJK)) if _has(font, character)), None)


@lru_cache(maxsize=1024)
def drawable(text: str) -> str:
    """The cleaned text without what the fonts cannot draw (emoji, Arabic, Hebrew, Thai); "" where no letter is left."""
    kept: list[str] = []
    keep = False
    for character in clean(text[:LONGEST]):
        if _script(character) is not None or character.isspace():  # marks and joiners go with their letter
            keep = character.isspace() or _font_of(character) is not None
        if keep:
            kept.append(character)
    left = " ".join("".join(kept).split())
    return left if any(character.isalnum() for character in left) else ""


def runs(text: str) -> list[tuple[str, str]]:
    """Pieces of one script with the font of each: [("王伟", "DroidSansFallback.ttf"), (" (Wei)", "NotoSans-Bold.ttf")]."""
    found: list[tuple[str, str]] = []
    for character in text:
        script = _script(character)
        font = (_font_of(character) or script) if script else found[-1][1] if found else LATIN
        if found and found[-1][1] == font:
            found[-1] = (found[-1][0] + character, font)
        else:
            found.append((character, font))
    return found


@lru_cache(maxsize=1024)
def _word(word: str, size: int) -> tuple[float, Patch]:
    """A word's advance in pixels and its coverage with a margin of `_margin(size)` left and right.

    Labels share words and change only in their numbers, so words are what is kept.
    """
    pieces = [(piece, _font(name, size)) for piece, name in runs(word)]
    advances = [font.getlength(piece) for piece, font in pieces]
    margin = _margin(size)
    canvas = Pillow.new("L", (round(sum(advances)) + 2 * margin, round(size * 1.5)))
    draw = ImageDraw.Draw(canvas)
    x = float(margin)
    for (piece, font), advance in zip(pieces, advances, strict=True):
        draw.text((x, round(size * 1.12)), piece, font=font, fill=255, anchor="ls")
        x += advance
    return sum(advances), np.asarray(canvas)


def _margin(size: int) -> int:
    """Room for strokes that reach over a word's advance."""
    return 1 + size // 8


@lru_cache(maxsize=64)
def _space(size: int) -> float:
    return _font(LATIN, size).getlength(" ")


@lru_cache(maxsize=1024)
def text_width(text: str, size: int) -> int:
    """Width in pixels of a cleaned text at a font size."""
    words = text.split(" ")
    return round(sum(_word(word, size)[0] for word in words) + _space(size) * (len(words) - 1))


@lru_cache(maxsize=512)
def shorten(text: str, size: int, width: int) -> str:
    """What can be drawn of the text, its end replaced by an ellipsis where it is wider than `width` pixels."""
    text = drawable(text)
    if text_width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text_width(text[:middle] + ELLIPSIS, size) <= width else (low, middle - 1)
    # never cut between a letter and its marks
    while low and low < len(text) and unicodedata.category(text[low]).startswith("M"):
        low -= 1
    # a virama joins its consonant to one that is no longer there
    return text[:low].rstrip().rstrip("\u094d") + ELLIPSIS


@lru_cache(maxsize=128)
def render_text(text: str, size: int) -> Patch:
    """A cleaned text at a font size in pixels, as coverage of the same height for every text of that size."""
    canvas = np.zeros((round(size * 1.5), text_width(text, size) + 2), np.uint8)
    x, margin = 1.0, _margin(size)
    for word in text.split(" "):
        advance, ink = _word(word, size)
        at = round(x) - margin
        start, stop = max(at, 0), min(at + ink.shape[1], canvas.shape[1])
        view = canvas[:, start:stop]
        np.maximum(view, ink[:, start - at : stop - at], out=view)
        x += advance + _space(size)
    canvas.setflags(write=False)  # it is shared by everybody who asks for this text
    return canvas
