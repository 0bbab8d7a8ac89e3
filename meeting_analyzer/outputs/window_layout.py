"""How large the side window opens, where, and where its panel goes."""

from __future__ import annotations

from ..types import Box

LARGEST = 108, 63
"""Width and height, in sizes of the text, at which the window opens at most; the user may enlarge it."""
LEAST_PICTURE = 30
"""Width of the picture, in sizes of the text, under which it is not squeezed for the panel's sake."""
OF_SCREEN = 0.85
MARGIN = 40
LEAST_WIDTH = 420
"""Width in pixels under which the window is not squeezed in beside the call."""
TITLE_BAR = 40


def natural_size(picture: tuple[int, int], font: int, with_panel: bool) -> tuple[int, int]:
    """Width and height in which nothing of the window is empty: the picture with a panel beside it, or a line below it."""
    if with_panel:
        return picture[0] + panel_width(font), picture[1]
    return picture[0], picture[1] + round(1.9 * font)


def panel_width(font: int) -> int:
    """Width in pixels of the panel beside the picture."""
    return 25 * font


def split(size: tuple[int, int], picture: tuple[int, int], font: int) -> tuple[Box | None, bool]:
    """Where the panel goes in a window of `size`: right of the picture, or below it, where it leaves the picture larger.

    None where the window is too small for one; then a line of status is shown instead (the second value).
    """
    width, height = size
    beside = panel_width(font)
    if height < _panel_height(beside, font):
        beside = max(beside, min(width - round(height * picture[0] / picture[1]), 2 * beside))
    spare = height - round(width * picture[1] / picture[0])
    below = max(min(round(0.45 * height), 24 * font), min(spare, _panel_height(width, font)))
    best: tuple[float, Box] | None = None
    for box, room in (
        (Box(width - beside, 0, beside, height), (width - beside, height)),
        (Box(0, height - below, width, below), (width, height - below)),
    ):
        fits = box.x >= 0 and box.y >= 0 and box.h >= 12 * font and room[0] >= 12 * font and room[1] >= 8 * font
        if fits and box.w >= 20 * font:
            scale = min(room[0] / picture[0], room[1] / picture[1])
            if best is None or scale > best[0]:
                best = scale, box
    return (best[1], False) if best is not None else (None, True)


def fitted_size(picture: tuple[int, int], room: tuple[int, int], font: int, with_panel: bool) -> tuple[int, int]:
    """Width and height of a window within `room` that shows the picture as large as can be, with all of the panel beside or
    below it; with some of it where that would leave the picture small. (0, 0) where nothing fits."""
    width, height = min(room[0], LARGEST[0] * font), min(room[1], LARGEST[1] * font)
    natural = natural_size(picture, font, with_panel)
    scale = min(width / natural[0], height / natural[1])
    plain = max(0, round(natural[0] * scale)), max(0, round(natural[1] * scale))
    if not with_panel:
        return plain
    beside = panel_width(font) * (2 if height < _panel_height(0, font) else 1)
    below = _panel_height(width, font)
    sizes = []
    for across, down, add_width, add_height in ((width, height, beside, 0), (width, room[1], 0, below)):
        scale = min((across - add_width) / picture[0], (down - add_height) / picture[1])
        w, h = round(picture[0] * scale), round(picture[1] * scale)
        if w >= LEAST_PICTURE * font:
            sizes.append((w, (w + add_width, max(h + add_height, min(down, _panel_height(beside, font))))))
    return max(sizes)[1] if sizes else plain


def _panel_height(width: int, font: int) -> int:
    """Height in pixels in which a panel of this width tells everything: in one column or in two."""
    return (46 if width < 44 * font else 29) * font


def opening_size(
    picture: tuple[int, int], screen: tuple[int, int] | None, font: int, with_panel: bool
) -> tuple[int, int]:
    """Width and height in which the window opens: within LARGEST and the screen, a small picture enlarged a little."""
    width, height = LARGEST[0] * font, LARGEST[1] * font
    if screen is not None:
        width, height = min(width, round(screen[0] * OF_SCREEN)), min(height, round(screen[1] * OF_SCREEN))
    size = natural_size(picture, font, with_panel)
    scale = max(1.0, 37 * font / size[0])
    if size[0] * scale > width or size[1] * scale > height:
        return fitted_size(picture, (width, height), font, with_panel)
    return round(size[0] * scale), round(size[1] * scale)


def place_beside(picture: tuple[int, int], screen: tuple[int, int], call: Box, font: int, with_panel: bool) -> Box:
    """Where the window opens so that it hides as little of the call as can be.

    The roomiest side of the call wins; where none is roomy, the screen's lower right corner, small.
    """
    width, height = screen
    sides = (
        Box(call.right, 0, width - call.right, height),
        Box(0, 0, call.x, height),
        Box(0, call.bottom, width, height - call.bottom),
        Box(0, 0, width, call.y),
    )

    def fitted(area: Box) -> Box:
        # room for the frame that the window manager draws around it
        room = area.w - 2 * MARGIN, area.h - 2 * MARGIN - TITLE_BAR
        return Box(area.x + MARGIN, area.y + MARGIN, *fitted_size(picture, room, font, with_panel))

    best = max((fitted(area) for area in sides), key=lambda box: box.area)
    if best.w >= LEAST_WIDTH:
        return best
    size = natural_size(picture, font, with_panel=False)
    w, h = LEAST_WIDTH, round(size[1] * LEAST_WIDTH / size[0])
    return Box(max(0, width - w - MARGIN), max(0, height - h - MARGIN - TITLE_BAR), w, h)
