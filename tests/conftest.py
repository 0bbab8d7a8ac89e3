"""What all tests share: skipping is an error where everything must be there, and an ERROR in the log fails a test."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# before PyAV, which tests import too: see meeting_analyzer/ffmpeg.py
import cv2  # noqa: F401
import pytest

SCREEN_AND_TRAINING = ("e2e", "cli", "web", "training", "export")
"""Folders whose tests share a process with `-n 2`: real windows and clocks bear no second of their kind beside them. They take about as
long as all others."""


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2` one process has those folders and the other all else; within each the tests keep their order."""
    from xdist.scheduler import LoadScopeScheduling

    class Halves(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "screen" if Path(nodeid).parts[1] in SCREEN_AND_TRAINING else "rest"

    return Halves(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In CI (.ci/run sets MEETING_ANALYZER_ALL_PARTS) a test that skips for a missing part has failed."""
    report: pytest.TestReport = yield
    if (
        report.skipped
        and os.environ.get("MEETING_ANALYZER_ALL_PARTS")
        and item.get_closest_marker("other_platform") is None
    ):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped although every part should be here: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def no_error_in_log_and_no_thread_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test fails on an ERROR in the log and on a thread of ours that outlives it."""
    before = set(threading.enumerate())
    yield
    errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not errors, f"errors in the log: {errors}"
    left = [t for t in threading.enumerate() if t not in before and not t.daemon and t.is_alive()]
    for thread in left:
        thread.join(2)
    assert not [t.name for t in left if t.is_alive()], "threads left running"


@pytest.fixture(autouse=True)
def no_settings_from_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No configuration file and no environment setting of the person who runs the tests reaches them."""
    for name in [
        name for name in os.environ if name.startswith("MEETING_ANALYZER_") and name != "MEETING_ANALYZER_ALL_PARTS"
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
