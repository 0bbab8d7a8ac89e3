"""How the C library keeps memory that pictures no longer need."""

from __future__ import annotations

import ctypes
import sys

ARENA_MAX = -8
"""A parameter of glibc's mallopt (malloc.h)."""


def keep_one_heap() -> None:
    """From now on, in this process, all threads take memory from one heap. Does nothing but on glibc.

    glibc gives threads heaps of their own, up to eight for every core; threads that hand pictures to one another leave
    holes in all of them (docs/live.md). Its other parameters are left alone: naming one stops glibc from learning how
    large blocks are, and a picture's pages are then asked of the system anew each time, which halves the speed.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(ARENA_MAX, 1)
