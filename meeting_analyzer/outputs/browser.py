"""A page for OBS's browser source: the class's mood and its events on a transparent ground, served on this computer only.

The page is one file without anything from outside; what it shows comes by server-sent events (WHATWG HTML, 9.2).
"""

from __future__ import annotations

import contextlib
import hmac
import http.server
import json
import logging
import os
import secrets
import threading
import time
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import platformdirs

from ..errors import OutputError
from ..types import ADJECTIVES, EMOTIONS, Frame, Moment
from ..untrusted import clean
from .base import Status
from .history import History
from .palette import COLOURS

HOST = "127.0.0.1"
EVERY = 0.5
"""Seconds between two looks whether there is something new to show."""
BEAT = 10.0
"""Seconds after which a sign of life is sent, by which a page that is gone is noticed."""
SHOWN_EVENTS = 5
EVENT_AGE = 60.0
"""Seconds for which the page keeps an event."""
MOST_PAGES = 16
"""Pages that are served at once; OBS has one for every browser source."""
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'"
)

log = logging.getLogger(__name__)


def token_file() -> Path:
    """Where the token is kept, so that the address in OBS stays right."""
    return platformdirs.user_config_path("meeting-analyzer", appauthor=False) / "browser-source-token"


def load_token(path: Path | None = None) -> str:
    """The token of this user, made at the first use and readable by this user only. Raises OutputError."""
    path = path or token_file()
    try:
        found = path.read_text(encoding="ascii").strip() if path.exists() else ""
        if len(found) >= 20:
            return found
        path.parent.mkdir(parents=True, exist_ok=True)
        token = secrets.token_urlsafe(24)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token + "\n")
        return token
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(
            f"The browser source's token cannot be kept in {path} ({error}); delete that file."
        ) from error


class BrowserSource:
    """A `live.Display` whose picture is a page that OBS draws.

    Only who knows `url`, with its token, is served, and only under the name of this computer itself, so that no web page in
    a browser can read it. Raises OutputError where the port is taken.
    """

    notice: str | None = None
    lag = 0.0

    def __init__(self, history: History, port: int, token: str | None = None) -> None:
        self._history = history
        self._token = token or load_token()
        self._blanked = False
        self._stop = threading.Event()
        self._pages = 0
        self._changed = threading.Condition()
        self._status = Status()
        try:
            self._server = _Server((HOST, port), _handler(self))
        except OSError as error:
            raise OutputError(
                f"The browser source cannot be served at {HOST}:{port} ({error.strerror}); "
                "choose another port with --browser-port."
            ) from error
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}/?token={self._token}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="browser source", daemon=True
        )
        self._thread.start()

    @property
    def watched(self) -> bool | None:
        """Whether a page is open."""
        return self._pages > 0

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        """Nothing is drawn here; the pages ask the history."""
        self._status = status
        return None

    def set_blank(self, blanked: bool) -> None:
        """Have the pages show nothing at once, or show it again."""
        with self._changed:
            self._blanked = blanked
            self._changed.notify_all()

    def set_names(self, names: bool) -> None:
        """The page names nobody."""

    def close(self) -> None:
        """Part from the pages and close the port. Idempotent."""
        if not self._stop.is_set():
            self._stop.set()
            with self._changed:
                self._changed.notify_all()
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def state(self) -> dict[str, Any]:
        """What the page shows now, as it is sent."""
        seen = self._history.overview()
        if self._blanked:
            return {"hidden": True}
        mood = seen.mood
        known = mood is not None and mood.emotion is not None and seen.mode == "emotion"
        shares = mood.emotion if mood is not None and known else None
        return {
            "hidden": False,
            "state": "" if self._status.state == "live" else clean(self._status.state),
            "mode": seen.mode,
            "faces": mood.faces if mood else 0,
            "off": mood.cameras_off if mood else 0,
            "valence": round(mood.valence, 2) if mood and mood.valence is not None and known else None,
            "shares": [round(share, 3) for share in shares] if shares else None,
            "line": [None if np.isnan(v) else round(float(v), 2) for v in seen.valence] if known else [],
            "events": [
                {"text": clean(event.unnamed), "time": round(event.time, 1)}
                for event in seen.events[:SHOWN_EVENTS]
                if seen.time - event.time <= EVENT_AGE
            ],
        }

    def page(self) -> bytes:
        """The page with the classes' words and colours in it."""
        classes = [
            {"word": ADJECTIVES[name], "colour": "#{2:02x}{1:02x}{0:02x}".format(*COLOURS[name])} for name in EMOTIONS
        ]
        text = resources.files(__package__).joinpath("browser.html").read_text(encoding="utf-8")
        return text.replace("/* CLASSES */ []", json.dumps(classes)).encode()

    def allowed(self, host: str, origin: str | None, token: str) -> bool:
        """Whether a request is from a page of ours: by its Host, its Origin and the token."""
        ours = {f"{HOST}:{self.port}", f"localhost:{self.port}"}
        right = hmac.compare_digest(token.encode(), self._token.encode())
        return right and host in ours and (origin is None or origin in {f"http://{name}" for name in ours})

    def enter(self) -> bool:
        """One more page; False when there are too many."""
        with self._changed:
            if self._pages >= MOST_PAGES:
                return False
            self._pages += 1
            return True

    def leave(self) -> None:
        """One page less."""
        with self._changed:
            self._pages -= 1

    def wait(self, hidden: bool) -> bool:
        """Wait a little, or until the call is no longer as `hidden` as a page shows it; False when it is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._blanked != hidden or self._stop.is_set(), EVERY)
        return not self._stop.is_set()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # there it would share a port that is taken

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.info("a page of the browser source broke off", exc_info=True)


def _handler(source: BrowserSource) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        server_version, sys_version = "meeting-analyzer", ""

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            token = parse_qs(address.query).get("token", [""])[0]
            if not source.allowed(self.headers.get("Host", ""), self.headers.get("Origin"), token):
                self._answer(403, b"This page is for OBS on this computer; use the address that live printed.\n")
            elif address.path == "/":
                self._answer(200, source.page(), "text/html; charset=utf-8")
            elif address.path == "/events":
                self._stream()
            else:
                self._answer(404, b"There is nothing here.\n")

        def _answer(self, code: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(code)
            self._headers(kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _headers(self, kind: str) -> None:
            self.send_header("Content-Type", kind)
            for name, value in {
                "Content-Security-Policy": POLICY,
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Resource-Policy": "same-origin",
                "Cache-Control": "no-store",
            }.items():
                self.send_header(name, value)

        def _stream(self) -> None:
            if not source.enter():
                self._answer(503, b"Too many pages are open.\n")
                return
            self.close_connection = True
            try:
                self.send_response(200)
                self._headers("text/event-stream")
                self.end_headers()
                told, at = "", 0.0
                going = True
                while going:
                    state = source.state()
                    text = json.dumps(state, ensure_ascii=False)
                    if text != told:
                        self.wfile.write(f"data: {text}\n\n".encode())
                        told, at = text, time.monotonic()
                    elif time.monotonic() - at > BEAT:
                        self.wfile.write(b": still here\n\n")
                        at = time.monotonic()
                    going = source.wait(state["hidden"])
            except OSError:
                pass  # the page was closed
            finally:
                source.leave()

        def log_message(self, format: str, *arguments: object) -> None:
            with contextlib.suppress(ValueError):
                log.debug("browser source: %s", urlsplit(str(arguments[0]) if arguments else "").path)

    return Handler
