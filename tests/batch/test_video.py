"""The annotated video of a chunked run: every picture, at its time, with its newest moment and the original sound."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from batch.made import SETTINGS, run_here
from outputs.recordings import click_of, make_recording, sound_of, times_of

from meeting_analyzer.batch.recording import Options
from meeting_analyzer.batch.video import _newest
from meeting_analyzer.types import Moment

OPTIONS = Options(SETTINGS, fps=2.0, chunk=1.0, video=True)


def test_sound_is_copied_and_in_step_to_the_picture(tmp_path: Path) -> None:
    times = list(np.cumsum([0.0] + [0.03, 0.05, 0.04, 0.2] * 12))
    path = make_recording(tmp_path / "lecture.mp4", times, size=(320, 192), click=1.7)
    (done,) = run_here([(path, tmp_path / "out")], OPTIONS)
    assert done.error is None
    made = tmp_path / "out" / "annotated.mp4"
    assert sound_of(made) == sound_of(path)
    assert np.allclose(times_of(made), times_of(path), atol=1e-4)
    assert abs(click_of(made) - click_of(path)) < 1e-3
    assert done.frames < len(times), "not every picture was analysed"


def test_a_video_that_is_asked_for_later_does_not_lose_the_results(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "lecture.mp4", [n / 10 for n in range(20)], size=(320, 192))
    run_here([(path, tmp_path / "out")], replace(OPTIONS, video=False))
    records = tmp_path / "out" / "records.jsonl"
    before = records.stat().st_mtime_ns
    (done,) = run_here([(path, tmp_path / "out")], OPTIONS)
    assert done.error is None
    assert records.stat().st_mtime_ns == before, "nothing is analysed again"
    assert len(times_of(tmp_path / "out" / "annotated.mp4")) == 20
    assert run_here([(path, tmp_path / "out")], OPTIONS)[0].already
    (without,) = run_here([(path, tmp_path / "out")], replace(OPTIONS, video=False, overwrite=True))
    assert without.error is None
    assert not (tmp_path / "out" / "annotated.mp4").exists(), "no video of another analysis stays"


def test_each_picture_has_the_newest_moment() -> None:
    moments = [Moment(time, number, (16, 16)) for number, time in enumerate((0.0, 0.2, 0.5))]
    newest = _newest(iter(moments))
    next(newest)
    shown = [newest.send(time) for time in (0.0, 0.1, 0.1995, 0.3, 0.49, 0.7, 9.0)]
    assert [moment.frame for moment in shown if moment] == [0, 0, 1, 1, 1, 2, 2]
