"""A run that is killed and resumed ends as one that was not; its folder can be calibrated; misfits are named."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import calibrate, evaluate, train
from training import run as runs
from training.augment import Augmentation
from training.calibration import Scaling
from training.data import Faces, load

from .conftest import made_up, write_folders, write_mosaic

pytest.importorskip("tensorflow", reason="training needs the extra [train]")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own

TINY: dict[str, Any] = {
    "stem": 4,
    "widths": [4, 8],
    "blocks": [1, 1],
    "attention_from": 8,
    "dropout": 0.3,
}


@pytest.fixture(autouse=True)
def _a_checkpoint_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.fit.CHECKPOINT_EVERY", 0.0)


def _settings(**changes: Any) -> runs.Settings:
    base = runs.Settings(architecture=TINY, epochs=2, batch=16, precision="float32", seed=3)
    return replace(base, **changes)


def _trainer(folder: Path, settings: runs.Settings, **more: Any) -> Any:
    from training.fit import Trainer

    folder.mkdir(exist_ok=True)
    runs.write_settings(folder, settings)
    return Trainer(folder, settings, made_up(64), made_up(21, seed=1), **more)


def _quiet(step: int, steps: int) -> None:
    assert 1 <= step <= steps


def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = _trainer(tmp_path / "whole", _settings())
    rows = [whole.epoch(_quiet), whole.epoch(_quiet)]
    assert whole.state.finished

    first = _trainer(tmp_path / "halves", _settings())
    first.epoch(_quiet)
    assert not first.state.finished
    # killed while it wrote the next checkpoint
    (tmp_path / "halves" / "checkpoints" / "epoch-0002.tmp").mkdir()
    second = _trainer(tmp_path / "halves", _settings())
    assert (second.state.epoch, second.state.step) == (1, 4)
    row = second.epoch(_quiet)
    assert second.state.finished
    for resumed, expected in zip(second.averaged, whole.averaged, strict=True):
        np.testing.assert_allclose(resumed, expected, rtol=2e-3, atol=2e-4)
    assert row["loss"] == pytest.approx(rows[1]["loss"], rel=1e-3)
    with (tmp_path / "halves" / "history.csv").open(newline="") as file:
        assert [line["epoch"] for line in csv.DictReader(file)] == ["1", "2"]
    assert [path.name for path in (tmp_path / "halves" / "checkpoints").iterdir()] == ["epoch-0002"]


def test_a_run_starts_from_the_averaged_weights_of_another_only_while_it_has_no_checkpoint(tmp_path: Path) -> None:
    first = _trainer(tmp_path / "first", _settings())
    first.epoch(_quiet)
    weights = tmp_path / "first" / "checkpoints" / "epoch-0001" / runs.AVERAGE
    second = _trainer(tmp_path / "second", _settings(), start=weights)
    for model in (second.model, second.average):
        for got, expected in zip(model.get_weights(), first.averaged, strict=True):
            np.testing.assert_array_equal(got, expected)
    second.epoch(_quiet)
    again = _trainer(tmp_path / "second", _settings(), start=weights)
    assert any((got != old).any() for got, old in zip(again.averaged, first.averaged, strict=True))


def test_teachers_answer_as_they_were_before_calibration(tmp_path: Path) -> None:
    from meeting_analyzer.errors import ModelError
    from training.inference import EmotionSession
    from training.teachers import teach

    shipped = Path(__file__).parents[2] / "models" / "emotion_float32.onnx"
    faces = made_up(14).images
    seven, eight = teach([shipped], faces)
    assert (seven.shape, eight.shape) == ((14, 7), (14, 8))
    np.testing.assert_allclose(eight.sum(axis=1), 1)
    np.testing.assert_allclose(teach([shipped, shipped], faces)[0], seven)
    mirrored = teach([shipped], np.ascontiguousarray(faces[:, :, ::-1]))
    np.testing.assert_allclose(mirrored[0], seven, atol=1e-6)
    scaling = Scaling(*json.loads(EmotionSession(shipped).metadata()["ferplus_scaling"]))
    sides = [EmotionSession(shipped).run(np.ascontiguousarray(each))["ferplus"] for each in (faces, faces[:, :, ::-1])]
    np.testing.assert_allclose(eight, np.mean([scaling.undone(side) for side in sides], axis=0), atol=1e-6)

    trainer = _trainer(tmp_path / "run", _settings(teacher_share=1.0), teachers=[shipped])
    np.testing.assert_allclose(trainer.targets[1], teach([shipped], made_up(64).images)[1], atol=1e-6)
    assert EmotionSession(shipped).metadata()["labels"].startswith("angry")
    onnx = pytest.importorskip("onnx", reason="the export needs the extra [export]")
    bare = onnx.load(shipped)
    del bare.metadata_props[:]
    onnx.save(bare, tmp_path / "bare.onnx")
    with pytest.raises(ModelError, match=r"bare\.onnx cannot teach"):
        teach([tmp_path / "bare.onnx"], faces)


def test_runs_as_teachers_answer_to_the_very_pictures_that_are_learned(tmp_path: Path) -> None:
    from training.teachers import Tutors

    first = _trainer(tmp_path / "first", _settings(epochs=1))
    first.epoch(_quiet)
    student = _trainer(
        tmp_path / "student",
        _settings(teacher_share=1.0, augmentation=asdict(Augmentation(mixed=0.5))),
        teachers=[tmp_path / "first"],
    )
    images, targets = next(student._batches())
    first.average.set_weights(first.averaged)
    for head, answer in zip(("fer2013", "ferplus"), Tutors([tmp_path / "first"], "float32")(images), strict=True):
        logits = np.asarray(first.average.predict_on_batch(images)[head])
        expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(targets[head], expected, atol=1e-5)
        np.testing.assert_allclose(answer, expected, atol=1e-5)


def test_what_takes_minutes_is_made_once_a_run_and_anew_for_other_faces(tmp_path: Path) -> None:
    made: list[int] = []

    def make(count: int) -> list[np.ndarray]:
        made.append(count)
        return [np.arange(count), np.zeros((count, 2))]

    for count in (3, 3, 4):
        first, second = runs.kept(tmp_path / "kept.npz", count, lambda count=count: make(count))
        assert (len(first), second.shape) == (count, (count, 2))
    assert made == [3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["kept.npz"]


def test_short_epochs_share_a_checkpoint_and_the_last_one_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.fit.CHECKPOINT_EVERY", 1e6)
    trainer = _trainer(tmp_path / "run", _settings())
    trainer.epoch(_quiet)
    assert runs.newest_checkpoint(trainer.folder) is None
    trainer.epoch(_quiet)
    assert runs.newest_checkpoint(trainer.folder).name == "epoch-0002"


def test_the_schedule_warms_up_and_anneals_over_epochs_or_minutes(tmp_path: Path) -> None:
    trainer = _trainer(tmp_path / "run", _settings(epochs=10, learning_rate=1.0, warm_up=0.1))
    rates = [trainer.learning_rate(progress) for progress in np.linspace(0, 1, 101)]
    assert np.argmax(rates) == 10
    assert rates[10] == pytest.approx(1)
    assert np.all(np.diff(rates[:11]) > 0)
    assert np.all(np.diff(rates[10:]) < 0)
    assert rates[-1] == pytest.approx(0.01)
    trainer.state.step = 20
    assert trainer.progress() == pytest.approx(0.5)
    trainer.settings = replace(trainer.settings, minutes=2)
    trainer.state.seconds = 30
    assert trainer.progress(30) == pytest.approx(0.5)
    trainer.state.seconds = 1000
    assert trainer.progress() == 1


def test_an_unlabelled_target_gives_no_loss() -> None:
    from training.fit import soft_cross_entropy

    targets = np.array([[0, 0, 0], [0, 0.5, 0.5]], np.float32)
    loss = np.asarray(soft_cross_entropy(targets, np.array([[5, 1, 2], [0, 0, 0]], np.float32)))
    np.testing.assert_allclose(loss, [0, np.log(3)], rtol=1e-6)


def test_the_thread_hands_over_what_goes_wrong() -> None:
    from training.fit import Prefetch

    def broken() -> Any:
        yield 1
        raise OSError("disk on fire")

    with Prefetch(broken()) as items:
        iterator = iter(items)
        assert next(iterator) == 1
        with pytest.raises(OSError, match="disk on fire"):
            next(iterator)


def test_a_checkpoint_of_another_architecture_is_named(tmp_path: Path) -> None:
    _trainer(tmp_path / "run", _settings(epochs=1)).epoch(_quiet)
    other = _settings(architecture=TINY | {"widths": [4, 12]})
    with pytest.raises(runs.RunError, match=r"model\.weights\.h5 is damaged or of another architecture"):
        _trainer(tmp_path / "run", other)
    unknown = _settings(architecture=TINY | {"heads": 3})
    with pytest.raises(runs.RunError, match="an architecture this code does not know"):
        _trainer(tmp_path / "run", unknown)


def test_train_leaves_a_run_that_can_be_looked_at_and_calibrated(
    mosaic: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import training.network

    tiny = {key: tuple(value) if isinstance(value, list) else value for key, value in TINY.items()}
    monkeypatch.setitem(training.network.SIZES, "small", training.network.Architecture(**tiny))
    folder = tmp_path / "run"
    command = ["--data", str(mosaic), "--run", str(folder), "--epochs", "1", "--batch", "32", "--precision", "float32"]
    assert train.main(command) == 0
    report = capsys.readouterr().err
    assert "epoch 1: loss" in report
    assert "100% done" in report
    for name in ("curves.png", "confusion.png", "reliability.png", "history.csv"):
        assert (folder / name).stat().st_size > 100
    assert json.loads((folder / "config.json").read_text())["architecture"]["widths"] == [4, 8]

    assert train.main(command) == 0
    assert "is finished: 1 epochs" in capsys.readouterr().err
    monkeypatch.setattr(train, "usual_precision", lambda: "mixed_bfloat16")
    assert train.main(command[:-2]) == 0, "a run goes on in the precision it was begun with"
    assert train.main([*command, "--seed", "9"]) == 1
    assert "was started with another seed" in capsys.readouterr().err

    assert calibrate.main(["--run", str(folder), "--data", str(mosaic)]) == 0
    fitted = calibrate.read_calibration(folder)
    assert (fitted.epoch, fitted.split) == (1, "public_test")
    assert (folder / "risk_coverage.png").stat().st_size > 100
    assert fitted.head == "ferplus"
    printed = capsys.readouterr().out
    for scaling in fitted.scalings.values():
        assert f"temperature {scaling.temperature:.4f}" in printed
    assert f"{fitted.coverage:.2%} of the faces get a label" in printed

    (tmp_path / "folders").mkdir()
    write_folders(tmp_path / "folders", {"test": made_up(35)})  # without votes
    assert calibrate.main(["--run", str(folder), "--data", str(tmp_path / "folders"), "--split", "test"]) == 0
    assert calibrate.read_calibration(folder).head == "fer2013"

    other = ["--data", str(mosaic), "--run", str(tmp_path / "next"), "--epochs", "1", "--batch", "32"]
    assert train.main([*other, "--start", str(tmp_path / "nowhere")]) == 1
    assert "has no checkpoint to start or to learn from" in capsys.readouterr().err
    assert train.main([*other, "--teacher", str(tmp_path / "none.onnx")]) == 1
    assert "none.onnx cannot be read" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert train.main([*other, "--teacher", str(tmp_path / "empty")]) == 1
    assert "has no checkpoint to start or to learn from" in capsys.readouterr().err


def test_bfloat16_is_taken_only_where_the_processor_computes_in_it(tmp_path: Path) -> None:
    flags = tmp_path / "cpuinfo"
    flags.write_text("flags\t\t: fpu avx2 avx512f avx512_bf16 fma\n")
    assert train.usual_precision(flags) == "mixed_bfloat16"
    flags.write_text("flags\t\t: fpu avx2 fma\n")
    assert train.usual_precision(flags) == "float32"
    assert train.usual_precision(tmp_path / "nowhere") == "float32"


def test_users_mistakes_are_one_sentence(mosaic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(code: int) -> str:
        assert code == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        return printed.err

    nothing = str(tmp_path / "nothing")
    assert "There is no folder" in said(train.main(["--data", nothing, "--run", nothing]))
    assert not Path(nothing).exists(), "bad data must not leave a run folder"
    assert "config.json cannot be read" in said(calibrate.main(["--run", nothing, "--data", str(mosaic)]))
    (tmp_path / "empty").mkdir()
    runs.write_settings(tmp_path / "empty", _settings())
    message = said(calibrate.main(["--run", str(tmp_path / "empty"), "--data", str(mosaic)]))
    assert "has no checkpoint yet" in message
    assert "holds no split dev" in said(evaluate.main(["--data", str(mosaic), "--split", "dev", "--model", nothing]))


def test_calibrating_on_a_split_without_labels_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = made_up(5)
    write_mosaic(tmp_path, "blank", Faces(faces.images, np.full(5, -1), faces.votes))
    assert len(load(tmp_path, "blank")) == 5
    assert calibrate.main(["--run", str(tmp_path), "--data", str(tmp_path), "--split", "blank"]) == 1
    assert "No face of the split blank has a FER2013 label" in capsys.readouterr().err


def test_settings_survive_their_file(tmp_path: Path) -> None:
    runs.write_settings(tmp_path, _settings(minutes=1.5))
    assert asdict(runs.read_settings(tmp_path)) == asdict(_settings(minutes=1.5))
    (tmp_path / "config.json").write_text('{"epochs": 3}')
    with pytest.raises(runs.RunError, match=r"config\.json cannot be read"):
        runs.read_settings(tmp_path)
