"""python -m export.emotion: a training run's averaged weights to models/emotion_float32.onnx, by tf2onnx.

The graph takes bytes and gives calibrated probabilities: the cast, the standardisation, the calibration and the
softmax are inside. `apparent` is what the product shows: the seven classes of the FER+ head, or of the FER2013 head in a
model that was calibrated without votes. It is compared with Keras on real faces before anything is written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from meeting_analyzer.errors import EXIT_OK, AnalyzerError, ModelError
from training.calibrate import Calibration, read_calibration
from training.calibration import Scaling
from training.data import SIDE, load
from training.framing import Framing, read_framing
from training.inference import APPARENT, FERPLUS_OUTPUT, INPUT, PROBABILITIES, EmotionSession
from training.labels import CONTEMPT, FER2013, FERPLUS, FERPLUS_OF_FER2013, apparent_probabilities

if TYPE_CHECKING:
    import keras
    import onnx

VERSION = "1"
OPSET = 18
IR_VERSION = 9  # what ONNX Runtime from 1.17 on reads
TOLERANCE = 1e-4
LARGEST = 10_000_000  # bytes; the quantized file, which is shipped, has a quarter of it
BATCH = 25  # a 5x5 gallery
OUTPUTS = ((PROBABILITIES, len(FER2013)), (FERPLUS_OUTPUT, len(FERPLUS)), (APPARENT, len(FER2013)))


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: its size in bytes, its largest difference from Keras, and the time a face in a batch of 25."""

    size: int
    difference: float
    faces: int
    milliseconds: float


def convert(model: keras.Model, scalings: dict[str, Scaling], shown: str) -> onnx.ModelProto:
    """The Keras model (two heads of logits) as an ONNX graph from uint8 faces (N, 48, 48) to the probabilities OUTPUTS.

    shown: the head that `apparent` comes from.
    """
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec((None, SIDE, SIDE), tf.uint8, name=INPUT)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def call(faces: Any) -> Any:
        heads = model(tf.cast(faces, tf.float32), training=False)
        seven, eight = (
            tf.nn.softmax(heads[name] / scalings[name].temperature + tf.constant(scalings[name].bias, tf.float32))
            for name in ("fer2013", "ferplus")
        )
        if shown == "fer2013":
            return seven, eight, tf.identity(seven)
        doubt = eight[:, CONTEMPT : CONTEMPT + 1] / len(FER2013)
        return seven, eight, tf.gather(eight, FERPLUS_OF_FER2013, axis=1) + doubt

    proto, _ = tf2onnx.convert.from_function(call, input_signature=signature, opset=OPSET)
    rename(proto.graph, OUTPUTS)
    finish(proto)
    left = sorted({node.op_type for node in proto.graph.node} & {"BatchNormalization", "Transpose"})
    if left:
        raise ModelError(f"The converted graph still holds {', '.join(left)}: tf2onnx has not folded it.")
    return proto


def finish(proto: onnx.ModelProto) -> None:
    """Say which operators it needs, who made it, and see that it is a model."""
    import onnx

    del proto.opset_import[:]
    proto.opset_import.append(onnx.helper.make_opsetid("", OPSET))
    proto.ir_version = IR_VERSION
    proto.producer_name, proto.producer_version = "meeting-analyzer export", VERSION
    onnx.checker.check_model(proto, full_check=True)


def rename(graph: onnx.GraphProto, outputs: Sequence[tuple[str, int]]) -> None:
    """Public names for input and outputs, short ones for the rest, and N for the batch."""
    import onnx

    if len(graph.input) != 1 or len(graph.output) != len(outputs):
        raise ModelError(f"The converted graph has {len(graph.input)} inputs and {len(graph.output)} outputs.")
    names = {"": "", graph.input[0].name: INPUT}
    names |= {old.name: new for old, (new, _) in zip(graph.output, outputs, strict=True)}
    for tensor in graph.initializer:
        tensor.name = names.setdefault(tensor.name, f"w{len(names)}")
    for index, node in enumerate(graph.node):
        for ends in (node.input, node.output):
            ends[:] = [names.setdefault(name, f"t{len(names)}") for name in ends]
        node.name, node.doc_string = f"{node.op_type.lower()}_{index}", ""
    del graph.value_info[:], graph.input[:], graph.output[:]
    graph.name = "emotion"
    make = onnx.helper.make_tensor_value_info
    graph.input.append(make(INPUT, onnx.TensorProto.UINT8, ["N", SIDE, SIDE]))
    graph.output.extend(make(name, onnx.TensorProto.FLOAT, ["N", classes]) for name, classes in outputs)


def metadata(calibration: Calibration, framing: Framing, run: str) -> dict[str, str]:
    """What the runtime and a curious reader find in the file's metadata_props."""
    eyes = {"left_eye": list(framing.left_eye), "right_eye": list(framing.right_eye)}
    return {
        "labels": ",".join(FER2013),
        "ferplus_labels": ",".join(FERPLUS),
        "uncertain_below": f"{calibration.uncertain_below:.6f}",
        "allowed_risk": f"{calibration.allowed_risk:g}",
        "apparent": calibration.head,
        "framing": json.dumps(eyes),
        "training_run": f"{run}, epoch {calibration.epoch}",
        "license": "Apache-2.0",
        "version": VERSION,
    } | {
        f"{head}_scaling": json.dumps([round(scaling.temperature, 6), [round(value, 6) for value in scaling.bias]])
        for head, scaling in calibration.scalings.items()
    }


def difference(
    model: keras.Model, session: EmotionSession, scalings: dict[str, Scaling], shown: str, images: NDArray[np.uint8]
) -> float:
    """The largest absolute difference of a probability between Keras and ONNX Runtime on uint8 faces (N, 48, 48)."""
    from training.checkpoint import logits

    heads = logits(model, images)
    seven, eight = (scalings[head](heads[head]) for head in ("fer2013", "ferplus"))
    expected = (seven, eight, seven if shown == "fer2013" else apparent_probabilities(eight))
    outputs = session.run(images)
    return max(float(np.abs(outputs[name] - rows).max()) for (name, _), rows in zip(OUTPUTS, expected, strict=True))


def milliseconds_a_face(model: Path | bytes, threads: int = 1, batch: int = BATCH, rounds: int = 100) -> float:
    """The median time of one face in a batch, after a warm-up."""
    session = EmotionSession(model, threads)
    images = np.random.default_rng(0).integers(0, 256, (batch, SIDE, SIDE)).astype(np.uint8)
    times = []
    for _ in range(rounds + 5):
        began = time.perf_counter()
        session.run(images, batch)
        times.append(time.perf_counter() - began)
    return float(np.median(times[5:]) * 1000 / batch)


def export(run: Path, data: Path, split: str, out: Path, framing: Path | None = None) -> Exported:
    """Convert, compare, and only then write `out` in one step; else AnalyzerError, and the old file stays."""
    calibration = read_calibration(run)
    eyes = read_framing(framing) if framing else read_framing()
    images = load(data, split).images
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import onnx

    from training.checkpoint import load_average

    model, state = load_average(run)
    if state.epoch != calibration.epoch:
        raise ModelError(
            f"The run {run} was calibrated at epoch {calibration.epoch} but has come to {state.epoch}: "
            "run python -m training.calibrate again."
        )
    scalings, shown = calibration.scalings, calibration.head
    proto = convert(model, scalings, shown)
    onnx.helper.set_model_props(proto, metadata(calibration, eyes, run.name))
    content = proto.SerializeToString()
    if len(content) > LARGEST:
        raise ModelError(f"The converted model has {len(content)} bytes, more than {LARGEST}: train a smaller network.")
    largest = difference(model, EmotionSession(content), scalings, shown, images)
    if not largest <= TOLERANCE:
        raise ModelError(
            f"ONNX differs from Keras by {largest:.2g} on {split}, more than {TOLERANCE}: nothing was written."
        )
    write(out, content)
    return Exported(len(content), largest, len(images), milliseconds_a_face(content))


def write(out: Path, content: bytes) -> None:
    """Put a file in its place whole. Raises ModelError."""
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ModelError(f"{out} cannot be written ({error.strerror}).") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m export.emotion", description=__doc__)
    parse.add_argument("--run", type=Path, required=True, help="folder of a calibrated training run")
    parse.add_argument("--data", type=Path, required=True, help="folder that holds FER2013: the faces to compare on")
    parse.add_argument("--split", default="public_test", help="default: %(default)s")
    parse.add_argument("--out", type=Path, default=Path("models") / "emotion_float32.onnx", help="default: %(default)s")
    options = parse.parse_args(arguments)
    try:
        result = export(options.run, options.data, options.split, options.out)
    except AnalyzerError as error:
        print(f"export.emotion: {error}", file=sys.stderr)
        return error.exit_code
    print(
        f"{options.out}: {result.size} bytes, differs from Keras by at most {result.difference:.1g} on {result.faces} "
        f"faces, {result.milliseconds:.3f} ms a face on one thread in a batch of {BATCH}; now run python -m export.quantize"
    )
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
