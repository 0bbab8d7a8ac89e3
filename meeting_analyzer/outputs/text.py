"""Text in any script as small pictures, from fonts that come with the package.

Noto Sans (Latin, Greek, Cyrillic), Noto Sans Devanagari (SIL Open Font License) and Droid Sans Fallback (Chinese,
Japanese, Korean; Apache License 2.0). Text is untrusted: `shorten` cleans it.
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
    return None if character.isspace() or character in _JOINERS or unicodedata.combining(character) else LATIN


def runs(text: str) -> list[tuple[str, str]]:
    """Pieces of one script with the font of each: [("王伟", "DroidSansFallback.ttf"), (" (Wei)", "NotoSans-Bold.ttf")]."""
    found: list[tuple[str, str]] = []
    for character in text:
        font = _script(character) or (found[-1][1] if found else LATIN)
        if found and found[-1][1] == font:
            found[-1] = (found[-1][0] + character, font)
        else:
            found.append((character, font))
    return found


@lru_cache(maxsize=2048)
def text_width(text: str, size: int) -> int:
    """Width in pixels of a cleaned text at a font size."""
    return round(sum(_font(font, size).getlength(piece) for piece, font in runs(text)))


@lru_cache(maxsize=512)
def shorten(text: str, size: int, width: int) -> str:
    """The cleaned text, its end replaced by an ellipsis where it is wider than `width` pixels."""
    text = clean(text)
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


@lru_cache(maxsize=1024)
def render_text(text: str, size: int) -> Patch:
    """A cleaned text at a font size in pixels, as coverage of the same height for every text of that size."""
    height = round(size * 1.5)
    baseline = round(size * 1.12)
    canvas = Pillow.new("L", (text_width(text, size) + 2, height))
    draw = ImageDraw.Draw(canvas)
    x = 1.0
    for piece, name in runs(text):
        font = _font(name, size)
        draw.text((x, baseline), piece, font=font, fill=255, anchor="ls")
        x += font.getlength(piece)
    return np.asarray(canvas)
