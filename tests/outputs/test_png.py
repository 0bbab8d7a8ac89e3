from __future__ import annotations

import errno
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs import AnnotatedImage
from meeting_analyzer.types import Frame, Image, Moment


def marked(image: Image, moment: Moment) -> Image:
    made = image.copy()
    made[:10, :10] = (0, 0, 255)
    return made


def pair(value: int, number: int = 0) -> tuple[Frame, Moment]:
    frame = Frame(np.full((60, 80, 3), value, np.uint8), number, number)
    return frame, Moment(number, number, frame.size)


def read(path: Path) -> Image:
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, np.uint8)


@pytest.mark.parametrize(
    ("name", "magic"), [("Zoë 北京.png", b"\x89PNG"), ("a.JPG", b"\xff\xd8"), ("a.jpeg", b"\xff\xd8")]
)
def test_the_drawn_picture_is_written_in_its_format(tmp_path: Path, name: str, magic: bytes) -> None:
    path = tmp_path / name
    with AnnotatedImage(path, render=marked) as output:
        output.write(*pair(90))
    assert path.read_bytes().startswith(magic)
    image = read(path).astype(int)
    assert image.shape == (60, 80, 3)
    assert np.abs(image[3, 3] - (0, 0, 255)).max() < 12
    assert np.abs(image[50, 70] - 90).max() < 6
    assert os.listdir(tmp_path) == [name]  # noqa: PTH208
    output.close()


def test_the_last_frame_is_the_one(tmp_path: Path) -> None:
    with AnnotatedImage(tmp_path / "a.png", render=lambda image, moment: image) as output:
        output.write(*pair(10))
        output.write(*pair(200, 1))
    assert read(tmp_path / "a.png")[0, 0, 0] == 200


def test_without_a_frame_there_is_no_file_and_an_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    AnnotatedImage(tmp_path / "a.png", overwrite=True).close()
    assert (tmp_path / "a.png").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["a.gif", "a", "a.png.txt"])
def test_another_ending_is_refused_naming_those_that_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"\.png, \.jpg, \.jpeg"):
        AnnotatedImage(tmp_path / name)


def test_an_existing_file_is_kept_unless_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="--overwrite"):
        AnnotatedImage(path)
    with AnnotatedImage(path, overwrite=True) as output:
        output.write(*pair(5))
    assert read(path).shape == (60, 80, 3)


def test_a_full_disk_leaves_no_half_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = AnnotatedImage(tmp_path / "a.png")
    output.write(*pair(5))

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:7])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="disk is full"):
        output.close()
    assert not list(tmp_path.iterdir())
