"""Streamlit's own scripts, zipped once: Streamlit sends them plain and leaves zipping to a proxy."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smartvest.web.assets import TYPES, YEAR
from smartvest.web.documents import streamlit_static

TEXT = {".css", ".js", ".json", ".svg"}


class CompressedStatic:
    """Answers GET and HEAD of /static/*.js and the like from a store of zipped copies; all else goes on inward.

    A copy is made at its first request, in a thread, and kept: about 3 MB for everything our pages use.
    """

    def __init__(self, app: ASGIApp, folder: Path | None = None) -> None:
        self.app = app
        folder = folder or streamlit_static()
        self.files = {  # the table is made from the disk, so a request can't name anything else
            "/" + path.relative_to(folder).as_posix(): path
            for path in (folder / "static").rglob("*")
            if path.suffix in TEXT
        }
        self.copies: dict[str, asyncio.Task[bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = self.files.get(scope.get("path", ""))
        if (
            scope["type"] != "http"
            or path is None
            or scope["method"] not in ("GET", "HEAD")
            or "gzip" not in Headers(scope=scope).get("accept-encoding", "")
        ):
            await self.app(scope, receive, send)
            return
        body = await self.zipped(scope["path"], path)
        headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding", "Content-Encoding": "gzip"}
        await Response(body, headers=headers, media_type=TYPES[path.suffix])(scope, receive, send)

    async def zipped(self, name: str, path: Path) -> bytes:
        """The zipped file; a hundred visitors asking at once wait for one zipping, not for a hundred."""
        if name not in self.copies:
            self.copies[name] = asyncio.ensure_future(run_in_threadpool(lambda: gzip.compress(path.read_bytes(), 9)))
        return await asyncio.shield(self.copies[name])
