"""What tf2onnx does not take in a .tflite file, folded away: sparse and float16 weights become plain float32 constants.

The values come from the TFLite interpreter itself (it is run once and its DENSIFY and DEQUANTIZE results are read), so
nothing of the sparse encoding is decoded here.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # tensorflow reads it when it is imported

Floats = npt.NDArray[np.float32]


class Interpreter:
    """TFLite's reference for a model: its inputs and outputs in the file's own layout, batch size 1."""

    def __init__(self, path: Path) -> None:
        import tensorflow as tf

        # without delegates every intermediate tensor stays readable
        kind = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # its move to another package concerns nobody who reads this
            self._it = tf.lite.Interpreter(
                str(path), experimental_preserve_all_tensors=True, experimental_op_resolver_type=kind
            )
        self._it.allocate_tensors()
        self._input = self._it.get_input_details()[0]
        self.outputs = [detail["name"] for detail in self._it.get_output_details()]
        self.input_shape: tuple[int, ...] = tuple(int(side) for side in self._input["shape"])

    def run(self, values: Floats) -> list[Floats]:
        """The outputs for one input of `input_shape`."""
        self._it.set_tensor(self._input["index"], values.astype(np.float32))
        self._it.invoke()
        return [self._it.get_tensor(detail["index"]).copy() for detail in self._it.get_output_details()]

    def tensor(self, index: int) -> Floats:
        """Any tensor of the graph as it was in the last run, as float32."""
        return np.asarray(self._it.get_tensor(index), np.float32)


def fold_weights(source: Path, target: Path) -> int:
    """Write `source` to `target` with every DENSIFY and DEQUANTIZE replaced by its result; returns how many there
    were."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    interpreter = Interpreter(source)
    interpreter.run(np.zeros(interpreter.input_shape, np.float32))
    model = flatbuffer_utils.read_model(str(source))
    (graph,) = model.subgraphs
    folded = (schema.BuiltinOperator.DENSIFY, schema.BuiltinOperator.DEQUANTIZE)
    kept = []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        if max(code.builtinCode, code.deprecatedBuiltinCode) not in folded:
            kept.append(operator)
            continue
        (index,) = operator.outputs
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(interpreter.tensor(index).tobytes(), np.uint8)
        model.buffers.append(buffer)
        graph.tensors[index].buffer = len(model.buffers) - 1
        graph.tensors[index].type = schema.TensorType.FLOAT32
    used = {index for operator in kept for index in (*operator.inputs, *operator.outputs)}
    for index, tensor in enumerate(graph.tensors):
        if index not in used:  # tf2onnx reads every tensor, also the sparse ones that nothing refers to any more
            tensor.sparsity, tensor.buffer, tensor.type = None, 0, schema.TensorType.FLOAT32
    count = len(graph.operators) - len(kept)
    graph.operators = kept
    flatbuffer_utils.write_model(model, str(target))
    return count
