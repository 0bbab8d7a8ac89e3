"""The two addresses beside Streamlit's own: a file comes in, a result goes out. Both only with the visitor's token.

Streamlit keeps uploads and downloads whole in memory; these go to disk and from disk piece by piece.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import AnalyzerError
from ..outputs.place import whole
from ..results import REPORT
from ..sessions import open_session
from ..sessions.export import FORMATS, export
from . import kinds
from .uploads import PICTURE, date_of, title_of
from .visitors import Visitor

if TYPE_CHECKING:
    from .app import Site

TYPES = {
    REPORT: "text/html; charset=utf-8",
    PICTURE: "image/png",
    "timeline.csv": "text/csv; charset=utf-8",
    "records.jsonl": "application/jsonl; charset=utf-8",
    "events.vtt": "text/vtt; charset=utf-8",
}
"""Results that can be fetched."""
MADE = {name: kind for kind, (name, _) in FORMATS.items() if name in TYPES}
"""Those that are made from the store when somebody asks for them."""
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    # whatever a result holds, it may neither run scripts nor reach the page around it
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
}

FENCE = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss: blob: data:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(self), display-capture=(self), microphone=()",
}
"""What browsers are told of every answer that says nothing itself: nothing from other servers, in nobody else's frame."""


class Fenced:
    """Adds FENCE to every answer over HTTP."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def fenced(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in FENCE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, fenced)


def routes(site: Site) -> list[Route]:
    """PUT files/TOKEN?name=..., GET files/TOKEN/SESSION/FILE."""

    async def receive(request: Request) -> Response:
        visitor = site.visitors.known(request.path_params["token"])
        if visitor is None:
            return JSONResponse({"error": "This page is no longer open; load it again."}, 404)
        try:
            return JSONResponse(await _receive(site, visitor, request))
        except AnalyzerError as error:
            return JSONResponse({"error": str(error)}, 400)

    async def send(request: Request) -> Response:
        visitor = site.visitors.known(request.path_params["token"])
        name = request.path_params["file"]
        if visitor is None or name not in TYPES:
            return Response("There is no such file.", 404, SAFE)
        try:
            path = await asyncio.to_thread(result_file, visitor, request.path_params["session"], name)
        except AnalyzerError as error:
            return Response(str(error), 404, SAFE)
        headers = dict(SAFE)
        if "download" in request.query_params:
            headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(f'{path.parent.name}-{name}')}"
        return FileResponse(path, headers=headers, media_type=TYPES[name])

    return [
        Route("/files/{token}", receive, methods=["PUT"]),
        Route("/files/{token}/{session}/{file}", send, methods=["GET"]),
    ]


def result_file(visitor: Visitor, session: str, name: str) -> Path:
    """A result of one of the visitor's sessions, made if it is not there yet. Raises AnalyzerError."""
    folder = visitor.results(session)
    path = folder / name
    if not path.is_file():
        if name not in MADE:
            raise AnalyzerError(f"This session has no {name}.")
        with open_session(folder) as opened, whole(path) as part:
            export(opened, MADE[name], part)
    return path


async def _receive(site: Site, visitor: Visitor, request: Request) -> dict[str, str]:
    """Write what comes to the visitor's own folder, no more than is allowed, and start its analysis."""
    most = site.web.upload_mb * 1_000_000
    too_large = AnalyzerError(
        f"The file is larger than the {site.web.upload_mb} MB allowed here; cut or compress it first."
    )
    if visitor.busy:
        raise AnalyzerError("Two uploads are on their way already; wait until one is done.")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    part = visitor.folder / "incoming" / secrets.token_hex(8)
    size, head = 0, b""
    try:
        with part.open("wb") as file:
            async for piece in request.stream():
                size += len(piece)
                if size > most:
                    raise too_large
                if len(head) < kinds.NEEDED:
                    head += piece[: kinds.NEEDED - len(head)]
                    if len(head) == kinds.NEEDED:
                        kinds.kind_of(head)
                file.write(piece)
        ending, picture = kinds.kind_of(head)
        upload_file = part.with_suffix(f".{ending}")
        part.rename(upload_file)
    except ClientDisconnect:
        part.unlink(missing_ok=True)
        raise AnalyzerError("The upload was broken off.") from None
    except OSError as error:
        part.unlink(missing_ok=True)
        raise AnalyzerError(f"The file cannot be stored here ({error.strerror}); try again later.") from error
    except AnalyzerError:
        part.unlink(missing_ok=True)
        raise
    asked = request.query_params
    upload = visitor.new_upload(upload_file, title_of(asked.get("name", "")), picture, date_of(asked.get("date", "")))
    upload.start(site.worker, site.web, site.description)
    return {"title": upload.title}
