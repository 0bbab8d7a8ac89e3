"""python -m training.evaluate: score an exported emotion model on one split, with FER2013's labels and with FER+'s."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from meeting_analyzer.errors import EXIT_OK, AnalyzerError
from meeting_analyzer.models import EMOTION, model_path

from .data import DataError, Faces, load
from .inference import FERPLUS_OUTPUT, PROBABILITIES, EmotionSession
from .labels import FER2013, FERPLUS, ferplus_majority
from .metrics import Metrics, score

NAMES = {"fer2013": FER2013, "ferplus": FERPLUS}


def evaluate(model: Path, faces: Faces) -> dict[str, Metrics]:
    """Metrics by label set: "fer2013" where a face has such a label, "ferplus" where there are votes and a head."""
    session = EmotionSession(model)
    outputs = session.run(faces.images)
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


def as_text(results: dict[str, Metrics]) -> str:
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
        results = evaluate(options.model or model_path(EMOTION), faces)
    except AnalyzerError as error:
        print(f"training.evaluate: {error}", file=sys.stderr)
        return error.exit_code
    print(as_json(results) if options.json else as_text(results))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
