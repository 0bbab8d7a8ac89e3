"""Which titles are calls, which are only the program, and which merely mention it."""

from __future__ import annotations

import pytest

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.sources.choose import choose_window
from meeting_analyzer.sources.clients import IDLE, LIKELY, SURE, page_title, recognise
from meeting_analyzer.sources.windows import WindowInfo, list_windows
from meeting_analyzer.types import Box

CALLS = [
    ("Zoom Meeting", "zoom.us", "zoom", SURE),
    ("Zoom Meeting", "Zoom.exe", "zoom", SURE),
    ("Zoom Meeting 40-Minutes", "Zoom.exe", "zoom", SURE),
    ("Meeting", "zoom", "zoom", SURE),
    ("Zoom Webinar", "zoom", "zoom", SURE),
    ("Zoom-Meeting", "Zoom.exe", "zoom", SURE),
    ("Réunion Zoom", "Zoom.exe", "zoom", SURE),
    ("Reunión de Zoom", "zoom.us", "zoom", SURE),
    ("Zoom ミーティング", "zoom.us", "zoom", SURE),
    ("Zoom 会议", "Zoom.exe", "zoom", SURE),
    ("Zoom会议", "Zoom.exe", "zoom", SURE),
    ("Конференция Zoom", "Zoom.exe", "zoom", SURE),
    ("Ada Lovelace's Zoom Meeting", "zoom.us", "zoom", SURE),
    ("Ada’s Zoom Meeting - Zoom - Google Chrome", "Google-chrome", "zoom", SURE),
    ("Meet - abc-defg-hij - Google Chrome", "chrome.exe", "meet", SURE),
    ("Meet – abc-defg-hij — Mozilla Firefox", "firefox", "meet", SURE),
    ("Meet – abc-defg-hij and 3 more pages - Personal - Microsoft\u200b Edge", "msedge.exe", "meet", SURE),
    ("(2) Meet – abc-defg-hij", "Chromium", "meet", SURE),
    ("Google Meet - Meet – abc-defg-hij", "Google Meet", "meet", SURE),
    ("Meet – Biology, year 9 - Google Chrome", "Google Chrome", "meet", LIKELY),
    ("Weekly lesson | Microsoft Teams", "ms-teams.exe", "teams", LIKELY),
    ("Meeting in General | Microsoft Teams", "Teams.exe", "teams", SURE),
    ("Besprechung mit Ada | Microsoft Teams", "ms-teams.exe", "teams", SURE),
    ("Meeting with Ada | Microsoft Teams - Google Chrome", "chrome.exe", "teams", SURE),
    ("Cisco Webex Meetings", "atmgr.exe", "webex", SURE),
    ("Ada's Personal Room", "Webex", "webex", SURE),
    ("Algebra", "CiscoCollabHost.exe", "webex", LIKELY),
    ("Webex Meeting - Google Chrome", "chrome.exe", "webex", SURE),
    ("Algebra | Jitsi Meet - Chromium", "Chromium", "jitsi", SURE),
    ("Jitsi Meet", "jitsi-meet", "jitsi", LIKELY),
    ("BigBlueButton - Class 7b — Mozilla Firefox", "firefox", "bigbluebutton", SURE),
    ("Class 7b - BigBlueButton - Google Chrome", "chrome.exe", "bigbluebutton", LIKELY),
]
IDLE_WINDOWS = [
    ("Zoom", "zoom", "zoom"),
    ("Zoom Workplace", "Zoom.exe", "zoom"),
    ("Zoom Workplace - Free account", "Zoom.exe", "zoom"),
    ("Settings", "zoom.us", "zoom"),
    ("Launch Meeting - Zoom - Google Chrome", "chrome.exe", "zoom"),
    ("Google Meet - Google Chrome", "chrome.exe", "meet"),
    ("Calendar | Microsoft Teams", "ms-teams.exe", "teams"),
    ("(4) Chat | Ada | Microsoft Teams", "ms-teams.exe", "teams"),
    ("Kalender | Microsoft Teams", "ms-teams.exe", "teams"),
    ("Microsoft Teams", "ms-teams.exe", "teams"),
    ("Webex", "CiscoCollabHost.exe", "webex"),
    ("Jitsi Meet - Google Chrome", "chrome.exe", "jitsi"),
    ("BigBlueButton - Google Chrome", "chrome.exe", "bigbluebutton"),
]
OTHERS = [
    ("How to join a Zoom Meeting - YouTube - Google Chrome", "chrome.exe"),
    ("Zoom - Wikipedia — Mozilla Firefox", "firefox"),
    ("Zoom Meeting notes.docx - LibreOffice Writer", "soffice"),
    ("Google Meet: online video calls - Search - Google Chrome", "chrome.exe"),
    ("Meet the team - Contoso - Google Chrome", "chrome.exe"),
    ("Meet – minutes.txt", "gedit"),
    ("Microsoft Teams vs Zoom - Google Chrome", "chrome.exe"),
    ("bigbluebutton/bigbluebutton: Complete web conferencing system - GitHub - Chromium", "Chromium"),
    ("Inbox (3) - Gmail - Google Chrome", "chrome.exe"),
    ("Untitled document", ""),
    ("", "zoomer"),
]


@pytest.mark.parametrize(("title", "app", "client", "sure"), CALLS)
def test_calls(title: str, app: str, client: str, sure: int) -> None:
    match = recognise(title, app)
    assert match is not None
    assert (match.client, match.sure) == (client, sure)


@pytest.mark.parametrize(("title", "app", "client"), IDLE_WINDOWS)
def test_the_program_without_a_call(title: str, app: str, client: str) -> None:
    match = recognise(title, app)
    assert match is not None
    assert (match.client, match.sure) == (client, IDLE)


@pytest.mark.parametrize(("title", "app"), OTHERS)
def test_titles_that_only_mention_one(title: str, app: str) -> None:
    assert recognise(title, app) is None


@pytest.mark.parametrize(
    ("title", "page"),
    [
        ("A - b - Google Chrome", "A - b"),
        ("A — Mozilla Firefox (Private Browsing)", "A"),
        ("A and 12 more pages - Work - Microsoft\u200b Edge", "A"),
        ("(12) A - Brave", "A"),
        ("Chromium", "Chromium"),
        ("A - Chromium - Ada", "A"),
    ],
)
def test_browser_suffixes(title: str, page: str) -> None:
    assert page_title(title) == page


def window(
    number: int, title: str, app: str = "", size: tuple[int, int] = (800, 600), minimised: bool = False
) -> WindowInfo:
    return WindowInfo(number, title, app, Box(0, 0, *size), minimised)


class Listed:
    """A finder that only lists."""

    def __init__(self, *windows: WindowInfo) -> None:
        self._windows = list(windows)

    def windows(self) -> list[WindowInfo]:
        return self._windows

    def refresh(self, window: WindowInfo) -> WindowInfo | None:
        return window

    def above(self, window: WindowInfo) -> list[WindowInfo]:
        return []

    def close(self) -> None:
        self._windows = []


def choose(query: str | None, *windows: WindowInfo) -> int:
    return choose_window(list_windows(Listed(*windows)), query).id


def test_exact_wins_over_the_beginning_and_that_over_a_part() -> None:
    windows = window(1, "My Gallery view"), window(2, "Gallery view of art"), window(3, "GALLERY")
    assert choose("gallery", *windows) == 3
    assert choose("gallery v", *windows) == 2
    assert choose("y view", window(1, "My Gallery view"), window(3, "GALLERY")) == 1


def test_a_query_prefers_calls_and_shown_windows() -> None:
    assert choose("zoom", window(1, "Zoom news - Chromium", "Chromium"), window(2, "Zoom Meeting", "zoom")) == 2
    assert choose("notes", window(1, "notes one", minimised=True), window(2, "notes two")) == 2


@pytest.mark.parametrize("query", [None, "", "  "])
def test_the_surest_call_is_chosen(query: str | None) -> None:
    assert choose(query, window(1, "Weekly | Microsoft Teams", "ms-teams.exe"), window(2, "Zoom Meeting", "zoom")) == 2
    assert (
        choose(query, window(1, "Meet – Weekly", "chrome", minimised=True), window(2, "A | Microsoft Teams", "teams"))
        == 2
    )


def test_twins_the_larger_is_chosen() -> None:
    assert (
        choose(None, window(1, "Zoom Meeting", "zoom", (100, 80)), window(2, "Zoom Meeting", "zoom", (1280, 720))) == 2
    )


def test_several_calls_are_a_question() -> None:
    with pytest.raises(UsageError) as raised:
        choose(None, window(16, "Zoom Meeting", "zoom"), window(2, "Meet - abc-defg-hij", "chrome"))
    assert str(raised.value) == (
        'Several calls are open: "Zoom Meeting" (id:0x10), "Meet - abc-defg-hij" (id:0x2). Choose one with '
        '--window "TITLE" or --window id:NUMBER; `meeting-analyzer windows` lists them all.'
    )


def test_a_program_without_a_call_is_named() -> None:
    with pytest.raises(SourceError, match='"Zoom Workplace" is open, but no window looks like a call: join the call'):
        choose(None, window(1, "Zoom Workplace", "zoom"), window(2, "Notes"))
    with pytest.raises(SourceError, match=r"No call is open .*open now: none"):
        choose(None)


def test_ids() -> None:
    windows = window(255, "A"), window(256, "B")
    assert choose("id:0xff", *windows) == 255
    assert choose("ID:256", *windows) == 256
    with pytest.raises(SourceError, match="No window has the id 0x5"):
        choose("id:5", *windows)
    with pytest.raises(UsageError, match="'id:abc' is not a window id"):
        choose("id:abc", *windows)


def test_many_windows_are_not_all_named() -> None:
    with pytest.raises(SourceError, match="and 4 more"):
        choose("nothing", *(window(n, f"Window {n}") for n in range(12)))


def test_own_windows_are_never_meant() -> None:
    own = window(1, "Meeting analyzer – Zoom Meeting"), window(2, "ada@host: meeting-analyzer live --window Zoom")
    assert list_windows(Listed(*own)) == []
    with pytest.raises(SourceError, match="No window has 'Zoom' in its title"):
        choose("Zoom", *own)
