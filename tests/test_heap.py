from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HEAPS = """
import ctypes, os, sys, threading
from meeting_analyzer.heap import keep_one_heap

if sys.argv[1] == "one":
    keep_one_heap()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(4)

def take():
    barrier.wait()  # all at once: a heap of one's own is given when another thread holds the first
    for _ in range(2000):
        libc.malloc(1000)
    barrier.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.fopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, stream)
libc.fclose(stream)
"""


def heaps(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", HEAPS, how], check=True, capture_output=True, text=True)
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps of threads are glibc's")
def test_all_threads_share_one_heap() -> None:
    assert heaps("usual") > 1
    assert heaps("one") == 1


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    import ctypes

    from meeting_analyzer.heap import keep_one_heap

    monkeypatch.setattr(ctypes, "CDLL", lambda name: pytest.fail("this system has no glibc"))
    monkeypatch.setattr(sys, "platform", "darwin")
    keep_one_heap()
