"""A training run's folder: what was asked for, how it went, and the newest checkpoint, so that a killed run resumes."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import AnalyzerError

from .augment import Augmentation

if TYPE_CHECKING:
    import keras

CHECKPOINTS = "checkpoints"
AVERAGE = "average.weights.h5"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run's result depends on besides the data, the machine and the code."""

    architecture: dict[str, Any]
    epochs: int = 50
    minutes: float | None = None  # anneal over this much training time instead of over `epochs`
    batch: int = 128
    learning_rate: float = 0.08
    warm_up: float = 0.04  # share of the run
    weight_decay: float = 5e-3  # decoupled; 5e-4 of the coupled kind at momentum 0.9
    momentum: float = 0.9
    vote_share: float = 0.25
    smoothing: float = 0.05
    ferplus_weight: float = 1.0
    start: str | None = None  # SHA-256 of the weights it starts from instead of from chance
    teachers: list[str] = field(
        default_factory=list
    )  # SHA-256 of the files, or of the weights, whose answers are in the targets
    teacher_share: float = 0.4
    average: float = 0.998  # decay a step of the averaged weights
    precision: str = "float32"
    seed: int = 1
    ease_from: float = 0.5  # share of the run after which distortions are halved, so that it ends near real faces
    augmentation: dict[str, float] = field(default_factory=lambda: asdict(Augmentation()))


@dataclass(slots=True)
class State:
    """How far a run has come."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    finished: bool = False


class RunError(AnalyzerError):
    """A run's folder or checkpoint cannot be used."""


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that a kill leaves the old one or the new one, never half of it."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def kept(path: Path, count: int, make: Callable[[], Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    """Arrays (count, ...) that take minutes to make: those that an earlier start of the run left in a .npz, or new ones."""
    if path.exists():
        with np.load(path) as file:
            found = [file[name] for name in file.files]
        if all(len(each) == count for each in found):
            return found
    made = list(make())
    temporary = path.with_name("unfinished-" + path.name)
    np.savez(temporary, *made)
    temporary.replace(path)
    return made


def read_settings(folder: Path) -> Settings:
    """The settings a run was started with; raises RunError when the folder holds none."""
    path = folder / "config.json"
    try:
        return Settings(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{path} cannot be read as a run's settings ({error}): give the folder of a training run."
        ) from error


def write_settings(folder: Path, settings: Settings) -> None:
    write_atomically(folder / "config.json", json.dumps(asdict(settings), indent=2) + "\n")


def newest_checkpoint(folder: Path) -> Path | None:
    """The folder of the newest complete checkpoint of a run, or None."""
    found = sorted((folder / CHECKPOINTS).glob("epoch-[0-9]*"))
    complete = [path for path in found if path.suffix != ".tmp"]
    return complete[-1] if complete else None


def save_checkpoint(folder: Path, state: State, model: keras.Model, average: keras.Model) -> None:
    """Write weights, optimizer and state as one folder that appears at once, then drop the older ones."""
    parent = folder / CHECKPOINTS
    target = parent / f"epoch-{state.epoch:04d}"
    temporary = target.with_name(target.name + ".tmp")
    for stale in (temporary, target):
        if stale.exists():
            shutil.rmtree(stale)
    temporary.mkdir(parents=True)
    model.save_weights(temporary / "model.weights.h5")  # the optimizer's variables are in it
    average.save_weights(temporary / AVERAGE)
    (temporary / "state.json").write_text(json.dumps(asdict(state)) + "\n", encoding="utf-8")
    temporary.rename(target)
    for older in sorted(parent.glob("epoch-[0-9]*")):
        if older != target:
            shutil.rmtree(older)


def load_weights(model: keras.Model, path: Path) -> None:
    """Fill a model from a weights file; raises RunError when it is missing, damaged or of another architecture."""
    if not path.exists():
        raise RunError(f"There is no checkpoint {path}: train first with python -m training.train.")
    try:
        model.load_weights(path)
    except (ValueError, KeyError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RunError(f"The checkpoint {path} is damaged or of another architecture ({reason}).") from error


def read_state(checkpoint: Path) -> State:
    path = checkpoint / "state.json"
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise RunError(
            f"{path} cannot be read ({error}): delete the checkpoint folder to fall back to a fresh run."
        ) from error


class History:
    """history.csv: one row an epoch, kept in step with the checkpoint that is resumed from."""

    def __init__(self, folder: Path, epochs: int) -> None:
        self.path = folder / "history.csv"
        self.rows: list[dict[str, float]] = []
        if self.path.exists():
            with self.path.open(newline="", encoding="utf-8") as file:
                rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
            self.rows = rows[:epochs]

    def append(self, row: dict[str, float]) -> None:
        self.rows.append(row)
        lines = [",".join(row)] + [",".join(f"{value:.6g}" for value in each.values()) for each in self.rows]
        write_atomically(self.path, "\n".join(lines) + "\n")
