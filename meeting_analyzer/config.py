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
    attention: Literal["auto", "on", "off"] = option(
        "auto", "Read head pose and closed eyes from face landmarks; auto: when the shipped models are there."
    )
    attention_every: float = option(
        1.0, "Seconds after which the head pose of a face that has not moved is read again.", minimum=0, maximum=60
    )
    smoothing: float = option(
        0.3, "Seconds over which a face's probabilities are averaged; 0: not at all.", minimum=0, maximum=60
    )
    detect_every: float = option(
        0.5,
        "Seconds after which the detector looks at a tile again; in between its faces are followed; 0: every frame.",
        minimum=0,
        maximum=10,
    )
    emotion_every: float = option(
        0.2,
        "Seconds after which a face's expression is read again; what was read holds until then; 0: every frame.",
        minimum=0,
        maximum=10,
    )
    recording_pace: Literal["sparing", "full"] = option(
        "sparing",
        "Recordings of more than some four people: look at them in turn, so much a second, or at all that is due (docs/offline.md).",
    )
    threads: int = option(
        1,
        "Threads a model computes with; a second one gains little and costs much processor time.",
        minimum=1,
        maximum=64,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How `live` and `demo` show what they see."""

    fps: float = option(30.0, "Frames per second that are grabbed and shown.", minimum=1, maximum=120)
    analysis_fps: float = option(10.0, "Most frames per second that are analysed.", minimum=0.1, maximum=120)
    cpu: str = option(
        "100%", "Processor time the whole program may use on average; 100% is one core, off: no limit.", metavar="N%"
    )
    session: Literal["on", "off"] = option(
        "on", "Write what is seen, never pictures, to a session folder as it happens, and a report when it ends."
    )
    side_window: Literal["auto", "on", "off"] = option("auto", "Show the side window; auto: when there is a screen.")
    on_top: Literal["on", "off"] = option("on", "Keep the side window above other windows.")
    obs: str = option(
        "off",
        "Alerts in OBS Studio by its WebSocket server: off, on (this computer) or HOST:PORT.",
        metavar="HOST:PORT",
    )
    obs_password: str = option("", "Password of OBS's WebSocket server.", metavar="PASSWORD")
    obs_text: str = option(
        "Meeting analyzer", "OBS's text source for alerts; made where there is none.", metavar="NAME"
    )
    obs_scene: str = option("", "OBS's scene that is shown while there is an alert; empty: none.", metavar="NAME")
    browser_port: int = option(
        0, "Port on this computer for the page of an OBS browser source; 0: none.", minimum=0, maximum=65535
    )
    camera_size: str = option("1280x720", "Size of the virtual camera's picture.", metavar="WxH")
    camera_fps: float = option(30.0, "Frames per second of the virtual camera.", minimum=1, maximum=60)

    def __post_init__(self) -> None:
        validate(self)
        parse_size(self.camera_size)
        parse_cores(self.cpu)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How long stored sessions are kept."""

    keep: str = option(
        "", "Age from which `sessions prune` deletes sessions, such as 30d; empty: it must be named.", metavar="AGE"
    )


@dataclass(frozen=True, slots=True)
class EventSettings:
    """What is worth a teacher's glance; see docs/events.md. A threshold of 0 switches its events off."""

    events: Literal["on", "off"] = option("on", "Notice events worth a glance.")
    away_after: float = option(
        180.0,
        "Seconds for which somebody appears to look away before it is an event; 0: never.",
        minimum=0,
        maximum=7200,
    )
    away_share: float = option(
        0.5, "Share of the visible faces, at least 3, that look away together; 0: never.", minimum=0, maximum=1
    )
    drowsy_after: float = option(10.0, "Seconds for which eyes appear closed; 0: never.", minimum=0, maximum=600)
    nobody_after: float = option(120.0, "Seconds for which a camera shows nobody; 0: never.", minimum=0, maximum=7200)
    cameras_off: int = option(3, "Cameras that go off within the window; 0: never.", minimum=0, maximum=1000)
    turned_sad: int = option(
        4, "Faces, at least a quarter, that turn sad or uncertain within the window; 0: never.", minimum=0, maximum=1000
    )
    mood_change: float = option(
        0.25, "Change of the class's valence against its last minutes; 0: never.", minimum=0, maximum=2
    )
    join_leave: Literal["on", "off"] = option("on", "Notice who joins and leaves.")
    event_window: float = option(
        60.0, "Seconds within which cameras go off or faces turn sad together.", minimum=5, maximum=600
    )
    event_pause: float = option(
        60.0,
        "Least seconds between two events of one kind; what happens meanwhile is said together.",
        minimum=0,
        maximum=3600,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web page: where it listens, how much of the machine it may use. Secrets come from the environment only."""

    address: str = option(
        "127.0.0.1", "Address to listen on; any but this computer's own needs a password or OIDC.", metavar="ADDRESS"
    )
    port: int = option(8501, "Port to listen on.", minimum=1, maximum=65535)
    analysis_rate: float = option(
        8.0, "Most frames per second that are analysed of one stream.", minimum=0.1, maximum=60
    )
    streams: int = option(10, "Most cameras and shared windows at a time.", minimum=1, maximum=100)
    upload_mb: int = option(200, "Largest file that may be uploaded, in megabytes.", minimum=1, maximum=100_000)
    upload_minutes: float = option(
        120.0, "Longest recording that may be uploaded, in minutes.", minimum=0.1, maximum=1440
    )
    upload_fps: float = option(
        2.0, "Frames per second that are analysed of an uploaded recording.", minimum=0.1, maximum=60
    )
    ice: str = option(
        "", "STUN and TURN servers for other networks, separated by blanks; none on this computer.", metavar="URLS"
    )
    allow: str = option(
        "",
        "Who may come in by OIDC: e-mail addresses or @domains, separated by blanks; empty: everybody.",
        metavar="WHO",
    )

    def __post_init__(self) -> None:
        validate(self)


SECTIONS: dict[str, type] = {
    "analysis": Settings,
    "live": LiveSettings,
    "events": EventSettings,
    "sessions": SessionSettings,
    "web": WebSettings,
}
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


def parse_cores(text: str) -> float | None:
    """Processor cores from "50%" (0.5) or "off" (None); raises UsageError unless it is from 5 to 6400 percent."""
    word = str(text).strip().lower()
    if word == "off":
        return None
    number = word.removesuffix("%").strip()
    if not number.isdecimal() or not 5 <= int(number) <= 6400:
        raise UsageError(f"cpu is {text!r}, but it must be off or a share of one core from 5% to 6400%.")
    return int(number) / 100


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
