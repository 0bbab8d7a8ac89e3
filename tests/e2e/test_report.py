"""The report in a real browser: accessible, readable on a phone and on paper, quiet on the network."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from reports.calls import frame_of, lively

from meeting_analyzer.results import STORE, illustrate, write_results
from meeting_analyzer.sessions import SessionWriter
from meeting_analyzer.sources.base import SourceInfo
from meeting_analyzer.types import Event, Moment

PROBE = """
<script>%s</script>
<script>
addEventListener("load", async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  const main = document.querySelector("main");
  parent.postMessage(JSON.stringify({
    violations: found.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 160) + " | " + n.failureSummary)]),
    checks: found.passes.length,
    overflow: document.documentElement.scrollWidth - innerWidth,
    height: main.offsetHeight,
    broken: [...document.images].filter(i => !i.naturalWidth).length,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    loaded: performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith("data:")),
  }), "*");
});
</script>
"""
FRAME = """<!doctype html><title>probe</title><iframe src="probe.html" style="width:%dpx;height:3000px;border:0"></iframe>
<pre id="answer"></pre><script>addEventListener("message", e => document.getElementById("answer").textContent = e.data)</script>"""


@pytest.fixture(scope="module")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("not installed: chromium (apt install chromium)")
    return found


def browse(chromium: str, profile: Path, *arguments: str) -> bytes:
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--allow-file-access-from-files")
    done = subprocess.run(
        [chromium, *flags, f"--user-data-dir={profile}", *arguments], capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module", params=["emotion", "presence"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lecture of twenty minutes with everything on its report."""
    folder = tmp_path_factory.mktemp(request.param)
    recording = folder / "week 3.mp4"
    shutil.copy(str(resources.files("meeting_analyzer").joinpath("assets", "sample_call.mp4")), recording)
    source = SourceInfo("Biology <b>8b</b>", (1920, 1080), 30.0, 1200.0, path=str(recording))
    description = {"version": "1", "mode": request.param, "emotion model": "ours"}
    with SessionWriter(folder / STORE, source, description) as output:
        for moment in lively(1200, mode=request.param):
            events = (
                (Event(moment.time, "joined", "Amara <i>Okafor</i> joined", ("P05",)),) if moment.time == 360 else ()
            )
            moment = Moment(moment.time, moment.frame, moment.size, moment.tiles, moment.mood, moment.mode, events)  # noqa: PLW2901
            output.write(frame_of(moment), moment)
        output.add_mark(5.0, "the joke")
        output.add_note("week 3.mp4 is damaged in places.")
    write_results(folder)
    illustrate(folder, recording)
    return folder


def probe(chromium: str, folder: Path, tmp_path: Path, width: int, dark: bool) -> dict[str, Any]:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page = (folder / "report.html").read_text(encoding="utf-8")
    # the page forbids every script, also ours
    page, count = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert count == 1
    page = page.replace("<details>", "<details open>")
    (tmp_path / "probe.html").write_text(
        page.replace("</body>", PROBE.replace("%s", axe) + "</body>"), encoding="utf-8"
    )
    (tmp_path / "frame.html").write_text(FRAME % width, encoding="utf-8")
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    dom = browse(
        chromium, tmp_path / "profile", scheme, "--window-size=1400,1000", "--virtual-time-budget=60000", "--dump-dom",
        (tmp_path / "frame.html").as_uri(),
    ).decode()  # fmt: skip
    answer = re.search(r'<pre id="answer">(.+?)</pre>', dom, re.DOTALL)
    assert answer is not None, dom[-500:]
    return dict(json.loads(html.unescape(answer.group(1))))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_the_page_is_accessible_and_fits(chromium: str, folder: Path, tmp_path: Path, width: int, dark: bool) -> None:
    seen = probe(chromium, folder, tmp_path, width, dark)
    assert seen["dark"] == dark
    assert seen["checks"] > 10
    assert seen["violations"] == []
    assert seen["overflow"] <= 0
    assert seen["height"] > 1000
    assert seen["broken"] == 0
    assert seen["loaded"] == []


def test_it_prints_on_a_few_pages(chromium: str, folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    browse(
        chromium,
        tmp_path / "profile",
        "--no-pdf-header-footer",
        f"--print-to-pdf={target}",
        (folder / "report.html").as_uri(),
    )
    pages = len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))
    assert 2 <= pages <= 8


def test_the_browser_plays_the_subtitles_beside_the_recording(chromium: str, folder: Path, tmp_path: Path) -> None:
    cues = json.dumps((folder / "events.vtt").read_text(encoding="utf-8")).replace("</", "<\\/")
    page = tmp_path / "player.html"
    page.write_text(
        "<!doctype html><video><track default kind=metadata></video><pre id=answer></pre><script>"
        "const track = document.querySelector('track');"
        "track.onload = () => document.getElementById('answer').textContent ="
        " JSON.stringify([...track.track.cues].map(c => [c.startTime, c.getCueAsHTML().textContent]));"
        "track.track.mode = 'showing';"
        f"track.src = 'data:text/vtt;charset=utf-8,' + encodeURIComponent({cues});</script>",
        encoding="utf-8",
    )
    dom = browse(chromium, tmp_path / "profile", "--virtual-time-budget=10000", "--dump-dom", page.as_uri()).decode()
    answer = re.search(r'<pre id="answer">(.+?)</pre>', dom, re.DOTALL)
    assert answer is not None, dom
    assert json.loads(html.unescape(html.unescape(answer.group(1)))) == [
        [5, "Marked: the joke"],
        [360, "Amara <i>Okafor</i> joined"],
    ]
