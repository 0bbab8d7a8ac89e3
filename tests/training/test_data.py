"""Every layout gives the same faces, and whatever is wrong with one is named with its row or file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data import DataError, Faces, load

from .conftest import made_up, write_folders, write_kaggle, write_mosaic


def test_a_mosaic_is_read_tile_by_tile_across_its_rows(mosaic: Path) -> None:
    expected, faces = made_up(180), load(mosaic, "train")
    assert faces.images.dtype == np.uint8
    np.testing.assert_array_equal(faces.images, expected.images)
    np.testing.assert_array_equal(faces.labels, expected.labels)
    np.testing.assert_array_equal(faces.votes, expected.votes)


def test_kaggles_csv_gives_the_rows_of_one_usage_with_their_votes(tmp_path: Path) -> None:
    train, test = made_up(8), made_up(5, seed=1)
    write_kaggle(tmp_path, {"Training": train, "PublicTest": test})
    for split in ("public_test", "PublicTest"):
        faces = load(tmp_path, split)
        np.testing.assert_array_equal(faces.images, test.images)
        np.testing.assert_array_equal(faces.labels, test.labels)
        np.testing.assert_array_equal(faces.votes, test.votes)


def test_kaggles_csv_alone_has_no_votes(tmp_path: Path) -> None:
    write_kaggle(tmp_path, {"Training": made_up(8)}, votes=False)
    assert load(tmp_path, "train").votes is None


@pytest.mark.parametrize("split", ["public_test", "test"])
def test_kaggles_folders_give_the_class_of_the_folder(tmp_path: Path, split: str) -> None:
    expected = made_up(9)
    write_folders(tmp_path, {"train": made_up(7, seed=1), "test": expected})
    faces = load(tmp_path, split)
    order = np.argsort(expected.labels, kind="stable")
    np.testing.assert_array_equal(faces.images, expected.images[order])
    np.testing.assert_array_equal(faces.labels, expected.labels[order])
    assert faces.votes is None


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert re.search(old, text, flags=re.M)
    path.write_text(re.sub(old, new, text, count=1, flags=re.M))


@dataclass(frozen=True)
class Broken:
    """An edit to a good data set and what the message must name."""

    file: str
    old: str
    new: str
    named: str


MOSAIC_EDITS = [
    Broken("train.csv", "fer2013_label", "label", "train.csv lacks the column fer2013_label"),
    Broken("train.csv", r"^fer0000003.png,3", "fer0000003.png,7", "line 5: fer2013_label is 7, outside -1 to 6"),
    Broken("train.csv", r"^fer0000003.png,3", "fer0000003.png,happy", "line 5: fer2013_label is 'happy'"),
    Broken("train.csv", r"^fer0000003.png,3,\d+", "fer0000003.png,3,11", "line 5: neutral is 11, outside 0 to 10"),
    Broken("train.csv", r"^(fer0000003.png,3),.*$", r"\1", "line 5: the row is cut short"),
    Broken("train.csv", r"^fer0000170(.|\n)*", "", "train.png has room for 340 faces, but train.csv has 170 rows"),
]


@pytest.mark.parametrize("broken", MOSAIC_EDITS, ids=lambda broken: broken.named)
def test_a_broken_mosaic_is_named(mosaic: Path, broken: Broken) -> None:
    _edit(mosaic / broken.file, broken.old, broken.new)
    with pytest.raises(DataError, match=re.escape(broken.named)):
        load(mosaic, "train")


def test_a_mosaic_that_does_not_decode_is_named(mosaic: Path) -> None:
    (mosaic / "train.png").write_bytes((mosaic / "train.png").read_bytes()[:20])
    with pytest.raises(DataError, match=r"train\.png does not decode"):
        load(mosaic, "train")


def test_a_mosaic_of_another_size_is_named(mosaic: Path) -> None:
    cv2.imwrite(str(mosaic / "train.png"), np.zeros((96, 100), np.uint8))
    with pytest.raises(DataError, match="is 100x96, not a mosaic"):
        load(mosaic, "train")


def test_a_mosaic_without_its_picture_is_named(mosaic: Path) -> None:
    (mosaic / "train.png").unlink()
    with pytest.raises(DataError, match=r"train\.png cannot be read \(No such file"):
        load(mosaic, "train")


KAGGLE_EDITS = [
    Broken("fer2013.csv", "pixels", "pixel", "fer2013.csv lacks the column pixels"),
    Broken("fer2013.csv", r"^1,\d+ ", "1,", "line 3: 2303 pixels instead of 2304"),
    Broken("fer2013.csv", r"^1,\d+ ", "1,256 ", "line 3: a pixel is outside 0 to 255"),
    Broken("fer2013.csv", r"^1,\d+ ", "1,x ", "line 3: pixels holds something that is not a whole number"),
    Broken("fer2013.csv", r"^1,", "7,", "line 3: emotion is 7, outside 0 to 6"),
    Broken("fer2013.csv", r"^1,", ",", "line 3: emotion is '', not a whole number"),
    Broken("fer2013new.csv", r".*\n\Z", "", "fer2013new.csv has 7 rows, but fer2013.csv beside it has 8"),
    Broken("fer2013new.csv", "contempt", "scorn", "fer2013new.csv lacks the column contempt"),
]


@pytest.mark.parametrize("broken", KAGGLE_EDITS, ids=lambda broken: broken.named)
def test_a_broken_csv_is_named(tmp_path: Path, broken: Broken) -> None:
    write_kaggle(tmp_path, {"Training": made_up(8)})
    _edit(tmp_path / broken.file, broken.old, broken.new)
    with pytest.raises(DataError, match=re.escape(broken.named)):
        load(tmp_path, "train")


def test_a_broken_folder_is_named(tmp_path: Path) -> None:
    write_folders(tmp_path, {"train": made_up(7)})
    (tmp_path / "train" / "sad" / "zero.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"zero\.png does not decode"):
        load(tmp_path, "train")
    cv2.imwrite(str(tmp_path / "train" / "sad" / "zero.png"), np.zeros((64, 50), np.uint8))
    with pytest.raises(DataError, match=r"zero\.png is 50x64, not 48x48"):
        load(tmp_path, "train")
    (tmp_path / "train" / "fear" / "0002.png").unlink()
    (tmp_path / "train" / "fear").rmdir()
    with pytest.raises(DataError, match="lacks the folder fear"):
        load(tmp_path, "train")


def test_an_empty_split_is_named(tmp_path: Path) -> None:
    write_kaggle(tmp_path, {"Training": made_up(8)})
    with pytest.raises(DataError, match=r"The split public_test of .* is empty"):
        load(tmp_path, "public_test")
    nobody = Faces(np.empty((0, 48, 48), np.uint8), np.empty(0, np.int64), np.empty((0, 10), np.int64))
    write_mosaic(tmp_path, "private_test", made_up(3))
    header = (tmp_path / "private_test.csv").read_text().splitlines()[0]
    (tmp_path / "private_test.csv").write_text(header + "\n")
    with pytest.raises(DataError, match="private_test"):
        load(tmp_path, "private_test")
    write_folders(tmp_path, {"nobody": nobody})
    (tmp_path / "fer2013.csv").unlink()
    with pytest.raises(DataError, match=r"The split nobody of .* is empty"):
        load(tmp_path, "nobody")


def test_a_folder_without_data_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"expected public_test\.png with public_test\.csv, fer2013\.csv, or a folder test"
    ):
        load(tmp_path, "public_test")
    with pytest.raises(DataError, match="There is no folder"):
        load(tmp_path / "nowhere", "train")
