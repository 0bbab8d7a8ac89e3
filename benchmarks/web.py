"""What the web page needs: its environment on disk, and its process with live cameras under a hard limit of memory.

    python -m benchmarks.web --python ENV/bin/python      # an environment with the extra web and nothing else

The limit is a control group of Linux (as root; version 1 or 2): a process that needs more than it is killed, which shows here as a
server that is gone. Cameras are real ones to the browser: Debian's Chromium (outside the limit) plays the sample call.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from meeting_analyzer.analyzer import Analyzer
from meeting_analyzer.sources import open_source
from meeting_analyzer.sources.sample import sample_path
from meeting_analyzer.web.worker import Worker

MB = 1 << 20
START = "Start the camera"


class Counting:
    """A file that only counts what is written to it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        """Count."""
        self.size += len(data)
        return len(data)


def sizes(python: str) -> tuple[float, float]:
    """MB of an environment's packages on disk, and as tar.gz; what pip itself needs and bytecode are left out."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip())
    counting, plain = Counting(), 0

    def wanted(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
        nonlocal plain
        parts = Path(item.name).parts
        if "__pycache__" in parts or (len(parts) > 1 and parts[1] in ("pip", "setuptools")):
            return None
        plain += item.size
        return item

    with tarfile.open(fileobj=counting, mode="w|gz") as archive:  # type: ignore[call-overload]
        archive.add(packages, "packages", filter=wanted)
    return plain / 1e6, counting.size / 1e6


@contextlib.contextmanager
def limited(megabytes: int) -> Iterator[Path | None]:
    """A control group that holds its processes to so much memory, without swap; None where none can be made."""
    name = f"meeting-analyzer-{os.getpid()}"
    base = Path("/sys/fs/cgroup")
    old = (base / "memory").is_dir()
    group = (base / "memory" if old else base) / name
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if old else "memory.max")).write_text(str(megabytes * MB))
        with contextlib.suppress(OSError):
            if old:
                (group / "memory.swappiness").write_text("0")
            else:
                (group / "memory.swap.max").write_text("0")
    except OSError as error:
        print(f"no control group can be made here ({error.strerror}): measured without a limit")
        yield None
        return
    try:
        yield group
    finally:
        for _ in range(50):
            with contextlib.suppress(OSError):
                group.rmdir()
                break
            time.sleep(0.1)


def status_mb(pid: int, field: str) -> float:
    """A field of /proc/PID/status in MB (VmRSS, VmHWM)."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def serve(python: str, group: Path | None, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start the web page inside the group; returns its process and address once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    command = [python, "-m", "meeting_analyzer", "web", "--port", str(port)]
    if group is not None:
        # a shell enters the group and becomes the server
        command = ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs"), *command]
    process = subprocess.Popen(command, cwd=folder)
    address = f"http://127.0.0.1:{port}/"
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode} before it could be used")
        with contextlib.suppress(OSError), urllib.request.urlopen(address + "_stcore/health", timeout=2):
            return process, address
        time.sleep(0.2)
    raise SystemExit("the server did not start")


def cameras(
    process: subprocess.Popen[bytes], address: str, folder: Path, count: int, seconds: float, upload: bool
) -> None:
    """Watch the server while `count` cameras of 640x480 run, and an upload beside them if asked for."""
    from playwright.sync_api import sync_playwright

    film = folder / "camera.mjpeg"
    size = "scale=640:360,pad=640:480:0:60,fps=15"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(sample_path()), "-vf", size, "-q:v", "3", "-an", film], check=True
    )
    with sync_playwright() as driver:
        fake = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
        flags = ["--no-sandbox", *fake, f"--use-file-for-fake-video-capture={film}"]
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=flags)
        pages: list[Any] = []
        print(f"{'':24}{'RSS MB':>8}{'peak MB':>9}")
        report(process, "started")
        for number in range(count):
            page = browser.new_context().new_page()
            page.set_default_timeout(120_000)
            page.goto(address)
            page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name=START).click()
            page.locator("[data-face]").first.wait_for()
            pages.append(page)
            report(process, f"camera {number + 1}")
        if upload:
            page = browser.new_context().new_page()
            page.set_default_timeout(300_000)
            page.goto(address + "upload")
            page.get_by_label("Picture or recording").set_input_files(sample_path())
            page.get_by_role("button", name="Upload and analyse").click()
            page.get_by_text("Done: ").wait_for()
            report(process, "and an upload")
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(min(10.0, max(0.1, until - time.monotonic())))
            report(process, f"{seconds - (until - time.monotonic()):.0f} s later")
        for number, page in enumerate(pages):
            print(f"camera {number + 1}: {page.locator('.ma-rates').inner_text()}")
        browser.close()
    print("the server is still there" if process.poll() is None else f"the server was killed ({process.returncode})")


def report(process: subprocess.Popen[bytes], what: str) -> None:
    """One line of the table."""
    if process.poll() is not None:
        raise SystemExit(f"{what}: the server was killed ({process.returncode})")
    print(f"{what:24}{status_mb(process.pid, 'VmRSS'):8.0f}{status_mb(process.pid, 'VmHWM'):9.0f}", flush=True)


def viewers(count: int, seconds: float) -> None:
    """How evenly one worker serves so many streams that all offer 15 frames a second."""
    with Analyzer(live=True) as analyzer, open_source("sample") as source:
        frames = [frame for _ in range(30) if (frame := source.read()) is not None]
        worker = Worker(analyzer.beside, count)
        streams = [worker.open("emotion", 8.0) for _ in range(count)]
        stop = threading.Event()

        def offer() -> None:
            number = 0
            while not stop.wait(1 / 15):
                number += 1
                for stream in streams:
                    worker.put(stream, frames[number % len(frames)])

        feeder = threading.Thread(target=offer)
        feeder.start()
        time.sleep(seconds)
        stop.set()
        feeder.join()
        rates = [stream.analysed / seconds for stream in streams]
        ages = [stream.newest.done - stream.newest.arrived for stream in streams if stream.newest]
        worker.stop()
    print(
        f"{count:2} viewers of a gallery: {min(rates):.2f} to {max(rates):.2f} analyses a second each, {sum(rates):.1f} together; "
        f"a frame is {1000 * max(ages):.0f} ms old at most when it is done"
    )


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the environment's interpreter")
    parser.add_argument("--limit", type=int, default=512, help="MB of the control group")
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--upload", action="store_true", help="also analyse a recording meanwhile")
    parser.add_argument("--only", choices=("size", "memory", "viewers"))
    wish = parser.parse_args()
    if wish.only in (None, "size"):
        plain, packed = sizes(wish.python)
        print(f"environment: {plain:.0f} MB on disk, {packed:.0f} MB as tar.gz")
    if wish.only in (None, "memory"):
        with tempfile.TemporaryDirectory() as name, limited(wish.limit) as group:
            process, address = serve(wish.python, group, Path(name))
            try:
                print(f"limit: {wish.limit} MB" if group else "no limit")
                cameras(process, address, Path(name), wish.cameras, wish.seconds, wish.upload)
            finally:
                process.terminate()
                process.wait(30)
    if wish.only in (None, "viewers"):
        for count in (1, 2, 5, 10):
            viewers(count, 20)


if __name__ == "__main__":
    main()
