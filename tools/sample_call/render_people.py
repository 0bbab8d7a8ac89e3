"""Make the participants' clips and their ground truth.

    python -m tools.sample_call.render_people stills OUT --assets FOLDER [PERSON ...]   a picture per expression
    python -m tools.sample_call.render_people clip OUT --assets FOLDER [PERSON ...]     an .mp4 and a .json each
    python -m tools.sample_call.render_people poses OUT --assets FOLDER [PERSON ...]    turned heads of others, for benchmarks
    python -m tools.sample_call.render_people truth OUT --assets FOLDER [PERSON ...]    only the .json, no rendering

`stills` and `clip` need Blender as a Python module (`pip install bpy==5.0.1`, Python 3.11), `clip` also the ffmpeg
command; `truth` needs only numpy. docs/sample-call.md says where the assets come from.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import unicodedata
from dataclasses import replace
from pathlib import Path

from .figures.cast import EXPRESSIONS, LOOKS, Act, poses, script
from .figures.face import DEFINITION, face_box, face_region
from .figures.figure import Figure, rotation
from .figures.makehuman import AssetError, read_obj

OTHERS = 40
"""Added to a look's seed to make the face of somebody else."""


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


def _render_poses(assets: Path, person: str, out: Path, size: tuple[int, int], samples: int, count: int) -> None:
    """Pictures STEM_000.png and STEM.poses.json of somebody with the look but not the face of `person`.

    The truth has also camera_yaw and camera_pitch, the head's angles as the camera sees them.
    """
    from .figures.scene import FigureScene, Quality

    look = replace(LOOKS[person], seed=LOOKS[person].seed + OTHERS)
    figure = Figure(assets, look)
    scene = FigureScene(assets, look, figure, Quality(*size, samples))
    unposed = read_obj(assets / "base.obj", {"body"})
    region = face_region(unposed.vertices, unposed.faces)
    rows: list[dict[str, object]] = []
    for act in poses(person, count):
        name = f"{file_stem(person)}_{act.frame:03d}.png"
        scene.render(act, out / name)
        seen = figure.studio.axes().T @ rotation(act.yaw, act.pitch, act.roll)
        angles = math.degrees(math.atan2(seen[0, 2], seen[2, 2])), math.degrees(math.asin(-seen[1, 2]))
        camera = {"camera_yaw": round(angles[0], 1), "camera_pitch": round(angles[1], 1)}
        rows.append({"picture": name} | act.truth() | camera | face_box(figure, region, act, *size).truth())
    truth: dict[str, object] = {"person": person, "size": list(size), "face_definition": DEFINITION, "frames": rows}
    write_truth(out / f"{file_stem(person)}.poses.json", truth)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the sample call's participants.")
    parser.add_argument("what", choices=("stills", "clip", "poses", "truth"))
    parser.add_argument("out", type=Path, help="folder for the results")
    parser.add_argument("people", nargs="*", metavar="PERSON", help=f"of {', '.join(LOOKS)}; all where none is named")
    parser.add_argument("--assets", type=Path, required=True, help="folder of MakeHuman assets")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--count", type=int, default=12, help="pictures of each person, for `poses`")
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
            if a.what == "poses":
                _render_poses(a.assets, person, a.out, size, a.samples, a.count)
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
