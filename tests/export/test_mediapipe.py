"""The conversion of MediaPipe's models, on the .tflite files that ship and on small graphs."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from people import FOLDER, sights

from export import mediapipe as export
from export import sums
from export.graph import Output, tidy
from meeting_analyzer import models
from meeting_analyzer.perception.runtime import Model

pytestmark = pytest.mark.filterwarnings("ignore")  # tensorflow, tf2onnx and mediapipe warn about themselves
DETECTORS = export.SOURCES[:2]


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel with what the detectors need, made of the .tflite files that ship."""
    path = tmp_path / "mediapipe-0.10.21-test.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(export.LICENCE, "the licence")
        for source in DETECTORS:
            archive.write(models.models_dir() / Path(source.member).name, source.member)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_shipped_detectors_come_out_again(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("tensorflow", "tf2onnx", "mediapipe"):
        pytest.importorskip(module, reason=f"{module} (extras 'export' and 'mediapipe') is not installed")
    monkeypatch.setattr(export, "SOURCES", DETECTORS)
    monkeypatch.setattr(export, "ZOOMS", (1.0,))
    out = tmp_path / "out"
    assert export.main(["--wheel", str(wheel), "--out", str(out), "--pictures", str(FOLDER)]) == 0
    written = contents(out)
    assert written["NOTICE.mediapipe"].endswith(b"the licence")
    assert b"face_detection_full_range.onnx" in written["mediapipe.md"]
    assert b"face_detection_full_range.onnx" in written[models.SUMS]
    for source in DETECTORS:
        images = np.random.default_rng(0).integers(0, 255, (2, source.side, source.side, 3)).astype(np.uint8)
        for new, old in zip(
            Model(out / source.target).run(images), Model.shipped(source.target).run(images), strict=True
        ):
            np.testing.assert_allclose(new, old, atol=1e-3)


@pytest.mark.parametrize("content", [b"no zip", None])
def test_what_is_no_wheel_of_mediapipe_is_refused(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "some.whl", tmp_path / "out"
    if content:
        path.write_bytes(content)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("other.txt", "")
    assert export.main(["--wheel", str(path), "--out", str(out)]) == 1
    assert not out.exists()
    message = capsys.readouterr().err
    assert "pip download --no-deps mediapipe==0.10.21" in message
    assert message.count("\n") == 1


def test_a_failure_while_writing_leaves_what_was_there(tmp_path: Path) -> None:
    new, out = tmp_path / "new", tmp_path / "out"
    for folder, content in ((new, "new"), (out, "old")):
        folder.mkdir()
        (folder / "a.onnx").write_text(content)
    with pytest.raises(export.ExportError, match="cannot be written"):
        export.install(new, ["a.onnx", "missing.onnx"], out)
    assert contents(out) == {"a.onnx": b"old"}
    export.install(new, ["a.onnx"], out)
    assert contents(out)["a.onnx"] == b"new"
    assert contents(out).keys() == {"a.onnx", models.SUMS}


def test_a_file_that_differs_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = DETECTORS[0]
    for name in (source.target, Path(source.member).name):
        (tmp_path / name).write_bytes((models.models_dir() / name).read_bytes())
    pytest.importorskip("tensorflow", reason="tensorflow (extra 'export') is not installed")
    monkeypatch.setattr(export, "TENSOR_LIMIT", 1e-9)
    with pytest.raises(export.ExportError, match="differs from TFLite"):
        export.verify(source, tmp_path, FOLDER)


def small_graph() -> onnx.ModelProto:
    """As tf2onnx writes: batch 1, float RGB in -1..1, a convolution that picks the red channel, a reshape to the batch."""
    kernel = np.array([1, 0, 0], np.float32).reshape(1, 3, 1, 1)
    nodes = [
        helper.make_node("Transpose", ["in;put"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "k"], ["c"]),
        helper.make_node("Reshape", ["c", "shape"], ["out;put"]),
    ]
    constants = [numpy_helper.from_array(kernel, "k"), numpy_helper.from_array(np.array([1, -1, 4]), "shape")]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("in;put", TensorProto.FLOAT, [1, 2, 2, 3])],
        [helper.make_tensor_value_info("out;put", TensorProto.FLOAT, [1, 1, 4])],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


@pytest.mark.parametrize("sigmoid", [False, True])
def test_a_tidy_graph_takes_bytes_in_any_number(tmp_path: Path, sigmoid: bool) -> None:
    model = tidy(small_graph(), "tiny", 127.5, 1 / 127.5, [Output("scores", (4,), sigmoid)], {"a": "b"})
    onnx.save(model, str(tmp_path / "tiny.onnx"))
    images = np.random.default_rng(0).integers(0, 255, (3, 2, 2, 3)).astype(np.uint8)
    loaded = Model(tmp_path / "tiny.onnx")
    red = images[..., 2].reshape(3, 4) / 127.5 - 1  # the picture is BGR
    np.testing.assert_allclose(loaded.run(images)[0], 1 / (1 + np.exp(-red)) if sigmoid else red, atol=1e-6)
    assert loaded.metadata == {"a": "b"}
    assert not [name for node in model.graph.node for name in (*node.input, *node.output) if ";" in name]


def test_what_no_output_needs_is_left_out() -> None:
    model = small_graph()
    model.graph.node.insert(2, helper.make_node("Conv", ["t", "other"], ["second"]))
    model.graph.initializer.append(numpy_helper.from_array(np.ones((1, 3, 1, 1), np.float32), "other"))
    model.graph.output.append(helper.make_tensor_value_info("second", TensorProto.FLOAT, [1, 1, 2, 2]))
    alone = tidy(small_graph(), "tiny", 0, 1, [Output("scores", (4,))], {})
    assert tidy(model, "tiny", 0, 1, [Output("scores", (4,))], {}) == alone


def test_a_graph_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one input and 2 outputs"):
        tidy(small_graph(), "tiny", 0, 1, [Output("a", (4,)), Output("b", (4,))], {})


def test_sums_list_every_model_sorted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.onnx", "a.tflite", "notes.md"):
        (tmp_path / name).write_text(name)
    assert sums.main([str(tmp_path)]) == 0
    expected = "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("a.tflite", "b.onnx"))
    assert (tmp_path / models.SUMS).read_text() == capsys.readouterr().out == expected
    assert models.expected_sums(tmp_path).keys() == {"a.tflite", "b.onnx"}


def test_sums_of_no_folder_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sums.main([str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_shipped_sums_are_right() -> None:
    assert (models.models_dir() / models.SUMS).read_text() == sums.sums(models.models_dir())


def test_people_are_there() -> None:
    assert len({sight.name for sight in sights()}) >= 9
