"""What the finished graphs compute, against the graphs they were made of."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra export)")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from export.graph import Output, tidy  # noqa: E402

SIDE, CHANNELS = 8, 5
SLOPES = np.array([-0.5, 0.0, 0.25, 1.0, 1.5], np.float32)


def raw_model() -> onnx.ModelProto:
    """As tf2onnx writes a small network with a PRelu: floats in RGB (1, H, W, 3), a batch of one in its reshape."""
    random = np.random.default_rng(7)
    weights = random.normal(0, 0.4, (CHANNELS, 3, 3, 3)).astype(np.float32)
    constants = [
        numpy_helper.from_array(weights, "weights"),
        numpy_helper.from_array(SLOPES.reshape(CHANNELS, 1, 1), "slopes"),
        numpy_helper.from_array(np.array([1, CHANNELS * SIDE * SIDE], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Transpose", ["in"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "weights"], ["sums"], pads=[1, 1, 1, 1]),
        helper.make_node("PRelu", ["sums", "slopes"], ["active"]),
        helper.make_node("Reshape", ["active", "flat"], ["out"]),
    ]
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("in", [1, SIDE, SIDE, 3]), ("out", [1, CHANNELS * SIDE * SIDE]))
    ]
    graph = helper.make_graph(nodes, "raw", values[:1], values[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    return model


def run(model: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, inputs)[0])


@pytest.mark.parametrize("sigmoid", [False, True])
def test_the_finished_graph_computes_what_the_raw_one_does(sigmoid: bool) -> None:
    raw = raw_model()
    images = np.random.default_rng(1).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    shape = (CHANNELS, SIDE, SIDE)
    done = tidy(raw_model(), "small", 127.5, 1 / 127.5, [Output("scores", shape, sigmoid)], {"license": "none"})
    rgb = (images[..., ::-1].astype(np.float32) - 127.5) / 127.5
    expected = np.concatenate([run(raw, {"in": image[None]}) for image in rgb]).reshape(-1, *shape)
    if sigmoid:
        expected = 1 / (1 + np.exp(-expected))
    assert run(done, {"image": images}) == pytest.approx(expected, abs=1e-5)


def test_no_prelu_is_left_and_every_slope_is_its_channels_own() -> None:
    done = tidy(raw_model(), "small", 0.0, 1.0, [Output("scores", (CHANNELS, SIDE, SIDE))], {})
    kinds = [node.op_type for node in done.graph.node]
    assert "PRelu" not in kinds
    assert kinds.count("Conv") == 3
    images = np.random.default_rng(2).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)
    scores = run(done, {"image": images})[0]
    bare = raw_model()
    del bare.graph.node[2]
    bare.graph.node[2].input[0] = "sums"
    raw = run(bare, {"in": images[..., ::-1].astype(np.float32)}).reshape(CHANNELS, SIDE, SIDE)
    for channel, slope in enumerate(SLOPES):
        below = raw[channel] < 0
        assert below.any(), "the test must see what is below zero"
        assert scores[channel][below] == pytest.approx(slope * raw[channel][below], rel=1e-4, abs=1e-3)
        assert scores[channel][~below] == pytest.approx(raw[channel][~below], rel=1e-4, abs=1e-3)


def test_an_unexpected_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="2 outputs, got 1 and 1"):
        tidy(raw_model(), "small", 0.0, 1.0, [Output("a", (1,)), Output("b", (1,))], {})
