from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from meeting_analyzer.errors import OutputError
from meeting_analyzer.reports import ReportOutput
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Box, Moment, Tile

from .calls import face_of, frame_of, lively, moment_of, sure

INFO = SourceInfo("Biology <i>8b</i>", (1920, 1080), 30.0, 60.0, 1800, "/home/someone/call & more.mp4")
DESCRIPTION = {"version": "1.0", "mode": "emotion", "emotion model": 'a "model" <b>of</b> ours'}
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Strict(HTMLParser):
    """Checks that elements are closed in order, and collects elements, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def parsed(path: Path) -> Strict:
    parser = Strict()
    parser.feed(path.read_text(encoding="utf-8"))
    parser.close()
    assert not parser.open
    return parser


def plain(path: Path) -> str:
    return " ".join(" ".join(parsed(path).text).split())


def report(path: Path, moments: list[Moment], description: dict[str, str] = DESCRIPTION) -> str:
    with ReportOutput(path, INFO, description) as output:
        for moment in moments:
            output.write(frame_of(moment), moment)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


@pytest.mark.parametrize("mode", ["emotion", "presence"])
def test_the_page_needs_nothing_from_elsewhere(path: Path, mode: str) -> None:
    written = report(path, list(lively(60, mode=mode)), {**DESCRIPTION, "mode": mode})
    assert all(address.startswith("#") for address in re.findall(r'href="([^"]*)"', written))
    for forbidden in (
        'src="',
        "url(http",
        "<script",
        "@import",
        "<link",
        "<img",
        "<iframe",
        "http://",
        "https://",
    ):
        assert forbidden not in written
    assert "default-src 'none'" in written
    assert set(re.findall(r"url\(([^)]*)\)", written)) <= {
        f"#{i}" for i in re.findall(r'<pattern id="([^"]*)"', written)
    }


def test_everything_from_outside_is_escaped_and_cleaned(path: Path) -> None:
    name = "\u202e<script>alert('x')</script>\u0000\u2066\n &\"'"
    tiles = (Tile(Box(0, 0, 9, 9), name=name, participant="P<1>", faces=(face_of(sure("happy")),)),)
    written = report(path, [moment_of(t, tiles) for t in range(5)])
    elements = {tag for tag, _ in parsed(path).elements}
    assert not elements & {"script", "i", "b"} - {"b"}
    assert "<b>of</b>" not in written
    assert "<i>" not in written
    assert "<script>alert('x')</script> &\"'" in plain(path)
    assert not set(written) & set("\u202e\u2066\u0000")
    assert all(not key.startswith("on") for _, attributes in parsed(path).elements for key in attributes)


def test_the_folder_of_the_recording_is_not_told(path: Path) -> None:
    written = report(path, list(lively(5)))
    assert "/home/someone" not in written
    assert "call &amp; more.mp4" in written


def test_names_of_all_scripts_stand_as_they_are(path: Path) -> None:
    report(path, list(lively(30)))
    for name in ("Zoë Müller", "王小明", "अनुष्का शर्मा", '<script>alert("x")</script>', "evil O'Brien & Söhne", "P06"):
        assert name in plain(path)


def test_the_numbers_on_the_page_are_those_of_the_call(path: Path) -> None:
    def tiles(t: int) -> tuple[Tile, ...]:
        ann = Tile(
            Box(0, 0, 9, 9),
            name="Ann",
            participant="P01",
            speaking=t < 3,
            faces=(face_of(sure("happy" if t < 7 else "sad")),),
        )
        ben = Tile(Box(9, 0, 9, 9), "off" if t < 4 else "video", "Ben", "P02")
        return (ann, ben) if t < 8 else (ann,)

    report(path, [moment_of(t, tiles(t)) for t in range(10)])
    said = plain(path)
    assert "Duration 10 s" in said
    assert "Frames analysed 10" in said
    assert "Participants 2" in said
    assert "Most of the time the class appeared happy (70 % of the faces)" in said
    assert "On average 1.0 face could be seen and 0.4 cameras were off." in said
    assert "happy 70 %" in said
    assert "sad 30 %" in said
    assert re.search(r"Ann P01 10 s 100 % 30 % .*? happy 70 % 0 %", said)
    assert re.search(r"Ben P02 8 s 50 % 0 %", said)


def test_the_page_says_what_the_labels_mean_and_what_the_law_says(path: Path) -> None:
    report(path, list(lively(20)))
    said = plain(path)
    for words in ("appears happy", "not what a person feels", "AI Act", "Article 5(1)(f)", "medical or safety", "presence mode",
                  "Nothing was sent anywhere", 'a "model" <b>of</b> ours'):  # fmt: skip
        assert words in said


def test_presence_mode_is_stated_and_holds_no_expression(path: Path) -> None:
    written = report(path, list(lively(60, mode="presence")), {**DESCRIPTION, "mode": "presence"})
    said = plain(path)
    assert "Presence mode: no expression was classified" in said
    for words in (
        "Valence",
        "The class over time",
        "Appears most often",
        "Uncertain",
        "the class appeared",
        "What the labels mean",
    ):
        assert words not in said
    body = written.split("</style>")[1].split("</defs>")[1]
    for label in ("angry", "disgust", "fear", "sad", "surprise", "neutral", "uncertain"):
        assert label not in body
    assert "AI Act" in said


def test_every_drawing_has_a_name_and_every_table_cell_a_header(path: Path) -> None:
    report(path, list(lively(40)))
    elements = parsed(path).elements
    drawings = [a for tag, a in elements if tag == "svg" and a.get("aria-hidden") != "true"]
    assert len(drawings) == 3 + 9  # charts, and a strip for each participant
    assert all(a["role"] == "img" and a["aria-label"] for a in drawings)
    heads = [a for tag, a in elements if tag == "th"]
    assert {a["scope"] for a in heads} == {"col", "row"}
    assert [tag for tag, _ in elements].count("h1") == 1


@pytest.mark.parametrize("mode", ["emotion", "presence"])
def test_a_run_without_a_frame_still_gets_a_page(path: Path, mode: str) -> None:
    report(path, [], {**DESCRIPTION, "mode": mode})
    said = plain(path)
    assert "No frame was analysed" in said
    assert ("Presence mode:" in said) == (mode == "presence")


@pytest.mark.parametrize("tiles", [(), (Tile(Box(0, 0, 9, 9), "off"),)])
def test_a_call_where_nobody_is_seen_still_gets_a_page(path: Path, tiles: tuple[Tile, ...]) -> None:
    report(path, [moment_of(t, tiles) for t in range(3)])
    assert "No participant was seen." in plain(path)


def test_an_interrupted_run_gets_the_report_of_what_was_seen(path: Path) -> None:
    def run() -> None:
        with ReportOutput(path, INFO, DESCRIPTION) as output:
            for moment in lively(60):
                output.write(frame_of(moment), moment)
                if moment.frame == 19:
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert "Frames analysed 20" in plain(path)
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_the_page_appears_whole_and_closing_twice_is_fine(path: Path) -> None:
    output = ReportOutput(path, INFO, DESCRIPTION)
    moment = next(lively(5))
    output.write(frame_of(moment), moment)
    assert not path.exists()
    output.close()
    first = path.read_bytes()
    output.close()
    assert path.read_bytes() == first
    with pytest.raises(ValueError, match="closed"):
        output.write(frame_of(moment), moment)


def test_a_report_that_is_there_is_kept_unless_overwriting_is_asked_for(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        ReportOutput(path, INFO, DESCRIPTION)
    assert path.read_text() == "mine"
    output = ReportOutput(path, INFO, DESCRIPTION, overwrite=True)
    assert path.read_text() == "mine"
    output.close()
    assert "Meeting report" in plain(path)


def test_a_folder_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        ReportOutput(tmp_path / "no" / "report.html", INFO, DESCRIPTION)


def test_a_place_that_cannot_be_written_is_said_at_once() -> None:
    with pytest.raises(OutputError, match="choose another"):
        ReportOutput(Path("/proc/report.html"), INFO, DESCRIPTION)


def test_a_full_disk_is_said_and_keeps_the_old_report(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    path.write_text("the old one")
    output = ReportOutput(path, INFO, DESCRIPTION, overwrite=True)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        output.close()
    assert path.read_text() == "the old one"
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
