"""Which window is meant: by title, by id, or the call that is open."""

from __future__ import annotations

from ..errors import SourceError, UsageError
from .clients import IDLE, LIKELY, NAMES, recognise
from .windows import WindowInfo

SHOWN = 8
LIST = "`meeting-analyzer windows` lists them all"


def choose_window(windows: list[WindowInfo], query: str | None) -> WindowInfo:
    """The window meant by `query` among `windows` (topmost first).

    query: None for the call that is open; "id:0x3a00007" or "id:60817415" for an id; otherwise a title, upper and lower
    case alike, of which the whole wins over the beginning and the beginning over any part.
    Raises SourceError when there is none and UsageError when several fit.
    """
    if query is None or not query.strip():
        return _the_call(windows)
    query = query.strip()
    if query.lower().startswith("id:"):
        return _by_id(windows, query)
    wanted = query.casefold()
    titles = [(window.title.casefold(), window) for window in windows]
    for fits in (
        [window for title, window in titles if title == wanted],
        [window for title, window in titles if title.startswith(wanted)],
        [window for title, window in titles if wanted in title],
    ):
        if fits:
            return _only(fits, f"{len(fits)} windows have {query!r} in their title")
    raise SourceError(f"No window has {query!r} in its title; open now: {_named(windows)}. {LIST}.")


def _by_id(windows: list[WindowInfo], query: str) -> WindowInfo:
    try:
        number = int(query[3:], 0)
    except ValueError:
        raise UsageError(f"{query!r} is not a window id such as id:0x3a00007; {LIST}.") from None
    for window in windows:
        if window.id == number:
            return window
    raise SourceError(f"No window has the id {number:#x}: it was closed, or has no title. {LIST}.")


def _the_call(windows: list[WindowInfo]) -> WindowInfo:
    matches = [(match.sure, window) for window in windows if (match := recognise(window.title, window.app))]
    calls = [(sure, window) for sure, window in matches if sure >= LIKELY]
    if calls:
        best = max(sure for sure, _ in calls)
        return _only([window for sure, window in calls if sure == best], "Several calls are open")
    idle = [window for sure, window in matches if sure == IDLE]
    if idle:
        raise SourceError(
            f'"{idle[0].title}" is open, but no window looks like a call: join the call, '
            'or name its window with --window "TITLE".'
        )
    raise SourceError(
        f"No call is open ({', '.join(NAMES.values())} are recognised by their window titles): join the call, or name "
        f'another window with --window "TITLE"; open now: {_named(windows)}.'
    )


def _only(fits: list[WindowInfo], problem: str) -> WindowInfo:
    """The one window that is meant: calls before others, shown before minimised, the larger of twins."""
    calls = [window for window in fits if window.client]
    fits = calls or fits
    fits = [window for window in fits if not window.minimised] or fits
    if len({(window.title, window.app) for window in fits}) == 1:
        # clients open twins of the meeting window, for a second monitor or as a hidden helper; equals stay ambiguous
        fits = sorted(fits, key=lambda window: window.box.area, reverse=True)
        if len(fits) == 1 or fits[0].box.area > fits[1].box.area:
            return fits[0]
    if len(fits) == 1:
        return fits[0]
    raise UsageError(
        f'{problem}: {_named(fits, ids=True)}. Choose one with --window "TITLE" or --window id:NUMBER; {LIST}.'
    )


def _named(windows: list[WindowInfo], ids: bool = False) -> str:
    if not windows:
        return "none"
    names = [f'"{window.title}"' + (f" (id:{window.id:#x})" if ids else "") for window in windows[:SHOWN]]
    more = len(windows) - SHOWN
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")
