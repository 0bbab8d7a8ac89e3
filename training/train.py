"""python -m training.train: train the emotion network, or go on with a run that was interrupted."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from meeting_analyzer.errors import EXIT_INTERRUPTED, EXIT_OK, AnalyzerError

from . import run as runs
from .augment import Augmentation
from .data import load

if TYPE_CHECKING:
    from .fit import Trainer


def parser() -> argparse.ArgumentParser:
    default = runs.Settings(architecture={})
    parse = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--run", type=Path, required=True, help="folder of the run; an interrupted run in it is resumed")
    parse.add_argument("--train-split", default="train", help="default: %(default)s")
    parse.add_argument("--watch-split", default="public_test", help="scored after each epoch; default: %(default)s")
    parse.add_argument("--epochs", type=int, default=default.epochs, help="default: %(default)s")
    parse.add_argument("--minutes", type=float, help="anneal over this much training time instead of over epochs")
    parse.add_argument("--batch", type=int, default=default.batch, help="default: %(default)s")
    parse.add_argument("--learning-rate", type=float, default=default.learning_rate, help="default: %(default)s")
    parse.add_argument(
        "--vote-share", type=float, default=default.vote_share, help="share of FER+ votes in the targets"
    )
    parse.add_argument(
        "--start",
        type=Path,
        metavar="RUN",
        help="another run, whose averaged weights this one starts from, or the float32 ONNX file of one",
    )
    parse.add_argument(
        "--teacher",
        type=Path,
        nargs="+",
        default=[],
        help="exported ONNX models, or folders of runs, whose mean answers become part of the targets; runs answer anew to "
        "every distorted face, which takes a GPU",
    )
    parse.add_argument(
        "--teacher-share", type=float, default=default.teacher_share, help="share of them; default: %(default)s"
    )
    parse.add_argument(
        "--precision",
        choices=["float32", "mixed_bfloat16"],
        help="default: the run's own; for a new one mixed_bfloat16 where this processor computes in it, else float32",
    )
    parse.add_argument(
        "--size",
        choices=["small", "wide", "deep"],
        default="small",
        help="of the network; default: %(default)s, which ships",
    )
    parse.add_argument(
        "--mixed", type=float, default=0.0, help="share of faces blended with another; default: %(default)s"
    )
    parse.add_argument("--workers", type=int, default=0, help="processes that distort faces; default: a thread does")
    parse.add_argument("--seed", type=int, default=default.seed, help="default: %(default)s")
    parse.add_argument("--limit", type=int, help="use only this many training faces, for a quick check")
    return parse


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    try:
        train(options)
    except AnalyzerError as error:
        print(f"training.train: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("training.train: interrupted; the same command resumes from the last checkpoint.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return EXIT_OK


def train(options: argparse.Namespace) -> None:
    """Train as asked and leave config.json, history.csv, plots and the newest checkpoint in the run's folder."""
    faces = load(options.data, options.train_split)
    watched = load(options.data, options.watch_split)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from .fit import Trainer  # Keras takes seconds to import: bad data is reported before

    settings = _settings(options)
    if options.limit:
        faces = type(faces)(
            faces.images[: options.limit],
            faces.labels[: options.limit],
            None if faces.votes is None else faces.votes[: options.limit],
        )
    trainer = Trainer(
        options.run, settings, faces, watched, options.teacher, _weights_of(options.start), options.workers
    )
    if trainer.state.finished:
        print(f"The run {options.run} is finished: {trainer.state.epoch} epochs.", file=sys.stderr)
        return
    try:
        finished = False
        while not finished:
            _report(trainer.epoch(_progress(trainer)), trainer)
            finished = trainer.state.finished
    finally:
        trainer.distorter.close()
    trainer.plot()


def _settings(options: argparse.Namespace) -> runs.Settings:
    from .network import SIZES

    begun = (options.run / "config.json").exists()
    wanted = runs.Settings(
        architecture=asdict(SIZES[options.size]),
        epochs=options.epochs,
        minutes=options.minutes,
        batch=options.batch,
        learning_rate=options.learning_rate,
        vote_share=options.vote_share,
        start=_sum_of(weights) if (weights := _weights_of(options.start)) else None,
        teachers=[_sum_of(_averaged(path) if path.is_dir() else path) for path in options.teacher],
        teacher_share=options.teacher_share,
        precision=options.precision or (runs.read_settings(options.run).precision if begun else usual_precision()),
        seed=options.seed,
        augmentation=asdict(Augmentation(mixed=options.mixed)),
    )
    if not begun:
        try:
            options.run.mkdir(parents=True, exist_ok=True)
            runs.write_settings(options.run, wanted)
        except OSError as error:
            raise runs.RunError(f"The run folder {options.run} cannot be written ({error.strerror}).") from error
        return wanted
    found = runs.read_settings(options.run)
    if _plain(found) != _plain(wanted):
        differing = [key for key, value in _plain(wanted).items() if _plain(found)[key] != value]
        raise runs.RunError(
            f"The run {options.run} was started with another {', '.join(differing)}: "
            "give the same options to resume it, or another --run folder."
        )
    return found


def usual_precision(processor: Path = Path("/proc/cpuinfo")) -> str:
    """mixed_bfloat16 where the processor has instructions for it, which is a third faster; without them it is many times slower."""
    try:
        known = set(processor.read_text(encoding="utf-8").split())
    except OSError:  # not Linux
        known = set()
    return "mixed_bfloat16" if known & {"avx512_bf16", "amx_bf16", "bf16"} else "float32"


def _weights_of(start: Path | None) -> Path | None:
    """The averaged weights of the run to start from, or its exported file; raises RunError where it has none."""
    return start if start is None or start.is_file() else _averaged(start)


def _averaged(run: Path) -> Path:
    checkpoint = runs.newest_checkpoint(run)
    if checkpoint is None:
        raise runs.RunError(
            f"The run {run} has no checkpoint to start or to learn from: give the folder of a training run, "
            "or an exported model."
        )
    return checkpoint / runs.AVERAGE


def _sum_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise runs.RunError(f"{path} cannot be read ({error.strerror}): give an exported model, or a run.") from error


def _plain(settings: runs.Settings) -> dict[str, Any]:
    import json

    return dict(json.loads(json.dumps(asdict(settings))))


def _progress(trainer: Trainer) -> Any:
    """A callback that shows where an epoch stands, on a terminal only."""
    began = time.monotonic()

    def show(step: int, steps: int) -> None:
        if sys.stderr.isatty() and step % 10 == 0:
            rate = step * trainer.settings.batch / max(time.monotonic() - began, 1e-6)
            print(
                f"\repoch {trainer.state.epoch + 1}: {step}/{steps} steps, {rate:.0f} faces/s ", end="", file=sys.stderr
            )

    return show


def _report(row: dict[str, float], trainer: Trainer) -> None:
    start = "\r" if sys.stderr.isatty() else ""
    done = max(trainer.progress(), 1e-6)
    left = trainer.state.seconds * (1 - done) / done
    figures = ", ".join(f"{name} {row[name]:.4f}" for name in ("loss", "accuracy"))
    print(
        f"{start}epoch {trainer.state.epoch}: {figures}, {row['seconds']:.0f} s, "
        f"{np.clip(done, 0, 1):.0%} done, ETA {left / 60:.0f} min",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
