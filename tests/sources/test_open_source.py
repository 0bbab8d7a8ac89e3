"""From what a user writes to a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.sources import SPECS, EndOfSource, open_source, sample
from meeting_analyzer.sources.playback import PlayedSource
from meeting_analyzer.sources.video import VideoSource


def test_the_sample_call() -> None:
    path = sample.sample_path()
    with open_source("sample", sample_fps=1) as source:
        assert isinstance(source, VideoSource)
        assert source.info.path == str(path)
        frame = source.read()
        assert frame is not None
        assert frame.size == source.info.size
    with open_source("sample", realtime=True, loop=True) as source:
        assert isinstance(source, PlayedSource)
        assert source.read(10) is not None


def test_a_missing_sample_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "NAME", "absent.mp4")
    with pytest.raises(SourceError, match=r"absent\.mp4 is missing: reinstall"):
        open_source("sample")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("", "The source is empty; name a file, or one of sample, window, monitor, region, webcam"),
        ("   ", "The source is empty"),
        ("https://example.org/call.mp4", "is an address; download the recording first"),
        ("monitor:one", '"monitor:one" needs a number, for example monitor:1'),
        ("monitor:-1", '"monitor:-1" needs a number'),
        ("region:1,2", "is no region: a region is x,y,width,height"),
        ("region", "is no region"),
        ("sample:2", 'The source "sample:2" does not exist'),
    ],
)
def test_specs_that_make_no_sense(spec: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as raised:
        open_source(spec)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("spec", ["nothing.mp4", "windows:Zoom", "C:\\calls\\nothing.mp4", "~/no such file.mkv"])
def test_everything_else_is_a_path(spec: str) -> None:
    with pytest.raises(SourceError, match=r"There is no file .*; check the spelling"):
        open_source(spec)


def test_the_table_is_what_the_documentation_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    for kind in SPECS:
        assert f"`{kind}" in page


def test_end_of_source_is_no_analyzer_error() -> None:
    assert not issubclass(EndOfSource, SourceError)
