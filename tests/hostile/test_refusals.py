"""A start that must not happen, and a websocket that is refused: said plainly, with the headers of every answer."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from smartvest.web.headers import security_headers
from tests.serving import ROOT, Server, free_port

UNKNOWN_STREAMLIT = """
import runpy, sys
from smartvest.web import documents
documents.index_html = lambda: "<html><title>Another</title></html>"
sys.argv = ["streamlit", "run", "app.py", "--server.port", sys.argv[1]]
runpy.run_module("streamlit", run_name="__main__")
"""


def test_without_a_policy_there_is_no_start() -> None:
    """The hash of Streamlit's inline script can't be computed: no server, and a sentence that says why."""
    port = free_port()
    done = subprocess.run(
        [sys.executable, "-c", UNKNOWN_STREAMLIT, str(port)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0 and "StartError" in done.stderr and "documents.py" in done.stderr
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def handshake(server: Server, path: str = "/_stcore/stream", **headers: str) -> str:
    """A websocket's first request and the beginning of its answer."""
    place = urlsplit(server.url)
    sent = {
        "Host": f"localhost:{place.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
        **headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        return line.recv(65536).decode()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/_stcore/stream", {"Host": "evil.example"}),
        ("/_stcore/stream", {"Origin": "https://evil.example"}),
        ("/nope", {}),
        ("/_stcore/agent", {}),
    ],
)
def test_a_refused_websocket_carries_the_headers(server: Server, path: str, headers: dict[str, str]) -> None:
    answer = handshake(server, path, **headers)
    assert answer.startswith("HTTP/1.1 4")
    told = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in answer.split("\r\n")[1:]}
    for name, value in security_headers().items():
        assert told.get(name.lower()) == value, name
    assert "set-cookie" not in told


def test_a_websocket_that_is_taken_sets_nothing(server: Server) -> None:
    answer = handshake(server)
    assert answer.startswith("HTTP/1.1 101") and "set-cookie" not in answer.lower()
