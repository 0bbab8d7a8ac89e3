# ruff: noqa: E501 - the tables of a Markdown page
"""The model card of MediaPipe's face models, with the figures of the export that wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .parity import Agreement

NOTICE = """The face detection, face landmark and iris models in this folder (face_detection_short_range, face_detection_full_range,
face_landmarks and eye_landmarks, as .onnx and .tflite) are MediaPipe's: Copyright The MediaPipe Authors, Apache License 2.0.
They were taken from the Python wheel of mediapipe 0.10.21 and changed: sparse and float16 weights were expanded to float32,
the graphs were converted to ONNX with tf2onnx, given a free batch dimension, 8-bit BGR input and a sigmoid on the scores,
and the iris model's branch for the iris was left out.
The .tflite files are unchanged. The licence follows, as it lies in that wheel.
"""

HEAD = """# MediaPipe's face models

| file | finds | input `image` | outputs (float32) |
|---|---|---|---|
| `face_detection_short_range.onnx` | faces from about 1/4 of the picture's longer side | uint8 (N, 128, 128, 3), BGR | `boxes` (N, 896, 16), `scores` (N, 896) in 0..1 |
| `face_detection_full_range.onnx` | faces from about 1/8 of the longer side | uint8 (N, 192, 192, 3), BGR | `boxes` (N, 2304, 16), `scores` (N, 2304) in 0..1 |
| `face_landmarks.onnx` | 468 points of one cropped face | uint8 (N, 192, 192, 3), BGR | `landmarks` (N, 468, 3) in pixels of the input, `presence` (N,) in 0..1 |
| `eye_landmarks.onnx` | the eyelids of one cropped eye | uint8 (N, 64, 64, 3), BGR | `contour` (N, 71, 3) in pixels of the input |

`boxes` are centre x, y, width, height and six points (eye on the image's left, eye on its right, nose tip, mouth centre, ear on the
left, ear on the right), in pixels of the input and relative to the anchors of `meeting_analyzer/perception/blazeface.py`.
`contour` begins with the lower lid from one corner to the other (9 points) and the upper lid (7 points); an eye that is on the image's
right is mirrored for it (Ablavatski et al., 2020, arXiv:2006.11341).

- Made by: the MediaPipe authors (BlazeFace: Bazarevsky et al., 2019, arXiv:1907.05047). Licence: Apache-2.0, see `NOTICE.mediapipe`.
- From: the wheel of mediapipe 0.10.21, by `python -m export.mediapipe`; the detectors' `.tflite` files lie beside, unchanged, for
  `--engine package` (mediapipe 1.x carries none).
- Use: finding faces in call tiles, where heads point and whether eyes are closed. They recognise nobody. Their makers state them for faces within 2 m (short) and 5 m (full) of
  a camera; heads turned by more than about 90 degrees, and covered or very dark faces, are missed.
- Training data and its make-up are the makers' and not published with the wheel.

## Agreement, measured when these files were written

"Exact": MediaPipe's own sampling of the picture, against what the mediapipe package's Tasks API reports for the same `.tflite`
(it cuts boxes to integers, we round). "Product": our sampling, which averages areas and is centred on pixels, against the package
freed from its shift (see below). Differences in pixels of the picture.
"""

TAIL = """
## Why the product samples differently

MediaPipe scales with bilinear sampling and takes the corner of a pixel for its centre, so whatever it reports lies (s - 1) / 2 pixels
too far right and down when the picture is shrunk by s. Mirroring 640x360 pictures of the sample people showed it: the package's keypoints are
1.67 (short) and 1.40 pixels (full) off their own mirror image, ours 0.32 and 0.23. Against the true eyes of the rendered people
the package is 7.1 (short) and 4.2 pixels (full) off on average, freed from the shift 5.3 and 3.5, ours 5.3 and 3.5. Area averaging also keeps noisy pictures
readable: of 45 pictures of 1920x1080 with noise of 20 grey levels, with faces of a quarter of the width, the full range found 45 (mean score
0.92) and with bilinear sampling 37 (0.76); of a sixth, 45 and 34; the short range found 45 both ways (0.94 and 0.87).
"""


@dataclass(frozen=True, slots=True)
class Parity:
    """What `verify` measured for one file: pictures, their size, the largest output difference from TFLite, and per zoom
    the agreement of final faces with the package (exact sampling, product)."""

    file: str
    member: str
    pictures: int
    size: tuple[int, int]
    tensor: float
    faces: tuple[tuple[float, Agreement, Agreement], ...]

    def summary(self) -> str:
        """One line for the terminal."""
        text = f"{self.file}: outputs within {self.tensor:.1e} of TFLite on {self.pictures} pictures"
        if self.faces:
            worst = max(exact.keypoint_max for _, exact, _ in self.faces)
            text += f", keypoints within {worst:.4f} px and boxes within {max(e.box_max for _, e, _ in self.faces):.0f} px of the package"
        return text


def render(results: Sequence[Parity]) -> str:
    """The whole card as Markdown."""
    lines = [HEAD, "| file | pictures | largest difference of any output from TFLite |", "|---|---|---|"]
    lines += [f"| `{r.file}` | {r.pictures} of {r.size[0]}x{r.size[1]} | {r.tensor:.1e} |" for r in results]
    lines += [
        "",
        "| file | pictures | sampling | faces (package / ours) | box max / mean | keypoints max / mean | score max | least IoU |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        for zoom, *both in result.faces:
            size = f"{round(result.size[0] * zoom)}x{round(result.size[1] * zoom)}"
            for how, a in zip(("exact", "product"), both, strict=True):
                lines.append(
                    f"| `{result.file}` | {size} | {how} | {a.expected} / {a.found} | {a.box_max:.0f} / {a.box_mean:.2f} "
                    f"| {a.keypoint_max:.3g} / {a.keypoint_mean:.2g} | {a.score_max:.1e} | {a.iou_min:.3f} |"
                )
    return "\n".join(lines) + "\n" + TAIL
