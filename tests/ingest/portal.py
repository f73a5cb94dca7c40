"""A sensor platform on this machine: all deployments of the tiny county point to it, a test says what it answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sensor_county import SENSORS_TOML

TOKEN = "NNSXS.very-secret-token"


class Portal:
    """A server whose ``answer`` is set by the test; it remembers what it was asked."""

    def __init__(self) -> None:
        portal = self
        self.asked: list[tuple[str, dict, dict]] = []
        self.answer: Callable[[str, dict], tuple] = lambda path, query: (404, "")  # status, body, perhaps headers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                portal.asked.append((parts.path, query, dict(self.headers)))
                status, body, *more = portal.answer(parts.path, query)
                text = body if isinstance(body, str | bytes) else json.dumps(body)
                content = text.encode() if isinstance(text, str) else text
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **(more[0] if more else {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    pass  # the client has seen enough

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=lambda: self.server.serve_forever(poll_interval=0.02), daemon=True).start()


@pytest.fixture
def portal(data, monkeypatch) -> Iterator[Portal]:
    portal = Portal()
    toml = re.sub(r'url = "https://[a-z]+\.example', f'url = "{portal.url}', SENSORS_TOML)
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    monkeypatch.setenv("SMARTVEST_TEST_TOKEN", TOKEN)
    yield portal
    portal.server.shutdown()
