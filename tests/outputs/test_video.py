from __future__ import annotations

import errno
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.video import AnnotatedVideo
from meeting_analyzer.sources.base import EndOfSource, SourceInfo
from meeting_analyzer.sources.video import VideoSource
from meeting_analyzer.types import Frame, Image, Moment

from .recordings import brightness_of, click_of, make_recording, picture, sound_of, times_of

EVEN = [n / 25 for n in range(75)]
UNEVEN = [0.0, 0.04, 0.05, 0.3, 0.333, 1.0, 1.001, 1.7, 2.9, 3.0, 3.04]


def plain(image: Image, moment: Moment) -> Image:
    return image


def annotate(
    recording: Path,
    path: Path,
    fps: float | None = None,
    stop_after: int | None = None,
    render: Callable[[Image, Moment], Image] = plain,
) -> Path:
    """What the offline runner does: every frame of the recording, or the first few."""
    with VideoSource(recording, fps) as source, AnnotatedVideo(path, source.info, render=render) as output:
        done = 0
        while stop_after is None or done < stop_after:
            try:
                frame = source.read()
            except EndOfSource:
                break
            assert frame is not None
            output.write(frame, Moment(frame.time, frame.index, frame.size))
            done += 1
    return path


def stills(count: int, size: tuple[int, int] = (64, 48)) -> list[Frame]:
    return [Frame(picture(n, size), n / 10, n) for n in range(count)]


def write(output: AnnotatedVideo, frames: list[Frame]) -> None:
    for frame in frames:
        output.write(frame, Moment(frame.time, frame.index, frame.size))


@pytest.mark.parametrize("times", [EVEN, UNEVEN, [0.5 + t for t in UNEVEN]], ids=["even", "uneven", "late"])
@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_every_frame_has_its_time_and_the_sound_is_the_original_s(
    tmp_path: Path, times: list[float], ending: str
) -> None:
    recording = make_recording(tmp_path / "call.mp4", times)
    made = annotate(recording, tmp_path / f"Zoë{ending}")
    assert times_of(made) == pytest.approx(times_of(recording), abs=2e-3)
    assert times_of(recording) == pytest.approx(times, abs=2e-3)
    assert brightness_of(made) == pytest.approx(brightness_of(recording), abs=6)
    assert sound_of(made) == sound_of(recording)
    assert click_of(made) == pytest.approx(click_of(recording), abs=2e-3)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([f"Zoë{ending}", "call.mp4"])


def test_what_was_rendered_is_what_is_shown(tmp_path: Path) -> None:
    recording = make_recording(tmp_path / "call.mp4", EVEN[:5])
    made = annotate(recording, tmp_path / "a.mp4", render=lambda image, moment: np.full_like(image, 220))
    assert brightness_of(made) == pytest.approx([220] * 5, abs=3)


@pytest.mark.parametrize(
    ("name", "codec", "ending", "expected"),
    [
        ("call.mkv", "libopus", ".mp4", "opus"),
        ("call.mkv", "libmp3lame", ".mp4", "mp3"),
        ("call.mkv", "ac3", ".mp4", "ac3"),
        ("call.mkv", "pcm_s16le", ".mp4", "aac"),
        ("call.mkv", "flac", ".mov", "aac"),
        ("call.mkv", "pcm_s16le", ".mkv", "pcm_s16le"),
        ("call.mkv", "libopus", ".mkv", "opus"),
        ("call.mp4", "libopus", ".mkv", "opus"),
        ("call.ts", "aac", ".mkv", "aac"),
        ("call.ts", "aac", ".mp4", "aac"),
        ("call.avi", "pcm_s16le", ".mp4", "aac"),
    ],
)
def test_sound_of_other_files_stays_with_its_pictures(
    tmp_path: Path, name: str, codec: str, ending: str, expected: str
) -> None:
    times = [n / 25 for n in range(5, 75)] if not name.endswith("avi") else EVEN
    recording = make_recording(tmp_path / name, times, sound=codec)
    made = annotate(recording, tmp_path / f"a{ending}")
    assert sound_of(made)[0] == expected
    original, annotated = times_of(recording), times_of(made)
    assert len(annotated) == len(original)
    # a transport stream's clock starts anywhere: what counts is where the click is among the pictures
    assert [t - annotated[0] for t in annotated] == pytest.approx([t - original[0] for t in original], abs=2e-3)
    assert click_of(made) - annotated[0] == pytest.approx(click_of(recording) - original[0], abs=0.012)
    assert annotated[0] < 1


def test_sampled_frames_keep_their_times_and_all_the_sound(tmp_path: Path) -> None:
    recording = make_recording(tmp_path / "call.mp4", EVEN)
    made = annotate(recording, tmp_path / "a.mp4", fps=2)
    assert times_of(made) == pytest.approx([0, 0.52, 1, 1.52, 2, 2.52], abs=0.03)
    assert sound_of(made) == sound_of(recording)


def test_sound_that_outlasts_the_pictures_is_kept(tmp_path: Path) -> None:
    recording = make_recording(tmp_path / "call.mp4", EVEN[:50], seconds=4, click=3.5)
    made = annotate(recording, tmp_path / "a.mp4")
    assert sound_of(made) == sound_of(recording)
    assert click_of(made) == pytest.approx(3.5, abs=0.012)


def test_an_interrupted_run_is_a_video_whose_sound_ends_with_it(tmp_path: Path) -> None:
    recording = make_recording(tmp_path / "call.mp4", [n / 25 for n in range(200)])
    made = annotate(recording, tmp_path / "a.mp4", stop_after=50)
    assert len(times_of(made)) == 50
    packets = sound_of(made)[1]
    assert packets == sound_of(recording)[1][: len(packets)]
    assert 2.0 <= len(packets) * 1024 / 48_000 <= 2.1


@pytest.mark.parametrize("size", [(63, 47), (1, 1), (64, 47)])
def test_odd_sizes_are_made_even(tmp_path: Path, size: tuple[int, int]) -> None:
    with AnnotatedVideo(tmp_path / "a.mp4", SourceInfo("pictures"), render=plain) as output:
        write(output, stills(4, size))
    with av.open(str(tmp_path / "a.mp4")) as made:
        stream = made.streams.video[0]
        assert (stream.width, stream.height) == (size[0] + size[0] % 2, size[1] + size[1] % 2)
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    assert times_of(tmp_path / "a.mp4") == pytest.approx([0, 0.1, 0.2, 0.3], abs=1e-4)


def test_a_frame_of_another_size_is_fitted_into_the_first(tmp_path: Path) -> None:
    white = Frame(np.full((40, 20, 3), 255, np.uint8), 0.5, 9)
    with AnnotatedVideo(tmp_path / "a.mp4", SourceInfo("window"), render=plain) as output:
        write(output, [*stills(3), white])
    with av.open(str(tmp_path / "a.mp4")) as made:
        last = list(made.decode(video=0))[-1].to_ndarray(format="gray")
    assert last.shape == (48, 64)
    assert last[:, 24:40].min() > 200
    assert last[:, :16].max() < 40


def test_without_a_frame_nothing_is_left(tmp_path: Path) -> None:
    output = AnnotatedVideo(tmp_path / "a.mp4", SourceInfo("nothing"), render=plain)
    output.close()
    output.close()
    assert not list(tmp_path.iterdir())


def test_closing_twice_changes_nothing(tmp_path: Path) -> None:
    output = AnnotatedVideo(tmp_path / "a.mp4", SourceInfo("pictures"), render=plain)
    write(output, stills(3))
    output.close()
    before = (tmp_path / "a.mp4").read_bytes()
    output.close()
    assert (tmp_path / "a.mp4").read_bytes() == before
    # "moov" before "mdat": a browser can start before it has the whole file
    assert before.index(b"moov") < before.index(b"mdat")


def test_an_existing_file_is_kept_unless_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match="--overwrite"):
        AnnotatedVideo(path, SourceInfo("pictures"))
    output = AnnotatedVideo(path, SourceInfo("pictures"), overwrite=True, render=plain)
    write(output, stills(3))
    assert path.read_bytes() == b"old", "the old one stays until the new one is whole"
    output.close()
    assert len(times_of(path)) == 3


@pytest.mark.parametrize("name", ["a.avi", "a", "a.webm"])
def test_another_ending_is_refused_naming_those_that_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match=r"\.mp4, \.m4v, \.mov, \.mkv"):
        AnnotatedVideo(tmp_path / name, SourceInfo("pictures"))


def test_a_folder_without_permission_is_said_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: Path, data: bytes) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", denied)
    with pytest.raises(OutputError, match="must not be written by you"):
        AnnotatedVideo(tmp_path / "a.mp4", SourceInfo("pictures"))


WRITER = """
import sys
from pathlib import Path
import numpy as np
from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.video import AnnotatedVideo
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Frame, Moment

noise = np.random.default_rng(0)

def frames(count):
    for n in range(count):
        yield Frame(noise.integers(0, 255, (120, 160, 3), np.uint8), n / 25, n)

output = AnnotatedVideo(Path(sys.argv[1]), SourceInfo("noise", fps=25), render=lambda image, moment: image)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the kernel are asked for by POSIX calls")
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_disk_that_fills_keeps_a_playable_video_and_names_it(tmp_path: Path, ending: str) -> None:
    code = (
        WRITER
        + """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    for frame in frames(100_000):
        output.write(frame, Moment(frame.time, frame.index, frame.size))
except OutputError as error:
    print(error)
output.close()
"""
    )
    path = tmp_path / f"a{ending}"
    ended = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"can be played in {path}" in ended.stdout
    assert ended.stdout.count("\n") == 1
    assert len(times_of(path)) > 25
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_what_a_killed_process_wrote_can_be_played(tmp_path: Path, ending: str) -> None:
    code = (
        WRITER
        + """
for frame in frames(100_000):
    output.write(frame, Moment(frame.time, frame.index, frame.size))
"""
    )
    path, part = tmp_path / f"a{ending}", tmp_path / f"a.part{ending}"
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (part.exists() and part.stat().st_size > 1_000_000):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait(20)
    assert not path.exists()
    times = times_of(part)
    assert len(times) > 10
    assert times == pytest.approx([n / 25 for n in range(len(times))], abs=2e-3)


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = AnnotatedVideo(tmp_path / "a.mp4", SourceInfo("pictures"), render=plain)
    write(output, stills(30))

    def full(image: Image, time: float) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "_put", full)
    with pytest.raises(OutputError, match=r"disk is full.*can be played in .*a\.mp4"):
        write(output, stills(1))
    output.close()
    assert len(times_of(tmp_path / "a.mp4")) == 30
