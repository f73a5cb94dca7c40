"""Which requests are answered at all: our own host names, no inner workings, a real 404 for a page we do not have."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartvest.texts import text
from smartvest.web.documents import asked_language, notice

# Streamlit answers these to anybody: memory and sessions of the server, the description of an API that is switched off,
# uploads, which no page of ours takes, and a login, which nobody has.
CLOSED = (
    "/_stcore/metrics",
    "/_stcore/agent",
    "/_stcore/script-health-check",
    "/_stcore/upload_file",
    "/auth",
    "/oauth2callback",
)


def known_host(host: str, hosts: Sequence[str]) -> bool:
    """Whether the Host header names one of `hosts` (port ignored, "*.example.org" for subdomains, "*" for any)."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").rstrip(".").lower()
    return not hosts or any(
        allowed in ("*", name) or (allowed.startswith("*.") and name.endswith(allowed[1:])) for allowed in hosts
    )


def closed(path: str) -> bool:
    return any(path == door or path.startswith(door + "/") for door in CLOSED)


class Doors:
    """Refuses foreign host names and closed paths, and says 404 where Streamlit would show its front page."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str] = ()) -> None:
        self.app = app
        self.hosts = [host.lower() for host in hosts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # websockets: Streamlit checks host and origin itself (server.allowedHosts)
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if not known_host(request.headers.get("host", ""), self.hosts):
            await PlainTextResponse("unknown host name", 400)(scope, receive, send)
            return
        if closed(scope["path"]):
            await PlainTextResponse("not found", 404)(scope, receive, send)
            return
        unknown = False

        async def watched(message: Message) -> None:
            """Hold back Streamlit's fallback: any path it does not know gets its index.html with status 200."""
            nonlocal unknown
            if message["type"] == "http.response.start":
                kind = dict(message.get("headers", [])).get(b"content-type", b"")
                fallback = isinstance(scope.get("endpoint"), StaticFiles) and kind.startswith(b"text/html")
                unknown = fallback and message["status"] in (200, 304)
            if not unknown:
                await send(message)

        await self.app(scope, receive, watched)
        if unknown:
            lang = asked_language(request)
            page = notice(lang, text("web.not_found_title", lang), text("web.not_found", lang), 404)
            await page(scope, receive, send)
