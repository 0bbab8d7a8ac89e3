from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.jsonl import JsonLines
from meeting_analyzer.record import to_record
from meeting_analyzer.types import Box, Frame, Moment, Tile

WRITER = """
import sys
from pathlib import Path
import numpy as np
from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.jsonl import JsonLines
from meeting_analyzer.types import Box, Frame, Moment, Tile

def fill(output, count):
    for n in range(count):
        tiles = (Tile(Box(0, 0, 8, 8), name="Zoë 北京"),)
        output.write(Frame(np.zeros((8, 8, 3), np.uint8), n / 10, n), Moment(n / 10, n, (8, 8), tiles))
"""


def pair(number: int) -> tuple[Frame, Moment]:
    frame = Frame(np.zeros((8, 8, 3), np.uint8), number / 10, number)
    return frame, Moment(frame.time, number, frame.size, (Tile(Box(0, 0, 8, 8), name="Zoë 北京"),))


def run(code: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", WRITER + code, *words], capture_output=True, check=False)


def test_every_line_is_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "Zoë.jsonl"
    with JsonLines(path) as output:
        for number in range(3):
            output.write(*pair(number))
            lines = path.read_text(encoding="utf-8").split("\n")
            assert lines[-1] == ""
            assert [json.loads(line) for line in lines[:-1]] == [to_record(pair(n)[1]) for n in range(number + 1)]
    output.close()


def test_an_existing_file_is_kept_unless_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("mine")
    with pytest.raises(OutputError, match="there already; use --overwrite"):
        JsonLines(path)
    assert path.read_text() == "mine"
    with JsonLines(path, overwrite=True) as output:
        output.write(*pair(0))
    assert json.loads(path.read_text(encoding="utf-8"))["frame"] == 0


@pytest.mark.parametrize(
    ("place", "said"),
    [(lambda folder: folder, "is a folder"), (lambda folder: folder / "none" / "a.jsonl", "does not exist")],
)
def test_an_impossible_place_is_refused(tmp_path: Path, place: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(OutputError, match=said):
        JsonLines(place(tmp_path), overwrite=True)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the kernel are asked for by POSIX calls")
def test_a_disk_that_fills_keeps_whole_lines_only(tmp_path: Path) -> None:
    # a limit on the file's size stops a write in the middle of a line, as a full disk does
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
output = JsonLines(Path(sys.argv[1]))
try:
    fill(output, 100)
except OutputError as error:
    print(error)
    output.close()
"""
    path = tmp_path / "records.jsonl"
    ended = run(code, str(path))
    assert ended.returncode == 0, ended.stderr
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    frames = [json.loads(line)["frame"] for line in text.splitlines()]
    assert len(frames) > 3
    assert frames == list(range(len(frames)))
    assert f"its {len(frames)} records are kept" in ended.stdout.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named() -> None:
    output = JsonLines(Path("/dev/full"), overwrite=True)
    with pytest.raises(OutputError, match="disk is full"):
        output.write(*pair(0))
    output.close()


def test_standard_output_is_utf8_whatever_the_terminal_says() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    code = WRITER + "output = JsonLines('-'); fill(output, 2); output.close(); print('after')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, check=True)
    *records, after = ended.stdout.decode("utf-8").splitlines()
    assert [json.loads(line)["tiles"][0]["name"] for line in records] == ["Zoë 北京"] * 2
    assert after == "after", "standard output stays open"


def test_a_reader_that_has_gone_is_a_broken_pipe() -> None:
    code = (
        WRITER
        + """
import os
try:
    fill(JsonLines('-'), 100_000)
except BrokenPipeError:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(7)
"""
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 7
