"""The web page's server: one process, one worker, Streamlit's own server with two addresses beside it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ..analyzer import Analyzer
from ..config import Settings, WebSettings
from ..errors import AnalyzerError, OutputError, UsageError
from ..heap import keep_one_heap
from ..perception.runtime import spare_memory
from ..types import Mode
from . import access
from .visitors import Visitors
from .worker import Worker

INSTALL = 'The web page needs the extra "web": pip install "meeting-analyzer[web]".'
SCRIPT = Path(__file__).with_name("script.py")
GRACE = 5.0

log = logging.getLogger(__name__)


class Site:
    """Everything that the pages share. `site()` is the one of this process."""

    def __init__(self, settings: Settings, web: WebSettings, kept: Path | None, notify: Callable[[str], None]) -> None:
        self.settings, self.web = settings, web
        word = access.password_from_environment()
        self.password = access.Password(word) if word is not None else None
        self.oidc = access.oidc_is_set_up()
        self.ice = access.ice_servers(web.ice)
        self.entrance = access.guard(web.address, word, self.oidc)
        self._analyzer = Analyzer(settings, notify=notify, live=True)
        self.description = self._analyzer.describe()
        self.worker = Worker(self._another, web.streams)
        self.visitors = Visitors(kept)

    def _another(self, mode: Mode) -> Analyzer:
        return self._analyzer.beside(mode)

    @property
    def modes(self) -> tuple[Mode, ...]:
        """What visitors may choose from."""
        return ("emotion", "presence") if self.settings.mode == "emotion" else ("presence",)

    def close(self) -> None:
        """Stop the worker and delete what belongs to visitors. Idempotent."""
        self.visitors.close()
        self.worker.stop()
        self._analyzer.close()


_site: Site | None = None


def site() -> Site:
    """The site that `serve` runs."""
    if _site is None:
        raise AnalyzerError("The web page is started by `meeting-analyzer web`.")
    return _site


def serve(settings: Settings, web: WebSettings, kept: Path | None, notify: Callable[[str], None]) -> None:
    """Run the web page until it is interrupted.

    kept: the folder in which visitors' sessions are stored, or None. notify: told where the page is and who can come in.
    Raises UsageError, ModelError, and OutputError when the port is taken.
    """
    global _site
    # before its import: Streamlit would remark on the settings that it is given below
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "error")
    try:
        from streamlit.starlette import App
    except ImportError as error:
        raise UsageError(INSTALL) from error
    spare_memory()
    keep_one_heap()
    check_port(web.address, web.port)
    if kept is not None:
        try:
            kept.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder {kept} cannot be made ({error.strerror}); choose another one.") from error
    running = _site = Site(settings, web, kept, notify)
    from starlette.middleware import Middleware

    from .files import Fenced, routes

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        shown = f"[{web.address}]" if ":" in web.address else web.address
        sys.path[:] = [place for place in sys.path if place != str(SCRIPT.parent)]
        notify(f"The page is at http://{shown}:{web.port}. {running.entrance} Ctrl-C stops it.")
        end_promptly(asyncio.get_running_loop())
        yield

    try:
        app = App(
            SCRIPT,
            routes=routes(running),
            middleware=[Middleware(Fenced)],
            lifespan=lifespan,
            on_script_error=_failed,
        )
        # Streamlit takes the program's own folder for the page's and would put it before Python's own modules
        sys.argv = [str(SCRIPT)]
        app.run(config=streamlit_options(web))
    except KeyboardInterrupt:
        notify("The page is closed; what belonged to visitors is deleted.")
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise OutputError(f"The web page could not be started (Streamlit ended with {stop.code}).") from stop
    finally:
        _site = None
        running.close()


def end_promptly(loop: asyncio.AbstractEventLoop) -> None:
    """Let the signals that end the server also end its visitors' connections.

    Uvicorn waits for connections to be closed, Streamlit closes them when uvicorn has ended: open pages would hold the server
    for ever. What is still open after GRACE seconds is cut off.
    """
    from streamlit.runtime import Runtime

    for number in (signal.SIGINT, signal.SIGTERM):
        uvicorns: Any = signal.getsignal(number)

        def stop(received: int, frame: FrameType | None, then: Any = uvicorns) -> None:
            loop.call_soon_threadsafe(Runtime.instance().stop)
            # to uvicorn a second Ctrl-C means: do not wait
            loop.call_soon_threadsafe(loop.call_later, GRACE, then, signal.SIGINT, None)
            then(received, frame)

        signal.signal(number, stop)


def streamlit_options(web: WebSettings) -> dict[str, Any]:
    """Streamlit's settings: nothing is sent anywhere, nothing of the program's inside is shown."""
    return {
        "server.address": web.address,
        "server.port": web.port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.maxUploadSize": 1,  # MB; uploads go to files.py
        "server.maxMessageSize": 50,  # MB
        "server.disconnectedSessionTTL": 60,
        "browser.gatherUsageStats": False,
        # its welcome asks the network for this computer's public address
        "logger.hideWelcomeMessage": True,
        "logger.level": "error",
        "client.showErrorDetails": "none",
        "client.toolbarMode": "viewer",
        "runner.magicEnabled": False,
        # after every drawing, so several times a second with two open pages, with everybody else waiting: a fifth of a core
        "runner.postScriptGC": False,
        "theme.primaryColor": "#0b5cad",
        "theme.base": "light",
    }


def _failed(error: Exception) -> bool:
    """Say a user's mistake as its sentence; anything else is logged, and the visitor is told only that."""
    import streamlit

    if isinstance(error, AnalyzerError):
        streamlit.error(str(error))
    else:
        log.error("a page failed", exc_info=error)
        streamlit.error("This page failed; the server's log says why. Load it again.")
    return True


def check_port(address: str, port: int) -> None:
    """Raise OutputError or UsageError when nothing can listen there."""
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(target)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OutputError(f"Port {port} is taken by another program; choose another one with --port.") from None
        if error.errno == errno.EACCES:
            raise OutputError(f"Port {port} may not be used by you; choose one above 1023 with --port.") from None
        raise UsageError(
            f"Nothing can listen on {address}: {error.strerror}; 127.0.0.1 is this computer alone, 0.0.0.0 every address of it."
        ) from None
