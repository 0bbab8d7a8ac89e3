"""`python -m tests.simulator --out DIR --count N`: pictures (PNG) and their truth (JSON) side by side.

With --seconds a call: its frames and truth.jsonl, a line a frame.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import cv2

from meeting_analyzer.types import Image

from .call import FAULTS, Plan, call, shuffled
from .cases import CASES, arranged_spec, case
from .render import Shot
from .render import render as render_shot
from .spec import Spec, random_spec


def truth(spec: Spec, seed: int, shot: Shot) -> dict[str, object]:
    """Everything true of a picture, ready for JSON."""
    return {"seed": seed, "spec": asdict(spec), "tiles": [asdict(tile) for tile in shot.tiles], "shared": shot.shared}


def _write(path: Path, image: Image) -> None:
    if not cv2.imwrite(str(path), image):
        raise SystemExit(f"{path} could not be written.")


def _spec(args: argparse.Namespace, seed: int) -> Spec:
    if args.case:
        return case(args.case, seed)
    if args.arranged:
        return arranged_spec(random.Random(seed))
    return random_spec(random.Random(seed), True if args.nasty else None)


def _pictures(args: argparse.Namespace) -> None:
    for seed in range(args.seed, args.seed + args.count):
        spec = _spec(args, seed)
        shot = render_shot(spec, seed)
        stem = f"{seed:05d}-{spec.client}-{spec.arrange}-{spec.count}"
        _write(args.out / f"{stem}.png", shot.image)
        text = json.dumps(truth(spec, seed, shot), ensure_ascii=False, indent=1)
        (args.out / f"{stem}.json").write_text(text, encoding="utf-8")
    print(f"{args.count} pictures in {args.out}")


def _call(args: argparse.Namespace) -> None:
    spec = replace(_spec(args, args.seed), count=args.people, desktop=False)
    faults = shuffled(args.seconds, 20, FAULTS if args.faults else (), args.seed)
    plan = Plan(spec, args.people, args.names, faults)
    with (args.out / "truth.jsonl").open("w", encoding="utf-8") as lines:
        for frame in call(plan, args.seconds, args.fps, args.seed):
            _write(args.out / f"{frame.index:05d}.png", frame.image)
            tiles = [asdict(tile) for tile in frame.tiles]
            line = {
                "time": frame.time,
                "frame": frame.index,
                "faults": frame.faults,
                "tiles": tiles,
                "shared": frame.shared,
            }
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"A call of {args.seconds:g} s in {args.out}")


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the first picture; each further one counts on")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--nasty", action="store_true", help="only the hard ones")
    kind.add_argument("--arranged", action="store_true", help="spotlight, side by side, tiles of unequal size")
    kind.add_argument("--case", choices=sorted(CASES), help="versions of one picture that is known to be hard")
    parser.add_argument("--seconds", type=float, help="a call of this length instead of pictures")
    parser.add_argument("--fps", type=float, default=2)
    parser.add_argument("--people", type=int, default=9)
    parser.add_argument("--names", choices=["own", "twins", "none"], default="own")
    parser.add_argument("--faults", action="store_true", help="every fault there is, beside the reorder every 20 s")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.seconds:
        _call(args)
    else:
        _pictures(args)


if __name__ == "__main__":
    main()
