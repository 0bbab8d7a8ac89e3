"""FER2013 and FER+ as people have them, read into one value.

Three layouts are known, told apart by what lies in the folder:

- mosaic: NAME.png, 170 faces of 48x48 a row, and NAME.csv with one row a face (FER2013 label and FER+ votes);
- Kaggle's CSV: fer2013.csv (emotion, pixels, Usage), beside it perhaps FER+'s fer2013new.csv in the same row order;
- Kaggle's folders: SPLIT/CLASS/*.png or *.jpg.

Whatever does not fit raises DataError, which names the row or the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import AnalyzerError

from .labels import FER2013, UNLABELLED, VOTES

SIDE = 48
COLUMNS = 170
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}

# For each split, how the mosaics, Kaggle's CSV and Kaggle's folders call it.
SPLITS = {
    "train": ("train", "Training", "train"),
    "public_test": ("public_test", "PublicTest", "test"),
    "private_test": ("private_test", "PrivateTest", "private_test"),
}


class DataError(AnalyzerError):
    """A data set cannot be used as it is; the message names the row or the file."""


@dataclass(frozen=True, slots=True)
class Faces:
    """One split: uint8 images (N, 48, 48), int64 FER2013 labels (N,) or -1, int64 FER+ votes (N, 10) or None."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.labels)


def load(folder: Path, split: str) -> Faces:
    """The faces of one split, e.g. "train" or "public_test", from a folder in any known layout."""
    mosaic, usage, subfolder = SPLITS.get(split.lower(), _same_names(split))
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}: give the folder that holds FER2013.")
    if (folder / f"{mosaic}.png").exists() or (folder / f"{mosaic}.csv").exists():
        faces = _mosaic(folder / f"{mosaic}.png", folder / f"{mosaic}.csv")
    elif (folder / "fer2013.csv").exists():
        faces = _kaggle_csv(folder / "fer2013.csv", folder / "fer2013new.csv", usage)
    elif (folder / split).is_dir():
        faces = _kaggle_folders(folder / split)
    elif (folder / subfolder).is_dir():
        faces = _kaggle_folders(folder / subfolder)
    else:
        raise DataError(
            f"{folder} holds no split {split}: "
            f"expected {mosaic}.png with {mosaic}.csv, fer2013.csv, or a folder {subfolder}."
        )
    if not len(faces):
        raise DataError(f"The split {split} of {folder} is empty: choose another split or complete the data.")
    return faces


def _same_names(split: str) -> tuple[str, str, str]:
    for names in SPLITS.values():
        if split in names:
            return names
    return split, split, split


def _mosaic(image_path: Path, csv_path: Path) -> Faces:
    sheet = _read_image(image_path)
    labels: list[int] = []
    votes: list[list[int]] = []
    for line, row in _rows(csv_path, ["fer2013_label", *VOTES]):
        labels.append(_integer(row["fer2013_label"], UNLABELLED, len(FER2013) - 1, "fer2013_label", csv_path, line))
        votes.append([_integer(row[name], 0, 10, name, csv_path, line) for name in VOTES])
    count = len(labels)
    if sheet.shape[0] % SIDE or sheet.shape[1] % SIDE:
        raise DataError(f"{image_path} is {sheet.shape[1]}x{sheet.shape[0]}, not a mosaic of {SIDE}x{SIDE} faces.")
    columns, places = sheet.shape[1] // SIDE, sheet.size // (SIDE * SIDE)
    if not places - columns < count <= places:
        raise DataError(f"{image_path} has room for {places} faces, but {csv_path.name} has {count} rows.")
    tiles = sheet.reshape(-1, SIDE, columns, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    return Faces(tiles[:count].copy(), np.array(labels, np.int64), np.array(votes, np.int64).reshape(count, len(VOTES)))


def _kaggle_csv(path: Path, votes_path: Path, usage: str) -> Faces:
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    kept: list[int] = []
    total = 0
    for line, row in _rows(path, ["emotion", "pixels", "Usage"]):
        total += 1
        if row["Usage"] != usage:
            continue
        images.append(_pixels(row["pixels"], path, line))
        labels.append(_integer(row["emotion"], 0, len(FER2013) - 1, "emotion", path, line))
        kept.append(total - 1)
    votes = _votes(votes_path, total)[kept] if votes_path.exists() else None
    return Faces(_stack(images), np.array(labels, np.int64), votes)


def _votes(path: Path, expected: int) -> NDArray[np.int64]:
    votes = [[_integer(row[name], 0, 10, name, path, line) for name in VOTES] for line, row in _rows(path, list(VOTES))]
    if len(votes) != expected:
        raise DataError(
            f"{path} has {len(votes)} rows, but fer2013.csv beside it has {expected}: they must match row by row."
        )
    return np.array(votes, np.int64).reshape(expected, len(VOTES))


def _kaggle_folders(folder: Path) -> Faces:
    missing = [name for name in FER2013 if not (folder / name).is_dir()]
    if missing:
        raise DataError(
            f"{folder} lacks the folder {missing[0]}: expected one folder for each of {', '.join(FER2013)}."
        )
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for label, name in enumerate(FER2013):
        for path in sorted((folder / name).iterdir()):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                image = _read_image(path)
                if image.shape != (SIDE, SIDE):
                    raise DataError(
                        f"{path} is {image.shape[1]}x{image.shape[0]}, not {SIDE}x{SIDE} as FER2013's faces are."
                    )
                images.append(image)
                labels.append(label)
    return Faces(_stack(images), np.array(labels, np.int64), None)


def _stack(images: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    return np.stack(images) if images else np.empty((0, SIDE, SIDE), np.uint8)


def _rows(path: Path, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with the line each starts on; raises DataError when a column or a cell is missing."""
    csv.field_size_limit(1 << 24)  # one image's pixels are one cell
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise DataError(f"{path} lacks the column {', '.join(missing)}: expected {', '.join(columns)}.")
            for row in reader:
                if any(row[name] is None for name in columns):
                    raise DataError(f"{path}, line {reader.line_num}: the row is cut short.")
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a CSV file ({error}).") from error


def _integer(text: str, low: int, high: int, column: str, path: Path, line: int) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise DataError(f"{path}, line {line}: {column} is {text[:20]!r}, not a whole number.") from error
    if not low <= value <= high:
        raise DataError(f"{path}, line {line}: {column} is {value}, outside {low} to {high}.")
    return value


def _pixels(text: str, path: Path, line: int) -> NDArray[np.uint8]:
    try:
        values = np.array(text.split(), dtype=np.int64)
    except ValueError as error:
        raise DataError(f"{path}, line {line}: pixels holds something that is not a whole number.") from error
    if values.size != SIDE * SIDE:
        raise DataError(f"{path}, line {line}: {values.size} pixels instead of {SIDE * SIDE}.")
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{path}, line {line}: a pixel is outside 0 to 255.")
    return values.astype(np.uint8).reshape(SIDE, SIDE)


def _read_image(path: Path) -> NDArray[np.uint8]:
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if image is None:
        raise DataError(f"{path} does not decode as an image: replace it with an undamaged copy.")
    return np.asarray(image, np.uint8)
