"""Sockets of visitors: how many at once, how long a silent one may stay, and which messages reach Streamlit.

`prepare()` is called once at start, `Sockets` stands in front of Streamlit's websocket.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

MAX_SOCKETS = "SMARTVEST_MAX_SOCKETS"
DEFAULT_SOCKETS = 3000  # 300 were measured at 0.2 MB each once they show a page; silent ones cost 0.05 MB
DESCRIPTORS_A_SOCKET = 4  # one for the socket, three for the event loop of the thread that draws its page
DESCRIPTORS_RESERVED = 256  # files, snapshots, plain requests
# Between two newcomers: each costs the event loop some milliseconds, and /healthz waits behind all of them.
PACE_S = 0.003
SILENCE_S = 30.0  # a browser asks for its page within a second of connecting

# What a browser on our pages sends. Of the others, clear_cache empties Streamlit's caches for everybody, load_git_info
# tells repository and branch, set_run_on_save and file_urls_request have no use here, install_skills writes files.
ASKED_FOR = {"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"}
OPERATIONS = {"deferred_file", "dataframe_chunk"}


def prepare() -> int:
    """Raise the limit of open files as far as allowed and let answers leave at once; returns how many files.

    Without TCP_NODELAY every page run takes 40 ms longer: its second small frame waits for the acknowledgement of the
    first. asyncio switches it on only for sockets made with the protocol spelled out, which Streamlit's is not;
    accepted sockets inherit it from the listening one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):  # macOS: "unlimited" is not allowed
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
    for name in os.listdir("/dev/fd") if Path("/dev/fd").is_dir() else ():
        with suppress(OSError, ValueError):
            with socket.socket(fileno=os.dup(int(name))) as twin:
                if twin.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and twin.family != socket.AF_UNIX:
                    twin.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return soft


def allowed_sockets(descriptors: int) -> int:
    """How many visitors at once: what the operator says, else the default; never more than descriptors allow."""
    try:
        wanted = int(os.environ.get(MAX_SOCKETS) or DEFAULT_SOCKETS)
    except ValueError:
        log.warning("%s is not a number; %d is used", MAX_SOCKETS, DEFAULT_SOCKETS)
        wanted = DEFAULT_SOCKETS
    possible = max(1, (descriptors - DESCRIPTORS_RESERVED) // DESCRIPTORS_A_SOCKET)
    if possible < wanted:
        log.warning("%d open files allow %d visitors at once, not %d", descriptors, possible, wanted)
    return min(wanted, possible)


def streamlit_kind(data: bytes) -> tuple[str, str]:
    """The kind of a browser's message and, of an operation, its kind; ("", "") when it is none."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    message = BackMsg()
    try:
        message.ParseFromString(data)
    except Exception:
        return "", ""
    kind = str(message.WhichOneof("type") or "")
    inner = message.backend_operation_request.WhichOneof("payload") if kind == "backend_operation_request" else ""
    return kind, str(inner or "")


def welcome(data: bytes | None, kind: Callable[[bytes], tuple[str, str]]) -> bool:
    """Whether Streamlit gets to see this frame."""
    found, inner = kind(data or b"")
    return found in ASKED_FOR and (found != "backend_operation_request" or inner in OPERATIONS)


class Sockets:
    """Refuses websockets beyond `limit` with 503, lets newcomers in one after the other, ends silent ones, and drops
    messages nobody needs.

    A frame that is no message at all goes on: Streamlit closes that socket itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int | None = None,
        silence_s: float = SILENCE_S,
        kind: Callable[[bytes], tuple[str, str]] = streamlit_kind,
    ) -> None:
        self.app = app
        self.limit = limit
        self.silence_s = silence_s
        self.kind = kind
        self.open = 0
        self._door = asyncio.Lock()

    async def _next(self) -> None:
        async with self._door:
            await asyncio.sleep(PACE_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        if self.limit is None:  # asked now and not at the import: the limit of open files is raised at start
            self.limit = allowed_sockets(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        if self.open >= self.limit:
            await self._refuse(scope, send)
            return
        heard = False

        async def filtered() -> Message:
            nonlocal heard
            while True:
                if heard:
                    message = await receive()
                else:
                    try:
                        message = await asyncio.wait_for(receive(), self.silence_s)
                    except TimeoutError:
                        return {"type": "websocket.disconnect", "code": 1013}
                if message["type"] == "websocket.connect" or (message["type"] == "websocket.receive" and not heard):
                    await self._next()
                if message["type"] != "websocket.receive":
                    return message
                heard = True
                data = message.get("bytes")
                if data is not None and self.kind(data)[0] and not welcome(data, self.kind):
                    continue
                return message

        self.open += 1
        try:
            await self.app(scope, filtered, send)
        finally:
            self.open -= 1

    async def _refuse(self, scope: Scope, send: Send) -> None:
        if "websocket.http.response" in scope.get("extensions", {}):
            head = [(b"content-type", b"text/plain"), (b"retry-after", b"10"), (b"cache-control", b"no-store")]
            await send({"type": "websocket.http.response.start", "status": 503, "headers": head})
            await send({"type": "websocket.http.response.body", "body": b"full"})
        else:
            await send({"type": "websocket.close", "code": 1013})
