"""Alerts in OBS Studio by obs-websocket 5: a text source, and a scene that is shown while there is an alert.

Protocol: github.com/obsproject/obs-websocket, docs/generated/protocol.md; spoken by obsws-python (extra `obs`).
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ..errors import OutputError, UsageError
from ..types import Frame, Moment
from ..untrusted import clean
from .base import Status
from .history import History

RETRY = 5.0
"""Seconds between attempts to reach an OBS that is not there."""
EVERY = 0.25
"""Seconds between two looks for a new alert."""
SHOWN = 15.0
"""Seconds for which an alert is shown."""
TIMEOUT = 3.0
TEXT_KINDS = ("text_gdiplus_v3", "text_gdiplus_v2", "text_ft2_source_v2")
"""Text sources of Windows, and of Linux and macOS, the newest first."""
NOT_FOUND = 600  # RequestStatus::ResourceNotFound
HOW = "Tools > WebSocket Server Settings > Enable WebSocket server"

log = logging.getLogger(__name__)


def parse_address(text: str) -> tuple[str, int]:
    """(host, port) from "127.0.0.1:4455" or "on", which means just that. Raises UsageError."""
    if text == "on":
        return "127.0.0.1", 4455
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise UsageError(f"obs is {text!r}, but it must be off, on or HOST:PORT, for example 127.0.0.1:4455.")
    return host, int(port)


class ObsAlerts:
    """A `live.Display` without a picture: the newest event as text in OBS, and a scene for as long as it is shown.

    source: name of the text source, made in the scene that is shown where there is none; scene: the scene for alerts, or
    "" for none; afterwards the scene from before is shown again, unless somebody chose another one meanwhile. A thread of
    its own talks to OBS; one that is not running is tried again every 5 seconds, which is said once each way. Raises
    OutputError where obsws-python is missing.
    """

    def __init__(
        self,
        history: History,
        host: str,
        port: int,
        password: str,
        source: str,
        scene: str = "",
        *,
        notify: Callable[[str], None] = log.warning,
        retry: float = RETRY,
        shown: float = SHOWN,
    ) -> None:
        try:
            self._client: Any = importlib.import_module("obsws_python.baseclient").ObsClient
            self._failures: tuple[type[Exception], ...] = (
                importlib.import_module("obsws_python.error").OBSSDKError,
                importlib.import_module("websocket").WebSocketException,
                OSError,
                ValueError,  # an answer that is no JSON, of a connection that ends
            )
        except ImportError as error:
            raise OutputError('Alerts in OBS need obsws-python: pip install "meeting-analyzer[obs]".') from error
        # it logs every failed attempt with its traceback, and the password
        logging.getLogger("obsws_python").setLevel(logging.CRITICAL + 1)
        self._history, self._notify, self._retry, self._for = history, notify, retry, shown
        self._where = {"host": host, "port": port, "password": password, "timeout": TIMEOUT}
        self._source, self._scene = source, scene
        self._blanked = False
        self._connected = False
        self._before: str | None = None
        self._stop, self._wake = threading.Event(), threading.Event()
        self.notice: str | None = None
        self.lag = 0.0
        self._thread = threading.Thread(target=self._run, name="OBS", daemon=True)
        self._thread.start()

    @property
    def watched(self) -> bool | None:
        """Whether OBS is there."""
        return self._connected

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        """Nothing is drawn; what is told comes from the history."""
        return None

    def set_blank(self, blanked: bool) -> None:
        """Take alerts away at once and show none, or show them again."""
        self._blanked = blanked
        self._wake.set()

    def set_names(self, names: bool) -> None:
        """Alerts name nobody."""

    def close(self) -> None:
        """Take the alert away and part from OBS. Idempotent."""
        self._stop.set()
        self._wake.set()
        self._thread.join(2 * TIMEOUT)

    def _run(self) -> None:
        while not self._stop.is_set():
            client = None
            try:
                client = self._client(**self._where)
                client.authenticate()
                self._make_source(client)
                self._connected = True
                if self.notice is not None:
                    self._notify("OBS is back.")
                    self.notice = None
                self._tell(client)
            except self._failures as error:
                self._say(error, client is not None)
            finally:
                self._connected = False
                if client is not None:
                    with contextlib.suppress(*self._failures):
                        client.ws.close()
                    client.ws.shutdown()  # after a refusal close leaves the socket open
            self._stop.wait(self._retry)

    def _tell(self, client: Any) -> None:
        """Keep the text and the scene as they should be; returns when it is over."""
        told: str | None = None
        newest: object = None
        until = 0.0
        while True:
            ending = self._stop.is_set()
            events = self._history.overview().events
            if events and events[0] is not newest:
                newest, until = events[0], time.monotonic() + self._for
            alert = events[0].unnamed if events and time.monotonic() < until else ""
            text = "" if self._blanked or ending else clean(alert)
            if text != told:
                self._ask(client, "SetInputSettings", inputName=self._source, inputSettings={"text": text})
                self._switch(client, bool(text))
                told = text
            if ending:
                return
            self._wake.wait(EVERY)
            self._wake.clear()

    def _switch(self, client: Any, alert: bool) -> None:
        """Show the scene for alerts, or the one from before."""
        if not self._scene:
            return
        now = self._ask(client, "GetCurrentProgramScene")["currentProgramSceneName"]
        if alert and now != self._scene:
            self._before = now
            self._ask(client, "SetCurrentProgramScene", sceneName=self._scene)
        elif not alert:
            if self._before is not None and now == self._scene:
                self._ask(client, "SetCurrentProgramScene", sceneName=self._before)
            self._before = None

    def _make_source(self, client: Any) -> None:
        """Make the text source where there is none, and see that the scene is there."""
        if self._scene:
            scenes = [scene["sceneName"] for scene in self._ask(client, "GetSceneList")["scenes"]]
            if self._scene not in scenes:
                there = ", ".join(clean(scene) for scene in scenes)
                self._notify(f"OBS has no scene {self._scene!r}, so none is switched to; there are: {there}.")
                self._scene = ""
        response = client.req("GetInputSettings", {"inputName": self._source})
        if response["requestStatus"]["code"] != NOT_FOUND:
            return
        kinds = self._ask(client, "GetInputKindList")["inputKinds"]
        kind = next((kind for kind in TEXT_KINDS if kind in kinds), None)
        if kind is None:
            self._notify(f"OBS has no text source of a kind that is known; make one and name it {self._source!r}.")
            return
        scene = self._scene or self._ask(client, "GetCurrentProgramScene")["currentProgramSceneName"]
        self._ask(
            client,
            "CreateInput",
            sceneName=scene,
            inputName=self._source,
            inputKind=kind,
            inputSettings={"text": ""},
            sceneItemEnabled=True,
        )
        self._notify(f"Made the text source {self._source!r} in OBS's scene {clean(scene)!r}; move it where you like.")

    def _ask(self, client: Any, request: str, **data: object) -> dict[str, Any]:
        """One request; raises ValueError where OBS refuses it."""
        response = client.req(request, data)
        status = response["requestStatus"]
        if not status["result"]:
            raise ValueError(f"{request}: {status.get('comment') or status['code']}")
        return dict(response.get("responseData") or {})

    def _say(self, error: Exception, reached: bool) -> None:
        """Say once what is wrong and how to mend it."""
        if self._stop.is_set():
            return
        where = f"{self._where['host']}:{self._where['port']}"
        if not reached:
            said = f"OBS does not answer at {where}: start it, and switch on {HOW}; it is tried again."
        elif "identify" in str(error) or "password" in str(error):
            said = f"OBS at {where} refuses the password: take it from {HOW.split(' > E')[0]} > Show Connect Info."
        else:
            said = f"OBS at {where} stopped answering ({clean(str(error)) or type(error).__name__}); it is tried again."
        if self.notice is None or said.partition(":")[0] != self.notice.partition(":")[0]:
            self.notice = said
            self._notify(said)
