"""python -m tests.e2e.camera_rig build FOLDER | prove FOLDER [SECONDS]"""

from __future__ import annotations

import sys
from pathlib import Path

from .machine import boot, build


def main() -> int:
    """Build the machine, or run the proof in it; returns the exit code."""
    verb, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    if verb == "build":
        build(folder)
        return 0
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 600
    code, output = boot(folder, "exec python3 -u -m tests.e2e.camera_rig.proof", seconds)
    print(output, end="")
    if code is None:
        print(f"The machine did not come to an end within {seconds:.0f} s.")
    return 1 if code is None else code


sys.exit(main())
