"""Make the participants' clips and their ground truth.

    python -m tools.sample_call.render_people stills OUT --assets FOLDER [PERSON ...]   a picture per expression
    python -m tools.sample_call.render_people clip OUT --assets FOLDER [PERSON ...]     an .mp4 and a .json each
    python -m tools.sample_call.render_people truth OUT --assets FOLDER [PERSON ...]    only the .json, no rendering

`stills` and `clip` need Blender as a Python module (`pip install bpy==5.0.1`, Python 3.11), `clip` also the ffmpeg
command; `truth` needs only numpy. docs/sample-call.md says where the assets come from.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import unicodedata
from pathlib import Path

from .figures.cast import EXPRESSIONS, LOOKS, Act, script
from .figures.face import DEFINITION, face_box, face_region
from .figures.figure import Figure
from .figures.makehuman import AssetError, read_obj


def file_stem(person: str) -> str:
    """The name of a person's files: lower case, ASCII (Tomás -> tomas)."""
    return unicodedata.normalize("NFD", person).encode("ascii", "ignore").decode().lower()


def clip_truth(assets: Path, person: str, seconds: float, fps: int, size: tuple[int, int]) -> dict[str, object]:
    """The ground truth of a person's clip: `script`'s rows with the face's box and keypoints in pixels."""
    figure = Figure(assets, LOOKS[person])
    unposed = read_obj(assets / "base.obj", {"body"})
    region = face_region(unposed.vertices, unposed.faces)
    frames = [act.truth() | face_box(figure, region, act, *size).truth() for act in script(person, seconds, fps)]
    return {"person": person, "fps": fps, "size": list(size), "face_definition": DEFINITION, "frames": frames}


def write_truth(path: Path, truth: dict[str, object]) -> None:
    """Write a clip's truth as JSON, one frame a line."""
    frames = truth["frames"]
    assert isinstance(frames, list)
    head = json.dumps({key: value for key, value in truth.items() if key != "frames"}, ensure_ascii=False)
    rows = ",\n".join(json.dumps(row) for row in frames)
    path.write_text(f'{head[:-1]}, "frames": [\n{rows}\n]}}\n', encoding="utf-8")


def _render_stills(assets: Path, person: str, out: Path, size: tuple[int, int], samples: int) -> None:
    from .figures.scene import FigureScene, Quality

    figure = Figure(assets, LOOKS[person])
    scene = FigureScene(assets, LOOKS[person], figure, Quality(*size, samples))
    for name, units in EXPRESSIONS.items():
        act = Act(0, 0.0, dict(units), 0, 0, 0, name, 1.0, eyes_closed=False, speaking=False)
        scene.render(act, out / f"{file_stem(person)}_{name}.png")


def _render_clip(
    assets: Path, person: str, out: Path, size: tuple[int, int], samples: int, seconds: float, fps: int
) -> None:
    from .figures.scene import FigureScene, Quality

    scene = FigureScene(assets, LOOKS[person], Figure(assets, LOOKS[person]), Quality(*size, samples))
    with tempfile.TemporaryDirectory() as folder:
        for act in script(person, seconds, fps):
            scene.render(act, Path(folder) / f"{act.frame:04d}.png")
        source = ["-framerate", str(fps), "-i", f"{folder}/%04d.png"]
        codec = ["-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p"]
        target = str(out / f"{file_stem(person)}.mp4")
        subprocess.run(["ffmpeg", "-v", "error", "-y", *source, *codec, target], check=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the sample call's participants.")
    parser.add_argument("what", choices=("stills", "clip", "truth"))
    parser.add_argument("out", type=Path, help="folder for the results")
    parser.add_argument("people", nargs="*", metavar="PERSON", help=f"of {', '.join(LOOKS)}; all where none is named")
    parser.add_argument("--assets", type=Path, required=True, help="folder of MakeHuman assets")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--fps", type=int, default=10)
    parser.add_argument("--size", type=int, nargs=2, default=(320, 180), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--samples", type=int, default=12, help="Cycles samples a pixel")
    arguments = parser.parse_intermixed_args()
    unknown = [name for name in arguments.people if name not in LOOKS]
    if unknown:
        parser.error(f"nobody is called {', '.join(unknown)}; choose from {', '.join(LOOKS)}")
    return arguments


def main() -> int:
    """Run the command line; returns the exit code."""
    a = _arguments()
    a.out.mkdir(parents=True, exist_ok=True)
    size = (a.size[0], a.size[1])
    try:
        for person in a.people or LOOKS:
            print(f"{a.what} of {person}", file=sys.stderr)
            if a.what == "stills":
                _render_stills(a.assets, person, a.out, size, a.samples)
                continue
            if a.what == "clip":
                _render_clip(a.assets, person, a.out, size, a.samples, a.seconds, a.fps)
            truth = clip_truth(a.assets, person, a.seconds, a.fps, size)
            write_truth(a.out / f"{file_stem(person)}.json", truth)
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    except FileNotFoundError as error:
        print(f"{error.filename} is missing: see docs/sample-call.md for the assets and programs.", file=sys.stderr)
        return 1
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: pip install bpy==5.0.1 in a Python 3.11 environment.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
