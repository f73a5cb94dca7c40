"""The door to the network, against a server on this machine that misbehaves in every way seen so far."""

from __future__ import annotations

import gzip
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from smartvest.ingest.http import Session, download
from smartvest.ingest.records import SourceError

TOKEN = "s3cret-t0ken"
CSV = b"a;b\n1;2\n" * 10


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.seen.append((path, query, dict(self.headers)))
        try:
            getattr(self, "do_" + path.strip("/").partition("/")[0])()
        except OSError:
            self.close_connection = True

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for key, value in {"content_type": "text/csv", "content_length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_ok(self) -> None:
        self.answer(CSV)

    def do_named(self) -> None:
        self.answer(CSV, content_disposition='attachment; filename="../../etc/.bba 12/2025.csv"')

    def do_drip(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "100000")
        self.end_headers()
        self.trickle(b"x")

    def do_drip_without_length(self) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        self.trickle(b"x")

    def do_slow_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.trickle(b"X-A: b\r\n")

    def trickle(self, piece: bytes) -> None:
        for _ in range(100):
            self.wfile.write(piece)
            self.wfile.flush()
            if self.server.stopping.wait(0.05):
                return

    def do_bomb(self) -> None:
        self.answer(self.server.bomb, content_encoding="gzip")

    def do_gzip(self) -> None:
        self.answer(gzip.compress(CSV), content_encoding="gzip")

    def do_broken_gzip(self) -> None:
        self.answer(b"\x1f\x8b\x08nonsense", content_encoding="gzip")

    def do_html(self) -> None:
        self.answer(b"<p>Wartung</p>", content_type="text/html; charset=utf-8")

    def do_html_as_csv(self) -> None:
        self.answer(b"\n<!DOCTYPE html><html>Wartung")

    def do_empty(self) -> None:
        self.answer(b"")

    def do_short(self) -> None:
        self.close_connection = True
        self.answer(CSV, content_length="9999")

    def do_missing(self) -> None:
        self.answer(b"no", 404)

    def do_recovers(self) -> None:
        first = sum(path == "/recovers" for path, _, _ in self.server.seen) == 1
        self.answer(b"busy" if first else CSV, 503 if first else 200)

    def do_down(self) -> None:
        self.answer(b"busy", 503)

    def do_later(self) -> None:
        self.answer(b"busy", 503, retry_after="50")

    def do_to(self) -> None:
        target = self.path.partition("?")[2] or self.server.redirect
        self.answer(b"", 302, location=target)

    def do_loop(self) -> None:
        self.answer(b"", 307, location="/loop")

    def do_json(self) -> None:
        self.answer(b'{"value": [1]}', content_type="application/json")

    def do_no_json(self) -> None:
        self.answer(b'{"value": ', content_type="application/json")

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what is tested here."""


@pytest.fixture(scope="module")
def server():
    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.seen, server.stopping = [], threading.Event()
    server.bomb = gzip.compress(bytes(20_000_000))
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.redirect = ""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.stopping.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def forget(server):
    server.seen.clear()


def get(server, path: str, into: Path, **more):
    settings = {"hosts": ["127.0.0.1"], "deadline_s": 5} | more
    return download(server.url + path, into=into, **settings)


def test_a_file(server, tmp_path):
    raw = get(server, f"/ok/register.csv?token={TOKEN}", tmp_path, accept="text/csv")
    assert raw.read() == CSV
    assert raw.path == tmp_path / "register.csv"
    assert raw.url == f"{server.url}/ok/register.csv", "without the query"
    assert raw.fetched_at.tzinfo is not None
    sent = server.seen[0][2]
    assert sent["Accept"] == "text/csv" and sent["User-Agent"].startswith("smartVEST")


def test_a_packed_file_is_unpacked(server, tmp_path):
    assert get(server, "/gzip", tmp_path).read() == CSV


def test_the_name_a_server_gives_stays_in_the_directory(server, tmp_path):
    raw = get(server, "/named", tmp_path)
    assert raw.path.parent == tmp_path and raw.name == "2025.csv"
    assert get(server, "/ok", tmp_path, name="vg250.json").name == "vg250.json"


@pytest.mark.parametrize("path", ["/drip", "/drip_without_length", "/slow_headers"])
def test_the_deadline_ends_what_timeouts_do_not(server, tmp_path, path):
    start = time.monotonic()
    with pytest.raises(SourceError, match="takes longer than 0.4 s"):
        get(server, path, tmp_path, deadline_s=0.4)
    assert time.monotonic() - start < 2
    assert not list(tmp_path.iterdir()), "nothing half-written stays"


def test_retry_after_beyond_the_deadline_is_not_slept(server, tmp_path):
    start = time.monotonic()
    with pytest.raises(SourceError, match="takes longer"):
        get(server, "/later", tmp_path)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/html", "HTML page"),
        ("/html_as_csv", "HTML page"),
        ("/empty", "empty body"),
        ("/missing", "status 404"),
        ("/short", "can't be read"),
        ("/broken_gzip", "can't be read"),
        ("/loop", "more than 3 redirects"),
    ],
)
def test_what_is_no_dataset_is_refused(server, tmp_path, path, message):
    with pytest.raises(SourceError, match=message):
        get(server, path, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_bomb_is_stopped_by_its_unpacked_size(server, tmp_path):
    assert len(server.bomb) < 30_000
    with pytest.raises(SourceError, match="larger than 1,000,000 bytes"):
        get(server, "/bomb", tmp_path, max_bytes=1_000_000)
    assert not list(tmp_path.iterdir())


def test_a_busy_server_is_asked_again(server, tmp_path):
    assert get(server, "/recovers", tmp_path).read() == CSV
    assert len(server.seen) == 2


def test_a_server_that_stays_down(server, tmp_path):
    with Session(["127.0.0.1"], retries=1) as session, pytest.raises(SourceError, match="status 503"):
        session.download(server.url + "/down", tmp_path)
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/ok",
        "http://127.0.0.2:{port}/ok",
        "https://example.org/x",
        "file:///etc/passwd",
        "//[::1]/ok",
    ],
)
def test_a_redirect_to_another_host_is_not_followed(server, tmp_path, target):
    server.redirect = target.format(port=server.server_port)
    with pytest.raises(SourceError, match="not among"):
        get(server, "/to", tmp_path)
    assert [path for path, _, _ in server.seen] == ["/to"]


def test_a_redirect_to_an_allowed_host_is_followed_without_the_token(server, tmp_path):
    server.redirect = f"http://localhost:{server.server_port}/ok"
    headers = {"X-API-Key": TOKEN, "Authorization": f"Bearer {TOKEN}"}
    raw = get(server, "/to", tmp_path, hosts=["127.0.0.1", "localhost"], headers=headers)
    assert raw.read() == CSV
    first, second = (str(sent) for _, _, sent in server.seen)
    assert TOKEN in first and TOKEN not in second


def test_a_redirect_on_the_same_host_keeps_the_token(server, tmp_path):
    server.redirect = "/ok"
    get(server, "/to", tmp_path, headers={"X-API-Key": TOKEN})
    assert all(sent["X-API-Key"] == TOKEN for _, _, sent in server.seen)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://www.destatis.de/x", "only https"),
        ("https://www.destatis.de:8443/x", "only https"),
        ("https://user:pw@www.destatis.de/x", "no password"),
        ("https://www.destatis.de.evil.example/x", "not among"),
        ("https://evil.example/www.destatis.de", "not among"),
        ("ftp://www.destatis.de/x", "only https"),
        ("x", "not among"),
        ("https://www.destatis.de:port/x", "can't be read"),
    ],
)
def test_addresses_that_are_never_asked(tmp_path, url, message):
    with pytest.raises(SourceError, match=message) as caught:
        download(url, hosts=["www.destatis.de"], into=tmp_path)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("path", ["/missing", "/down", "/html", "/short", "/no_json", "/to?http://x.example/?a=1"])
def test_a_token_is_in_no_error_and_no_log(server, tmp_path, caplog, path):
    caplog.set_level(logging.DEBUG)
    url = f"{server.url}{path}{'&' if '?' in path else '?'}token={TOKEN}"
    with Session(["127.0.0.1"], headers={"Authorization": TOKEN}, retries=1) as session:
        for ask in (lambda: session.download(url, tmp_path), lambda: session.get_json(url)):
            try:
                ask()
            except SourceError as error:
                assert TOKEN not in str(error) and error.__cause__ is None
    assert TOKEN not in caplog.text


def test_a_server_that_is_not_there(tmp_path):
    with Session(["127.0.0.1"], retries=0) as session, pytest.raises(SourceError, match="can't be read"):
        session.download(f"http://127.0.0.1:1/x?token={TOKEN}", tmp_path)


def test_pages_of_an_api(server):
    with Session(["127.0.0.1"], max_bytes=60) as session:
        assert session.get_json(server.url + "/json", {"page": "1"}) == {"value": [1]}
        assert server.seen[0][1] == "page=1"
        for path, message in (("/html", "HTML"), ("/no_json", "not JSON"), ("/empty", "empty")):
            with pytest.raises(SourceError, match=message):
                session.get_json(server.url + path)
        with pytest.raises(SourceError, match="larger than 60"):
            for _ in range(5):
                session.get_json(server.url + "/json")
