"""How large the side window opens, where, and where its panel goes."""

from __future__ import annotations

from ..types import Box

LARGEST = 1400, 820
"""Width and height in pixels at which the window opens at most; the user may enlarge it."""
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
    spare = height - round(width * picture[1] / picture[0])
    below = max(min(round(0.45 * height), 24 * font), min(spare, 44 * font))
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


def opening_size(picture: tuple[int, int], screen: tuple[int, int] | None) -> tuple[int, int]:
    """Width and height in which the window opens: the picture's proportions within LARGEST and the screen."""
    width, height = LARGEST
    if screen is not None:
        width, height = min(width, round(screen[0] * OF_SCREEN)), min(height, round(screen[1] * OF_SCREEN))
    scale = min(width / picture[0], height / picture[1], max(1.0, 480 / picture[0]))
    return max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))


def place_beside(picture: tuple[int, int], screen: tuple[int, int], call: Box) -> Box:
    """Where the window opens so that it hides as little of the call as can be, in the picture's proportions.

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
        scale = min(room[0] / picture[0], room[1] / picture[1], LARGEST[0] / picture[0], LARGEST[1] / picture[1])
        w, h = max(0, round(picture[0] * scale)), max(0, round(picture[1] * scale))
        return Box(area.x + MARGIN, area.y + MARGIN, w, h)

    best = max((fitted(area) for area in sides), key=lambda box: box.area)
    if best.w >= LEAST_WIDTH:
        return best
    scale = LEAST_WIDTH / picture[0]
    w, h = LEAST_WIDTH, round(picture[1] * scale)
    return Box(max(0, width - w - MARGIN), max(0, height - h - MARGIN - TITLE_BAR), w, h)
