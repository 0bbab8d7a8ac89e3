"""Small recordings of people for tests, and a pool that does the tasks in this process."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from meeting_analyzer.batch.recording import Asked, Options, Outcome
from meeting_analyzer.batch.run import Run
from meeting_analyzer.batch.storage import RemoteFile
from meeting_analyzer.batch.tasks import Task, failed, perform
from meeting_analyzer.batch.workers import Event, Pool
from meeting_analyzer.config import EventSettings, Settings
from meeting_analyzer.progress import Progress
from meeting_analyzer.sources.sample import sample_path
from meeting_analyzer.types import Image

SETTINGS = Settings(names="off", threads=1, face_range="short")
EVENTS = EventSettings()
SIZE = (480, 270)
_people: list[Image] = []


def people() -> list[Image]:
    """Every tenth picture of the sample call, small."""
    if not _people:
        with av.open(str(sample_path())) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number % 10 == 0:
                    image = cv2.resize(frame.to_ndarray(format="bgr24"), SIZE, interpolation=cv2.INTER_AREA)
                    _people.append(np.asarray(image, np.uint8))
    return _people


def recording(
    path: Path,
    seconds: float = 4.0,
    fps: float = 10,
    gop: int = 5,
    times: Sequence[float] | None = None,
    sound: bool = False,
) -> Path:
    """A few seconds of the sample call, a picture every 1 / fps seconds or at `times`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = list(times) if times is not None else [n / fps for n in range(round(seconds * fps))]
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            "libx264", rate=round(fps), options={"preset": "veryfast", "bf": "2", "sc_threshold": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = gop
        audio = output.add_stream("aac", rate=48_000, layout="mono") if sound else None
        packets = []
        for number, time in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(people()[number % len(people())], format="bgr24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        if audio is not None:
            tone = (0.2 * np.sin(np.arange(round(shown[-1] * 48_000)) / 20)).astype(np.float32)[None]
            heard = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = 48_000, 0, Fraction(1, 48_000)
            packets += [*audio.encode(heard), *audio.encode(None)]
        for packet in sorted(packets, key=lambda p: float((p.dts or 0) * p.time_base)):
            output.mux(packet)
    return path


class Here(Pool):
    """Does every task in this process, when events are asked for."""

    def __init__(self, size: int = 1) -> None:
        self.size = size
        self.done: list[Task] = []
        self._waiting: deque[tuple[int, Task]] = deque()

    @property
    def room(self) -> int:
        return self.size - len(self._waiting)

    def submit(self, task: Task, ticket: int) -> None:
        self._waiting.append((ticket, task))

    def events(self, timeout: float) -> Iterator[Event]:
        if not self._waiting:
            return
        ticket, task = self._waiting.popleft()
        told: list[Event] = []
        try:
            value = perform(task, lambda kind, value: told.append(Event(ticket, kind, value)))
            self.done.append(task)
            told.append(Event(ticket, "done", value))
        except Exception as error:
            known = failed(error)
            if known is None:
                raise
            told.append(Event(ticket, "failed", known))
        yield from told

    def rest(self) -> None:
        """Nobody is here who could go."""

    def forget(self, file: RemoteFile) -> None:
        file.forget()

    def close(self) -> None:
        self._waiting.clear()


def run_here(
    asked: Sequence[Asked | tuple[Path, Path]],
    options: Options | None = None,
    said: list[str] | None = None,
    **named: object,
) -> list[Outcome]:
    """Work through recordings in this process; sentences for the user are added to `said`."""
    words = said if said is not None else []
    chosen = options or Options(SETTINGS, fps=5.0, chunk=1.0, **named)  # type: ignore[arg-type]
    progress = Progress(quiet=True, stream=_Lines(words))  # type: ignore[arg-type]
    items = [item if isinstance(item, Asked) else Asked(*item) for item in asked]
    return Run(items, chosen, Here(), progress, words.append).run()


class _Lines:
    """A stream whose lines are a list."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> None:
        if text.strip():
            self._lines.append(text.strip())

    def flush(self) -> None:
        return


def sums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder, by its place."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
