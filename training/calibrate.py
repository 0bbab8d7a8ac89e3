"""python -m training.calibrate: fit a run's temperatures and its "uncertain" threshold on one split."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from meeting_analyzer.errors import EXIT_OK, AnalyzerError

from . import run as runs
from .data import DataError, load
from .labels import ferplus_majority

FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the export builds into the model, and the figures it rests on (fractions 0..1)."""

    epoch: int
    split: str
    temperature: float
    ferplus_temperature: float
    uncertain_below: float
    coverage: float
    risk: float
    allowed_risk: float
    ece_before: float
    ece: float


def read_calibration(folder: Path) -> Calibration:
    """The calibration of a run; raises RunError where there is none."""
    path = folder / FILE
    try:
        return Calibration(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise runs.RunError(f"{path} cannot be read ({error}): run python -m training.calibrate first.") from error


def calibrate(folder: Path, data: Path, split: str, allowed_risk: float) -> Calibration:
    """Fit on one split, write calibration.json, reliability.png and risk_coverage.png into the run's folder."""
    faces = load(data, split)
    if not (faces.labels >= 0).any():
        raise DataError(f"No face of the split {split} has a FER2013 label: choose another split.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from . import plots
    from .calibration import fit_temperature, fit_threshold, risk_curve, softmax
    from .checkpoint import load_average, logits
    from .metrics import score

    model, state = load_average(folder)
    heads = logits(model, faces.images)
    temperature = fit_temperature(heads["fer2013"], faces.labels)
    majority = None if faces.votes is None else ferplus_majority(faces.votes)
    voted = majority is not None and (majority >= 0).any()
    probabilities = softmax(heads["fer2013"], temperature)
    threshold = fit_threshold(probabilities, faces.labels, allowed_risk)
    result = Calibration(
        epoch=state.epoch,
        split=split,
        temperature=temperature,
        ferplus_temperature=fit_temperature(heads["ferplus"], majority) if voted and majority is not None else 1.0,
        uncertain_below=threshold.value,
        coverage=threshold.coverage,
        risk=threshold.risk,
        allowed_risk=allowed_risk,
        ece_before=score(softmax(heads["fer2013"]), faces.labels).ece,
        ece=score(probabilities, faces.labels).ece,
    )
    used = faces.labels >= 0
    plots.reliability(probabilities[used], faces.labels[used], folder / "reliability.png")
    _, coverage, risk = risk_curve(probabilities, faces.labels)
    plots.risk_coverage(coverage, risk, (threshold.coverage, threshold.risk), folder / "risk_coverage.png")
    runs.write_atomically(folder / FILE, json.dumps(asdict(result), indent=2) + "\n")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parse.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--split", default="public_test", help="default: %(default)s")
    parse.add_argument("--risk", type=float, default=0.1, help="allowed share of wrong labels; default: %(default)s")
    options = parse.parse_args(arguments)
    if not 0 < options.risk < 1:
        parse.error("--risk must lie between 0 and 1")
    try:
        result = calibrate(options.run, options.data, options.split, options.risk)
    except AnalyzerError as error:
        print(f"training.calibrate: {error}", file=sys.stderr)
        return error.exit_code
    for key, value in asdict(result).items():
        print(f"{key:20s}{value:.4f}" if isinstance(value, float) else f"{key:20s}{value}")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
