"""Runs inside the machine: what the issue claims of the virtual camera, each on the real device. Prints a line per claim."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from meeting_analyzer.errors import OutputError
from meeting_analyzer.live import LiveRunner
from meeting_analyzer.outputs.base import Status
from meeting_analyzer.outputs.camera import CameraDisplay
from meeting_analyzer.types import Frame, Moment

from .call import DEVICE, SIZE, NumberedSource, analyse, has_overlay, number

failed: list[str] = []
PAGE = b"""<!doctype html><video id=v autoplay muted playsinline></video><script>
(async () => {
  const answer = {};
  try {
    const stream = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 1280}, height: {ideal: 720}}});
    const track = stream.getVideoTracks()[0], s = track.getSettings();
    Object.assign(answer, {label: track.label, width: s.width, height: s.height, rate: s.frameRate});
    v.srcObject = stream;
    let shown = 0;
    const count = () => { shown++; v.requestVideoFrameCallback(count); };
    v.requestVideoFrameCallback(count);
    await new Promise(done => v.addEventListener('playing', done, {once: true}));
    await new Promise(done => setTimeout(done, 6000));
    const c = document.createElement('canvas');
    c.width = v.videoWidth; c.height = v.videoHeight;
    c.getContext('2d').drawImage(v, 0, 0);
    Object.assign(answer, {shown, picture: c.toDataURL('image/png')});
  } catch (error) { answer.error = String(error); }
  await fetch('/answer', {method: 'POST', body: JSON.stringify(answer)});
})();
</script>"""


def claim(text: str, holds: bool, **facts: object) -> None:
    """Print a claim with what was measured."""
    if not holds:
        failed.append(text)
    print("holds " if holds else "FAILS ", text, json.dumps(facts, default=str), flush=True)


def start(*words: str) -> subprocess.Popen[str]:
    """Feed the camera from another process; returns once it does, or has ended."""
    command = [sys.executable, "-u", "-m", "tests.e2e.camera_rig.call", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if line.strip() != "ready":
        print(line, process.stdout.read(), flush=True)
    time.sleep(2)
    return process


@contextlib.contextmanager
def feeding(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = start(*words)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def ffmpeg(frames: int, width: int, height: int) -> dict[str, Any]:
    """Read pictures as ffmpeg gets them, with the times that it sees, and judge them."""
    with tempfile.TemporaryDirectory() as folder:
        raw, times = f"{folder}/raw", f"{folder}/times"
        words = f"ffmpeg -v error -nostdin -y -f v4l2 -i {DEVICE} -frames:v {frames}".split()
        words += ["-map", "0:v", "-c", "copy", "-f", "rawvideo", raw]
        words += ["-map", "0:v", "-c", "copy", "-f", "framecrc", times, "-frames:v", str(frames)]
        try:
            run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        except subprocess.TimeoutExpired:
            return {"error": "no pictures within a minute", "overlay": 0, "fps": 0}
        if run.returncode:
            return {"error": run.stderr[-300:], "overlay": 0, "fps": 0}
        found = np.fromfile(raw, np.uint8).reshape(-1, height * 3 // 2, width)
        at = [int(line.split(",")[2]) for line in Path(times).read_text().splitlines() if not line.startswith("#")]
        head = [line for line in Path(times).read_text().splitlines() if line.startswith("#tb")][0]
    base = eval(head.split()[-1])  # "1/1000000", written by ffmpeg
    images = [cv2.cvtColor(picture, cv2.COLOR_YUV2BGR_I420) for picture in found]
    numbers = [number(image) for image in images]
    known = [n for n in numbers if n is not None]
    gaps = np.diff(at) * base
    return {
        "frames": len(images),
        "fps": round(float((len(at) - 1) / (gaps.sum() or 1)), 2),
        "longest_gap_ms": round(1000 * float(gaps.max())),
        "unreadable": numbers.count(None),
        "different": len(set(known)),
        "in_order": known == sorted(known),
        "overlay": sum(map(has_overlay, images)),
    }


def opencv(frames: int) -> dict[str, Any]:
    """The same by OpenCV."""
    capture = cv2.VideoCapture(DEVICE, cv2.CAP_V4L2)
    told = capture.get(cv2.CAP_PROP_FPS)
    images = [image for ok, image in (capture.read() for _ in range(frames)) if ok]
    capture.release()
    return {
        "fps_told": told,
        "frames": len(images),
        "size": list(images[0].shape[1::-1]) if images else None,
        "overlay": sum(map(has_overlay, images)),
    }


def chromium() -> dict[str, Any]:
    """The same by a page that asks for a camera, as a call does."""
    answer: dict[str, Any] = {}
    came = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE)

        def do_POST(self) -> None:
            answer.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            came.set()

        def log_message(self, *_: object) -> None:
            """Not wanted."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = (
            "chromium --headless=new --no-sandbox --disable-gpu --no-first-run --use-fake-ui-for-media-stream".split()
        )
        words += [f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_address[1]}/"]
        browser = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        came.wait(150)
        browser.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            browser.wait(20)
        browser.kill()
    server.shutdown()
    picture = answer.pop("picture", "").partition(",")[2]
    if picture:
        import base64

        image = cv2.imdecode(np.frombuffer(base64.b64decode(picture), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        answer.update(picture=list(image.shape[1::-1]), overlay=has_overlay(image), number=number(image))
    return answer


def refusal(**more: Any) -> str:
    """The sentence with which the camera cannot be opened."""
    try:
        CameraDisplay(SIZE, 30, more.get("device", DEVICE)).close()
    except OutputError as error:
        return str(error)
    return "it was opened"


class Window:
    """Stands for the side window: counts what it is shown, and how long it had to wait."""

    watched: bool | None = True
    notice: str | None = None

    def __init__(self, until: Callable[[], bool] = lambda: False) -> None:
        self.shown = 0
        self.until = until

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        self.shown += 1
        return "quit" if self.until() else None

    def set_blank(self, blanked: bool) -> None:
        """Nothing to hide."""

    def set_names(self, names: bool) -> None:
        """None are shown."""

    def close(self) -> None:
        """Nothing is held."""


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def readers() -> None:
    with feeding():
        found = ffmpeg(150, *SIZE)
        good = found.get("frames") == 150 and found["overlay"] == 150 and found["in_order"] and not found["unreadable"]
        claim("ffmpeg reads 1280x720 at 30 fps with the overlay, unmirrored", good and found["fps"] > 28, **found)
        found = opencv(40)
        claim("OpenCV reads it", found["frames"] == found["overlay"] == 40 and found["size"] == [1280, 720], **found)
        found = chromium()
        good = (found.get("width"), found.get("height"), found.get("overlay")) == (*SIZE, True)
        claim("a page in Chromium is given it by getUserMedia", good and round(found["rate"]) == 30, **found)
        said = refusal()
        claim("a camera in use is told with the way out", "in use by another program" in said, said=said)
        found = ffmpeg(30, *SIZE)
        claim("its owner goes on undisturbed", found.get("overlay") == 30, **found)
    with feeding("640x360", "15"):
        found = ffmpeg(45, 640, 360)
        claim("another size and rate", found.get("overlay") == 45 and 14 < found["fps"] < 16, **found)


def faults() -> None:
    process = start()
    process.kill()
    process.communicate(timeout=60)
    with feeding():
        found = ffmpeg(30, *SIZE)
        claim("a device that a killed sender left is healed", found.get("overlay") == 30, **found)
    said = refusal(device="/dev/video99")
    claim("a missing device is told with the way out", "--camera-device" in said and "modprobe" in said, said=said)
    os.chmod(DEVICE, 0o600)
    code = "import os; os.setuid(65534); from tests.e2e.camera_rig.proof import refusal; print(refusal())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    os.chmod(DEVICE, 0o666)
    claim("a device without permission is told with the way out", "usermod -aG video" in said, said=said)


def lost_and_taken() -> None:
    said: list[str] = []
    over = threading.Event()
    window = Window(over.is_set)
    camera = CameraDisplay(SIZE, 30, DEVICE, notify=said.append)
    runner = LiveRunner(
        NumberedSource(4), analyse, [window, camera], [], fps=20, analysis_fps=4, duration=None, notify=said.append
    )
    thread = threading.Thread(target=runner.run)
    thread.start()
    wait(lambda: window.shown > 30, 30)
    # the device is taken from under it, as far as a running kernel lets that happen
    ours = [n for n in os.listdir("/proc/self/fd") if os.path.realpath(f"/proc/self/fd/{n}") == DEVICE]
    nothing = os.open("/dev/null", os.O_WRONLY)
    os.dup2(nothing, int(ours[0]))
    other = start()
    lost, shown = list(said), window.shown
    gone = [sentence for sentence in lost if "stopped taking pictures" in sentence]
    time.sleep(4)
    claim("a lost camera is said once and the window goes on", len(gone) == 1 and window.shown > shown + 40,
          said=lost, shown=window.shown - shown, seconds=4)  # fmt: skip
    left = [n for n in os.listdir("/proc/self/fd") if os.path.realpath(f"/proc/self/fd/{n}") == DEVICE]
    claim("trying again leaves no device open", not left, left=left)
    other.kill()
    other.communicate(timeout=60)
    back = wait(lambda: any("is back" in sentence for sentence in said), 15)
    found = ffmpeg(30, *SIZE)
    claim(
        "it comes back by itself when the other program is gone",
        back and found.get("overlay") == 30,
        **found,
        said=said,
    )
    over.set()
    thread.join(60)
    os.close(nothing)


def idle() -> None:
    said: list[str] = []
    analysed = [0]

    def counted(frame: Frame) -> Moment:
        analysed[0] += 1
        return analyse(frame)

    camera = CameraDisplay(SIZE, 30, DEVICE, notify=said.append)
    runner = LiveRunner(
        NumberedSource(4), counted, [camera], [], fps=8, analysis_fps=4, duration=40, notify=said.append
    )
    thread = threading.Thread(target=runner.run)
    thread.start()
    time.sleep(4)
    before = analysed[0]
    time.sleep(4)
    asleep = analysed[0] - before
    reader = subprocess.Popen(f"ffmpeg -v error -nostdin -f v4l2 -i {DEVICE} -f null -".split())
    time.sleep(5)
    watched = analysed[0] - before - asleep
    reader.terminate()
    reader.wait(20)
    time.sleep(2)
    before = analysed[0]
    time.sleep(4)
    claim("the analysis sleeps while nobody watches", asleep == 0 and watched > 5 and analysed[0] - before <= 1,
          unwatched=asleep, watched=watched, afterwards=analysed[0] - before, said=said)  # fmt: skip
    thread.join(60)


def main() -> int:
    version = Path("/sys/module/v4l2loopback/version")
    print("v4l2loopback", version.read_text().strip() if version.exists() else "before 0.13", os.uname().release)
    for part in (readers, faults, lost_and_taken, idle):
        part()
    print(f"{len(failed)} of the claims fail: {failed}" if failed else "All claims hold.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
