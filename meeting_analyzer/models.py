"""Where the shipped model files are, and whether they are what was shipped.

The files lie in `models/` of a checkout and in `meeting_analyzer/_models/` of an installed wheel. SHA256SUMS beside
them lists the SHA-256 of each, in the format of coreutils' sha256sum.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from .errors import ModelError

EMOTION = "emotion.onnx"
FACE_SHORT_RANGE = "face_detection_short_range.onnx"
FACE_FULL_RANGE = "face_detection_full_range.onnx"
FACE_LANDMARKS = "face_landmarks.onnx"
EYE_LANDMARKS = "eye_landmarks.onnx"
SHIPPED = (EMOTION, FACE_SHORT_RANGE, FACE_FULL_RANGE, FACE_LANDMARKS, EYE_LANDMARKS)
SUMS = "SHA256SUMS"

REINSTALL = "reinstall meeting-analyzer (pip install --force-reinstall --no-deps meeting-analyzer) or restore the file from the repository"


def models_dir() -> Path:
    """The folder of the model files: $MEETING_ANALYZER_MODELS, the installed package's, or the checkout's.

    Raises ModelError when there is none.
    """
    override = os.environ.get("MEETING_ANALYZER_MODELS")
    package = Path(__file__).resolve().parent
    candidates = [Path(override)] if override else [package / "_models", package.parent / "models"]
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise ModelError(f"There is no folder of models at {candidates[-1]}: {REINSTALL}.")


@lru_cache(maxsize=32)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    # size and mtime_ns are part of the key so that a replaced file is read again
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def expected_sums(folder: Path) -> dict[str, str]:
    """File name to SHA-256 (lower-case hex) as listed in `folder`/SHA256SUMS; raises ModelError when it is not readable."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"The list of checksums {folder / SUMS} cannot be read ({error}): {REINSTALL}.") from error
    return {name.lstrip("*"): digest.lower() for digest, _, name in (line.partition("  ") for line in lines) if name}


def model_path(name: str) -> Path:
    """The path of a shipped model, its checksum verified; raises ModelError when it is missing or damaged."""
    folder = models_dir()
    path = folder / name
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(f"The model file {path} is missing: {REINSTALL}.") from error
    expected = expected_sums(folder).get(name)
    if expected is None:
        raise ModelError(f"The model file {path} is not listed in {SUMS}, so it cannot be trusted: {REINSTALL}.")
    try:
        actual = _sha256(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read ({error.strerror}): {REINSTALL}.") from error
    if actual != expected:
        raise ModelError(f"The model file {path} is damaged (its SHA-256 is not the one in {SUMS}): {REINSTALL}.")
    return path
