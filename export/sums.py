"""`python -m export.sums models`: write SHA256SUMS for the model files of a folder."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

from meeting_analyzer.models import SUMS

SUFFIXES = (".onnx", ".tflite")


def sums(folder: Path) -> str:
    """The lines of SHA256SUMS ("digest  name", sorted by name) for the model files in `folder`."""
    files = sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def write_sums(folder: Path) -> Path:
    """(Re)write `folder`/SHA256SUMS in one step and return its path. Raises OSError."""
    target = folder / SUMS
    partial = target.with_name(f".{SUMS}.{os.getpid()}")
    partial.write_text(sums(folder), encoding="utf-8", newline="\n")
    partial.replace(target)
    return target


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 when the folder cannot be read or written."""
    parser = argparse.ArgumentParser(prog="python -m export.sums", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("models"))
    folder = parser.parse_args(arguments).folder
    try:
        print(write_sums(folder).read_text(encoding="utf-8"), end="")
    except OSError as error:
        print(f"{SUMS} cannot be written in {folder}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
