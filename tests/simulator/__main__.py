"""`python -m tests.simulator --out DIR --count N`: pictures (PNG) and their truth (JSON) side by side."""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict
from pathlib import Path

import cv2

from .render import Shot
from .render import render as render_shot
from .spec import Spec, random_spec


def truth(spec: Spec, seed: int, shot: Shot) -> dict[str, object]:
    """Everything true of a picture, ready for JSON."""
    return {"seed": seed, "spec": asdict(spec), "tiles": [asdict(tile) for tile in shot.tiles]}


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the first picture; each further one counts on")
    parser.add_argument("--nasty", action="store_true", help="only the hard ones")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for seed in range(args.seed, args.seed + args.count):
        spec = random_spec(random.Random(seed), True if args.nasty else None)
        shot = render_shot(spec, seed)
        stem = f"{seed:05d}-{spec.client}-{spec.count}"
        if not cv2.imwrite(str(args.out / f"{stem}.png"), shot.image):
            raise SystemExit(f"{args.out / stem}.png could not be written.")
        text = json.dumps(truth(spec, seed, shot), ensure_ascii=False, indent=1)
        (args.out / f"{stem}.json").write_text(text, encoding="utf-8")
    print(f"{args.count} pictures in {args.out}")


if __name__ == "__main__":
    main()
