"""The headers every answer carries, and an answer without details when something inside breaks."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartvest.addresses import language
from smartvest.texts import text
from smartvest.web.documents import notice, prepared, script_hashes

log = logging.getLogger(__name__)

# Streamlit sets this cookie on the first health check although only file uploads need it. smartVEST takes no uploads,
# so no cookie is set on anybody, and an upload without the cookie is refused by Streamlit itself.
NEEDLESS_COOKIE = b"_streamlit_xsrf="


def policy(hashes: list[str]) -> str:
    """The content security policy: scripts only from here, styles inline too (Streamlit's emotion writes them)."""
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *hashes, "'wasm-unsafe-eval'"]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


def security_headers() -> dict[str, str]:
    """Header -> value for the installed Streamlit; raises StartError when the policy can't be computed."""
    return {
        "Content-Security-Policy": policy(script_hashes(prepared()["de"].plain.decode())),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


class SecurityHeaders:
    """Adds `headers` to each HTTP answer unless the route set its own; passes every body on as it comes."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self.app = app
        self.headers = dict(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.app(scope, receive, self._refusals(scope, send))
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if not (name.lower() == b"set-cookie" and value.startswith(NEEDLESS_COOKIE))
                ]
                answer = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    answer.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, guarded)
        except Exception:
            # Starlette's own answer to this would come from outside this layer, and so without our headers
            number = secrets.token_hex(4)
            log.exception("error %s while answering %s", number, scope["method"])
            if started:
                raise
            lang = language("en" if b"lang=en" in scope.get("query_string", b"") else None)
            words = text("web.server_error", lang, number=number)
            await notice(lang, text("web.server_error_title", lang), words, 500)(scope, receive, guarded)

    def _refusals(self, scope: Scope, send: Send) -> Send:
        """A websocket that is refused is answered like any request; the server's own 403 would carry no headers."""
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        can_answer = "websocket.http.response" in scope.get("extensions", {})
        open_ = False

        async def guarded(message: Message) -> None:
            nonlocal open_
            kind = message["type"]
            open_ = open_ or kind == "websocket.accept"
            if kind == "websocket.http.response.start":
                message["headers"] = [*message.get("headers", []), *headers]
            elif kind == "websocket.close" and not open_ and can_answer:
                await send({"type": "websocket.http.response.start", "status": 403, "headers": headers})
                message = {"type": "websocket.http.response.body", "body": b""}
            await send(message)

        return guarded
