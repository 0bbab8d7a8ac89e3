"""python -m training.recipe: the shipped emotion model from nothing but the data, in one command.

Three runs, each the teacher of the next (Furlanello et al., "Born-Again Neural Networks", ICML 2018); the third starts
from the second's weights and hears both before it. Then calibration, export, whole numbers and checksums. Every step that was
interrupted goes on where it stood when the same command is given again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from meeting_analyzer.errors import EXIT_OK

MINUTES = 279.0
"""Training time of the shipped model on two cores, over all three runs."""
SHARES = (0.27, 0.40, 0.33)

Step = tuple[str, list[str]]


def steps(data: Path, folder: Path, models: Path, minutes: float) -> list[Step]:
    """The modules to run, in order, with their options."""
    runs = [folder / name for name in ("first", "second", "third")]
    teachers = [folder / f"{run.name}.onnx" for run in runs[:2]]
    more = (
        ["--seed", "1"],
        ["--seed", "2", "--teacher-share", "0.4"],
        ["--seed", "3", "--start", str(runs[1]), "--learning-rate", "0.05", "--teacher-share", "0.5"],
    )
    made: list[Step] = []
    outs = [*teachers, models / "emotion_float32.onnx"]
    for number, (run, share, options, out) in enumerate(zip(runs, SHARES, more, outs, strict=True)):
        heard = ["--teacher", *map(str, teachers[:number])] if number else []
        given = ["--run", str(run), "--data", str(data)]
        made += [
            ("training.train", [*given, "--minutes", f"{share * minutes:g}", *options, *heard]),
            ("training.calibrate", given),
            ("export.emotion", [*given, "--out", str(out)]),
        ]
    quantized = ["--model", str(models / "emotion_float32.onnx"), "--out", str(models / "emotion.onnx")]
    return [*made, ("export.quantize", ["--data", str(data), *quantized]), ("export.sums", [str(models)])]


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.recipe", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--runs", type=Path, default=Path("runs"), help="where the runs go; default: %(default)s")
    parse.add_argument("--models", type=Path, default=Path("models"), help="where the models go; default: %(default)s")
    parse.add_argument("--minutes", type=float, default=MINUTES, help="training time in all; default: %(default)s")
    options = parse.parse_args(arguments)
    if not options.minutes > 0:
        parse.error("--minutes must be above 0")
    for module, given in steps(options.data, options.runs, options.models, options.minutes):
        print(f"python -m {module} {' '.join(given)}", file=sys.stderr, flush=True)
        code = subprocess.run([sys.executable, "-m", module, *given], check=False).returncode
        if code != EXIT_OK:  # the step has said why
            return code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
