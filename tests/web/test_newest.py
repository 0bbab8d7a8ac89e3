"""What a slow encoder gets to send: the newest picture, not all that came since."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READER = Path(__file__).with_name("slow_reader.py")


@pytest.mark.skipif(importlib.util.find_spec("streamlit_webrtc") is None, reason="not installed: the extra web")
def test_a_slow_reader_gets_the_newest_picture_and_none_of_those_before() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(READER)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [0, 39, None]
