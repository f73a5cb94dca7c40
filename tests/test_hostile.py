"""What strangers may send: a page or a 4xx, never a traceback; nothing executed, nothing read, nobody slowed."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench.client import Failed, Visitor
from smartvest.web.sockets import MAX_SOCKETS, Sockets, allowed_sockets, prepare, streamlit_kind, welcome
from tests.serving import ROOT, Server, in_own_loop

# Each as it would be typed; sent quoted in the address and raw through the websocket.
ATTACKS = {
    "sql": "05562024' or 1=1; drop table towns --",
    "sql_union": "05562' union select * from read_csv('/etc/passwd') --",
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x="',
    "template": "{{7*7}}${7*7}#{7*7}%s%n{0.__class__}",
    "up": "../../../../etc/passwd",
    "up_quoted": "..%2f..%2f..%2fetc%2fpasswd",
    "absolute": "/etc/passwd",
    "file_url": "file:///etc/passwd",
    "null": "05562024\x00.sql",
    "control": "05562024\r\nSet-Cookie: a=b\r\n\r\n<h1>x</h1>\x1b[31m\x07\x08",
    "long": "9" * 100_000,
    "other_town": "05515000",
    "other_county": "05562",
    "half": "0556",
    "spaces": " 05562024 ",
    "arabic_digits": "٠٥٥٦٢٠٢٤",
    "full_width": "０５５６２０２４",
    "right_to_left": "\u202e42026550\u202c",
    "zero_width": "0556\u200b2024",
    "combining": "Mar\u0308l" + "\u0301" * 500,
    "lone_surrogate": "%ed%a0%80",
    "overlong": "%c0%ae%c0%ae%c0%af",
    "emoji": "🏴‍☠️" * 50,
    "list": '["05562024","05562028"]',
    "object": '{"$ne":null}',
    "number": "1e309",
    "minus": "-1",
    "none": "None",
    "nan": "nan",
    "date": "2021-02-30",
    "far_date": "99999-12-31",
    "pointer": "CURRENT",
    "snapshot": "2026-11-23-000000000000",
    "dunder": "__class__",
    "state": "_view",
    "shell": "$(touch /tmp/smartvest-was-here); `id`",
    "empty": "",
}
PARAMETERS = ["ags", "lang", "technik", "mbits", "stand", "feld", "datensatz", "snapshot", "embed", "_view"]
SECRETS = ["Traceback", "root:x:", 'File "/', "site-packages", "duckdb.", "QueryError", "KeyError"]
WRONG = ["Fehlernummer", "error number"]  # our own sentence for a page that broke


def innocent(words: str) -> None:
    """Nothing of our inside is in `words`."""
    assert not [secret for secret in SECRETS if secret in words]


def raw(server: Server, request: bytes) -> bytes:
    """Bytes on a socket of its own: what no client library would send. The beginning of the answer."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as line:
        line.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):  # a request of more than 64 kB is refused before it is read
            while chunk := line.recv(65536):
                answer += chunk
                if len(answer) > 2**20:
                    break
    return answer


def get(server: Server, target: str, host: str = "localhost") -> tuple[int, str]:
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("utf-8", "surrogatepass")
    answer = raw(server, request)
    status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
    return status, answer.decode("utf-8", "replace")


def run(work: Awaitable[Any]) -> Any:
    async def all_of_it() -> Any:
        return await work

    return in_own_loop(all_of_it())


# --- addresses


@pytest.mark.parametrize("name", ATTACKS)
def test_by_address(server: Server, name: str) -> None:
    attack = ATTACKS[name]
    quoted = quote(attack, safe="%") if "%" in attack else quote(attack.encode("utf-8", "surrogatepass"))
    targets = [f"/?ags={quoted}&lang={quoted}", f"/glasfaser?ags=05562024&ags={quoted}&ags[]={quoted}", f"/{quoted}"]
    targets += [f"/assets/{quoted}", f"/healthz?{quoted}={quoted}", f"/_stcore/{quoted}", f"/static/{quoted}"]
    targets += [f"/media/{quoted}", f"/component/{quoted}/{quoted}", f"/_stcore/bidi-components/{quoted}"]
    for target in targets:
        status, words = get(server, target)
        own = 300 <= status < 400 and bool(re.search(r"\nlocation: (http://localhost)?/[^/]", words, re.IGNORECASE))
        refused = status == 0 and len(target) > 2**16
        assert status == 200 or 400 <= status < 500 or own or refused, (target[:80], status, words[:300])
        innocent(words)
        if name in ("script", "attribute"):
            assert attack not in words
        assert "\nset-cookie: a=b" not in words.lower()
    assert server.get("/healthz").status == 200


@pytest.mark.parametrize(
    "request_", [b"\x00" * 2000, b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"/a" * 60_000 + b" HTTP/1.1\r\n\r\n",
                 b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 40_000 + b"\r\n", b"POST / HTTP/1.1\r\nHost: localhost\r\n"
                 b"Content-Length: -5\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"]
)  # fmt: skip
def test_broken_requests(server: Server, request_: bytes) -> None:
    with_end = request_.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    try:
        answer = raw(server, with_end)
    except (TimeoutError, ConnectionError):
        answer = b""
    innocent(answer.decode("utf-8", "replace"))
    assert not answer.startswith(b"HTTP/1.1 5")
    assert server.get("/healthz").status == 200


def test_what_streamlit_answers_besides(server: Server) -> None:
    """The list of Streamlit's own addresses, and that nothing of them speaks of us."""
    for path in ("/_stcore/metrics", "/_stcore/agent", "/_stcore/agent/interact", "/_stcore/agent/openapi.json",
                 "/_stcore/script-health-check", "/_stcore/upload_file/x/y", "/openapi.json", "/docs",
                 "/auth/login", "/oauth2callback", "/app/static/../app.py", "/component/x/../../app.py",
                 "/media/../app.py", "/.git/config", "/data/operator.toml", "/.streamlit/secrets.toml"):  # fmt: skip
        status, words = get(server, path)
        assert 400 <= status < 500, (path, status)
        innocent(words)
    for method in ("PUT", "POST", "DELETE", "TRACE", "PATCH"):
        answer = server.get("/_stcore/upload_file/x/y", method=method)
        assert 400 <= answer.status < 500
    health, words = get(server, "/_stcore/health")
    assert health == 200 and words.endswith("ok")
    config, words = get(server, "/_stcore/host-config")
    assert config == 200 and "/work" not in words and str(ROOT) not in words


def test_foreign_names(server: Server) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "localhost@evil.example", ""):
        assert get(server, "/", host)[0] == 400
        with pytest.raises(Failed, match="no connection"):
            run(_first_run(Visitor(server.url, host=host or "x")))


# --- the websocket


async def _first_run(visitor: Visitor) -> str:
    async with visitor:
        found = await visitor.run()
        return found.html


@pytest.mark.parametrize("name", ATTACKS)
def test_by_websocket(server: Server, name: str) -> None:
    attack = ATTACKS[name]
    quoted = attack if "%" in attack else quote(attack.encode("utf-8", "surrogatepass"))
    for page in ("/", "/glasfaser", "/daten"):
        names = PARAMETERS if len(quoted) < 10_000 else ["ags"]  # a megabyte is refused as a whole, see below
        query = "&".join(f"{parameter}={quoted}" for parameter in names)
        html = run(_first_run(Visitor(server.url, page, query)))
        assert "sv-footer" in html  # the page was drawn to its end
        assert not [word for word in WRONG if word in html]
        innocent(html)
        if name in ("script", "attribute"):
            assert attack not in html
    assert not os.path.exists("/tmp/smartvest-was-here")


@pytest.mark.parametrize(
    "query", ["ags=05562024&ags=05562028", "ags[]=05562024", "ags", "&&==&", "%", "ags=%zz", "?" * 500]
)
def test_odd_queries(server: Server, query: str) -> None:
    html = run(_first_run(Visitor(server.url, "/", query)))
    assert "sv-footer" in html and not [word for word in WRONG if word in html]


@pytest.mark.parametrize(
    "name", ["../app", "smartvest/shell.py", "pages/overview.py", "\x00", "a" * 100_000, "/etc/passwd"]
)
def test_pages_that_are_none(server: Server, name: str) -> None:
    async def ask() -> None:
        async with Visitor(server.url, "/" + name) as visitor:
            try:
                innocent((await visitor.run()).html)
            except Failed as error:
                assert "page not found" in str(error)

    run(ask())
    assert server.get("/healthz").status == 200


def _states(ident: str) -> list[WidgetState]:
    array = WidgetState(id=ident)
    array.string_array_value.data.extend(["05562024"] * 100)
    return [
        WidgetState(id=ident, string_value="<script>alert(1)</script>"),
        WidgetState(id=ident, string_value="x" * 100_000),
        WidgetState(id=ident, string_value='{"selection": {"objects": {"towns": [{"ags": "05515000"}]}}}'),
        WidgetState(id=ident, string_value='{"selection": {"objects": 7}}'),
        WidgetState(id=ident, string_value="{broken"),
        WidgetState(id=ident, int_value=-(2**40)),
        WidgetState(id=ident, double_value=float("nan")),
        WidgetState(id=ident, bool_value=True),
        WidgetState(id=ident, bytes_value=b"\xff" * 1000),
        WidgetState(id=ident, json_value='{"a":' * 5000),
        WidgetState(id=ident, trigger_value=True),
        array,
    ]


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("control", ["ags", "overview_map"])
def test_choices_that_are_none(server: Server, control: str, number: int) -> None:
    """A list answered with what it does not offer: the page stays, or our own sentence comes; nothing of the inside."""

    async def ask() -> str:
        async with Visitor(server.url) as visitor:
            await visitor.run()
            state = _states(visitor.widgets[control].id)[number]
            visitor._states[state.id] = state
            return (await visitor.run()).html

    html = run(ask())
    assert "sv-footer" in html or [word for word in WRONG if word in html]
    innocent(html)
    assert "<script>alert" not in html


def test_frames_that_are_no_messages(server: Server) -> None:
    async def ask(frame: bytes | str) -> None:
        async with Visitor(server.url) as visitor:
            await visitor.run()
            assert visitor._socket is not None
            try:
                if isinstance(frame, str):
                    await visitor._socket.send_str(frame)
                else:
                    await visitor.send(frame)
                while True:
                    message = await visitor.receive(2)
                    innocent(str(message))
            except Failed:
                pass

    whole = BackMsg()
    whole.rerun_script.query_string = "ags=05562024"
    content = whole.SerializeToString()
    for frame in (b"", b"\xff" * 100, os.urandom(500), content[:-3], content + b"\xff\xff", b"x" * 2_000_000, "text"):
        run(ask(frame))
        assert server.get("/healthz").status == 200
    assert "sv-footer" in run(_first_run(Visitor(server.url)))


def test_messages_nobody_needs_do_not_reach_streamlit(server: Server) -> None:
    """clear_cache empties for all, load_git_info tells the branch, install_skills writes files: none has an effect."""

    async def ask() -> list[str]:
        kinds = []
        async with Visitor(server.url) as visitor:
            await visitor.run()
            for _ in range(20):
                await visitor.send(BackMsg(clear_cache=True))
                await visitor.send(BackMsg(load_git_info=True))
            operation = BackMsg()
            operation.backend_operation_request.install_skills.SetInParent()
            await visitor.send(operation)
            try:
                while True:
                    kinds.append(str((await visitor.receive(1)).WhichOneof("type")))
            except Failed:
                pass
            after = await visitor.choose("ags", "Marl")
            assert "Marl" in after.words  # the session is alive
        return kinds

    assert set(run(ask())) <= {"session_event", "session_status_changed"}


def test_nothing_of_ours_lies_in_streamlits_cache() -> None:
    """Whoever finds another way to empty it empties nothing."""
    for path in [*ROOT.glob("smartvest/**/*.py"), *ROOT.glob("pages/*.py"), ROOT / "app.py"]:
        words = path.read_text(encoding="utf-8")
        assert "st.cache_data" not in words and "st.cache_resource" not in words, path


# --- many at once


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


# --- logs


def test_logs_hold_no_address_of_a_visitor(serve: Callable[..., Server]) -> None:
    """Nobody's address and nothing anybody typed is written down."""
    own = serve()
    for target in ("/", "/nope?ags=secretword", "/healthz"):
        own.get(target)
    run(_first_run(Visitor(own.url, "/", "ags=secretword")))

    async def broken() -> None:
        async with Visitor(own.url) as visitor:
            await visitor.send(b"\xff" * 50)
            with pytest.raises(Failed):
                await visitor.receive(5)

    run(broken())
    log = own.log.read_text()
    lines = [line for line in log.splitlines() if "URL:" not in line]
    assert not [line for line in lines if "127.0.0.1" in line or "secretword" in line]
