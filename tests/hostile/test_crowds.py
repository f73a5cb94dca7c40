"""Many at once, silent ones, and one too many: nobody is slowed, the next one is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from bench.client import Failed, Visitor
from smartvest.web.sockets import MAX_SOCKETS, Sockets, allowed_sockets, prepare, streamlit_kind, welcome
from tests.hostile.attacks import run
from tests.serving import Server, in_own_loop


def test_idle_sockets_and_a_burst(server: Server) -> None:
    """A tenth of what `make bench` does: 200 silent sockets and 30 visitors at once, and the health answer comes."""

    async def crowd() -> int:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            silent = [Visitor(server.url, http=http) for _ in range(200)]
            await asyncio.gather(*(visitor.connect() for visitor in silent))
            busy = [Visitor(server.url, http=http) for _ in range(30)]
            await asyncio.gather(*(visitor.connect() for visitor in busy))
            async with http.get(server.url + "/healthz") as answer:
                status = answer.status
            for done in await asyncio.gather(*(visitor.run() for visitor in busy)):
                assert "sv-footer" in done.html
            await asyncio.gather(*(visitor.leave() for visitor in silent + busy))
            return status

    assert run(crowd()) == 200


def test_one_socket_too_many(serve: Callable[..., Server]) -> None:
    small = serve(**{MAX_SOCKETS: "3"})

    async def ask() -> None:
        guests = [Visitor(small.url) for _ in range(3)]
        for guest in guests:
            await guest.connect()
            await guest.run()
        late = Visitor(small.url)
        with pytest.raises(Failed, match="503"):
            await late.connect()
        assert small.get("/healthz").status == 200
        await guests[0].leave()
        for _ in range(50):
            try:
                await late.connect()
                break
            except Failed:
                await asyncio.sleep(0.1)
        assert "sv-footer" in (await late.run()).html
        for guest in (*guests[1:], late):
            await guest.leave()

    run(ask())


# --- the socket layer alone


def talk(frames: list[bytes], silence_s: float = 5.0, limit: int | None = 10) -> tuple[list[Any], list[Any]]:
    """What the layer hands inward and sends outward for a visitor who sends `frames` and then is silent."""
    inward: list[Any] = []
    outward: list[Any] = []
    waiting = [{"type": "websocket.connect"}, *({"type": "websocket.receive", "bytes": frame} for frame in frames)]

    async def receive() -> Any:
        if not waiting:
            await asyncio.sleep(3600)
        return waiting.pop(0)

    async def send(message: Any) -> None:
        outward.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while True:
            inward.append(await asyncio.wait_for(receive(), 1))
            if inward[-1]["type"] == "websocket.disconnect":
                return

    async def whole() -> None:
        layer = Sockets(app, limit=limit, silence_s=silence_s)
        try:
            await layer({"type": "websocket", "extensions": {}}, receive, send)
        except TimeoutError:
            pass
        assert layer.open == 0

    in_own_loop(whole())
    return inward, outward


def test_a_silent_visitor_is_sent_away() -> None:
    inward, _ = talk([], silence_s=0.05)
    assert [message["type"] for message in inward] == ["websocket.connect", "websocket.disconnect"]


def test_only_what_our_pages_send_goes_inward() -> None:
    rerun = BackMsg()
    rerun.rerun_script.query_string = "ags=05562024"
    deferred = BackMsg()
    deferred.backend_operation_request.deferred_file.SetInParent()
    good = [rerun.SerializeToString(), deferred.SerializeToString(), b"\xff\xff"]
    bad = [BackMsg(clear_cache=True).SerializeToString(), BackMsg(load_git_info=True).SerializeToString()]
    inward, _ = talk([*bad, good[0], *bad, good[1], good[2]])
    assert [message["bytes"] for message in inward[1:]] == good
    assert streamlit_kind(b"\xff\xff") == ("", "") and not welcome(bad[0], streamlit_kind)


def test_a_full_house_says_so() -> None:
    inward, outward = talk([b""], limit=0)
    assert inward == [] and outward == [{"type": "websocket.close", "code": 1013}]


def test_the_limit_fits_the_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    assert allowed_sockets(100_000) == 3000
    assert allowed_sockets(1024) == (1024 - 256) // 4
    monkeypatch.setenv(MAX_SOCKETS, "50")
    assert allowed_sockets(100_000) == 50
    monkeypatch.setenv(MAX_SOCKETS, "many")
    assert allowed_sockets(100_000) == 3000


def test_open_files_and_answers_at_once() -> None:
    """The soft limit becomes the hard one, and a listening socket hands TCP_NODELAY on to what it accepts."""
    import resource

    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert prepare() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
