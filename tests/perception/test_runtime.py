"""The wrapper around ONNX Runtime: batches of any size, damaged files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception.runtime import BUCKETS, Model, bucket


def doubling(path: Path, batch: int | str = "N") -> Path:
    """A model that doubles rows of three numbers."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 3]) for name in ("values", "doubled")]
    graph = helper.make_graph(
        [helper.make_node("Add", ["values", "values"], ["doubled"])], "doubling", value[:1], value[1:]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {"colour": "green"})
    onnx.save(model, str(path))
    return path


@pytest.mark.parametrize("count", [1, 2, 5, 8, 9, 25, 130])
def test_every_batch_size_gives_its_own_rows(tmp_path: Path, count: int) -> None:
    rows = np.random.default_rng(count).random((count, 3), np.float32)
    (doubled,) = Model(doubling(tmp_path / "m.onnx")).run(rows)
    np.testing.assert_allclose(doubled, rows * 2)


def test_buckets_hold_what_they_are_chosen_for() -> None:
    assert [bucket(n) for n in (1, 4, 5, 7, 8)] == [1, 4, 6, 8, 8]
    assert all(bucket(n) >= n and bucket(n) in BUCKETS for n in range(1, 9))


def test_a_model_tells_its_shape_and_metadata(tmp_path: Path) -> None:
    model = Model(doubling(tmp_path / "m.onnx"), threads=2)
    assert (model.input_shape, model.output_names, model.metadata) == ((3,), ("doubled",), {"colour": "green"})


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_a_file_that_does_not_load_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"broken\.onnx cannot be loaded .*reinstall") as caught:
        Model(path)
    assert "\n" not in str(caught.value)


def test_a_fixed_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="free batch size"):
        Model(doubling(tmp_path / "m.onnx", batch=1))
