"""The sample call's clips as a web page: a window with a gallery of moving video, for tests with a real browser.

    python -m tools.sample_call.gallery [--title "Zoom Meeting"]     serves the page and prints its address

Chromium plays it when started with CHROMIUM_FLAGS and `--app=ADDRESS`; its viewport is then the window's whole inside.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from .layout import Box, gallery

FOLDER = Path(__file__).parent
GAP = 8
_TOP, _BOTTOM, _SIDE = 44, 68, 8
"""The page's margins around the tiles in CSS pixels, as in gallery.html."""

CHROMIUM_FLAGS = (
    "--no-sandbox",  # containers and root have none
    "--test-type",  # no bar that warns of the flag above and takes room
    "--no-first-run",
    "--disable-gpu",
    "--force-device-scale-factor=1",
    "--autoplay-policy=no-user-gesture-required",
)

PEOPLE: tuple[tuple[str, str], ...] = (
    ("tomas", "Tomás Novák"),
    ("asha", "Asha Verma"),
    ("ingrid", "Ingrid Sørensen"),
    ("kwame", "Kwame Mensah"),
    ("wei", "Wei Wang"),
    ("ngozi", "Ngozi Okafor"),
    ("mateo", "Mateo Peña"),
    ("yuki", "Yuki Tanaka"),
    ("fatima", "Fatima Diallo"),
)
"""All nine clips: (file stem, name); an empty stem is somebody whose camera is off."""


def tile_boxes(width: int, height: int, count: int = len(PEOPLE)) -> list[Box]:
    """Where the page puts its tiles in a viewport of the given size (CSS pixels), in reading order."""
    return gallery(count, Box(_SIDE, _TOP, width - 2 * _SIDE, height - _TOP - _BOTTOM), GAP)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep requests out of the test's output."""


@contextmanager
def serve(title: str = "Zoom Meeting", people: Iterable[tuple[str, str]] = PEOPLE, port: int = 0) -> Iterator[str]:
    """Serve the page on the local machine and yield its address; port 0 takes a free one."""
    handler = functools.partial(_QuietHandler, directory=str(FOLDER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="gallery page")
        thread.start()
        query = urlencode([("title", title), *(("person", f"{stem}~{name}") for stem, name in people)])
        try:
            yield f"http://127.0.0.1:{server.server_port}/gallery.html?{query}"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    """Serve the page until interrupted."""
    parser = argparse.ArgumentParser(description="Serve a gallery view of the sample call's clips.")
    parser.add_argument("--title", default="Zoom Meeting", help="the window's title")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with serve(arguments.title, port=arguments.port) as address:
        print(address, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
