"""Which windows are calls: Zoom, Google Meet, Microsoft Teams, Webex, Jitsi Meet, BigBlueButton.

Titles are matched whole, after the browser's own suffix is cut off, because a page about a meeting program also has
its name in the title. How sure a match is decides which window is chosen by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMES = {
    "zoom": "Zoom",
    "meet": "Google Meet",
    "teams": "Microsoft Teams",
    "webex": "Webex",
    "jitsi": "Jitsi Meet",
    "bigbluebutton": "BigBlueButton",
}
SURE, LIKELY, IDLE = 3, 2, 1
"""A call; most likely a call; the program, but its home window, chat, calendar or a page before the call."""


@dataclass(frozen=True, slots=True)
class Match:
    """A recognised window: `client` is a key of NAMES, `sure` one of SURE, LIKELY, IDLE."""

    client: str
    sure: int


_BROWSER_APP = re.compile(
    r"chrom|firefox|msedge|microsoft edge|brave|opera|vivaldi|safari|arc\b|epiphany|falkon|librewolf", re.I
)
_BROWSERS = r"Google Chrome|Chromium|(?:Mozilla )?Firefox|Brave|Opera|Vivaldi|Safari|LibreWolf"
# Edge puts the profile before its name and a zero-width space into it
_BROWSER_SUFFIX = re.compile(
    rf"\s+[-–—]\s+(?:(?:[^-–—]+\s[-–—]\s+)?Microsoft\W*Edge|{_BROWSERS})(?:\s+\(.*\)|\s+[-–—]\s+.*)?$",
    re.I,
)
_EDGE_PAGES = re.compile(r"\s+and \d+ more pages?$", re.I)
_COUNTER = re.compile(r"^(?:\(\d+\+?\)|[•●🔴🔊🎥📹])\s*")
_PWA = re.compile(r"^(?:Google Meet|Zoom|Jitsi Meet)\s+-\s+(?=\S)")
_MEET_CODE = r"[a-z]{3}-[a-z]{4}-[a-z]{3}"

_ZOOM_MEETING = (
    r"Zoom[ -](?:Meeting|Webinar|Workshop|vergadering|möte|mötet|møte|møde|ミーティング|ウェビナー|Toplantısı|kokous)"
    r"|Zoom ?(?:会议|會議|회의)|اجتماع Zoom|Webinaire Zoom|Seminario web de Zoom"
    r"|(?:Réunion|Reunión de|Reunião(?: do)?|Riunione|Spotkanie(?: w)?|Конференция|Зустріч|Pertemuan|Rapat|Cuộc họp"
    r"|Σύσκεψη|Schůzka) Zoom"
)
_ZOOM_TAIL = r"(?: \d+[ -]Min\w*| on Web| Participant ID.*| ID.*)?(?: [-–] Zoom)?"
_TEAMS_PLACES = (
    "chat|calendar|activity|teams|teams and channels|calls|files|onedrive|apps|settings|search|copilot|assignments"
    "|communities|people|home|store|help|kalender|aktivität|anrufe|dateien|personen|calendrier|conversations?|activité"
    "|appels|fichiers|équipes|calendario|actividad|llamadas|archivos|equipos|attività|chiamate|agenda|calendário"
    "|atividade|chamadas|join conversation|sign in|log in|meeting compact view.*|download.*|video conferencing.*"
    "|microsoft teams"
)
_TEAMS_MEETING = (
    "meeting|call|besprechung|anruf|réunion|appel|reunión|llamada|riunione|chiamata|reunião|chamada|vergadering|möte"
    "|spotkanie|会議|通話|会议|회의|собрание"
)
_WEBEX_PLACES = (
    r"(?:cisco )?webex(?: app)?|settings|preferences|(?:audio|call|device) settings|sign in.*|meetings"
    r"|messag(?:es|ing)|calling|teams|contacts"
)

BROWSER = "browser"
# (client, how sure, pattern that the whole title must match, the program: a pattern, BROWSER, or None for any)
_RULES: tuple[tuple[str, int, str, str | None], ...] = (
    ("zoom", SURE, rf"(?:.{{1,80}}['’]s )?(?:{_ZOOM_MEETING}){_ZOOM_TAIL}", None),
    ("zoom", SURE, r"Meeting", r"zoom"),
    ("zoom", IDLE, r"Zoom|Zoom Workplace|Zoom Cloud Meetings|(?:(?:Launch|Join|My|Post|Start) .*) [-–] Zoom", None),
    ("zoom", IDLE, r".*", r"zoom(?:\.us|\.exe| workplace)?"),
    (
        "meet",
        SURE,
        rf"Meet\s*[-–—:]\s*{_MEET_CODE}|{_MEET_CODE}(?: [-–|] Google Meet)?|.+ [-–|] {_MEET_CODE} [-–|] Google Meet",
        None,
    ),
    ("meet", LIKELY, r"Meet\s*[-–—]\s+\S.*", BROWSER),
    ("meet", IDLE, r"Google Meet(?: [-–—:|] .*)?", None),
    ("teams", IDLE, rf"(?:{_TEAMS_PLACES})(?: ?\|.*)? ?\| ?Microsoft Teams.*|Microsoft Teams(?: \(.*\))?", None),
    ("teams", SURE, rf".*(?:{_TEAMS_MEETING}).*\| ?Microsoft Teams(?: \(.*\))?", None),
    ("teams", LIKELY, r"\S.*\| ?Microsoft Teams(?: \(.*\))?", None),
    ("teams", IDLE, r".*", r"ms-teams(?:\.exe)?|(?:microsoft )?teams(?:\.exe)?|teams-for-linux"),
    ("webex", IDLE, _WEBEX_PLACES, r".*webex.*|ciscocollabhost(?:\.exe)?"),
    (
        "webex",
        SURE,
        r"(?:.+ [-–|] )?(?:Cisco )?Webex (?:Meeting|Webinar|Event|Training|Réunion|Reunión)s?(?: [-–|] .+)?",
        None,
    ),
    (
        "webex",
        SURE,
        r".+['’]s (?:Personal Room|meeting)(?: [-–|] .*Webex.*)?",
        r".*webex.*|atmgr.*|ciscocollabhost(?:\.exe)?",
    ),
    ("webex", SURE, r".+", r"atmgr(?:\.exe)?"),
    ("webex", LIKELY, r".+", r"webex(?:mta)?(?:\.exe)?|ciscocollabhost(?:\.exe)?|cisco webex meetings"),
    ("webex", IDLE, r"(?:.+ [-–|] )?(?:Cisco )?Webex(?: [-–|] .+)?", None),
    ("jitsi", SURE, r"\S.* \| Jitsi Meet", None),
    ("jitsi", LIKELY, r"Jitsi Meet", r"jitsi.?meet(?:\.exe)?"),
    ("jitsi", IDLE, r"Jitsi Meet", None),
    ("bigbluebutton", IDLE, r"(?:Home|Sign in|Log in|Rooms|Dashboard) [-–|] BigBlueButton", None),
    ("bigbluebutton", SURE, r"BigBlueButton\s*[-–—|]\s*\S.*", None),
    ("bigbluebutton", LIKELY, r"\S.* [-–—|] BigBlueButton", BROWSER),
    ("bigbluebutton", IDLE, r"BigBlueButton", None),
)
_COMPILED = tuple(
    (client, sure, re.compile(title, re.I), re.compile(app, re.I) if app else None)
    for client, sure, title, app in _RULES
)


def page_title(title: str) -> str:
    """The page's own title: a browser's suffix, an installed page's prefix and a counter of messages are cut off."""
    title = _EDGE_PAGES.sub("", _BROWSER_SUFFIX.sub("", title.strip()))
    return _PWA.sub("", _COUNTER.sub("", title)).strip()


def recognise(title: str, app: str = "") -> Match | None:
    """The meeting client that a window belongs to, by its title and program; None when it is none of them."""
    page = page_title(title)
    program = BROWSER if _BROWSER_APP.search(app) or _BROWSER_SUFFIX.search(title.strip()) else app
    for client, sure, title_pattern, app_pattern in _COMPILED:
        if title_pattern.fullmatch(page) and (app_pattern is None or app_pattern.fullmatch(program)):
            return Match(client, sure)
    return None
