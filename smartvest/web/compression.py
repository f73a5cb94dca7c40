"""Streamlit's own scripts, zipped once and in the visitor's language: Streamlit sends them plain and in English and
leaves zipping to a proxy."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from smartvest.web import framework
from smartvest.web.assets import TYPES, YEAR
from smartvest.web.documents import index_html, streamlit_static

TEXT = {".css", ".js", ".json", ".svg"}
# Streamlit draws its first frame in its own Source Sans, before our theme arrives: 170 kB for a moment nobody sees.
UNUSED_FACE = re.compile(rb"@font-face\{font-family:Source Sans;[^}]*\}")


class CompressedStatic:
    """Answers GET and HEAD of /static/*.js and the like from a store of zipped copies; all else goes on inward.

    The folder /static-de.<hash>/ holds the same files with German words (smartvest/web/framework.py).
    A copy is made at its first request, in a thread, and kept: about 3 MB for everything our pages use; the dozen
    scripts with words are kept in both languages.
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
        asked = scope.get("path", "")
        german = bool(framework.ANY_GERMAN.match(asked))
        name = framework.ANY_GERMAN.sub(framework.ENGLISH, asked)
        path = self.files.get(name)
        german_words = german and path is not None and bool(framework.changed(path.name.rsplit(".", 2)[0]))
        zips = "gzip" in Headers(scope=scope).get("accept-encoding", "") if scope["type"] == "http" else False
        if scope["type"] != "http" or path is None or scope["method"] not in ("GET", "HEAD") or not (zips or german):
            inner = {**scope, "path": name, "raw_path": name.encode()} if german else scope
            await self.app(inner, receive, send)
            return
        body = await self.zipped(name, path, german_words)
        # words of another release: right for a page that is still open, but not to be kept
        known = not german or asked.startswith(framework.folder("de", index_html()))
        headers = {"Cache-Control": YEAR if known else "no-cache", "Vary": "Accept-Encoding"}
        if zips:
            headers["Content-Encoding"] = "gzip"
        else:
            body = await run_in_threadpool(gzip.decompress, body)
        await Response(body, headers=headers, media_type=TYPES[path.suffix])(scope, receive, send)

    async def zipped(self, name: str, path: Path, german: bool = False) -> bytes:
        """The zipped file; a hundred visitors asking at once wait for one zipping, not for a hundred."""
        key = f"{name} de" if german else name
        if key not in self.copies:
            self.copies[key] = asyncio.ensure_future(run_in_threadpool(_pack, path, german))
        return await asyncio.shield(self.copies[key])


def _pack(path: Path, german: bool) -> bytes:
    body = path.read_bytes()
    if german:
        body = framework.in_german(body.decode(), path.name.rsplit(".", 2)[0]).encode()
    if path.suffix == ".css":
        body = UNUSED_FACE.sub(b"", body)
    return gzip.compress(body, 9)
