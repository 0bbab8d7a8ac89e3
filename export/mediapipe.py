"""MediaPipe's face models as ONNX: `python -m export.mediapipe --wheel mediapipe-0.10.21-*.whl --out models`.

The wheel comes from `pip download --no-deps mediapipe==0.10.21`. Weights are made dense and float32, tf2onnx converts
the graph, the batch is freed, and the result must agree with TFLite and with the mediapipe package on pictures of faces
before anything is written. Needs the extras `export` and `mediapipe`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer import models
from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception.blazeface import FULL, SHORT, Variant, letterbox
from meeting_analyzer.perception.runtime import Model
from meeting_analyzer.types import Image

from . import card
from .graph import Output, tidy
from .parity import Agreement, against_package, pictures, tensor_difference
from .sums import write_sums
from .tflite import fold_weights

OPSET = 18
TENSOR_LIMIT, KEYPOINT_LIMIT, BOX_LIMIT = 1e-3, 0.05, 1.0
"""Largest differences that are accepted: of any output value from TFLite's (network pixels), and in picture pixels of
keypoints and boxes from the package's, which cuts boxes to integers where we round."""
ZOOMS = (1.0, 2.0, 4.0)


class ExportError(Exception):
    """The conversion failed; nothing was written. `str(error)` says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model in the wheel and what becomes of it: the network sees (pixel - mean) * scale, `outputs` are the first of its own."""

    member: str
    target: str
    side: int
    mean: float
    scale: float
    outputs: tuple[Output, ...]
    variant: Variant | None = None


SOURCES = (
    Source(
        f"mediapipe/modules/face_detection/{SHORT.tflite}",
        SHORT.file,
        SHORT.side,
        127.5,
        1 / 127.5,
        (Output("boxes", (896, 16)), Output("scores", (896,), sigmoid=True)),
        SHORT,
    ),
    Source(
        f"mediapipe/modules/face_detection/{FULL.tflite}",
        FULL.file,
        FULL.side,
        127.5,
        1 / 127.5,
        (Output("boxes", (2304, 16)), Output("scores", (2304,), sigmoid=True)),
        FULL,
    ),
    Source(
        "mediapipe/modules/face_landmark/face_landmark.tflite",
        models.FACE_LANDMARKS,
        192,
        0.0,
        1 / 255,
        (Output("landmarks", (468, 3)), Output("presence", (), sigmoid=True)),
    ),
    Source(
        "mediapipe/modules/iris_landmark/iris_landmark.tflite",
        models.EYE_LANDMARKS,
        64,
        0.0,
        1 / 255,
        (Output("contour", (71, 3)),),
    ),
)
LICENCE = "mediapipe-0.10.21.dist-info/LICENSE"
NOTICE = "NOTICE.mediapipe"


def extract(wheel: Path, folder: Path) -> None:
    """The .tflite files and the licence of the wheel into `folder`. Raises ExportError."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in (LICENCE, *(source.member for source in SOURCES)):
                (folder / Path(member).name).write_bytes(archive.read(member))
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ExportError(
            f"{wheel} is not the wheel of mediapipe 0.10.21 ({error}); "
            "`pip download --no-deps mediapipe==0.10.21` fetches it."
        ) from error


def convert(source: Source, folder: Path) -> Path:
    """Make `folder`/<target>.onnx from the .tflite file in `folder`. Raises ExportError."""
    import onnx
    import tf2onnx

    tflite = folder / Path(source.member).name
    dense = folder / f"dense_{tflite.name}"
    fold_weights(tflite, dense)
    converted, _ = tf2onnx.convert.from_tflite(str(dense), opset=OPSET)
    metadata = {"source": f"{source.member} of mediapipe 0.10.21", "licence": "Apache-2.0"}
    try:
        model = tidy(converted, Path(source.target).stem, source.mean, source.scale, source.outputs, metadata)
    except (ValueError, onnx.checker.ValidationError) as error:
        raise ExportError(f"{source.member} did not convert to a usable graph: {error}.") from error
    path = folder / source.target
    onnx.save(model, str(path))
    return path


def enlarged(image: Image, zoom: float) -> Image:
    """The picture `zoom` times as large."""
    return np.asarray(cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)


def verify(source: Source, folder: Path, clips: Path) -> card.Parity:
    """Measure the converted file against TFLite and the package. Raises ExportError when they differ by more than
    accepted."""
    model, tflite = Model(folder / source.target, threads=2), folder / Path(source.member).name
    try:
        frames = pictures(clips, per_clip=10)
    except ValueError as error:
        raise ExportError(f"{error}: name the folder of the sample people with --pictures.") from error
    inputs = [np.empty((source.side, source.side, 3), np.uint8) for _ in frames]
    for frame, target in zip(frames, inputs, strict=True):
        letterbox(frame, target)
    difference = tensor_difference(model, tflite, inputs, source.mean, source.scale)
    if not difference <= TENSOR_LIMIT:
        raise ExportError(f"{source.target} differs from TFLite by {difference:.2g}, more than {TENSOR_LIMIT:g}.")
    results: list[tuple[float, Agreement, Agreement]] = []
    for zoom in ZOOMS if source.variant else ():
        assert source.variant is not None
        scaled = [enlarged(frame, zoom) for frame in frames]
        exact, own = against_package(source.variant, model, tflite, scaled)
        if exact.found != exact.expected or exact.keypoint_max > KEYPOINT_LIMIT or exact.box_max > BOX_LIMIT:
            raise ExportError(f"{source.target} finds other faces than the mediapipe package: {exact}.")
        results.append((zoom, exact, own))
    height, width = frames[0].shape[:2]
    return card.Parity(source.target, source.member, len(frames), (width, height), difference, tuple(results))


def install(folder: Path, names: list[str], out: Path) -> None:
    """Move files into `out`, each in one step: a reader sees the old one or the new one. Raises ExportError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out, prefix=".new-") as new:
            for name in names:  # all of them first: a full disk leaves the old files as they were
                shutil.copyfile(folder / name, Path(new) / name)
            for name in names:
                (Path(new) / name).replace(out / name)
        write_sums(out)
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror}.") from error


def export(wheel: Path, out: Path, clips: Path) -> list[card.Parity]:
    """Convert, verify and install everything; `out` is left as it was when anything fails. Raises ExportError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extract(wheel, folder)
        for source in SOURCES:
            convert(source, folder)
        parity = [verify(source, folder, clips) for source in SOURCES]
        (folder / "mediapipe.md").write_text(card.render(parity), encoding="utf-8")
        (folder / NOTICE).write_text(
            card.NOTICE + "\n" + (folder / "LICENSE").read_text(encoding="utf-8"), encoding="utf-8"
        )
        kept = [SHORT.tflite, FULL.tflite]  # the mediapipe package from 1.0 on carries none
        install(folder, [source.target for source in SOURCES] + kept + ["mediapipe.md", NOTICE], out)
    return parity


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 with one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m export.mediapipe", description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, required=True, help="mediapipe-0.10.21-*.whl")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the models (models)")
    parser.add_argument(
        "--pictures",
        type=Path,
        default=Path("tools/sample_call/people"),
        help="folder of clips of faces (tools/sample_call/people)",
    )
    options = parser.parse_args(arguments)
    try:
        for parity in export(options.wheel, options.out, options.pictures):
            print(parity.summary())
    except (ExportError, ModelError) as error:
        print(f"Nothing was written: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
