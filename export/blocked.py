"""Graphs rewritten so that ONNX Runtime stays in the blocked layout of its convolutions (NCHWc: eight channels side by side).

What it cannot compute there it computes elsewhere, and goes to and fro between the layouts: the landmark models spent more than half
of their time on that, the face detector some of it. What is made of them here computes the same with operators that it can.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import helper, numpy_helper

BLOCK = 8
"""Channels in a block, but for processors with AVX-512, which have sixteen: there some tensors leave the layout still."""

_CHANNELWISE = ("Relu", "Add", "MaxPool")
"""Operators whose output has the channels of their inputs."""


def prelus_as_convolutions(graph: onnx.GraphProto) -> None:
    """PRelu(x) as a * x + (1 - a) * Relu(x), each factor a convolution of one weight per channel.

    Where no slope is above one, Relu comes after its factor: it then is a part of the convolution.
    """
    constants = _constants(graph)
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        x, out = node.input[0], node.output[0]
        slope = constants[node.input[1]].reshape(-1, 1, 1, 1)
        scaled, rest = f"{out}/scaled", f"{out}/rest"
        inner = f"{out}/inner"
        if (slope <= 1).all():
            nodes += [_scale(graph, x, inner, 1 - slope), helper.make_node("Relu", [inner], [rest])]
        else:
            nodes += [helper.make_node("Relu", [x], [inner]), _scale(graph, inner, rest, 1 - slope)]
        nodes += [_scale(graph, x, scaled, slope), helper.make_node("Add", [rest, scaled], [out])]
    _replace(graph, nodes)


def channels_in_blocks(graph: onnx.GraphProto) -> None:
    """Between convolutions, channels are filled up with zeros to whole blocks, and are appended as such: Pad, which does so in residual
    networks that grow, is not computed in that layout, nor is what has a part of a block."""
    constants = _constants(graph)
    families = _families(graph, constants)
    exact = _exact(graph, constants, families)
    channels: dict[int, int] = {}
    for node in graph.node:
        if node.op_type == "Conv" and node.output[0] in families:
            channels[families[node.output[0]]] = constants[node.input[1]].shape[0]

    def wide(tensor: str) -> int | None:
        """Channels of a tensor from now on; None where they stay what they are."""
        family = families.get(tensor)
        return None if family is None or family in exact else -(-channels[family] // BLOCK) * BLOCK

    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "Conv":
            _widen(graph, node, constants, wide(node.input[0]), wide(node.output[0]))
        elif _appended(node, constants):
            more = (wide(node.output[0]) or 0) - (there := wide(node.input[0]) or 0)
            if there and more >= 0:
                nodes += _append_zeros(graph, node, there, more)
                continue
        nodes.append(node)
    _replace(graph, nodes)


def _families(graph: onnx.GraphProto, constants: dict[str, np.ndarray]) -> dict[str, int]:
    """Tensors that must have the same channels, by a number each: what convolutions give and what is made of that channel by channel."""
    families: dict[str, int] = {}
    for number, node in enumerate(graph.node):
        out = node.output[0]
        alike = [families[name] for name in node.input if name in families]
        if node.op_type in _CHANNELWISE or (node.op_type == "Conv" and _is_depthwise(node, constants)):
            families[out] = alike[0] if alike else number
            for other in alike[1:]:
                families = {name: alike[0] if family == other else family for name, family in families.items()}
        elif node.op_type == "Conv" or _appended(node, constants):
            families[out] = number
    return families


def _exact(graph: onnx.GraphProto, constants: dict[str, np.ndarray], families: dict[str, int]) -> set[int]:
    """Families whose channels cannot be more: somebody else reads them, adds a constant, or they are no convolution's."""
    exact = {families[value.name] for value in graph.output if value.name in families}
    made = {families[node.output[0]] for node in graph.node if node.op_type == "Conv"}
    for node in graph.node:
        known = node.op_type == "Conv" or _appended(node, constants)
        if known or (node.op_type in _CHANNELWISE and all(name in families for name in node.input)):
            continue
        exact |= {families[name] for name in (*node.input, *node.output) if name in families}
    return exact | (set(families.values()) - made)


def _widen(
    graph: onnx.GraphProto,
    node: onnx.NodeProto,
    constants: dict[str, np.ndarray],
    before: int | None,
    after: int | None,
) -> None:
    """Let a convolution take and give so many channels, the new ones zero; None: as many as now."""
    weights = constants[node.input[1]]
    depthwise = _is_depthwise(node, constants)
    out = after or weights.shape[0]
    shape = (out, 1 if depthwise else before or weights.shape[1], *weights.shape[2:])
    if shape == weights.shape:
        return
    name = node.output[0]
    node.input[1] = _constant(graph, f"{name}/weights", _filled(weights, shape))
    if len(node.input) > 2:
        node.input[2] = _constant(graph, f"{name}/bias", _filled(constants[node.input[2]], (out,)))
    if depthwise:
        next(a for a in node.attribute if a.name == "group").i = out


def _append_zeros(graph: onnx.GraphProto, pad: onnx.NodeProto, there: int, more: int) -> Iterator[onnx.NodeProto]:
    """Nodes that give what `pad` did, from `there` channels and `more` that are zero."""
    x, out = pad.input[0], pad.output[0]
    if not more:
        yield helper.make_node("Identity", [x], [out])
        return
    none = _constant(graph, f"{out}/none", np.zeros((more, there, 1, 1), np.float32))
    yield helper.make_node("Conv", [x, none], [f"{out}/zeros"], kernel_shape=[1, 1])
    yield helper.make_node("Concat", [x, f"{out}/zeros"], [out], axis=1)


def _appended(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> int:
    """How many channels of zeros a node appends; 0 for one that does anything else."""
    if node.op_type != "Pad" or len(node.input) > 2 or node.input[1] not in constants:
        return 0
    pads = constants[node.input[1]].tolist()
    return int(pads[5]) if len(pads) == 8 and sum(map(abs, pads)) == pads[5] else 0


def _is_depthwise(node: onnx.NodeProto, constants: dict[str, np.ndarray]) -> bool:
    """Whether a convolution has one filter a channel."""
    group = next((a.i for a in node.attribute if a.name == "group"), 1)
    return group > 1 and group == constants[node.input[1]].shape[0]


def _filled(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The values with zeros behind them along every axis."""
    return np.pad(values, [(0, to - now) for now, to in zip(values.shape, shape, strict=True)])


def _scale(graph: onnx.GraphProto, x: str, out: str, factor: np.ndarray) -> onnx.NodeProto:
    """x times a factor (C, 1, 1, 1) of each channel's own, as a convolution."""
    weights = _constant(graph, f"{out}/factor", factor)
    return helper.make_node("Conv", [x, weights], [out], group=len(factor), kernel_shape=[1, 1])


def _constants(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def _constant(graph: onnx.GraphProto, name: str, values: np.ndarray) -> str:
    graph.initializer.append(numpy_helper.from_array(values.astype(np.float32), name))
    return name


def _replace(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)
