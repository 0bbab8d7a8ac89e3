"""The web page in Debian's Chromium, whose camera is fed with the sample call: what a visitor sees, does and may not do."""

from __future__ import annotations

import base64
import functools
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from meeting_analyzer.outputs.text import render_text
from meeting_analyzer.sources.sample import sample_path

if importlib.util.find_spec("streamlit_webrtc") is None:
    pytest.skip("the extra web is not installed", allow_module_level=True)
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Page = Any

ROOT = Path(__file__).parents[2]
WAIT = 120_000  # ms; a busy machine is no failure
LIMIT_MB = 512
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAGES = {"": "Webcam", "share": "Share a window", "upload": "Upload", "sessions": "Sessions", "about": "About"}
TAB = "Weekly class"


class Server:
    """A running `meeting-analyzer web`."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = folder / f"web-{self.port}.log"
        self.temporary = folder / f"tmp-{self.port}"
        self.temporary.mkdir()
        command = [sys.executable, "-m", "meeting_analyzer", "web", "--port", str(self.port), *arguments]
        values = (
            os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temporary), "HOME": str(folder)} | environment
        )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=values)
        deadline = time.monotonic() + WAIT / 1000
        while not self.alive():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.2)

    def alive(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def peak_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]

    def stop(self) -> str:
        self.process.terminate()
        self.process.wait(30)
        return self.log.read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("web")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    running = Server(folder)
    yield running
    log = running.stop()
    assert "Traceback" not in log, log
    assert not list(running.temporary.glob("meeting-analyzer-web-*")), "what belonged to visitors was left behind"


@pytest.fixture(scope="module")
def recording(folder: Path) -> Path:
    """Twelve seconds of the sample call."""
    path = folder / "Lecture 3 <b>.mp4"
    _ffmpeg("-i", str(sample_path()), "-t", "12", "-c", "copy", str(path))
    return path


@pytest.fixture(scope="module")
def picture(folder: Path) -> Path:
    path = folder / "class.png"
    _ffmpeg("-i", str(sample_path()), "-frames:v", "1", str(path))
    return path


@pytest.fixture(scope="module")
def camera(folder: Path) -> Path:
    """The sample call as Chromium's fake camera plays it, over and over."""
    path = folder / "camera.mjpeg"
    _ffmpeg("-i", str(sample_path()), "-vf", "scale=640:360,pad=640:480:0:60,fps=10", "-q:v", "3", "-an", str(path))
    return path


def _ffmpeg(*arguments: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("not installed: ffmpeg (apt install ffmpeg)")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


@pytest.fixture(scope="module")
def launch(camera: Path) -> Iterator[Callable[..., Any]]:
    """`launch(*flags)`: Chromium with the fake camera."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("not installed: chromium (apt install chromium)")
    with playwright.sync_playwright() as driver:
        opened: list[Any] = []

        def start(*flags: str) -> Any:
            usual = ("--no-sandbox", "--disable-gpu")
            browser = driver.chromium.launch(executable_path=program, headless=True, args=[*usual, *flags])
            opened.append(browser)
            return browser

        yield start
        for browser in opened:
            browser.close()


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Any], camera: Path) -> Any:
    return launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    )


@pytest.fixture
def visit(browser: Any, server: Server) -> Iterator[Callable[..., Page]]:
    """`visit("upload")`: that page for a new visitor. Fails when anything was asked of another server."""
    contexts: list[Any] = []
    elsewhere: list[str] = []

    def go(path: str = "", size: dict[str, int] = DESKTOP, to: Server | None = None) -> Page:
        context = browser.new_context(viewport=size)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        home = (to or server).url
        page.on(
            "request", lambda r: elsewhere.append(r.url) if r.url.startswith("http") and home not in r.url else None
        )
        page.goto(home + path)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield go
    for context in contexts:
        context.close()
    assert elsewhere == []


def start_camera(page: Page) -> Any:
    """Press the button; returns the picture's element once it moves.

    streamlit-webrtc stops a camera whose connection was interrupted for some seconds, as on a busy machine: like a visitor,
    this then presses the button again.
    """
    button, video = camera_of(page)
    for _ in range(4):
        button.wait_for()
        # a choice just made draws the page anew, and a button pressed meanwhile may be drawn anew too
        page.locator("[data-test-script-state=notRunning]").wait_for()
        button.click()
        video.wait_for()
        until(lambda: button.is_visible() or moves(video), "the camera's picture comes back")
        if not button.is_visible():
            return video
    pytest.fail("the camera stops again and again")


def camera_of(page: Page) -> tuple[Any, Any]:
    """The button that starts the camera, and the picture."""
    inside = page.frame_locator("iframe[title*=webrtc]")
    return inside.get_by_role("button", name="Start the camera"), inside.locator("video")


def moves(video: Any) -> bool:
    """Whether the picture is there and moves."""
    try:
        return bool(video.evaluate("v => v.videoWidth > 0 && v.currentTime > 1", timeout=2000))
    except playwright.Error:
        return False  # it has just gone


def until(condition: Callable[[], Any], what: str, seconds: float = WAIT / 1000) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.25)
    pytest.fail(f"not within {seconds:g} s: {what}")


def frame_of(video: Any) -> np.ndarray[Any, Any]:
    """What a video element shows, BGR."""
    data = video.evaluate(
        "v => { const c = document.createElement('canvas'); c.width = v.videoWidth; c.height = v.videoHeight;"
        " c.getContext('2d').drawImage(v, 0, 0); return c.toDataURL('image/png').split(',')[1]; }"
    )
    return cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)


def written(image: np.ndarray[Any, Any], word: str) -> float:
    """How well `word`, as the overlay writes it, is found anywhere in the picture but its lowest sixth: -1..1."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[: image.shape[0] * 5 // 6].astype(np.float32)
    scores = [
        cv2.matchTemplate(grey, render_text(word, size).astype(np.float32), cv2.TM_CCOEFF_NORMED).max()
        for size in range(9, 20)
    ]
    return float(max(scores))


def test_the_camera_comes_back_with_labels_and_the_chart_moves(visit: Callable[..., Page], picture: Path) -> None:
    page = visit()
    video = start_camera(page)
    page.locator("[data-face]").first.wait_for()
    bare = cv2.resize(cv2.imread(str(picture)), (640, 360))
    assert max(written(bare, word) for word in ("uncertain", "appears")) < 0.6
    until(lambda: max(written(frame_of(video), word) for word in ("uncertain", "appears")) > 0.75, "a label on a face")
    until(lambda: page.locator("tr[data-face]").count() >= 5, "a row for every face")
    row = page.locator("tr[data-face]").first.inner_text()
    assert len(re.findall(r"\d+ %", row)) >= 7, row
    chart = page.locator("img.ma-chart")
    drawings = set()

    def moved() -> bool:
        source = chart.get_attribute("src") or ""
        drawings.add(source)
        lines = base64.b64decode(source.partition(",")[2]).decode().count("<polyline")
        return len(drawings) >= 3 and lines >= 7

    until(moved, "the chart moves")
    assert "happy" in chart.get_attribute("alt")
    assert re.search(r"seen \d+\.\d s ago", page.locator(".ma-rates").inner_text())


def test_presence_can_be_chosen_and_is_in_sight(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_text("Presence only", exact=True).click()
    page.get_by_text("expressions are not looked at").wait_for()
    video = start_camera(page)
    page.get_by_text(re.compile(r"\d faces are seen")).wait_for()
    assert "presence only" in page.locator(".ma-rates").inner_text()
    assert page.locator("[data-face]").count() == 0
    assert written(frame_of(video), "uncertain") < 0.7


def test_a_shared_tab_is_read_as_a_gallery(
    launch: Callable[..., Any], server: Server, picture: Path, folder: Path
) -> None:
    shown = folder / "gallery.html"
    shown.write_text(
        f"<!doctype html><title>{TAB}</title><style>*{{margin:0}}</style><img src='{picture.name}' width=1280>"
    )
    browser = launch(f"--auto-select-tab-capture-source-by-title={TAB}")
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    call = context.new_page()
    call.goto(shown.as_uri())
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(server.url + "share")
    page.get_by_role("button", name="Share a window or screen").click()
    page.get_by_text("Sharing.", exact=True).wait_for()
    video = page.locator("video.back")
    until(lambda: page.locator("tr[data-face]").count() >= 7, "the gallery's faces")
    until(lambda: max(written(frame_of(video), word) for word in ("uncertain", "appears")) > 0.75, "a label on a face")
    page.get_by_role("button", name="Stop sharing").click()
    page.get_by_text("Sharing has ended.").wait_for()
    page.get_by_text("Nothing is looked at yet.").wait_for()
    context.close()


def upload(page: Page, file: Path) -> None:
    page.get_by_label("Picture or recording").set_input_files(file)
    page.get_by_role("button", name="Upload and analyse").click()


def test_a_recording_becomes_a_report_to_look_at_and_to_take_away(
    visit: Callable[..., Page], server: Server, recording: Path
) -> None:
    page = visit("upload")
    upload(page, recording)
    page.get_by_text(re.compile("frames? analysed, ")).wait_for()
    page.get_by_text("Done: ").wait_for()
    report = page.frame_locator("iframe[title^='Report on']")
    assert report.get_by_role("heading", level=1).inner_text() == recording.name
    assert report.get_by_text("Class mood", exact=False).count() or report.get_by_role("heading", level=2).count() >= 3
    for name in ("Report (HTML)", "Timeline (CSV)", "Records (JSON Lines)", "Events (WebVTT)"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name).click()
        data = Path(waiting.value.path()).read_bytes()
        assert len(data) > 5
        assert b"/tmp" not in data
    assert list(server.temporary.rglob("incoming/*")) == []


def test_a_picture_comes_back_annotated(visit: Callable[..., Page], picture: Path) -> None:
    page = visit("upload")
    upload(page, picture)
    page.get_by_text("Done: 1 frame analysed").wait_for()
    image = page.locator("[data-testid=stImage] img")
    until(lambda: image.evaluate("i => i.naturalWidth > 1000"), "the annotated picture")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Annotated picture (PNG)").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_sessions_are_compared_and_deleted(visit: Callable[..., Page], picture: Path, recording: Path) -> None:
    page = visit("upload")
    for file in (picture, recording):
        upload(page, file)
        page.get_by_text("Done: ").nth(0 if file == picture else 1).wait_for()
    page.get_by_role("link", name="Sessions").click()
    box = page.get_by_role("combobox", name="Sessions to look at")
    box.click()
    for name in (picture.name, recording.name):
        page.get_by_role("option", name=name).click()
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Two sessions compared").wait_for()
    compared = page.locator("table", has_text="Appears happy").inner_text()
    assert "Valence" in compared
    assert recording.name in compared
    page.get_by_text("Yes, delete").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("There is no session yet").wait_for()


def test_nobody_reaches_what_is_anothers(visit: Callable[..., Page], server: Server, picture: Path) -> None:
    one, other = visit("upload"), visit("upload")
    upload(one, picture)
    one.get_by_text("Done: ").wait_for()
    address = one.get_by_role("link", name="Report (HTML)").get_attribute("href").partition("?")[0]
    assert fetch(server.url + address) == 200
    other.get_by_role("link", name="Sessions").click()
    other.get_by_text("There is no session yet").wait_for()
    other.get_by_role("link", name="Upload").click()
    upload(other, picture)
    other.get_by_text("Done: ").wait_for()
    stranger = other.get_by_role("link", name="Report (HTML)").get_attribute("href").split("/")[1]
    _, token, session, name = address.split("/")
    assert token != stranger
    assert fetch(f"{server.url}files/{stranger}/{session}/{name}") == 404
    assert fetch(f"{server.url}files/{'A' * 32}/{session}/{name}") == 404
    for trick in ("..%2f..%2f", "%2e%2e/", session + "/..%2f" + session):
        assert fetch(f"{server.url}files/{token}/{trick}/{name}") >= 400
    assert fetch(f"{server.url}files/{token}/{session}/session.sqlite") == 404


def fetch(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("call.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "neither a picture"),
        ("call.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n", "neither a picture"),
        ("page.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "neither a picture"),
        ("cut.mp4", b"\0\0\0\x18ftypmp42" + bytes(5000), "cut.mp4"),
        ("empty.mp4", b"", "neither a picture"),
    ],
)
def test_what_is_no_picture_and_no_recording_is_refused(
    visit: Callable[..., Page], folder: Path, name: str, content: bytes, said: str
) -> None:
    path = folder / name
    path.write_bytes(content)
    page = visit("upload")
    upload(page, path)
    page.get_by_text(said).first.wait_for()
    until(lambda: "/tmp" not in page.locator("body").inner_text(), "no path of the server is told")
    assert page.get_by_text("Done: ").count() == 0


def test_limits_of_size_and_duration(visit: Callable[..., Page], folder: Path, recording: Path) -> None:
    strict = Server(folder, "--upload-mb", "1", "--upload-minutes", "0.1")
    try:
        page = visit("upload", to=strict)
        large = folder / "large.mp4"
        large.write_bytes(recording.read_bytes()[:64] + bytes(1_500_000))
        upload(page, large)
        page.get_by_text("larger than the 1 MB allowed").wait_for()
        small = folder / "long.mp4"
        _ffmpeg("-i", str(recording), "-vf", "scale=320:-2,fps=2", "-an", str(small))
        upload(page, small)
        page.get_by_text("longer than the 0.1 minutes allowed").wait_for()
    finally:
        strict.stop()


def test_a_password_is_asked_for_and_keeps_others_out(visit: Callable[..., Page], folder: Path) -> None:
    guarded = Server(folder, "--address", "0.0.0.0", MEETING_ANALYZER_PASSWORD="correct horse battery")
    try:
        page = visit(to=guarded)
        assert page.get_by_role("link", name="Upload").count() == 0
        page.get_by_role("textbox", name="Password").fill("wrong")
        page.get_by_role("button", name="Come in").click()
        page.get_by_text("This is not the password.").wait_for()
        page.get_by_role("textbox", name="Password").fill("correct horse battery")
        page.get_by_role("button", name="Come in").click()
        page.get_by_role("link", name="Upload").wait_for()
    finally:
        assert "Visitors need the password." in guarded.stop()


def test_with_oidc_the_door_is_streamlits_own_login(visit: Callable[..., Page], folder: Path) -> None:
    place = folder / "oidc"
    (place / ".streamlit").mkdir(parents=True)
    (place / ".streamlit" / "secrets.toml").write_text(
        "[auth]\nredirect_uri = 'http://127.0.0.1/oauth2callback'\ncookie_secret = 'x'\nclient_id = 'a'\n"
        "client_secret = 'b'\nserver_metadata_url = 'http://127.0.0.1:9/.well-known/openid-configuration'\n"
    )
    guarded = Server(place, "--address", "0.0.0.0")
    try:
        page = visit(to=guarded)
        page.get_by_role("button", name="Log in").wait_for()
        assert page.get_by_role("link", name="Upload").count() == 0
    finally:
        assert "log in by OIDC" in guarded.stop()


def test_the_keyboard_alone_suffices(visit: Callable[..., Page], picture: Path) -> None:
    page = visit()
    page.frame_locator("iframe[title*=webrtc]").get_by_role("button", name="Start the camera").wait_for()
    tab_to(page, lambda: active(page).startswith("input:radio"))
    page.keyboard.press("ArrowRight")
    page.get_by_text("expressions are not looked at").wait_for()
    tab_to(page, lambda: inside(page) == "Start the camera")
    page.keyboard.press("Enter")
    page.get_by_text(re.compile(r"\d faces are seen")).wait_for()
    page.get_by_role("link", name="Webcam").focus()
    tab_to(page, lambda: inside(page) == "Stop")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing is looked at yet.").wait_for()
    page.get_by_role("link", name="Webcam").focus()
    tab_to(page, lambda: active(page) == "a:Upload")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Upload").wait_for()
    choose_with_keys(page, picture)
    tab_to(page, lambda: active(page) == "button:Upload and analyse")
    page.keyboard.press("Enter")
    page.get_by_text("Done: ").wait_for()
    tab_to(page, lambda: active(page) == "a:Report (HTML)")


def choose_with_keys(page: Page, picture: Path) -> None:
    """Reach the upload's field and press Enter; again where the page was drawn anew in between and took the focus along."""
    for _ in range(5):
        tab_to(page, lambda: active(page).startswith("input:file"))
        try:
            with page.expect_file_chooser(timeout=WAIT / 10) as chooser:
                page.keyboard.press("Enter")
        except playwright.TimeoutError:
            continue
        chooser.value.set_files(picture)
        return
    pytest.fail(f"Enter opens no choice of files; focused: {active(page)!r}")


def tab_to(page: Page, there: Callable[[], bool]) -> None:
    """Press Tab until `there`."""
    for _ in range(60):
        if there():
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead there; last: {active(page)!r}, {inside(page)!r}")


ACTIVE = """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  const words = () => e.innerText?.trim().split("\\n").pop() ?? "";
  return e ? e.tagName.toLowerCase() + ":" + (e.tagName === "INPUT" ? e.type : words()) : ""; }"""


def active(page: Page) -> str:
    """The focused element, through shadow roots: "a:Upload", "input:file"."""
    return str(page.evaluate(ACTIVE))


def inside(page: Page) -> str:
    """The focused button's words within streamlit-webrtc's frame."""
    frames = [frame for frame in page.frames if "webrtc" in frame.url]
    return (
        str(frames[0].evaluate("() => document.hasFocus() ? document.activeElement?.textContent ?? '' : ''"))
        if frames
        else ""
    )


@functools.cache
def axe() -> str:
    return resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", list(PAGES))
def test_every_page_is_accessible_and_fits(visit: Callable[..., Page], path: str, size: dict[str, int]) -> None:
    page = visit(path, size)
    page.get_by_role("heading", level=1, name=PAGES[path]).wait_for()
    if path == "":
        start_camera(page)
        page.locator("[data-face]").first.wait_for()
    check_accessible(page)
    overflow = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    keep_screenshot(page, f"{path or 'webcam'}-{size['width']}")


def check_accessible(page: Page) -> None:
    """axe finds nothing in the page and in its frames."""
    page.wait_for_timeout(1500)
    for frame in page.frames:
        # a report forbids every script; it has a test of its own (test_report.py)
        if not frame.url.startswith("about:") and "/files/" not in frame.url:
            frame.evaluate(axe())
    result = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert len(result["passes"]) > 15
    found = [
        (violation["id"], node["target"], node["html"][:200])
        for violation in result["violations"]
        for node in violation["nodes"]
    ]
    assert found == []


def keep_screenshot(page: Page, name: str) -> None:
    """For people to look at: in $WEB_SCREENSHOTS, where somebody has named a folder."""
    folder = os.environ.get("WEB_SCREENSHOTS")
    if not folder:
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / f"{name}.png").write_bytes(page.screenshot())


def test_two_cameras_and_an_upload_stay_within_the_memory(
    visit: Callable[..., Page], folder: Path, recording: Path
) -> None:
    running = Server(folder)
    try:
        pages = [visit(to=running), visit(to=running)]
        for page in pages:
            start_camera(page)
            page.locator("[data-face]").first.wait_for()
        third = visit("upload", to=running)
        upload(third, recording)
        third.get_by_text("Done: ").wait_for()
        for page in pages:
            if camera_of(page)[0].is_visible():
                start_camera(page)
            rows = page.locator("tr[data-face]")
            until(lambda rows=rows: rows.count() >= 5, "a camera goes on being analysed")  # type: ignore[misc]
        loaded = Path(f"/proc/{running.process.pid}/maps").read_text()
        assert "tensorflow" not in loaded
        peak = running.peak_mb()
        print(f"peak resident memory: {peak:.0f} MB")
        assert peak <= LIMIT_MB
    finally:
        running.stop()
