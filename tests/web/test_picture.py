from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from meeting_analyzer import Analyzer
from meeting_analyzer.errors import UsageError
from meeting_analyzer.ffmpeg import av
from meeting_analyzer.sources import open_source
from meeting_analyzer.types import Frame, Image
from meeting_analyzer.web import parts, picture
from meeting_analyzer.web.picture import LivePicture
from meeting_analyzer.web.worker import Worker


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Analyzer]:
    with Analyzer(live=True) as made:
        yield made


@pytest.fixture
def worker(analyzer: Analyzer) -> Iterator[Worker]:
    made = Worker(analyzer.beside, 1)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def gallery() -> Image:
    with open_source("sample") as source:
        frame = source.read()
    assert frame is not None
    return np.asarray(cv2.resize(frame.image, (1280, 720), interpolation=cv2.INTER_AREA), np.uint8)


def video_frame(image: Image, pts: int = 5) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts, frame.time_base = pts, Fraction(1, 90000)
    return frame


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_frame_comes_back_at_once_and_annotated_as_soon_as_something_is_seen(worker: Worker, gallery: Image) -> None:
    live = LivePicture(worker, "emotion", 10)
    first = live.receive(video_frame(gallery))
    assert (first.pts, first.time_base) == (5, Fraction(1, 90000))
    assert first.width == 1280
    assert first.height > 720
    assert first.height % 2 == 0
    until(lambda: live.snapshot().moment is not None)
    shown = live.receive(video_frame(gallery)).to_ndarray(format="bgr24")[:720]
    assert np.abs(shown.astype(int) - gallery).max(axis=2).mean() > 1
    html = parts.panel(live.snapshot()) + parts.below(live.snapshot())
    assert html.count("data-face") >= 7
    assert "Looking at <strong>apparent expressions" in html
    live.stop()
    assert worker.open_streams == 0
    assert live.snapshot().moment is None


def test_what_is_too_old_is_not_drawn_but_said(worker: Worker, gallery: Image) -> None:
    live = LivePicture(worker, "emotion", 10)
    live.receive(video_frame(gallery))
    until(lambda: live.snapshot().moment is not None)
    later = time.monotonic() + picture.STALE + 1
    assert (live.annotated(gallery, later)[:720] == gallery).all()
    assert (live.annotated(gallery, time.monotonic())[:720] != gallery).any()


def test_presence_looks_at_no_expression_and_can_be_changed(worker: Worker, gallery: Image) -> None:
    live = LivePicture(worker, "emotion", 10)
    live.look_for("presence")
    live.receive(video_frame(gallery))
    until(lambda: live.snapshot().moment is not None)
    moment = live.snapshot().moment
    assert moment is not None
    assert moment.mode == "presence"
    assert len(moment.faces) >= 7
    assert all(face.emotion is None for face in moment.faces)
    assert "faces are seen" in parts.panel(live.snapshot())
    live.look_for("emotion")
    assert live.snapshot().moment is None


def test_who_finds_no_place_is_told(worker: Worker, gallery: Image) -> None:
    one, other = LivePicture(worker, "emotion", 10), LivePicture(worker, "emotion", 10)
    one.receive(video_frame(gallery))
    back = other.receive(video_frame(gallery)).to_ndarray(format="bgr24")
    assert (np.abs(back[:720].astype(int) - gallery) <= 8).mean() > 0.95
    assert "places" in str(other.snapshot().error)
    assert "places" in parts.panel(other.snapshot())


def test_calls_beside_each_other_share_models_and_nothing_else(analyzer: Analyzer, gallery: Image) -> None:
    one, other, presence = analyzer.beside(), analyzer.beside(), analyzer.beside("presence")
    assert one.perception.detector is other.perception.detector
    assert presence.perception.emotion is None
    assert presence.settings.mode == "presence"
    blank = np.zeros_like(gallery)
    first = one.follow(Frame(gallery, 0.0, 0))
    assert not other.follow(Frame(blank, 0.0, 0)).faces
    assert presence.follow(Frame(gallery, 0.0, 0)).mode == "presence"
    second = one.follow(Frame(gallery, 0.1, 1))
    assert [tile.participant for tile in first.tiles] == [tile.participant for tile in second.tiles]
    with Analyzer(mode="presence") as only, pytest.raises(UsageError):
        only.beside("emotion")


def test_what_comes_from_outside_is_escaped(worker: Worker, gallery: Image, analyzer: Analyzer) -> None:
    from dataclasses import replace

    moment = analyzer.beside().follow(Frame(gallery, 0.0, 0))
    nasty = "<img src=x onerror=alert(1)>\u202e"
    moment = replace(moment, tiles=tuple(replace(tile, name=nasty) for tile in moment.tiles))
    html = parts.faces(moment)
    assert "<img" not in html
    assert "\u202e" not in html
    few = replace(moment, tiles=moment.tiles[:2])
    assert "<img" not in parts.faces(few)
