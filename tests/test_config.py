from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from meeting_analyzer.config import SECTIONS, LiveSettings, Settings, load_config, parse_size, sample_config
from meeting_analyzer.errors import UsageError


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ({"detector": "yolo"}, "mediapipe, haar"),
        ({"min_score": 2.0}, "0.05 to 0.99"),
        ({"threads": True}, "1 to 64"),
        ({"smoothing": "long"}, "0 to 60"),
        ({"mode": ""}, "emotion, presence"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(bad: dict[str, object], word: str) -> None:
    with pytest.raises(UsageError, match=next(iter(bad)).replace("_", "-")) as caught:
        Settings(**bad)  # type: ignore[arg-type]
    assert word in str(caught.value)


@pytest.mark.parametrize("text", ["1280", "1280x", "x720", "1281x720", "100x100", "9999x9999", "-2x4", "a x b"])
def test_a_size_that_no_camera_takes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="size"):
        parse_size(text)


def test_a_size_is_read() -> None:
    assert parse_size("1280X720") == (1280, 720)


def test_the_sample_configuration_holds_every_setting_at_its_default() -> None:
    lines = [line.removeprefix("# ") if " = " in line else line for line in sample_config().splitlines()]
    tables = tomllib.loads("\n".join(lines))
    for table, kind in SECTIONS.items():
        values = {key.replace("-", "_"): value for key, value in tables[table].items()}
        assert kind(**values) == kind()
        assert set(values) == {item.name for item in dataclasses.fields(kind)}


def test_no_file_means_defaults() -> None:
    assert load_config() == {}


def test_a_file_is_read_with_dashes_or_underscores(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[analysis]\nface-range = "full"\nmin_score = 0.7\n[live]\nfps = 25.0\n')
    assert load_config(file) == {"face_range": "full", "min_score": 0.7, "fps": 25.0}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("[analysis]\ndetector = 'yolo'\n", "mediapipe, haar"),
        ("[analysis]\ncolour = 1\n", "'colour'"),
        ("[camera]\nfps = 1\n", "[camera]"),
        ("fps = 1\n", "[fps]"),
        ("[analysis\n", "not valid TOML"),
        ("[live]\ncamera-size = '3x3'\n", "3x3"),
    ],
)
def test_a_bad_file_is_one_sentence_that_names_it(tmp_path: Path, content: str, word: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(content)
    with pytest.raises(UsageError) as caught:
        load_config(file)
    assert word in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load_config(tmp_path / "no.toml")
    monkeypatch.setenv("MEETING_ANALYZER_CONFIG", str(tmp_path / "other.toml"))
    with pytest.raises(UsageError, match=r"other\.toml"):
        load_config()


def test_live_settings_check_the_camera_size() -> None:
    with pytest.raises(UsageError, match="even"):
        LiveSettings(camera_size="1279x720")
