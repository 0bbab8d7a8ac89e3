from __future__ import annotations

import builtins
import importlib.util
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meeting_analyzer.cli.main import main
from meeting_analyzer.config import WebSettings
from meeting_analyzer.errors import AnalyzerError, OutputError, UsageError
from meeting_analyzer.web import app

ROOT = Path(__file__).parents[2]


def test_a_port_that_is_taken_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match=f"Port {port} is taken"):
            app.check_port("127.0.0.1", port)
        pytest.importorskip("streamlit")
        assert main(["web", "--port", str(port)]) == 1
    error = capsys.readouterr().err
    assert "choose another one with --port" in error
    assert "Traceback" not in error


def test_an_address_that_is_not_ours_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="Nothing can listen on 203\\.0\\.113\\.7"):
        app.check_port("203.0.113.7", 8599)


def test_another_address_without_a_password_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("streamlit")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert main(["web", "--address", "0.0.0.0", "--port", str(port)]) == 2
    assert "MEETING_ANALYZER_PASSWORD" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def refusing(name: str, *rest: Any, **named: Any) -> Any:
        if name.split(".")[0] == "streamlit":
            raise ModuleNotFoundError("No module named 'streamlit'")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refusing)
    assert main(["web"]) == 2
    assert 'pip install "meeting-analyzer[web]"' in capsys.readouterr().err


def test_no_tensorflow_is_imported_for_the_web_page() -> None:
    # not imported here: its SRTP library does not stand TensorFlow, which other tests load
    if importlib.util.find_spec("streamlit_webrtc") is None:
        pytest.skip("the extra web is not installed")
    code = (
        "import sys, logging; logging.disable(logging.ERROR); import numpy as np; import meeting_analyzer.web.app;"
        "import meeting_analyzer.web.views; from meeting_analyzer import Analyzer;"
        "Analyzer().analyze(np.zeros((480, 640, 3), np.uint8));"
        "sys.exit(','.join({'tensorflow', 'keras', 'mediapipe', 'pandas', 'duckdb'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-500:]


def test_streamlit_sends_nothing_and_shows_no_inside() -> None:
    from streamlit import config

    options = app.streamlit_options(WebSettings())
    assert set(options) <= set(config._config_options_template)
    assert options["browser.gatherUsageStats"] is False
    assert options["server.address"] == "127.0.0.1"
    assert options["client.showErrorDetails"] == "none"


def test_there_is_no_site_before_it_is_served() -> None:
    with pytest.raises(AnalyzerError, match="meeting-analyzer web"):
        app.site()
