"""The browser source's server: who is served, and what."""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs import browser
from meeting_analyzer.outputs.base import Status
from meeting_analyzer.outputs.browser import MOST_PAGES, BrowserSource, load_token
from meeting_analyzer.outputs.history import History
from meeting_analyzer.types import EMOTIONS, Event, Frame, Mode, Moment, Mood

TOKEN = "a-token-for-the-tests-only"
FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)
HAPPY = tuple(0.7 if name == "happy" else 0.05 for name in EMOTIONS)


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def source(history: History) -> Iterator[BrowserSource]:
    made = BrowserSource(history, 0, TOKEN)
    yield made
    made.close()


def write(history: History, time: float, text: str | None = None, mode: Mode = "emotion") -> None:
    events = (Event(time, "spike", f"Ada Okafor: {text}", unnamed=text),) if text else ()
    mood = Mood(HAPPY if mode == "emotion" else None, 0.55 if mode == "emotion" else None, 22, 3)
    history.write(FRAME, Moment(time, 0, (2, 2), (), mood, mode, events))


def get(source: BrowserSource, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", source.port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read().decode()
    finally:
        connection.close()


class Page:
    """Reads the events of one page."""

    def __init__(self, source: BrowserSource) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", source.port, timeout=10)
        self.connection.request("GET", f"/events?token={TOKEN}")
        self.answer = self.connection.getresponse()

    def next(self) -> dict[str, Any]:
        while not (line := self.answer.readline().decode()).startswith("data: "):
            assert line, "the stream ended"
        found: dict[str, Any] = json.loads(line[6:])
        return found

    def close(self) -> None:
        self.answer.close()
        self.connection.close()


def test_the_page_is_one_file_that_asks_for_nothing_from_outside(source: BrowserSource) -> None:
    status, headers, body = get(source, f"/?token={TOKEN}")
    assert status == 200
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "http://" not in body.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in body
    assert "background: transparent" in body
    assert '"word": "happy", "colour": "#f0e442"' in body


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/?token=wrong", {}),
        ("/events", {}),
        (f"/?token={TOKEN}", {"Host": "evil.example:80"}),
        (f"/events?token={TOKEN}", {"Origin": "https://evil.example"}),
        (f"/events?token={TOKEN}", {"Origin": "null"}),
        ("/?token=ÿ".encode().decode("latin-1"), {}),
    ],
)
def test_without_token_or_from_elsewhere_nothing_is_told(
    source: BrowserSource, path: str, headers: dict[str, str]
) -> None:
    status, _, body = get(source, path.encode("ascii", "ignore").decode(), **headers)
    assert status == 403
    assert TOKEN not in body
    assert "data:" not in body


def test_other_paths_and_methods_are_refused(source: BrowserSource) -> None:
    assert get(source, f"/../etc/passwd?token={TOKEN}")[0] == 404
    with socket.create_connection(("127.0.0.1", source.port), timeout=10) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n")
        assert b" 501 " in raw.recv(100)


def test_it_listens_on_this_computer_only(source: BrowserSource) -> None:
    assert source.url.startswith(f"http://127.0.0.1:{source.port}/?token=")
    assert source._server.server_address[0] == "127.0.0.1"


def test_mood_and_events_come_as_they_happen(source: BrowserSource, history: History) -> None:
    page = Page(source)
    try:
        first = page.next()
        assert (first["hidden"], first["shares"], first["events"]) == (False, None, [])
        write(history, 1.0)
        second = page.next()
        assert second["shares"][EMOTIONS.index("happy")] == 0.7
        assert (second["valence"], second["faces"], second["off"]) == (0.55, 22, 3)
        write(history, 2.0, "4 cameras <b>went</b> off")
        assert page.next()["events"] == [{"text": "4 cameras <b>went</b> off", "time": 2.0}]
        source.set_blank(True)
        assert page.next() == {"hidden": True}
        source.set_blank(False)
        assert page.next()["faces"] == 22
    finally:
        page.close()


def test_the_page_is_emptied_at_once_and_names_nobody(
    source: BrowserSource, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(history, 1.0, "came back")
    monkeypatch.setattr(browser, "EVERY", 3600)
    page = Page(source)
    try:
        first = page.next()
        assert first["events"][0]["text"] == "came back"
        assert "Ada" not in json.dumps(first)
        source.set_blank(True)
        assert page.next() == {"hidden": True}, "long before it would have looked again"
    finally:
        page.close()


def test_presence_mode_tells_no_emotion(source: BrowserSource, history: History) -> None:
    write(history, 1.0, mode="presence")
    state = source.state()
    assert (state["mode"], state["shares"], state["valence"], state["line"]) == ("presence", None, None, [])


def test_what_is_wrong_with_the_call_is_told(source: BrowserSource) -> None:
    source.show(FRAME, None, Status(notice="The window is minimised; restore it."))
    assert source.state()["state"] == "The window is minimised; restore it."
    source.show(FRAME, None, Status())
    assert source.state()["state"] == ""


def test_it_is_watched_while_a_page_is_open(source: BrowserSource, history: History) -> None:
    assert source.watched is False
    page = Page(source)
    page.next()
    assert source.watched is True
    page.close()
    deadline = time.monotonic() + 30
    number = 0
    while source.watched and time.monotonic() < deadline:
        number += 1
        write(history, float(number), f"event {number}")  # by writing it notices that nobody reads
        time.sleep(0.2)
    assert source.watched is False


def test_more_pages_than_any_studio_needs_are_refused(source: BrowserSource) -> None:
    pages = [Page(source) for _ in range(MOST_PAGES)]
    try:
        assert [page.answer.status for page in pages] == [200] * MOST_PAGES
        assert get(source, f"/events?token={TOKEN}")[0] == 503
    finally:
        for page in pages:
            page.close()


def test_closing_ends_the_streams_and_frees_the_port(history: History) -> None:
    made = BrowserSource(history, 0, TOKEN)
    page = Page(made)
    page.next()
    made.close()
    made.close()
    while page.answer.readline():
        continue
    page.close()
    again = BrowserSource(history, made.port, TOKEN)
    again.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "browser source"]


def test_a_port_that_is_taken_is_told_with_the_way_out(source: BrowserSource, history: History) -> None:
    with pytest.raises(OutputError, match="--browser-port"):
        BrowserSource(history, source.port, TOKEN)


def test_the_token_is_made_once_and_is_this_users_only(tmp_path: Path) -> None:
    path = tmp_path / "config" / "token"
    first = load_token(path)
    assert len(first) >= 32
    assert load_token(path) == first
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("short")
    assert load_token(path) != "short"


def test_a_token_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="token"):
        load_token(tmp_path / "file" / "token")
