"""Alerts and scenes in the real OBS Studio, under Xvfb with software OpenGL."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meeting_analyzer.outputs.history import History
from meeting_analyzer.outputs.obs import ObsAlerts
from meeting_analyzer.types import Event, Frame, Moment

from .conftest import eventually, stop

FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)
PASSWORD = "sesame-open"


class Studio:
    """A running OBS and a second connection to look into it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.folder = folder
        (folder / "obs-studio").mkdir(parents=True)
        (folder / "obs-studio" / "global.ini").write_text(
            "[General]\nFirstRun=true\nLicenseAccepted=true\nEnableAutoUpdates=false\n[OBSWebSocket]\nFirstLoad=false\n"
            f"ServerEnabled=true\nServerPort={self.port}\nAlertsEnabled=false\nAuthRequired=true\n"
            f"ServerPassword={PASSWORD}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None
        self.client: Any = None

    def start(self) -> None:
        from obsws_python.baseclient import ObsClient

        # OpenCV tells Qt programs that are started from here to take its own Qt plugins
        environment = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
        environment |= {"XDG_CONFIG_HOME": str(self.folder), "HOME": str(self.folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
        words = ["obs", "--multi", "--minimize-to-tray"]
        self.process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def connected() -> bool:
            with contextlib.suppress(OSError):
                client = ObsClient(host="127.0.0.1", port=self.port, password=PASSWORD, timeout=5)
                client.authenticate()
                self.client = client
            return self.client is not None

        eventually(connected, "the start of OBS", 90)

    def ask(self, request: str, **data: object) -> dict[str, Any]:
        answer = self.client.req(request, data)
        return {"code": answer["requestStatus"]["code"], **(answer.get("responseData") or {})}

    def text(self) -> str | None:
        found = self.ask("GetInputSettings", inputName="Class")
        return str(found["inputSettings"].get("text", "")) if found["code"] == 100 else None

    def scene(self) -> str:
        return str(self.ask("GetCurrentProgramScene")["currentProgramSceneName"])

    def stop(self) -> None:
        if self.client is not None:
            self.client.ws.close()
            self.client = None
        if self.process is not None:
            stop(self.process)
            self.process = None


@pytest.fixture
def studio(x_display: str, tmp_path: Path) -> Iterator[Studio]:
    if shutil.which("obs") is None:
        pytest.skip("not installed: obs (apt install obs-studio)")
    pytest.importorskip("obsws_python", reason="not installed: obsws-python (extra obs)")
    made = Studio(tmp_path / "config")
    yield made
    made.stop()


def event(history: History, at: float, text: str) -> None:
    history.write(FRAME, Moment(at, 0, (2, 2), events=(Event(at, "cameras_off", f"Ada: {text}", unnamed=text),)))


def test_alerts_and_the_scene_in_the_real_obs(studio: Studio) -> None:
    history, said = History(), []
    alerts = ObsAlerts(history, "127.0.0.1", studio.port, PASSWORD, "Class", notify=said.append, retry=0.5, shown=2)
    try:
        eventually(lambda: bool(said), "the sentence that OBS does not answer")
        assert "OBS does not answer" in said[0]
        studio.start()
        eventually(lambda: studio.text() == "", "the making of the text source", 30)
        assert "OBS is back." in said
        event(history, 1.0, "4 cameras went off: Zoë, 王伟")
        eventually(lambda: studio.text() == "4 cameras went off: Zoë, 王伟", "the alert")
        eventually(lambda: studio.text() == "", "the end of the alert")
    finally:
        alerts.close()
    lesson = studio.scene()
    assert studio.ask("CreateScene", sceneName="Quiet class")["code"] == 100
    alerts = ObsAlerts(history, "127.0.0.1", studio.port, PASSWORD, "Class", "Quiet class", notify=said.append, shown=2)
    try:
        event(history, 2.0, "the class appears surprised")
        eventually(lambda: studio.scene() == "Quiet class", "the switch of scenes")
        eventually(lambda: studio.scene() == lesson, "the switch back")
    finally:
        alerts.close()


def test_the_real_obs_refuses_a_wrong_password(studio: Studio) -> None:
    studio.start()
    said: list[str] = []
    alerts = ObsAlerts(History(), "127.0.0.1", studio.port, "wrong", "Class", notify=said.append)
    try:
        eventually(lambda: bool(said), "the sentence on the password")
        assert "refuses the password" in said[0]
    finally:
        alerts.close()
