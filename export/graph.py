"""From what tf2onnx writes to the file that ships: a free batch, pictures as bytes, names that mean something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .blocked import channels_in_blocks, prelus_as_convolutions

IR_VERSION = 9
"""What ONNX Runtime from 1.17 on reads."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the finished graph: its name, its shape without the batch, and whether a sigmoid is applied to
    it."""

    name: str
    shape: tuple[int, ...]
    sigmoid: bool = False


def tidy(
    model: onnx.ModelProto, name: str, mean: float, scale: float, outputs: Sequence[Output], metadata: dict[str, str]
) -> onnx.ModelProto:
    """The graph with input `image` uint8 (N, H, W, 3) in BGR, of which it sees (image - mean) * scale, and `outputs`,
    which are the first of its own in order; what only the others need is left out.

    Raises ValueError for a graph that is not of the expected kind.
    """
    graph = model.graph
    if len(graph.input) != 1 or len(graph.output) < len(outputs):
        raise ValueError(
            f"{name}: expected one input and {len(outputs)} outputs, got {len(graph.input)} and {len(graph.output)}"
        )
    height, width = (side.dim_value for side in graph.input[0].type.tensor_type.shape.dim[1:3])
    _free_reshapes(graph)
    prelus_as_convolutions(graph)
    channels_in_blocks(graph)
    nodes = _bytes_in(graph, mean, scale) + list(graph.node)
    for old, new in zip(graph.output, outputs, strict=False):
        nodes += _shaped(graph, old.name, new)
    nodes = _needed(nodes, {output.name for output in outputs})
    infos = [helper.make_tensor_value_info(o.name, TensorProto.FLOAT, ["N", *o.shape]) for o in outputs]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", height, width, 3])
    clean = helper.make_graph(nodes, name, [image], infos, list(graph.initializer))
    _number_names(clean)
    opset = next(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    result = helper.make_model(
        clean, producer_name="meeting-analyzer export", opset_imports=[helper.make_opsetid("", opset)]
    )
    result.ir_version = IR_VERSION
    helper.set_model_props(result, metadata)
    onnx.checker.check_model(result, full_check=True)
    return result


def _constant(graph: onnx.GraphProto, name: str, values: np.ndarray) -> str:
    graph.initializer.append(numpy_helper.from_array(values, name))
    return name


def _free_reshapes(graph: onnx.GraphProto) -> None:
    """Reshape targets carry the batch size 1 of the .tflite file; 0 means "as in the input"."""
    targets = {node.input[1] for node in graph.node if node.op_type == "Reshape"}
    for tensor in graph.initializer:
        if tensor.name in targets:
            shape = numpy_helper.to_array(tensor).copy()
            if shape[0] != 1:
                raise ValueError(f"the reshape to {shape.tolist()} does not start with the batch")
            shape[0] = 0
            tensor.CopyFrom(numpy_helper.from_array(shape, tensor.name))


def _bytes_in(graph: onnx.GraphProto, mean: float, scale: float) -> list[onnx.NodeProto]:
    """Nodes from bytes in BGR to what the network was trained on; the change of channel order goes into the first
    weights."""
    weights = next(node.input[1] for node in graph.node if node.op_type == "Conv")
    tensor = next(t for t in graph.initializer if t.name == weights)
    values = numpy_helper.to_array(tensor)
    if values.shape[1] != 3:
        raise ValueError(f"the first convolution sees {values.shape[1]} channels, not 3")
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values[:, ::-1]), weights))
    first = graph.input[0].name
    return [
        helper.make_node("Cast", ["image"], ["image_float"], to=TensorProto.FLOAT),
        helper.make_node(
            "Sub", ["image_float", _constant(graph, "mean", np.array(mean, np.float32))], ["image_centred"]
        ),
        helper.make_node("Mul", ["image_centred", _constant(graph, "scale", np.array(scale, np.float32))], [first]),
    ]


def _shaped(graph: onnx.GraphProto, old: str, new: Output) -> list[onnx.NodeProto]:
    shape = _constant(graph, f"{new.name}_shape", np.array([0, *new.shape], np.int64))
    if not new.sigmoid:
        return [helper.make_node("Reshape", [old, shape], [new.name])]
    return [
        helper.make_node("Reshape", [old, shape], [f"{new.name}_logits"]),
        helper.make_node("Sigmoid", [f"{new.name}_logits"], [new.name]),
    ]


def _needed(nodes: Sequence[onnx.NodeProto], outputs: set[str]) -> list[onnx.NodeProto]:
    """Those of the nodes, in their order, that the outputs follow from: ONNX Runtime computes whatever is in a graph."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted & set(node.output):
            wanted |= set(node.input)
            kept.append(node)
    return kept[::-1]


def _number_names(graph: onnx.GraphProto) -> None:
    """Inner tensors and nodes get short names; those of the converter carry whole paths of the training code.

    Constants follow in the order of their first use, so that the same models give the same file.
    """
    public = {value.name for value in (*graph.input, *graph.output)}
    new: dict[str, str] = {name: name for name in public} | {"": ""}
    order: dict[str, int] = {}
    for i, node in enumerate(graph.node):
        for names in (node.input, node.output):
            for name in names:
                order.setdefault(name, len(order))
            names[:] = [new.setdefault(name, f"t{len(new)}") for name in names]
        node.name, node.doc_string = f"{node.op_type.lower()}_{i}", ""
    constants = sorted((t for t in graph.initializer if t.name in order), key=lambda t: order[t.name])
    for tensor in constants:
        tensor.name = new[tensor.name]
    copies = [onnx.TensorProto.FromString(tensor.SerializeToString()) for tensor in constants]
    del graph.initializer[:]
    graph.initializer.extend(copies)
