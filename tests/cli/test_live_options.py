"""`live` with OBS and the browser source, as a user starts it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_obs_that_does_not_run_and_the_page_are_told_and_the_run_goes_on(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "meeting_analyzer", "live", "--source", "sample", "--side-window", "off"]
    words += ["--names", "off", "--session", "off", "--obs", "127.0.0.1:9", "--browser-port", "0", "--duration", "3"]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0
    assert run.stderr.count("OBS does not answer at 127.0.0.1:9") == 1
    assert re.search(r"Analysed \d+ frames", run.stderr)
    assert "Traceback" not in run.stderr
