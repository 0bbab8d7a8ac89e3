"""python -m training.recipe: the shipped emotion model from nothing but the data, in one command.

Three runs, each the teacher of the next (Furlanello et al., "Born-Again Neural Networks", ICML 2018); the third starts
from the second's weights and hears both before it. With --gpu three larger networks learn from the third, and it goes on
for many epochs with them at its side. Then calibration, export, whole numbers and checksums. Every step that was
interrupted goes on where it stood when the same command is given again.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from meeting_analyzer.errors import EXIT_OK

MINUTES = 279.0
"""Training time of the first three runs on two cores."""
SHARES = (0.27, 0.40, 0.33)
LARGE = {"deep": ("deep", "11"), "deeper": ("deep", "13"), "wide": ("wide", "12")}
"""Size and seed of the larger networks, which answer to every batch of the last run."""

Step = tuple[str, list[str]]


def steps(data: Path, folder: Path, models: Path, minutes: float, gpu: bool = False) -> list[Step]:
    """The modules to run, in order, with their options."""
    ships = models / "emotion_float32.onnx"
    small = [folder / name for name in ("first", "second", "third")]
    files = [Path(f"{run}.onnx") for run in small]
    if not gpu:
        files[2] = ships
    more = (
        ["--seed", "1"],
        ["--seed", "2", "--teacher-share", "0.4"],
        ["--seed", "3", "--start", str(small[1]), "--learning-rate", "0.05", "--teacher-share", "0.5"],
    )
    made: list[Step] = []
    for number, (run, share, options, out) in enumerate(zip(small, SHARES, more, files, strict=True)):
        heard = ["--teacher", *map(str, files[:number])] if number else []
        made.append(_train(data, run, "--minutes", f"{share * minutes:g}", *options, *heard))
        made += _export(data, run, out)
    if gpu:
        many = ["--precision", "mixed_bfloat16", "--workers", str(max((os.cpu_count() or 1) - 1, 1))]
        for name, (size, seed) in LARGE.items():
            large = ["--size", size, "--seed", seed, "--epochs", "47", "--batch", "256", "--learning-rate", "0.1"]
            heard = ["--teacher", str(files[2]), "--teacher-share", "0.3", "--mixed", "0.3"]
            made.append(_train(data, folder / name, *large, *heard, *many))
        last = ["--seed", "5", "--start", str(small[2]), "--epochs", "196", "--batch", "512", "--learning-rate", "0.15"]
        heard = ["--teacher", *(str(folder / name) for name in LARGE), "--teacher-share", "0.8", "--mixed", "0.5"]
        made.append(_train(data, folder / "last", *last, *heard, *many))
        made += _export(data, folder / "last", ships)
    quantized = ["--model", str(ships), "--out", str(models / "emotion.onnx")]
    return [*made, ("export.quantize", ["--data", str(data), *quantized]), ("export.sums", [str(models)])]


def _train(data: Path, run: Path, *options: str) -> Step:
    return "training.train", ["--run", str(run), "--data", str(data), *options]


def _export(data: Path, run: Path, out: Path) -> list[Step]:
    given = ["--run", str(run), "--data", str(data)]
    return [("training.calibrate", given), ("export.emotion", [*given, "--out", str(out)])]


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.recipe", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--runs", type=Path, default=Path("runs"), help="where the runs go; default: %(default)s")
    parse.add_argument("--models", type=Path, default=Path("models"), help="where the models go; default: %(default)s")
    parse.add_argument("--minutes", type=float, default=MINUTES, help="of the first three runs; default: %(default)s")
    parse.add_argument("--gpu", action="store_true", help="with the larger teachers and the last run, which take a GPU")
    options = parse.parse_args(arguments)
    if not options.minutes > 0:
        parse.error("--minutes must be above 0")
    for module, given in steps(options.data, options.runs, options.models, options.minutes, options.gpu):
        print(f"python -m {module} {' '.join(given)}", file=sys.stderr, flush=True)
        code = subprocess.run([sys.executable, "-m", module, *given], check=False).returncode
        if code != EXIT_OK:  # the step has said why
            return code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
