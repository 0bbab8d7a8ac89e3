"""python -m training.calibrate: fit the scaling of a run's heads and its "uncertain" threshold on one split."""

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
from .calibration import ALLOWED_RISK, Scaling
from .data import DataError, load
from .evaluate import truth_of
from .labels import FER2013, FERPLUS, apparent_probabilities, ferplus_majority

FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the export builds into the model, and the figures it rests on (fractions 0..1).

    `head` is the one that the seven classes of the running product come from: "ferplus", or "fer2013" where the data has no
    votes. `uncertain_below`, `coverage` and `risk` are about it, against what most raters say (contested faces count as
    wrong), or against FER2013's labels. `errors` are expected calibration errors before and after, by head.
    """

    epoch: int
    split: str
    scalings: dict[str, Scaling]
    head: str
    uncertain_below: float
    coverage: float
    risk: float
    allowed_risk: float
    errors: dict[str, tuple[float, float]]


def read_calibration(folder: Path) -> Calibration:
    """The calibration of a run; raises RunError where there is none."""
    path = folder / FILE
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["scalings"] = {
            head: Scaling(float(each["temperature"]), tuple(each["bias"])) for head, each in fields["scalings"].items()
        }
        return Calibration(**fields)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise runs.RunError(f"{path} cannot be read ({error}): run python -m training.calibrate first.") from error


def calibrate(folder: Path, data: Path, split: str, allowed_risk: float) -> Calibration:
    """Fit on one split, write calibration.json, reliability.png and risk_coverage.png into the run's folder."""
    faces = load(data, split)
    if not (faces.labels >= 0).any():
        raise DataError(f"No face of the split {split} has a FER2013 label: choose another split.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from . import plots
    from .calibration import fit_scaling, fit_threshold, risk_curve, softmax
    from .checkpoint import load_average, logits
    from .metrics import score

    model, state = load_average(folder)
    heads = logits(model, faces.images)
    truths = {"fer2013": faces.labels}
    if faces.votes is not None and ((majority := ferplus_majority(faces.votes)) >= 0).any():
        truths["ferplus"] = majority
    scalings = {head: fit_scaling(heads[head], labels) for head, labels in truths.items()}
    calibrated = {head: scaling(heads[head]) for head, scaling in scalings.items()}
    if "ferplus" in truths:
        head, shown = "ferplus", apparent_probabilities(calibrated["ferplus"])
    else:
        head, shown = "fer2013", calibrated["fer2013"]
        scalings["ferplus"] = Scaling(1.0, (0.0,) * len(FERPLUS))
    truth = truth_of(head, faces)
    assert truth is not None
    threshold = fit_threshold(shown, truth, allowed_risk)
    result = Calibration(
        epoch=state.epoch,
        split=split,
        scalings=scalings,
        head=head,
        uncertain_below=threshold.value,
        coverage=threshold.coverage,
        risk=threshold.risk,
        allowed_risk=allowed_risk,
        errors={
            name: (score(softmax(heads[name]), labels).ece, score(calibrated[name], labels).ece)
            for name, labels in truths.items()
        },
    )
    clear = (truth >= 0) & (truth < len(FER2013))
    plots.reliability(shown[clear], truth[clear], folder / "reliability.png")
    _, coverage, risk = risk_curve(shown, truth)
    plots.risk_coverage(coverage, risk, (threshold.coverage, threshold.risk), folder / "risk_coverage.png")
    runs.write_atomically(folder / FILE, json.dumps(asdict(result), indent=2) + "\n")
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parse.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013, in any known layout")
    parse.add_argument("--split", default="public_test", help="default: %(default)s")
    parse.add_argument(
        "--risk", type=float, default=ALLOWED_RISK, help="allowed share of wrong labels; default: %(default)s"
    )
    options = parse.parse_args(arguments)
    if not 0 < options.risk < 1:
        parse.error("--risk must lie between 0 and 1")
    try:
        result = calibrate(options.run, options.data, options.split, options.risk)
    except AnalyzerError as error:
        print(f"training.calibrate: {error}", file=sys.stderr)
        return error.exit_code
    print(f"epoch {result.epoch} of {options.run}, on {result.split}")
    for head, (before, after) in result.errors.items():
        bias = " ".join(f"{value:+.2f}" for value in result.scalings[head].bias)
        print(f"{head}: calibration error {before:.4f} before, {after:.4f} after")
        print(f"  temperature {result.scalings[head].temperature:.4f}, biases {bias}")
    print(f"shown: the head {result.head}, uncertain below {result.uncertain_below:.4f}")
    print(f"  {result.coverage:.2%} of the faces get a label, {result.risk:.2%} of these a wrong one")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
