"""Attacks in the address: a page or a 4xx, never a traceback; nothing executed, nothing read."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from bench.client import Failed, Visitor
from tests.hostile.attacks import ATTACKS, first_run, get, innocent, raw, run
from tests.serving import ROOT, Server


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
            run(first_run(Visitor(server.url, host=host or "x")))
