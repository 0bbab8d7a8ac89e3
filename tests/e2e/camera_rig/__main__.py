"""python -m tests.e2e.camera_rig build FOLDER | prove FOLDER [SECONDS]

Exit code of prove: 0 all claims hold, 1 some do not, 75 the machine was too slow to tell.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .machine import boot, build, virtualised

TOO_SLOW = 75


def main() -> int:
    """Build the machine, or run the proof in it; returns the exit code."""
    verb, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    if verb == "build":
        build(folder)
        return 0
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 600
    kind = "virtualised" if virtualised() else "emulated"
    code, output = boot(folder, f"exec python3 -u -m tests.e2e.camera_rig.proof {kind}", seconds)
    print(output, end="")
    if code is None:
        print(f"The machine did not come to an end within {seconds:.0f} s.")
    return TOO_SLOW if code is None else code


sys.exit(main())
