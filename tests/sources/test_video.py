"""Video files made here: true times, rotation, sampling, and everything that can be wrong with a file."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.perception.tracking import shrink
from meeting_analyzer.sources import EndOfSource, Source, open_paths, open_source
from meeting_analyzer.sources.playback import PlayedSource
from meeting_analyzer.sources.video import VideoSource
from meeting_analyzer.types import Frame

TICKS = 600  # per second


def shade(n: int) -> int:
    """The grey of frame n, far enough from its neighbours' to survive compression."""
    return 20 + (n * 37) % 200


def write_video(
    path: Path,
    times: list[float],
    size: tuple[int, int] = (96, 64),
    rotation: int = 0,
    audio: bool = False,
    options: dict[str, str] | None = None,
    codec: str = "libx264",
    aspect: Fraction | None = None,
    gop: int = 12,
    muxer: dict[str, str] | None = None,
    noisy: bool = False,
) -> Path:
    """Frames of one shade each with a bright upper left corner, shown at `times` seconds."""
    random = np.random.default_rng(0)
    with av.open(str(path), "w", options=muxer or {}) as container:
        stream = container.add_stream(codec, rate=30, options={"bf": "0"} if options is None else options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.gop_size = gop
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        sound = container.add_stream("aac", rate=44100, layout="mono") if audio else None
        for n, time in enumerate(times):
            image = np.full((size[1], size[0], 3), shade(n), np.uint8)
            if noisy:
                image = random.integers(0, 255, image.shape, np.uint8)
            image[: size[1] // 4, : size[0] // 4] = 255
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = round(time * TICKS), Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
            tone.sample_rate, tone.pts = 44100, 0
            container.mux(sound.encode(tone))
            container.mux(sound.encode(None))
    return path


def steady(count: int, fps: float = 30) -> list[float]:
    return [n / fps for n in range(count)]


def frames_of(source: Source) -> list[Frame]:
    frames = []
    with source:
        while True:
            try:
                frame = source.read()
            except EndOfSource:
                return frames
            if frame is not None:
                frames.append(frame)


def greys(frames: list[Frame]) -> list[int]:
    return [round(float(frame.image[-8:, -8:].mean())) for frame in frames]


def test_every_frame_at_its_true_time(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.05, 0.4, 0.45, 1.5]
    frames = frames_of(open_source(write_video(tmp_path / "vfr.mp4", times)))
    assert [frame.time for frame in frames] == pytest.approx(times, abs=1 / TICKS)
    assert [frame.index for frame in frames] == list(range(6))
    assert greys(frames) == pytest.approx([shade(n) for n in range(6)], abs=6)
    assert frames[0].image.flags.c_contiguous
    assert frames[0].image.dtype == np.uint8


def test_b_frames_come_in_order_of_presentation(tmp_path: Path) -> None:
    path = write_video(tmp_path / "b.mp4", steady(20), options={"bf": "3", "b-adapt": "0"})
    frames = frames_of(open_source(path))
    assert [frame.time for frame in frames] == pytest.approx(steady(20), abs=1 / TICKS)
    assert greys(frames) == pytest.approx([shade(n) for n in range(20)], abs=4)


def test_times_start_at_the_first_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "late.mkv", [5.0, 5.5, 6.0])
    source = VideoSource(path)
    frames = frames_of(source)
    assert [frame.time for frame in frames] == pytest.approx([0, 0.5, 1.0], abs=2e-3)
    assert source.start_time == pytest.approx(5.0, abs=2e-3)


def test_what_is_known_before_the_first_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call – Übung.mp4", steady(30), audio=True)
    with open_source(str(path)) as source:
        info = source.info
        assert info.title == "call – Übung.mp4"
        assert info.size == (96, 64)
        assert info.fps == pytest.approx(30, rel=0.05)
        assert info.duration == pytest.approx(1.0, abs=0.1)
        assert info.frames == 30
        assert info.path == str(path)
        assert info.has_audio
        assert not source.live
    with open_source(write_video(tmp_path / "silent.mp4", steady(3))) as source:
        assert not source.info.has_audio


@pytest.mark.parametrize(
    ("rotation", "size", "corner"),
    [(0, (96, 64), (0, 0)), (90, (64, 96), (-1, 0)), (180, (96, 64), (-1, -1)), (-90, (64, 96), (0, -1))],
)
def test_rotation_in_the_metadata_is_honoured(
    tmp_path: Path, rotation: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    """The corner (row, column) that is bright agrees with what the ffmpeg program itself shows."""
    path = write_video(tmp_path / "turned.mp4", steady(2), rotation=rotation)
    source = VideoSource(path)
    frame = frames_of(source)[0]
    assert frame.size == size
    bright = {(row, column) for row in (0, -1) for column in (0, -1) if frame.image[row, column].mean() > 200}
    assert bright == {corner}
    assert source.info.size == size


def test_rotation_agrees_with_ffmpeg(tmp_path: Path) -> None:
    path = write_video(tmp_path / "turned.mp4", steady(2), rotation=90)
    frame = frames_of(VideoSource(path))[0]
    try:
        raw = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"],
            check=True,
            capture_output=True,
        ).stdout
    except FileNotFoundError:
        pytest.skip("not installed: ffmpeg")
    theirs = np.frombuffer(raw, np.uint8).reshape(frame.image.shape)
    assert np.abs(theirs.astype(int) - frame.image).max() < 12


def test_pixels_that_are_not_square_are_made_square(tmp_path: Path) -> None:
    path = write_video(tmp_path / "wide.mp4", steady(2), size=(72, 64), aspect=Fraction(4, 3))
    assert frames_of(VideoSource(path))[0].size == (96, 64)


@pytest.mark.parametrize("codec", ["mpeg4", "libx265", "libvpx"])
def test_other_codecs(tmp_path: Path, codec: str) -> None:
    suffix = ".webm" if codec == "libvpx" else ".mp4"
    path = write_video(tmp_path / f"call{suffix}", steady(8), codec=codec, options={})
    assert [frame.time for frame in frames_of(VideoSource(path))] == pytest.approx(steady(8), abs=2e-3)


def test_sampling_by_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(60))
    frames = frames_of(open_source(path, sample_fps=5))
    assert [frame.time for frame in frames] == pytest.approx(steady(10, 5), abs=1 / TICKS)
    assert [frame.index for frame in frames] == [6 * n for n in range(10)]
    assert len(frames_of(open_source(path, sample_fps=1000))) == 60


def test_sampling_with_gaps_keeps_to_its_grid(tmp_path: Path) -> None:
    path = write_video(tmp_path / "gaps.mp4", [0.0, 0.3, 0.6, 2.45, 2.55, 2.7, 3.0])
    times = [frame.time for frame in frames_of(open_source(path, sample_fps=2))]
    assert times == pytest.approx([0.0, 0.6, 2.45, 2.55, 3.0], abs=1 / TICKS)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuvj420p", "yuv444p", "nv12", "gray"])
def test_the_luma_is_the_picture_in_grey(tmp_path: Path, pixels: str) -> None:
    path = tmp_path / "a.mkv"
    ramp = np.repeat(np.linspace(0, 255, 96).astype(np.uint8)[None, :, None], 64, axis=0).repeat(3, axis=2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1" if pixels in ("gray", "yuv444p") else "libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.options = 96, 64, pixels, {"crf": "1"}
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(ramp, format="bgr24")), *stream.encode(None)]:
            container.mux(packet)
    with VideoSource(path) as source:
        frame = source.read()
    assert frame is not None
    assert frame.luma is not None
    assert frame.luma.plane.shape == (64, 96)
    grey = shrink(frame.image).gray.astype(int)
    assert np.abs(shrink(frame.image, frame.luma).gray - grey).max() <= 3


def test_a_picture_that_is_turned_or_stretched_has_no_luma(tmp_path: Path) -> None:
    for path in (
        write_video(tmp_path / "a.mp4", [0.0, 0.1], rotation=90),
        write_video(tmp_path / "b.mp4", [0.0, 0.1], aspect=Fraction(4, 3)),
    ):
        with VideoSource(path) as source:
            frame = source.read()
        assert frame is not None
        assert frame.luma is None


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_bad_sampling_rates(tmp_path: Path, rate: float) -> None:
    with pytest.raises(UsageError, match="cannot be sampled"):
        VideoSource(write_video(tmp_path / "call.mp4", steady(2)), sample_fps=rate)


def damage(path: Path, start: float, end: float) -> None:
    """Overwrite the part of the file between two shares of its length."""
    data = bytearray(path.read_bytes())
    a, b = int(len(data) * start), int(len(data) * end)
    data[a:b] = np.random.default_rng(1).integers(0, 256, b - a, np.uint8).tobytes()
    path.write_bytes(bytes(data))


def test_damage_in_the_middle_is_counted_and_tolerated(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(90), codec="mjpeg", options={}, noisy=True)
    damage(path, 0.4, 0.5)
    source = VideoSource(path)
    frames = frames_of(source)
    assert source.skipped > 0
    assert 75 <= len(frames) < 90
    assert f"call.mp4 is damaged in places: {source.skipped} packets could not be decoded" in (source.notice or "")
    assert all(b.time > a.time for a, b in itertools.pairwise(frames))
    assert frames[-1].time == pytest.approx(89 / 30, abs=0.01)


def test_damage_that_the_decoder_conceals_is_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mkv", steady(90), noisy=True)
    damage(path, 0.4, 0.42)
    source = VideoSource(path)
    frames = frames_of(source)
    assert len(frames) >= 85
    assert source.damaged > 0
    assert "is damaged in places" in (source.notice or "")


def test_the_notice_of_damage_stays_the_same_during_the_run(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(90), codec="mjpeg", options={}, noisy=True)
    damage(path, 0.4, 0.5)
    notices = set()
    with VideoSource(path) as source:
        for _ in range(78):
            source.read()
            notices.add(source.notice)
    assert notices == {None, "call.mp4 is damaged in places; what can be decoded is used."}


def test_too_much_damage_is_an_error_after_what_was_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meeting_analyzer.sources.video.DAMAGED_IN_A_ROW", 10)
    path = write_video(tmp_path / "call.mp4", steady(90), codec="mjpeg", options={}, noisy=True)
    damage(path, 0.4, 0.9)
    with VideoSource(path) as source:
        good = [source.read() for _ in range(30)]
        assert None not in good
        with pytest.raises(SourceError, match=r"call\.mp4 is damaged: 11 packets in a row cannot be decoded"):
            frames_of(source)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_truncated_file_gives_what_it_has(tmp_path: Path, suffix: str) -> None:
    muxer = {"movflags": "faststart"} if suffix == ".mp4" else {}
    path = write_video(tmp_path / f"call{suffix}", steady(150), noisy=True, muxer=muxer)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    source = VideoSource(path)
    frames = frames_of(source)
    assert 40 < len(frames) < 110
    assert source.notice is not None
    assert "ended early" in source.notice or "is damaged after" in source.notice
    assert f"{frames[-1].time:.1f}" in source.notice


def test_a_recording_without_its_index(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(60), noisy=True)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(SourceError, match=r"is not a video, or its end with the index is missing .*get it again"):
        open_source(path)


def text_file(folder: Path) -> Path:
    path = folder / "notes.mp4"
    path.write_text("These are the minutes of the meeting.\n" * 200)
    return path


def empty_file(folder: Path) -> Path:
    path = folder / "empty.mp4"
    path.touch()
    return path


def zeros(folder: Path) -> Path:
    path = folder / "zeros.mp4"
    path.write_bytes(bytes(100_000))
    return path


def only_sound(folder: Path) -> Path:
    path = folder / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), format="fltp", layout="mono")
        tone.sample_rate, tone.pts = 44100, 0
        container.mux(stream.encode(tone))
        container.mux(stream.encode(None))
    return path


def only_a_cover(folder: Path) -> Path:
    sound = only_sound(folder)
    picture, path = folder / "cover.jpg", folder / "song.m4a"
    from PIL import Image

    Image.new("RGB", (64, 64), "red").save(picture)
    command = ["ffmpeg", "-v", "error", "-i", str(sound), "-i", str(picture), "-map", "0", "-map", "1", "-c", "copy"]
    try:
        subprocess.run([*command, "-disposition:v:0", "attached_pic", str(path)], check=True)
    except FileNotFoundError:
        pytest.skip("not installed: ffmpeg")
    return path


def no_frames(folder: Path) -> Path:
    """A video track with a header and not one packet."""
    path = write_video(folder / "none.mkv", steady(1))
    data = path.read_bytes()
    cluster = data.index(bytes.fromhex("1F43B675"))
    path.write_bytes(data[:cluster])
    return path


def too_small(folder: Path) -> Path:
    return write_video(folder / "small.mp4", steady(2), size=(8, 8))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (text_file, r"notes\.mp4 is not a video"),
        (empty_file, r"empty\.mp4 is empty \(0 bytes\): .*get it again"),
        (zeros, r"zeros\.mp4 is not a video"),
        (only_sound, r"sound\.mp4 has only sound in it; choose a recording with video"),
        (only_a_cover, r"song\.m4a has only sound in it"),
        (no_frames, r"none\.mkv has (no frame that can be decoded|no pictures in it)"),
        (too_small, r"small\.mp4 has 8x8 pixels, too few"),
        (lambda folder: folder / "absent.mp4", r"There is no file .*absent\.mp4; check the spelling"),
        (lambda folder: folder / "absent" / "call.mp4", r"There is no file"),
        (lambda folder: folder / "a\0b.mp4", r"cannot be opened|no file"),
        (lambda folder: folder / ("x" * 400 + ".mp4"), r"cannot be opened \(File name too long\)"),
    ],
)
def test_bad_files(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match=sentence) as raised, open_source(make(tmp_path)) as source:
        source.read()
    assert "\n" not in str(raised.value)
    assert capfd.readouterr().err == "", "a library has said something besides the one sentence"


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a folder, not a video"):
        VideoSource(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are Unix's")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(SourceError, match="not a regular file"):
        VideoSource(tmp_path / "pipe.mp4")


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so what is inside goes on as the user nobody."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are different on Windows")
def test_no_permission(tmp_path: Path) -> None:
    video, folder = write_video(tmp_path / "secret.mp4", steady(2)), tmp_path / "closed"
    folder.mkdir()
    for parent in (tmp_path, *(above for above in tmp_path.parents if above.name.startswith(("pytest-", "popen-")))):
        parent.chmod(0o755)
    video.chmod(0)
    folder.chmod(0)
    try:
        with as_nobody():
            with pytest.raises(SourceError, match=r"secret\.mp4 may not be read: ask its owner"):
                open_source(video)
            with pytest.raises(SourceError, match=r"The folder .*closed may not be read"):
                open_source(folder)
            with pytest.raises(SourceError, match=r"inside\.mp4 may not be read"):
                open_source(folder / "inside.mp4")
            with pytest.raises(SourceError, match=r"inside\.png may not be read"):
                open_paths([folder / "inside.png", folder / "another.png"])
    finally:
        folder.chmod(0o700)


def test_read_after_close_and_close_twice(tmp_path: Path) -> None:
    source = VideoSource(write_video(tmp_path / "call.mp4", steady(3)))
    source.read()
    source.close()
    source.close()
    with pytest.raises(EndOfSource):
        source.read()


@pytest.mark.parametrize("realtime", [False, True])
def test_close_from_another_thread_while_reading(tmp_path: Path, realtime: bool) -> None:
    source = open_source(write_video(tmp_path / "call.mp4", steady(300)), realtime=realtime, loop=realtime)
    assert source.read(10) is not None
    ended = threading.Event()

    def read_on() -> None:
        with contextlib.suppress(EndOfSource):
            while True:
                source.read(10)
        ended.set()

    reader = threading.Thread(target=read_on)
    reader.start()
    source.close()
    reader.join(20)
    assert ended.is_set()
    assert source.info.title == "call.mp4"
    assert source.info.size == (96, 64)


def test_several_videos_are_refused(tmp_path: Path) -> None:
    one, two = (write_video(tmp_path / name, steady(2)) for name in ("1.mp4", "2.mp4"))
    with pytest.raises(UsageError, match=r"1\.mp4 is not an image.*one video at a time"):
        open_paths([one, two])
    assert len(frames_of(open_paths([one]))) == 2


class Clock:
    """Advances by a fixed step at every look."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 50.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_played_as_a_call_every_frame_when_there_is_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(10))
    source = PlayedSource(path)
    assert source.live
    frames = frames_of(source)
    assert len(frames) <= 10
    assert frames[0].index == 0
    assert all(b.time > a.time for a, b in itertools.pairwise(frames))
    assert source.info.path == str(path)


def test_played_too_slowly_frames_are_left_out(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(40))
    source = PlayedSource(path, clock=Clock(0.05))
    frames = frames_of(source)
    assert 0 < len(frames) < 40
    assert [frame.time for frame in frames] == pytest.approx([frame.index / 30 for frame in frames], abs=1 / TICKS)


def test_played_hopelessly_slowly_frames_still_come(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(12))
    assert len(frames_of(PlayedSource(path, clock=Clock(10.0)))) == 12


def test_played_round_and_round(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", steady(6))
    with open_source(path, realtime=True, loop=True) as source:
        assert isinstance(source, PlayedSource)
        source._clock = Clock(10.0)
        frames = [frame for frame in (source.read() for _ in range(20)) if frame is not None]
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.time for frame in frames] == pytest.approx(steady(20), abs=0.02)


def test_played_frame_that_is_not_due_yet(tmp_path: Path) -> None:
    path = write_video(tmp_path / "call.mp4", [0.0, 30.0])
    with PlayedSource(path) as source:
        first = source.read()
        assert first is not None
        assert source.read(0.01) is None
        source.close()
        with pytest.raises(EndOfSource):
            source.read(60.0)
