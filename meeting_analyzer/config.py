"""Every setting once: the fields below are the truth for the command line, the configuration file and the docs.

Precedence: command line, then environment (MEETING_ANALYZER_<NAME>), then the configuration file, then the default.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import platformdirs

from .errors import UsageError
from .types import Mode

APP = "meeting-analyzer"
ENV_PREFIX = "MEETING_ANALYZER"


def option(
    default: Any, help: str, *, minimum: float | None = None, maximum: float | None = None, metavar: str | None = None
) -> Any:
    """A setting: its default and the one line of help that the command line and the sample configuration show."""
    return field(default=default, metadata={"help": help, "minimum": minimum, "maximum": maximum, "metavar": metavar})


@dataclass(frozen=True, slots=True)
class Settings:
    """How frames are analysed; the same for every command and for the Python API.

    Raises UsageError for a value outside its range.
    """

    mode: Mode = option(
        "emotion", "What to look for: apparent emotion, or presence only (the emotion model is never opened)."
    )
    detector: Literal["mediapipe", "haar"] = option(
        "mediapipe", "Face detector: MediaPipe's, or OpenCV's Haar cascades."
    )
    engine: Literal["onnx", "package"] = option(
        "onnx",
        "What computes MediaPipe's detector: the shipped ONNX files, or the mediapipe package (extra 'mediapipe').",
    )
    face_range: Literal["auto", "short", "full"] = option(
        "auto",
        "MediaPipe's detector model: short range (faces from 1/4 of the tile), full range (from 1/8), or both as needed.",
    )
    min_score: float = option(0.5, "Least score of a face that is kept, 0 to 1.", minimum=0.05, maximum=0.99)
    names: Literal["auto", "on", "off"] = option(
        "auto", "Read the name labels of the tiles (extra 'names'); auto: when it is installed."
    )
    smoothing: float = option(
        0.6, "Seconds over which a face's probabilities are averaged; 0: not at all.", minimum=0, maximum=60
    )
    threads: int = option(2, "Threads a model computes with.", minimum=1, maximum=64)

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How `live` and `demo` show what they see."""

    fps: float = option(30.0, "Frames per second that are grabbed and shown.", minimum=1, maximum=120)
    analysis_fps: float = option(10.0, "Most frames per second that are analysed.", minimum=0.1, maximum=120)
    side_window: Literal["auto", "on", "off"] = option("auto", "Show the side window; auto: when there is a screen.")
    camera_size: str = option("1280x720", "Size of the virtual camera's picture.", metavar="WxH")
    camera_fps: float = option(30.0, "Frames per second of the virtual camera.", minimum=1, maximum=60)

    def __post_init__(self) -> None:
        validate(self)
        parse_size(self.camera_size)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long stored sessions are kept."""

    keep: str = option(
        "", "Age from which `sessions prune` deletes sessions, such as 30d; empty: it must be named.", metavar="AGE"
    )


SECTIONS: dict[str, type] = {"analysis": Settings, "live": LiveSettings, "sessions": SessionSettings}
"""Tables of the configuration file and the settings in them."""


def choices(item: dataclasses.Field[Any]) -> tuple[str, ...]:
    """The allowed words of a setting; empty for numbers and free text."""
    text = str(item.type)
    if text == "Mode":
        return ("emotion", "presence")
    return tuple(word.strip().strip("\"'") for word in text[8:-1].split(",")) if text.startswith("Literal[") else ()


def validate(settings: Any) -> None:
    """Check every field of a settings object against its choices and range; raises UsageError naming the first bad one."""
    for item in dataclasses.fields(settings):
        value, words = getattr(settings, item.name), choices(item)
        low, high = item.metadata["minimum"], item.metadata["maximum"]
        name = item.name.replace("_", "-")
        if words and value not in words:
            raise UsageError(f"{name} is {value!r}, but it must be one of {', '.join(words)}.")
        if low is not None and (
            isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high
        ):
            raise UsageError(f"{name} is {value!r}, but it must be a number from {low:g} to {high:g}.")


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) from "1280x720"; raises UsageError unless both are even numbers from 160 to 7680."""
    width, _, height = str(text).lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"The size {text!r} is not WIDTHxHEIGHT, for example 1280x720.")
    size = int(width), int(height)
    if any(side % 2 or not 160 <= side <= 7680 for side in size):
        raise UsageError(f"The size {text!r} does not work: width and height must be even numbers from 160 to 7680.")
    return size


def config_path() -> Path:
    """Where the configuration file is looked for: $MEETING_ANALYZER_CONFIG or the platform's config folder."""
    override = os.environ.get(f"{ENV_PREFIX}_CONFIG")
    return Path(override) if override else platformdirs.user_config_path(APP, appauthor=False) / "config.toml"


def load_config(path: Path | None = None) -> dict[str, Any]:
    """Settings of the configuration file as {name: value}; empty where there is no file.

    Raises UsageError for a file that is not TOML, for an unknown table or setting and for a value that is not allowed.
    """
    named = path is not None or f"{ENV_PREFIX}_CONFIG" in os.environ
    path = path or config_path()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise UsageError(
                f"The configuration file {path} does not exist; `{APP} config > {path}` writes a sample."
            ) from None
        return {}
    except OSError as error:
        raise UsageError(f"The configuration file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The configuration file {path} is not valid TOML: {error}.") from error
    values: dict[str, Any] = {}
    for table, content in tables.items():
        kind = SECTIONS.get(table)
        if kind is None or not isinstance(content, dict):
            raise UsageError(
                f"{path}: there is no table [{table}]; the tables are {', '.join(f'[{s}]' for s in SECTIONS)}."
            )
        given = {key.replace("-", "_"): value for key, value in content.items()}
        known = {item.name for item in dataclasses.fields(kind)}
        if unknown := sorted(given.keys() - known):
            raise UsageError(f"{path}: [{table}] has no setting {unknown[0]!r}; `{APP} config` lists them all.")
        try:
            kind(**given)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from error
        values |= given
    return values


def sample_config() -> str:
    """A configuration file with every setting at its default, commented out."""
    lines = [
        f"# {APP}: every setting with its default. Remove the '# ' of a line to change it.",
        f"# Place: {config_path()}",
        "",
    ]
    for table, kind in SECTIONS.items():
        lines += [f"[{table}]"]
        for item in dataclasses.fields(kind):
            words = choices(item)
            default = f'"{item.default}"' if isinstance(item.default, str) else item.default
            lines += [f"# {item.metadata['help']}" + (f" One of: {', '.join(words)}." if words else "")]
            lines += [f"# {item.name.replace('_', '-')} = {default}", ""]
    return "\n".join(lines)
