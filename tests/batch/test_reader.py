"""Chunks put together are the recording: the same pictures at the same times, however it is cut."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from batch.made import recording
from sources.test_video import write_video

from meeting_analyzer.batch.chunks import Chunk, Span, analyses, cut, needed
from meeting_analyzer.batch.reader import is_abrupt, read_span, thumbnail
from meeting_analyzer.sources.base import EndOfSource, SourceInfo
from meeting_analyzer.sources.index import FileIndex, read_index
from meeting_analyzer.sources.sample import sample_path
from meeting_analyzer.sources.video import VideoSource
from meeting_analyzer.types import Frame


def sampled(path: Path, seconds: float, fps: float | None) -> list[Frame]:
    """The frames of all chunks, each span read for itself, last span first."""
    spans = cut(read_index(path), seconds)
    frames = [frame for span in reversed(spans) for _, frame, _ in read_span(path, span, fps) if frame is not None]
    return sorted(frames, key=lambda frame: frame.time)


def whole(path: Path, fps: float | None) -> list[Frame]:
    frames = []
    with VideoSource(path, fps) as source:
        while True:
            try:
                frame = source.read()
            except EndOfSource:
                return frames
            assert frame is not None
            frames.append(frame)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts", "mov", "flv"])
@pytest.mark.parametrize("gop", [5, 24, 1000])
def test_the_pictures_of_all_chunks_are_those_of_the_recording(tmp_path: Path, ending: str, gop: int) -> None:
    path = recording(tmp_path / f"a.{ending}", 6.0, gop=gop)
    apart, together = sampled(path, 1.0, None), whole(path, None)
    assert [(f.time, f.index) for f in apart] == [(f.time, f.index) for f in together]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(apart, together, strict=True))


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "libvpx-vp9", "libx265", "mpeg2video"])
def test_other_codecs(tmp_path: Path, codec: str) -> None:
    path = tmp_path / ("a.avi" if codec in ("mpeg4", "mjpeg") else "a.mkv")
    words = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(recording(tmp_path / "o.mp4", 5.0)),
        "-c:v",
        codec,
        "-g",
        "8",
        "-b:v",
        "300k",
    ]
    if subprocess.run([*words, str(path)], check=False, capture_output=True).returncode:
        pytest.skip(f"ffmpeg here cannot encode {codec}")
    apart, together = sampled(path, 1.0, None), whole(path, None)
    assert [(f.time, f.index) for f in apart] == [(f.time, f.index) for f in together]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(apart, together, strict=True))


def test_sampled_pictures_are_the_same_too_and_are_looked_at_wholly(tmp_path: Path) -> None:
    """Pictures in between are skipped by the decoder; those that are analysed are as if nothing had been."""
    path = tmp_path / "a.mp4"
    words = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(recording(tmp_path / "o.mp4", 8.0)),
        "-vf",
        "fps=30",
        "-bf",
        "3",
        "-g",
        "60",
    ]
    subprocess.run([*words, str(path)], check=True)
    apart, together = sampled(path, 2.0, 5.0), whole(path, None)
    assert len({round(f.time * 30) // 6 for f in apart}) == 40
    assert all(np.array_equal(together[f.index].image, f.image) for f in apart)
    assert all(together[f.index].time == f.time for f in apart)


def test_true_times_of_a_variable_rate(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.05, 0.4, 0.45, 1.5, 1.52, 2.9, 3.0, 3.6, 3.61, 5.2]
    path = write_video(tmp_path / "vfr.mp4", times, gop=3)
    assert [f.time for f in sampled(path, 1.0, None)] == pytest.approx(times, abs=1 / 600)
    got = {round(f.time, 2) for f in sampled(path, 1.0, 2.0)}
    # and some more, since each picture of this recording is another scene
    assert got >= {0.0, 1.5, 2.9, 3.0, 3.6, 5.2}


def test_times_count_from_the_first_picture(tmp_path: Path) -> None:
    path = write_video(tmp_path / "late.mkv", [5.0, 5.5, 6.0, 7.2, 7.9], gop=2)
    assert [f.time for f in sampled(path, 1.0, None)] == pytest.approx([0, 0.5, 1.0, 2.2, 2.9], abs=2e-3)


def test_rotation_is_honoured(tmp_path: Path) -> None:
    path = write_video(tmp_path / "turned.mp4", [n / 10 for n in range(20)], rotation=90, gop=4)
    assert {f.size for f in sampled(path, 1.0, None)} == {(64, 96)}


def test_a_scene_change_between_samples_is_analysed(tmp_path: Path) -> None:
    """Grey for 1.3 s, then white: at one sample a second the change itself is caught."""
    path = tmp_path / "cut.mp4"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(30):
            image = np.full((192, 320, 3), 60 if number < 13 else 200, np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        output.mux(stream.encode(None))
    times = [f.time for f in sampled(path, 60.0, 1.0)]
    (change,) = [time for time in times if time % 1]
    assert 1.3 <= round(change, 3) <= 1.5, "at the latest at the next picture that others are made from"
    assert len(times) == 4


def test_people_who_move_change_no_scene() -> None:
    # the sample call has five changes of layout
    assert len(sampled(sample_path(), 60.0, 1.0)) <= 27 + 8


def test_thumbnails() -> None:
    grey = np.full((60, 100), 90, np.uint8)
    a_fifth = grey.copy()
    a_fifth[:12] = 200
    more = grey.copy()
    more[:13] = 200
    assert not is_abrupt(grey, a_fifth)
    assert is_abrupt(grey, more)
    assert not is_abrupt(None, grey)
    assert is_abrupt(grey, grey[:30])
    assert not is_abrupt(grey, grey + 20), "a light that is switched on is no new scene"


@pytest.mark.parametrize("size", [(96, 64), (640, 360), (1920, 1080)])
def test_small_and_large_pictures_are_compared_at_about_as_many_points(size: tuple[int, int]) -> None:
    grey = thumbnail(av.VideoFrame.from_ndarray(np.full((size[1], size[0]), 90, np.uint8), format="gray"))
    assert grey is not None
    assert 60 <= grey.shape[1] <= 120
    assert (grey == 90).all()


def test_chunks_begin_at_keyframes_and_cover_everything_once(tmp_path: Path) -> None:
    index = read_index(recording(tmp_path / "a.mp4", 9.0, gop=7))
    spans = cut(index, 2.0)
    chunks = [chunk for span in spans for chunk in span.chunks]
    assert len(spans) == len(chunks)
    assert 4 <= len(chunks) <= 5
    assert [c.number for c in chunks] == list(range(len(chunks)))
    assert np.array_equal(np.concatenate([c.stamps for c in chunks]), index.stamps)
    assert all(chunk.stamps[0] == chunk.key for chunk in chunks[1:])
    assert all(a.end == b.start for a, b in itertools.pairwise(chunks))


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [
        (30, [0]),
        (240, range(0, 240, 60)),
        # what is left is no chunk of its own
        (300.2, range(0, 300, 60)),
        (1920, [*range(0, 1680, 120), 1680, 1740, 1800, 1860]),
        (10800, [*range(0, 10440, 180), 10440, 10530, 10620, 10710]),
    ],
)
def test_a_recording_is_cut_so_that_all_cores_have_a_part_and_little_is_begun_anew(
    seconds: float, starts: Sequence[float]
) -> None:
    stamps = np.arange(round(seconds * 5), dtype=np.int64)
    index = FileIndex(SourceInfo("a.mp4"), 0.0, (1, 5), stamps, stamps[::10])
    chunks = [chunk for span in cut(index) for chunk in span.chunks]
    assert [chunk.start for chunk in chunks] == pytest.approx(list(starts), abs=2)


def test_a_shorter_chunk_at_the_end_is_not_begun_far_from_a_keyframe() -> None:
    stamps = np.arange(1920 * 5, dtype=np.int64)
    index = FileIndex(SourceInfo("a.mp4"), 0.0, (1, 5), stamps, stamps[:: 5 * 100])
    spans = cut(index)
    assert [round(chunk.start) for span in spans for chunk in span.chunks][-5:] == [1600, 1700, 1740, 1800, 1860]
    # the keyframe before is 40 and 60 s away, which is more than half of 60
    assert [len(span.chunks) for span in spans[-3:]] == [1, 2, 2]


def test_where_keyframes_are_rare_chunks_are_decoded_in_one_go(tmp_path: Path) -> None:
    index = read_index(recording(tmp_path / "a.mp4", 9.0, gop=1000))
    (span,) = cut(index, 1.0)
    assert len(span.chunks) == 9
    assert [chunk.start for chunk in span.chunks] == pytest.approx(range(9))


def test_a_file_without_stamps_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    words = ["ffmpeg", "-v", "error", "-i", str(recording(tmp_path / "o.mp4", 3.0)), "-c:v", "mpeg4", "-bf", "2"]
    subprocess.run([*words, str(path)], check=True)
    index = read_index(path)
    spans = cut(index, 1.0)
    got = [(chunk.number, frame) for chunk, frame, _ in read_span(path, spans[0], 5.0)]
    ended = [number for number, frame in got if frame is None]
    assert ended == sorted(set(ended))
    if spans[0].open_end:
        some = [f.index for _, f, _ in read_span(path, spans[0], 5.0, frozenset({0, 1})) if f is not None]
        assert some == [f.index for number, f in got if f is not None and number > 1]


def test_the_first_picture_of_each_interval_is_needed() -> None:
    stamps = np.arange(0, 60, dtype=np.int64)
    chunk = Chunk(0, 0.0, 2.0, None, 0, stamps)
    span = Span(0.0, (1, 30), (chunk,))
    assert needed(chunk, span, 5.0) == dict(zip(range(10), range(0, 60, 6), strict=True))
    assert needed(chunk, span, None) is None


def test_a_picture_that_is_decoded_anyway_takes_the_place_of_one_that_is_not_if_it_follows_soon() -> None:
    stamps = np.arange(0, 30, dtype=np.int64)
    spare = np.ones(30, np.bool_)
    # the next picture; one after that, which is too late; one of the next interval; the first itself
    spare[[1, 8, 18, 24, 25]] = False
    chunk = Chunk(0, 0.0, 1.0, None, 0, stamps, spare)
    assert needed(chunk, Span(0.0, (1, 30), (chunk,)), 5.0) == {0: 1, 1: 6, 2: 12, 3: 18, 4: 24}


def test_pictures_that_nothing_is_made_from_are_not_decoded_where_their_neighbours_are(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    words = ["ffmpeg", "-v", "error", "-i", str(recording(tmp_path / "o.mp4", 4.0)), "-vf", "fps=30"]
    # every other picture is made from
    options = ["-bf", "3", "-b_strategy", "0", "-sc_threshold", "0", "-x264-params", "b-pyramid=normal"]
    subprocess.run([*words, *options, str(path)], check=True)
    index = read_index(path)
    assert 55 <= np.count_nonzero(index.spare) <= 62
    (span,) = cut(index, 60.0)
    wanted = needed(span.chunks[0], span, 5.0)
    assert wanted is not None
    assert len(wanted) == 20
    assert not set(wanted.values()) & set(index.stamps[index.spare].tolist())
    frames = [frame for _, frame, _ in read_span(path, span, 5.0) if frame is not None]
    assert set(index.stamps[[f.index for f in frames]].tolist()) >= set(wanted.values())
    assert [f.time for f in frames] == pytest.approx([f.index / 30 for f in frames])


def test_how_many_will_be_analysed(tmp_path: Path) -> None:
    index = read_index(recording(tmp_path / "a.mp4", 4.0))
    assert analyses(index, 5.0) == 20
    assert analyses(index, None) == 40
