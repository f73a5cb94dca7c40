"""A visitor without a browser: speaks Streamlit's websocket protocol, so that tests and loads need no Chromium.

    async with Visitor(url, "/glasfaser", "ags=05562024") as visitor:
        first = await visitor.run()                     # what loading the page does
        after = await visitor.choose("ags", "Marl")     # what choosing in a list does

A `Run` says how long it took, how many bytes came, and what was on the page. Messages that the server calls cacheable
are remembered and their hashes offered again, as a browser does. Only loopback addresses are visited.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from re import findall, sub
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE_S = 60.0
TEXTS = {"html": "body", "markdown": "body", "heading": "body", "alert": "body", "text": "body"}  # element -> its words


class Failed(Exception):
    """The page showed an error, the server closed the socket, or nothing came in time."""


@dataclass
class Widget:
    """What the page said of one control."""

    id: str
    kind: str
    fragment: str
    options: list[str]


@dataclass
class Run:
    """One run of a page as a visitor sees it."""

    seconds: float = 0.0
    bytes: int = 0  # of the messages themselves
    wire: int = 0  # received on the socket, zipped and with frames
    fetched: int = 0  # zipped, of files that a browser would fetch now because it has not had them before
    kinds: Counter[str] = field(default_factory=Counter)  # bytes by kind of message
    repeated: int = 0  # messages that came as a reference to something sent before
    fragment: bool = False
    elements: list[tuple[str, Any]] = field(default_factory=list)  # in the order they came: kind, protobuf

    @property
    def html(self) -> str:
        """Every text of this run, with its tags."""
        parts = [str(getattr(proto, TEXTS[kind])) for kind, proto in self.elements if kind in TEXTS]
        return "\n".join(parts)

    @property
    def words(self) -> str:
        """Every text of this run without tags."""
        return unescape(sub(r"<[^>]+>", " ", self.html))


def loopback(url: str) -> str:
    """`url` if it leads to this machine; ValueError otherwise: a load must never hit somebody else."""
    host = urlsplit(url).hostname or ""
    found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    if not all(ipaddress.ip_address(address).is_loopback for address in found):
        raise ValueError(f"{host} is not this machine")
    return url.rstrip("/")


class Visitor:
    """One tab. `path` and `query` are what the address bar says."""

    def __init__(
        self,
        url: str,
        path: str = "/",
        query: str = "",
        *,
        http: aiohttp.ClientSession | None = None,
        patience_s: float = PATIENCE_S,
        dark: bool = False,
        host: str | None = None,
        zipped: bool = True,
    ) -> None:
        self.url = loopback(url)
        self.path = path
        self.query = query
        self.patience_s = patience_s
        self.dark = dark
        self.zipped = zipped  # offer permessage-deflate, as every browser does
        self.widgets: dict[str, Widget] = {}  # by key and by label
        self.session_id = ""
        self._host = host  # another Host header, for a server behind a proxy
        self._http = http
        self._own_http = http is None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._states: dict[str, WidgetState] = {}
        self._page_hash = ""
        self._known: dict[str, ForwardMsg] = {}  # what a browser would have in its message cache
        self._files: set[str] = set()  # what it would have in its own

    async def __aenter__(self) -> Visitor:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()

    async def connect(self) -> None:
        """Open the socket; again after a break, with the old session's id, as the browser does."""
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        protocols = ["streamlit", "none", self.session_id] if self.session_id else ["streamlit"]
        headers = {"Host": self._host} if self._host else {}
        try:
            self._socket = await self._http.ws_connect(
                self.url.replace("http", "ws", 1) + "/_stcore/stream",
                protocols=protocols,
                headers=headers,
                max_msg_size=0,
                compress=15 if self.zipped else 0,
                timeout=aiohttp.ClientWSTimeout(ws_close=2.0),
            )
        except (aiohttp.ClientError, OSError) as error:
            raise Failed(f"no connection: {error}") from error

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        if self._own_http and self._http is not None:
            await self._http.close()
            self._http = None

    async def send(self, message: BackMsg | bytes) -> None:
        """Any message, right or wrong."""
        if self._socket is None:
            raise Failed("not connected")
        try:
            await self._socket.send_bytes(message if isinstance(message, bytes) else message.SerializeToString())
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Failed(f"the socket is closed: {error}") from error

    async def run(self, fragment: str = "", **changes: str) -> Run:
        """Ask for a run with the present choices. `changes` replaces `path` or `query` (a link was followed)."""
        if "path" in changes and changes["path"] != self.path:
            self._states, self._page_hash = {}, ""
        self.path, self.query = changes.get("path", self.path), changes.get("query", self.query)
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = self.query
        asked.page_script_hash = self._page_hash
        asked.page_name = "" if self._page_hash else self.path.strip("/")
        asked.fragment_id = fragment
        asked.widget_states.widgets.extend(self._states.values())
        asked.cached_message_hashes.extend(self._known)
        asked.context_info.timezone = "Europe/Berlin"
        asked.context_info.locale = "de-DE"
        asked.context_info.url = f"{self.url}{self.path}"
        if self.dark:
            asked.context_info.color_scheme = "dark"
        began = time.perf_counter()
        await self.send(message)
        run = await self._read(began)
        run.fragment = bool(fragment)
        return run

    async def choose(self, control: str, value: str) -> Run:
        """Choose `value` in the list of that key or label; inside a fragment only the fragment runs."""
        if control not in self.widgets:
            raise Failed(f"no control {control!r}; there are {', '.join(sorted(self.widgets))}")
        widget = self.widgets[control]
        state = WidgetState(id=widget.id)
        if widget.kind in ("button_group", "multiselect"):
            state.string_array_value.data.append(value)
        elif widget.kind == "checkbox":
            state.bool_value = value == "true"
        else:
            state.string_value = value
        self._states[widget.id] = state
        return await self.run(widget.fragment)

    async def fetch(self, run: Run) -> int:
        """Fetch the files which the page of ``run`` names and that were not fetched before. Returns their bytes."""
        assert self._http is not None
        words = " ".join(str(proto) for _, proto in run.elements)
        for address in sorted({*findall(r"/layers/[\w.]+", words)} - self._files):
            self._files.add(address)
            async with self._http.get(self.url + address, headers={"Accept-Encoding": "gzip"}) as answer:
                if answer.status != 200:
                    raise Failed(f"{address}: {answer.status}")
                await answer.read()
                run.fetched += int(answer.headers["Content-Length"])
        return run.fetched

    async def _read(self, began: float) -> Run:
        run = Run()
        before = self._received()
        while True:
            message = await self.receive(self.patience_s - (time.perf_counter() - began))
            size = message.ByteSize()
            run.bytes += size
            kind = str(message.WhichOneof("type"))
            if kind == "ref_hash":
                run.repeated += 1
                run.kinds[kind] += size
                if message.ref_hash not in self._known:
                    raise Failed("the server refers to a message it never sent")
                meta = message.metadata
                message = self._known[message.ref_hash]
                self._element(message, run, meta.delta_path)
                continue
            if message.metadata.cacheable:
                self._known[message.hash] = message
            if kind == "delta":
                run.kinds[self._element(message, run, message.metadata.delta_path)] += size
                continue
            run.kinds[kind] += size
            if kind == "new_session":
                self.session_id = message.new_session.initialize.session_id or self.session_id
                self._page_hash = message.new_session.page_script_hash or self._page_hash
            elif kind == "navigation":
                self._page_hash = message.navigation.page_script_hash or self._page_hash
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "page_not_found":
                raise Failed("page not found")
            elif kind == "script_finished":
                if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise Failed("the page does not compile")
                run.seconds = time.perf_counter() - began
                run.wire = self._received() - before
                return run

    async def receive(self, patience_s: float = PATIENCE_S) -> ForwardMsg:
        """The next message. Failed when the socket closes or nothing comes."""
        if self._socket is None:
            raise Failed("not connected")
        try:
            frame = await asyncio.wait_for(self._socket.receive(), max(patience_s, 0.01))
        except TimeoutError:
            raise Failed(f"nothing came for {self.patience_s:.0f} s") from None
        if frame.type is not aiohttp.WSMsgType.BINARY:
            raise Failed(f"the server closed the socket: {self._socket.close_code or frame.type.name}")
        return ForwardMsg.FromString(frame.data)

    def _received(self) -> int:
        """Bytes the kernel has received on this socket (Linux; 0 elsewhere)."""
        raw = self._socket.get_extra_info("socket") if self._socket is not None else None
        if raw is None or not hasattr(socket, "TCP_INFO"):
            return 0
        return int.from_bytes(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)[128:136], sys.byteorder)

    def _element(self, message: ForwardMsg, run: Run, path: Any) -> str:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return "block"
        kind = str(delta.new_element.WhichOneof("type"))
        proto = getattr(delta.new_element, kind)
        if kind == "exception":
            raise Failed(f"the page shows {proto.type}: {proto.message}")
        run.elements.append((kind, proto))
        ident = str(getattr(proto, "id", ""))
        if ident.startswith("$$"):
            widget = Widget(ident, kind, delta.fragment_id, [str(o) for o in getattr(proto, "options", [])])
            for name in (ident.rsplit("-", 1)[-1], str(getattr(proto, "label", ""))):
                if name and name != "None":
                    self.widgets[name] = widget
        return kind


def asked(query: str, name: str) -> str | None:
    """A parameter of a query string, the last one where it comes twice."""
    values = parse_qs(query).get(name)
    return values[-1] if values else None
