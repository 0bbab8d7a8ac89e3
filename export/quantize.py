"""python -m export.quantize: models/emotion_float32.onnx in whole numbers, models/emotion.onnx: the same answers in under half the time.

Weights and activations become bytes (quantize and dequantize nodes around each convolution, sum and average, which ONNX Runtime
joins to whole-number kernels). The scales of the activations are measured on faces of the training split. Weights use seven bits of
their eight, for the sums of two products of full bytes overflow on x86 processors without VNNI. The threshold of "uncertain" is
set anew, for rounding moves confidences. The file is compared with the one it was made of before it is written.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import EXIT_OK, AnalyzerError, ModelError
from meeting_analyzer.models import EMOTION
from training.calibration import fit_threshold
from training.data import Faces, load
from training.evaluate import evaluate, truth_of
from training.inference import APPARENT, INPUT, PROBABILITIES, EmotionSession

from .emotion import BATCH, OUTPUTS, finish, milliseconds_a_face, rename, write

if TYPE_CHECKING:
    import onnx

FLOAT = "emotion_float32.onnx"
CALIBRATED_ON = 1024
"""Faces of the training split on which activations are measured."""
OPERATORS = ["Conv", "Add", "AveragePool"]
DENSE = ("MatMul", "Gemm")
PERCENTILE = 99.999
"""Share of an activation's values, in percent, that its scale covers: single outliers must not make all others coarse."""
LOST = 0.003
"""Accuracy that may be lost at most."""


@dataclass(frozen=True, slots=True)
class Quantized:
    """What was written, beside what it was made of: sizes in bytes, accuracies by label set, milliseconds a face in a batch
    of 25 on one thread, and the share of faces that get the same class."""

    sizes: tuple[int, int]
    accuracies: dict[str, tuple[float, float]]
    milliseconds: tuple[float, float]
    agreement: float


class _Batches:
    """The calibration's faces, batch by batch, as onnxruntime's quantizer asks for them."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._images = images
        self.rewind()

    def rewind(self) -> None:
        self._left: Iterator[NDArray[np.uint8]] = iter(np.array_split(self._images, max(1, len(self._images) // 64)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        batch = next(self._left, None)
        return None if batch is None else {INPUT: batch}


def quantize(model: Path, images: NDArray[np.uint8]) -> onnx.ModelProto:
    """The model in whole numbers, its activations measured on uint8 faces (N, 48, 48). Raises ModelError."""
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    properties = {entry.key: entry.value for entry in onnx.load(str(model)).metadata_props}
    with tempfile.TemporaryDirectory() as folder:
        plain, whole = Path(folder) / "plain.onnx", Path(folder) / "whole.onnx"
        quant_pre_process(str(model), str(plain), skip_symbolic_shape=True)
        reader: Any = _Batches(images)
        quantize_static(
            str(plain),
            str(whole),
            reader,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATORS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=_heads(onnx.load(str(plain)).graph),
            calibrate_method=CalibrationMethod.Percentile,
            extra_options={"CalibPercentile": PERCENTILE},
        )
        proto = onnx.load(str(whole))
    rename(proto.graph, OUTPUTS)
    onnx.helper.set_model_props(proto, properties | {"numbers": "int8"})
    finish(proto)
    return proto


def _heads(graph: onnx.GraphProto) -> list[str]:
    """The nodes from each dense layer on: logits and probabilities cost nothing in floating point, and rounding them shows."""
    behind: set[str] = set()
    found: list[str] = []
    for node in graph.node:  # in topological order
        if node.op_type in DENSE or behind & set(node.input):
            behind |= set(node.output)
            found.append(node.name)
    return found


def export(model: Path, data: Path, split: str, out: Path) -> Quantized:
    """Quantize, compare on `split`, and only then write `out` in one step; else AnalyzerError, and the old file stays."""
    train, judged = load(data, "train"), load(data, split)
    chosen = np.random.default_rng(0).permutation(len(train.images))[:CALIBRATED_ON]
    proto = quantize(model, train.images[np.sort(chosen)])
    _set_threshold(proto, judged)
    content = proto.SerializeToString()
    before = evaluate(model, judged)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / EMOTION
        made.write_bytes(content)
        after = evaluate(made, judged)
    accuracies = {name: (before[name].accuracy, after[name].accuracy) for name in before}
    for name, (was, now) in accuracies.items():
        if not now >= was - LOST:
            raise ModelError(
                f"In whole numbers the model's accuracy on {name} falls from {was:.2%} to {now:.2%}: nothing was written."
            )
    agreement = _agreement(model, content, judged)
    write(out, content)
    times = milliseconds_a_face(model), milliseconds_a_face(out)
    return Quantized((model.stat().st_size, len(content)), accuracies, times, agreement)


def _set_threshold(proto: onnx.ModelProto, faces: Faces) -> None:
    """Let the share of wrong labels be what was allowed again, where the faces have what it is measured by."""
    session = EmotionSession(proto.SerializeToString())
    properties = session.metadata()
    truth = truth_of(properties[APPARENT], faces)
    if truth is not None:
        threshold = fit_threshold(session.run(faces.images)[APPARENT], truth, float(properties["allowed_risk"]))
        for entry in proto.metadata_props:
            if entry.key == "uncertain_below":
                entry.value = f"{threshold.value:.6f}"


def _agreement(model: Path, content: bytes, faces: Faces) -> float:
    one, other = (EmotionSession(each).run(faces.images)[PROBABILITIES].argmax(axis=1) for each in (model, content))
    return float((one == other).mean())


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m export.quantize", description=__doc__)
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013")
    parse.add_argument("--model", type=Path, default=Path("models") / FLOAT, help="default: %(default)s")
    parse.add_argument("--split", default="public_test", help="faces to compare on; default: %(default)s")
    parse.add_argument("--out", type=Path, default=Path("models") / EMOTION, help="default: %(default)s")
    options = parse.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        EmotionSession(options.model)
        done = export(options.model, options.data, options.split, options.out)
    except AnalyzerError as error:
        print(f"export.quantize: {error}", file=sys.stderr)
        return error.exit_code
    print(f"{options.out}, beside {options.model}:")
    print(f"  {done.sizes[1]} bytes, {done.sizes[0]}")
    for name, (was, now) in done.accuracies.items():
        print(f"  {name} {now:.2%}, {was:.2%}")
    print(f"  {done.milliseconds[1]:.2f} ms a face on one thread in a batch of {BATCH}, {done.milliseconds[0]:.2f}")
    print(f"  the same class for {done.agreement:.2%} of the faces; now run python -m export.sums")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
