"""Graphs in ONNX Runtime's blocked layout compute what they did, and leave nothing in it that cannot be computed there."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnxruntime
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra export)")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from export.blocked import channels_in_blocks, prelus_as_convolutions  # noqa: E402

SIDE = 6


class Network:
    """A small graph from `in` (N, 3, SIDE, SIDE) to `out`, layer by layer."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(11)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(values, f"c{len(self.constants)}"))
        return self.constants[-1].name

    def add(self, kind: str, *inputs: str, out: str = "", **attributes: object) -> str:
        out = out or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def conv(self, x: str, out: int, into: int, side: int = 1, depthwise: bool = False, name: str = "") -> str:
        weights = self.random.normal(0, 0.4, (out, 1 if depthwise else into, side, side)).astype(np.float32)
        bias = self.random.normal(0, 0.4, out).astype(np.float32)
        pads = [side // 2] * 4
        group = out if depthwise else 1
        names = self.constant(weights), self.constant(bias)
        return self.add("Conv", x, *names, out=name, pads=pads, group=group, kernel_shape=[side, side])

    def grown(self, x: str, more: int) -> str:
        return self.add("Pad", x, self.constant(np.array([0, 0, 0, 0, 0, more, 0, 0], np.int64)))

    def block(self, x: str, before: int, after: int) -> str:
        """A residual block that gives more channels than it takes, as BlazeFace's do."""
        inner = self.conv(self.conv(x, before, before, 3, depthwise=True), after, before)
        return self.add("Relu", self.add("Add", self.grown(x, after - before), inner))

    def model(self, out: tuple[int, ...]) -> onnx.ModelProto:
        values = [
            helper.make_tensor_value_info("in", TensorProto.FLOAT, ["N", 3, SIDE, SIDE]),
            helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", *out]),
        ]
        graph = helper.make_graph(self.nodes, "small", values[:1], values[1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
        model.ir_version = 9
        return model


def run(model: onnx.ModelProto) -> np.ndarray:
    onnx.checker.check_model(model, full_check=True)
    images = np.random.default_rng(5).normal(0, 1, (3, 3, SIDE, SIDE)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"in": images})[0])


def test_a_network_that_grows_computes_what_it_did_in_whole_blocks() -> None:
    net = Network()
    x = net.add("Relu", net.conv("in", 12, 3, 3))
    for before, after in ((12, 14), (14, 20), (20, 24)):
        x = net.block(x, before, after)
    x = net.add("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    net.add("Transpose", net.conv(x, 6, 24), perm=[0, 2, 3, 1], out="out")
    model = net.model((SIDE // 2, SIDE // 2, 6))
    expected = run(model)
    channels_in_blocks(model.graph)
    assert run(model) == pytest.approx(expected, abs=1e-4)
    kinds = Counter(node.op_type for node in model.graph.node)
    assert not kinds["Pad"]
    # 12 and 14 channels are 16 now, 20 are 24
    assert (kinds["Identity"], kinds["Concat"]) == (2, 1)
    shapes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    given = [shapes[node.input[1]][0] for node in convolutions]
    assert given[-1] == 6, "what others read stays as it is"
    assert all(count % 8 == 0 for count in given[:-1])


def test_channels_that_somebody_else_reads_stay_as_they_are() -> None:
    net = Network()
    x = net.conv("in", 12, 3)
    net.add("Add", x, net.constant(np.ones((1, 12, 1, 1), np.float32)), out="out")
    model = net.model((12, SIDE, SIDE))
    expected = run(model)
    channels_in_blocks(model.graph)
    assert run(model) == pytest.approx(expected, abs=1e-5)


def test_a_pad_of_rows_and_columns_is_left_alone() -> None:
    net = Network()
    x = net.add("Relu", net.conv("in", 12, 3))
    padded = net.add("Pad", x, net.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64)))
    net.conv(padded, 4, 12, name="out")
    model = net.model((4, SIDE + 2, SIDE + 2))
    expected = run(model)
    channels_in_blocks(model.graph)
    assert run(model) == pytest.approx(expected, abs=1e-5)
    assert [node.op_type for node in model.graph.node].count("Pad") == 1


@pytest.mark.parametrize("steepest", [1.0, 1.5])
def test_relu_is_a_part_of_its_factor_unless_a_slope_is_above_one(steepest: float) -> None:
    net = Network()
    slopes = np.linspace(-0.5, steepest, 8).astype(np.float32).reshape(8, 1, 1)
    net.add("PRelu", net.conv("in", 8, 3), net.constant(slopes), out="out")
    model = net.model((8, SIDE, SIDE))
    expected = run(model)
    prelus_as_convolutions(model.graph)
    assert run(model) == pytest.approx(expected, abs=1e-5)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds == (
        ["Conv", "Conv", "Relu", "Conv", "Add"] if steepest <= 1 else ["Conv", "Relu", "Conv", "Conv", "Add"]
    )
