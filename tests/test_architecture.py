"""The promises of ARCHITECTURE.md that can be read off the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "meeting_analyzer"
FORBIDDEN = {
    "types.py": {
        "sources",
        "perception",
        "timeline",
        "outputs",
        "reports",
        "cli",
        "analyzer",
        "live",
        "offline",
        "config",
    },
    "sources": {"perception", "timeline", "outputs", "reports", "cli", "analyzer", "live", "offline", "batch"},
    "perception": {"sources", "timeline", "outputs", "reports", "cli", "analyzer", "live", "offline"},
    "timeline": {"sources", "perception", "outputs", "reports", "cli", "analyzer", "live", "offline"},
    "outputs": {"sources", "perception", "reports", "cli", "analyzer", "live", "offline", "models"},
    "reports": {"perception", "cli", "analyzer", "live", "offline", "models"},
    "sessions": {"perception", "reports", "cli", "analyzer", "live", "offline", "models"},
    "batch": {"cli", "live", "offline"},
    "web": {"cli"},
    "live.py": {"cli"},
    "offline.py": {"cli"},
    "analyzer.py": {"cli", "live", "offline", "outputs", "reports", "sources"},
}
PIXELS = {"cv2", "PIL", "av", "mss"}


def imported(file: Path) -> Iterator[str]:
    """Dotted names that a file of the package imports, relative ones resolved: "sources.base", "cv2"."""
    package = file.relative_to(PACKAGE).parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from ([module] if node.module else [f"{module}.{a.name}".lstrip(".") for a in node.names])


def files_of(part: str) -> list[Path]:
    path = PACKAGE / part
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


@pytest.mark.parametrize("part", FORBIDDEN)
def test_imports_go_one_way(part: str) -> None:
    assert files_of(part)
    for file in files_of(part):
        wrong = {name for name in imported(file) if name.split(".")[0] in FORBIDDEN[part]}
        assert not wrong, f"{file.relative_to(PACKAGE)} imports {wrong}"


def test_the_timeline_sees_no_pixels() -> None:
    for file in files_of("timeline"):
        assert not {name.split(".")[0] for name in imported(file)} & PIXELS


@pytest.mark.parametrize("module", ["tensorflow", "keras", "mediapipe", "rapidocr", "pyvirtualcam", "streamlit"])
def test_heavy_libraries_are_not_imported_before_they_are_needed(module: str) -> None:
    code = f"import sys, meeting_analyzer.cli.main, meeting_analyzer.analyzer; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_pyav_is_never_loaded_before_opencv() -> None:
    """In the other order the first window of OpenCV hangs for ever: see meeting_analyzer/ffmpeg.py."""
    own = [file.name for file in PACKAGE.rglob("*.py") if any(name.split(".")[0] == "av" for name in imported(file))]
    assert own == ["ffmpeg.py"]
    code = "import sys, meeting_analyzer.ffmpeg; order = list(sys.modules); sys.exit(order.index('cv2') > order.index('av'))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_files_can_be_read_in_one_sitting() -> None:
    root = PACKAGE.parent
    folders = ("meeting_analyzer", "training", "export", "tools", "benchmarks")
    long = {
        str(file.relative_to(root)): lines
        for folder in folders
        for file in (root / folder).rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > 320
    }
    assert not long, f"split these: {long}"
