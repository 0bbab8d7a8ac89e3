"""The mediapipe package as the engine, and its agreement with the ONNX files."""

from __future__ import annotations

import importlib.util
import statistics
from typing import Any, Literal

import numpy as np
import pytest
from people import placed, sights

from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception import package
from meeting_analyzer.perception.blazeface import FULL, SHORT, BlazeFace, Variant
from meeting_analyzer.perception.package import PackageDetector, PackageNetwork

installed = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="the mediapipe package (extra 'mediapipe') is not installed"
)


@installed
@pytest.mark.filterwarnings("ignore")  # of the package's own imports
@pytest.mark.parametrize("face_range", ["short", "full", "auto"])
def test_both_engines_see_the_same_faces(face_range: Literal["short", "full", "auto"]) -> None:
    crops = [sight.image for sight in sights(8)]
    detector = PackageDetector(face_range)
    theirs = detector.detect(crops)
    detector.close()
    detector.close()
    ours = BlazeFace(face_range).detect(crops)
    assert [len(faces) for faces in ours] == [len(faces) for faces in theirs] == [1] * len(crops)
    overlaps = [a[0].box.iou(b[0].box) for a, b in zip(ours, theirs, strict=True)]
    # a pixel of a 56 pixel box is 3 %; where a head is turned, the two samplings of the picture matter more
    assert statistics.median(overlaps) > 0.9
    assert min(overlaps) > 0.8
    offsets = np.array([np.subtract(a[0].keypoints, b[0].keypoints) for a, b in zip(ours, theirs, strict=True)])
    assert np.abs(offsets.mean(axis=(0, 1))).max() < 0.5  # no shift between the engines


@installed
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("variant", [SHORT, FULL])
def test_given_its_sampling_we_report_what_the_package_reports(variant: Variant) -> None:
    from export.parity import compare, mediapipe_sampling
    from meeting_analyzer.perception.blazeface import Network
    from meeting_analyzer.perception.runtime import Model

    crops = [placed(sight, 640, 360, 1.0)[0] for sight in sights()]
    network = PackageNetwork(variant, 0.5)
    raw = [network.raw(crop) for crop in crops]
    network.close()
    agreement = compare(raw, Network(variant, Model.shipped(variant.file), 0.5, mediapipe_sampling)(crops))
    assert agreement.expected == agreement.found == len(crops)
    assert agreement.iou_min > 0.9
    assert agreement.box_max <= 1
    assert agreement.keypoint_max < 0.05
    assert agreement.score_max < 1e-4


@installed
@pytest.mark.filterwarnings("ignore")
def test_the_package_says_nothing_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    detector = PackageDetector("short")
    detector.detect([sights()[0].image])
    detector.close()
    assert capfd.readouterr().err == ""


def test_without_the_package_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(package.importlib, "import_module", nothing)
    with pytest.raises(ModelError, match=r'not installed: .*pip install "meeting-analyzer\[mediapipe\]"'):
        PackageDetector()
