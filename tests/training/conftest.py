"""Small made-up data sets: random pictures in every layout, no photographs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data import Faces
from training.labels import FER2013, VOTES

MakeFaces = Callable[..., Faces]


def made_up(count: int, seed: int = 0) -> Faces:
    """Random pictures whose brightness tells the class, labels of every class, and ten votes each."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % len(FER2013)
    images = rng.integers(0, 60, (count, 48, 48)) + 25 * labels[:, None, None]
    votes = rng.multinomial(10, [0.6, 0.1, 0.1, 0.05, 0.05, 0.02, 0.02, 0.02, 0.02, 0.02], count)
    return Faces(images.astype(np.uint8), labels.astype(np.int64), votes.astype(np.int64))


def write_mosaic(folder: Path, name: str, faces: Faces) -> None:
    assert faces.votes is not None
    sheet = np.zeros((48 * -(-len(faces) // 170), 48 * 170), np.uint8)
    with (folder / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ferplus_image", "fer2013_label", *VOTES])
        for index, image in enumerate(faces.images):
            row, column = divmod(index, 170)
            sheet[48 * row : 48 * row + 48, 48 * column : 48 * column + 48] = image
            writer.writerow([f"fer{index:07d}.png", faces.labels[index], *faces.votes[index]])
    cv2.imwrite(str(folder / f"{name}.png"), sheet)


def write_kaggle(folder: Path, parts: dict[str, Faces], votes: bool = True) -> None:
    with (
        (folder / "fer2013.csv").open("w", newline="") as pixels_file,
        (folder / "fer2013new.csv").open("w", newline="") as votes_file,
    ):
        pixels, plus = csv.writer(pixels_file), csv.writer(votes_file)
        pixels.writerow(["emotion", "pixels", "Usage"])
        plus.writerow(["Usage", "Image name", *VOTES])
        for usage, faces in parts.items():
            assert faces.votes is not None
            for image, label, vote in zip(faces.images, faces.labels, faces.votes, strict=True):
                pixels.writerow([label, " ".join(map(str, image.ravel())), usage])
                plus.writerow([usage, "fer.png", *vote])
    if not votes:
        (folder / "fer2013new.csv").unlink()


def write_folders(folder: Path, parts: dict[str, Faces]) -> None:
    for split, faces in parts.items():
        for name in FER2013:
            (folder / split / name).mkdir(parents=True, exist_ok=True)
        for index, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
            cv2.imwrite(str(folder / split / FER2013[label] / f"{index:04d}.png"), image)


@pytest.fixture
def mosaic(tmp_path: Path) -> Path:
    """A folder with the splits train (180 faces, so that a second row begins) and public_test (35) as mosaics."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_mosaic(folder, "train", made_up(180))
    write_mosaic(folder, "public_test", made_up(35, seed=1))
    return folder
