"""Alerts in OBS against a stand-in that answers as the protocol says; the real OBS is in tests/e2e/test_obs.py."""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from meeting_analyzer.errors import OutputError, UsageError
from meeting_analyzer.outputs import obs
from meeting_analyzer.outputs.history import History
from meeting_analyzer.outputs.obs import ObsAlerts, parse_address
from meeting_analyzer.types import Event, Frame, Moment

pytest.importorskip("obsws_python", reason="not installed: obsws-python (extra obs)")
FRAME = Frame(np.zeros((2, 2, 3), np.uint8), 0.0, 0)


class Studio:
    """OBS as far as it is asked: scenes, inputs and their texts. `up` and `password` may change."""

    def __init__(self) -> None:
        self.up, self.password = True, "sesame"
        self.scenes, self.scene = ["Lesson", "Alert"], "Lesson"
        self.texts: dict[str, str] = {}
        self.asked: list[str] = []
        self.connections = 0
        self.closed = 0

    def client(self, host: str, port: int, password: str, timeout: float) -> Any:
        if not self.up:
            raise ConnectionRefusedError(111, "Connection refused")
        self.connections += 1
        return types.SimpleNamespace(
            authenticate=lambda: self._authenticate(password),
            req=self.req,
            ws=types.SimpleNamespace(close=lambda: None, shutdown=self._close),
        )

    def _authenticate(self, password: str) -> None:
        if password != self.password:
            raise ValueError("failed to identify client with the server, please check connection settings")

    def _close(self) -> None:
        self.closed += 1

    def req(self, request: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        if not self.up:
            raise ConnectionResetError(104, "Connection reset by peer")
        self.asked.append(request)
        data, answer, code = data or {}, {}, 100
        if request == "GetSceneList":
            answer = {"scenes": [{"sceneName": name} for name in self.scenes]}
        elif request == "GetCurrentProgramScene":
            answer = {"currentProgramSceneName": self.scene}
        elif request == "SetCurrentProgramScene":
            self.scene = data["sceneName"]
        elif request == "GetInputKindList":
            answer = {"inputKinds": ["image_source", "text_ft2_source_v2"]}
        elif request == "CreateInput":
            assert data["inputKind"] == "text_ft2_source_v2"
            self.texts[data["inputName"]] = ""
        elif data["inputName"] not in self.texts:
            code = 600
        elif request == "SetInputSettings":
            self.texts[data["inputName"]] = data["inputSettings"]["text"]
        return {"requestStatus": {"result": code == 100, "code": code}, "responseData": answer}


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def alerts(
    studio: Studio, history: History, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ObsAlerts]]:
    made: list[ObsAlerts] = []
    monkeypatch.setattr(obs, "EVERY", 0.01)
    monkeypatch.setattr("obsws_python.baseclient.ObsClient", studio.client)

    def start(password: str = "sesame", scene: str = "", shown: float = 0.5) -> ObsAlerts:
        more: dict[str, Any] = {"notify": said.append, "retry": 0.05, "shown": shown}
        made.append(ObsAlerts(history, "127.0.0.1", 4455, password, "Class", scene, **more))
        return made[-1]

    yield start
    for each in made:
        each.close()


def happens(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return condition()


def event(history: History, text: str, at: float = 1.0) -> None:
    history.write(FRAME, Moment(at, 0, (2, 2), events=(Event(at, "spike", f"Ada Okafor: {text}", unnamed=text),)))


def test_an_event_is_shown_for_a_while_in_a_source_that_is_made(
    studio: Studio, history: History, said: list[str], alerts: Callable[..., ObsAlerts]
) -> None:
    alerts()
    assert happens(lambda: "Class" in studio.texts)
    assert happens(lambda: bool(said))
    assert "Made the text source 'Class'" in said[0]
    event(history, "4 cameras\nwent off")
    assert happens(lambda: studio.texts["Class"] == "4 cameras went off")
    assert happens(lambda: studio.texts["Class"] == "")
    event(history, "the class appears surprised", 2.0)
    assert happens(lambda: studio.texts["Class"] == "the class appears surprised")


def test_a_source_that_is_there_is_taken(studio: Studio, said: list[str], alerts: Callable[..., ObsAlerts]) -> None:
    studio.texts["Class"] = "old"
    alerts()
    assert happens(lambda: studio.texts["Class"] == "")
    assert "CreateInput" not in studio.asked
    assert said == []


def test_the_scene_is_switched_and_back(studio: Studio, history: History, alerts: Callable[..., ObsAlerts]) -> None:
    alerts(scene="Alert")
    event(history, "look")
    assert happens(lambda: studio.scene == "Alert")
    assert happens(lambda: studio.scene == "Lesson")


def test_a_scene_that_somebody_chose_meanwhile_is_left(
    studio: Studio, history: History, alerts: Callable[..., ObsAlerts]
) -> None:
    studio.scenes.append("Break")
    alerts(scene="Alert")
    event(history, "look")
    assert happens(lambda: studio.scene == "Alert")
    studio.scene = "Break"
    assert happens(lambda: studio.texts["Class"] == "")
    time.sleep(0.1)
    assert studio.scene == "Break"


def test_a_scene_that_is_not_there_is_told(
    studio: Studio, history: History, said: list[str], alerts: Callable[..., ObsAlerts]
) -> None:
    alerts(scene="Nowhere")
    event(history, "look")
    assert happens(lambda: studio.texts.get("Class") == "look")
    assert studio.scene == "Lesson"
    assert "no scene 'Nowhere'" in said[0]
    assert "Lesson, Alert" in said[0]


def test_obs_that_does_not_run_is_one_sentence_and_is_found_when_it_does(
    studio: Studio, history: History, said: list[str], alerts: Callable[..., ObsAlerts]
) -> None:
    studio.up = False
    made = alerts()
    assert happens(lambda: bool(said))
    time.sleep(0.3)
    assert len(said) == 1
    assert "OBS does not answer at 127.0.0.1:4455" in said[0]
    assert "WebSocket Server Settings" in said[0]
    assert made.notice == said[0]
    assert made.watched is False
    studio.up = True
    assert happens(lambda: "OBS is back." in said)
    assert made.notice is None
    assert made.watched is True
    event(history, "look")
    assert happens(lambda: studio.texts["Class"] == "look")


def test_obs_that_ends_in_the_middle_is_told_once_and_found_again(
    studio: Studio, history: History, said: list[str], alerts: Callable[..., ObsAlerts]
) -> None:
    studio.texts["Class"] = ""
    alerts(shown=30)
    event(history, "one")
    assert happens(lambda: studio.texts["Class"] == "one")
    studio.up = False
    event(history, "two", 2.0)
    assert happens(lambda: bool(said))
    time.sleep(0.3)
    studio.up = True
    assert happens(lambda: studio.texts["Class"] == "two")
    assert len([sentence for sentence in said if "stopped answering" in sentence]) == 1
    assert said[-1] == "OBS is back."
    assert studio.closed == studio.connections - 1


def test_a_wrong_password_is_told_with_the_place_of_the_right_one(
    said: list[str], alerts: Callable[..., ObsAlerts]
) -> None:
    alerts(password="wrong")
    assert happens(lambda: bool(said))
    time.sleep(0.3)
    assert len(said) == 1
    assert "refuses the password" in said[0]
    assert "Show Connect Info" in said[0]
    assert "wrong" not in said[0]


def test_hiding_takes_the_alert_away_at_once(
    studio: Studio, history: History, alerts: Callable[..., ObsAlerts], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = alerts(shown=30)
    event(history, "look")
    assert happens(lambda: studio.texts.get("Class") == "look"), "and the name is left out"
    monkeypatch.setattr(obs, "EVERY", 3600)
    time.sleep(0.1)
    made.set_blank(True)
    assert happens(lambda: studio.texts["Class"] == "")
    made.set_blank(False)
    assert happens(lambda: studio.texts["Class"] == "look")


def test_the_end_leaves_no_alert_behind(studio: Studio, history: History, alerts: Callable[..., ObsAlerts]) -> None:
    made = alerts(scene="Alert", shown=30)
    event(history, "look")
    assert happens(lambda: studio.scene == "Alert")
    made.close()
    assert studio.texts["Class"] == ""
    assert studio.scene == "Lesson"
    assert studio.closed == studio.connections == 1


@pytest.mark.parametrize(
    ("text", "address"), [("on", ("127.0.0.1", 4455)), ("studio:4460", ("studio", 4460)), ("::1:4455", ("::1", 4455))]
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "4455", "host:", "host:0", "host:99999", "host:x"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        parse_address(text)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, history: History) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obsws_python.baseclient", None)
    with pytest.raises(OutputError, match=r"meeting-analyzer\[obs\]"):
        ObsAlerts(history, "127.0.0.1", 4455, "", "Class")
