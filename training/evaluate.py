"""python -m training.evaluate: score an exported emotion model on one split, with FER2013's labels and with FER+'s.

In text it also says what the product makes of the faces: how many get a label, and how many of these labels are not what
most raters say (where raters do not agree, every label is wrong), and what the seven classes would be worth from either head.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import EXIT_OK, AnalyzerError
from meeting_analyzer.models import EMOTION, model_path

from .calibration import ALLOWED_RISK, Threshold, fit_threshold
from .data import DataError, Faces, load
from .inference import APPARENT, FERPLUS_OUTPUT, PROBABILITIES, EmotionSession
from .labels import CONTESTED, FER2013, FERPLUS, UNLABELLED, apparent_majority, apparent_probabilities, ferplus_majority
from .metrics import Metrics, score

NAMES = {"fer2013": FER2013, "ferplus": FERPLUS, "apparent": FER2013}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the product shows: `metrics` of the output `apparent` over the faces that raters agree on, and over all faces
    the share that gets a label (`coverage`) and the share of wrong labels among these (`risk`; contested faces are wrong)."""

    metrics: Metrics
    coverage: float
    risk: float


def truth_of(head: str, faces: Faces) -> NDArray[np.int64] | None:
    """What the seven classes that the product shows are judged by, 0..6, CONTESTED or UNLABELLED (N,): what most raters say
    when they come from the head "ferplus" (None without votes), FER2013's labels when they come from "fer2013"."""
    if head == "fer2013":
        return faces.labels
    return None if faces.votes is None else apparent_majority(faces.votes)


def shown(session: EmotionSession, outputs: Mapping[str, NDArray[np.floating]], faces: Faces) -> Shown | None:
    """The product's figures on these faces, or None where their labels, that output or its threshold are missing."""
    properties = session.metadata()
    below, truth = properties.get("uncertain_below"), truth_of(properties.get(APPARENT, "ferplus"), faces)
    if truth is None or APPARENT not in outputs or below is None:
        return None
    if not ((truth >= 0) & (truth != CONTESTED)).any():
        return None
    real = truth != UNLABELLED
    rows, said = outputs[APPARENT][real], outputs[APPARENT][real].max(axis=1) >= float(below)
    wrong = rows.argmax(axis=1) != truth[real]
    return Shown(
        metrics=score(outputs[APPARENT], np.where(truth == CONTESTED, UNLABELLED, truth)),
        coverage=float(said.mean()),
        risk=float(wrong[said].mean()) if said.any() else 0.0,
    )


def by_head(
    outputs: Mapping[str, NDArray[np.floating]], faces: Faces, allowed_risk: float
) -> dict[str, tuple[Metrics, Threshold]]:
    """The seven classes from either head, judged by raters: metrics over the faces they agree on, and the threshold that
    labels the most of all faces within the risk. Empty without votes or an output of that head."""
    if faces.votes is None or FERPLUS_OUTPUT not in outputs:
        return {}
    truth = apparent_majority(faces.votes)
    agreed = np.where(truth == CONTESTED, UNLABELLED, truth)
    if not (agreed >= 0).any():
        return {}
    seven = {"ferplus": apparent_probabilities(outputs[FERPLUS_OUTPUT]), "fer2013": outputs[PROBABILITIES]}
    return {head: (score(rows, agreed), fit_threshold(rows, truth, allowed_risk)) for head, rows in seven.items()}


def evaluate(model: Path, faces: Faces) -> dict[str, Metrics]:
    """Metrics by label set: "fer2013" where a face has such a label, "ferplus" where there are votes and a head."""
    return score_outputs(EmotionSession(model).run(faces.images), faces)


def score_outputs(outputs: Mapping[str, NDArray[np.floating]], faces: Faces) -> dict[str, Metrics]:
    """Like `evaluate`, of a model's outputs for the faces."""
    results: dict[str, Metrics] = {}
    if (faces.labels >= 0).any():
        results["fer2013"] = score(outputs[PROBABILITIES], faces.labels)
    if faces.votes is not None and FERPLUS_OUTPUT in outputs:
        majority = ferplus_majority(faces.votes)
        if (majority >= 0).any():
            results["ferplus"] = score(outputs[FERPLUS_OUTPUT], majority)
    if not results:
        raise DataError("No face of this split has a label that can be scored: choose another split.")
    return results


def as_json(results: dict[str, Metrics]) -> str:
    """One line; a label set that could not be scored is left out."""
    figures = ("accuracy", "macro_f1", "ece", "nll", "n")
    return json.dumps({name: {key: getattr(value, key) for key in figures} for name, value in results.items()})


def as_text(
    results: dict[str, Metrics],
    product: Shown | None = None,
    heads: Mapping[str, tuple[Metrics, Threshold]] | None = None,
) -> str:
    if product is not None:
        results = results | {"apparent": product.metrics}
    lines: list[str] = []
    for name, value in results.items():
        lines += [
            f"{name} ({value.n} faces)",
            f"  accuracy  {value.accuracy:.2%}",
            f"  macro F1  {value.macro_f1:.4f}",
            f"  ECE       {value.ece:.4f}",
            f"  NLL       {value.nll:.4f}",
            "  recall",
        ]
        for label, recall in zip(NAMES[name], value.recall, strict=True):
            lines.append(f"    {label:10s}{'no faces' if math.isnan(recall) else f'{recall:.2%}'}")
    if product is not None:
        lines += [
            f"  labelled  {product.coverage:.2%} of all faces",
            f"  wrong     {product.risk:.2%} of the labelled",
        ]
    for head, (value, threshold) in (heads or {}).items():
        lines.append(
            f"seven classes from the head {head}, judged by raters: accuracy {value.accuracy:.2%}, ECE {value.ece:.4f}, "
            f"NLL {value.nll:.4f}, {threshold.coverage:.2%} labelled with {threshold.risk:.2%} wrong"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds the faces, in any known layout")
    parse.add_argument("--split", required=True, help="for instance public_test")
    parse.add_argument("--model", type=Path, help="ONNX file; default: the one that is shipped")
    parse.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parse.parse_args(arguments)
    try:
        faces = load(options.data, options.split)
        session = EmotionSession(options.model or model_path(EMOTION))
        outputs = session.run(faces.images)
        results = score_outputs(outputs, faces)
    except AnalyzerError as error:
        print(f"training.evaluate: {error}", file=sys.stderr)
        return error.exit_code
    if options.json:
        print(as_json(results))
    else:
        risk = float(session.metadata().get("allowed_risk", ALLOWED_RISK))
        print(as_text(results, shown(session, outputs, faces), by_head(outputs, faces, risk)))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
