"""Fetching from a server on this machine: pages, links at every level, limits a call, a token that is never told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from smartvest.ingest import opensensemap, sensorthings, tts
from smartvest.ingest.records import SourceError
from tests.sensor_county import SENSORS_TOML, rows

ANY: Any = None  # sensor loaders read sensors.toml, not the dataset's block
TOKEN = "NNSXS.very-secret-token"


class Portal:
    """A server whose ``answer`` is set by the test; it remembers what it was asked."""

    def __init__(self) -> None:
        portal = self
        self.asked: list[tuple[str, dict, dict]] = []
        self.answer: Callable[[str, dict], tuple[int, object]] = lambda path, query: (404, "")

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                portal.asked.append((parts.path, query, dict(self.headers)))
                status, body = portal.answer(parts.path, query)
                content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def portal(data, monkeypatch) -> Iterator[Portal]:
    portal = Portal()
    toml = SENSORS_TOML
    for name in ("tts", "sta", "osem"):
        path = "/v1.1" if name == "sta" else ""
        toml = toml.replace(f'url = "https://{name}.example{path}"', f'url = "{portal.url}{path}"')
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    monkeypatch.setenv("SMARTVEST_TEST_TOKEN", TOKEN)
    yield portal
    portal.server.shutdown()


def message(second: int) -> str:
    at = f"2026-11-23T10:{second // 60:02d}:{second % 60:02d}.000000000Z"
    told = {
        "end_device_ids": {"device_id": "secret-dev-1"},
        "received_at": at,
        "uplink_message": {"received_at": at, "decoded_payload": {"temperature": second / 10}},
    }
    return json.dumps({"result": told})


def test_tts_asks_page_after_page_with_the_token_in_the_header(portal, tmp_path, monkeypatch):
    monkeypatch.setattr(tts, "PAGE", 3)
    pages = [[0, 1, 2], [2, 3, 4], [5]]

    def answer(path, query):
        page = len(portal.asked) - 1
        return (200, "\n\n".join(message(second) for second in pages[page])) if page < len(pages) else (200, "")

    portal.answer = answer
    raws = tts.fetch(ANY, tmp_path / "in")
    assert len(raws) == 3
    assert [q["after"][-8:] for _, q, _ in portal.asked[1:]] == [".000000Z"] * 2
    assert portal.asked[1][1]["after"].startswith("2026-11-23T10:00:02")
    assert all(h["Authorization"] == f"Bearer {TOKEN}" for _, _, h in portal.asked)
    assert all(TOKEN not in f"{raw.url} {raw.name}" for raw in raws)
    assert len({r[2] for raw in raws for r in rows(tts.shape(raw))}) == 6


def test_tts_nothing_new_is_no_error(portal, tmp_path):
    portal.answer = lambda path, query: (200, "")
    assert tts.fetch(ANY, tmp_path / "in") == []


def test_a_refused_token_is_not_told(portal, tmp_path, monkeypatch):
    portal.answer = lambda path, query: (401, {"message": "invalid token"})
    with pytest.raises(SourceError) as refused:
        tts.fetch(ANY, tmp_path / "in")
    assert TOKEN not in str(refused.value) and "very-secret" not in repr(refused.value.__cause__)
    monkeypatch.delenv("SMARTVEST_TEST_TOKEN")
    with pytest.raises(SourceError, match="SMARTVEST_TEST_TOKEN"):
        tts.fetch(ANY, tmp_path / "in")


def observation(minute: int, result: object = 1.0) -> dict:
    return {"phenomenonTime": f"2026-11-23T10:{minute:02d}:00Z", "result": result}


def test_sensorthings_follows_links_at_every_level(portal, tmp_path):
    def answer(path, query):
        if "Observations" in path:
            page = int(query["$skip"])
            link = {"@iot.nextLink": f"{portal.url}{path}?$skip={page + 1}"} if page < 3 else {}
            return 200, {"value": [observation(page)], **link}
        stream = path.rsplit("(", 1)[1].rstrip(")")
        return 200, {
            "@iot.id": int(stream),
            "unitOfMeasurement": {},
            "Observations": [observation(0)],
            "Observations@iot.nextLink": f"{portal.url}/v1.1/Datastreams({stream})/Observations?$skip=1",
        }

    portal.answer = answer
    raws = sensorthings.fetch(ANY, tmp_path / "in")
    assert len(raws) == 3
    assert [r[2][11:16] for r in rows(sensorthings.shape(raws[0]))] == ["10:00", "10:01", "10:02", "10:03"]


def test_sensorthings_never_follows_to_another_host(portal, tmp_path):
    portal.answer = lambda path, query: (
        200,
        {"@iot.id": 1, "Observations": [], "Observations@iot.nextLink": "http://127.0.0.2:9/Observations"},
    )
    with pytest.raises(SourceError, match="another host"):
        sensorthings.fetch(ANY, tmp_path / "in")


def test_opensensemap_halves_a_full_answer(portal, tmp_path, monkeypatch):
    monkeypatch.setattr(opensensemap, "MOST", 5)

    def answer(path, query):
        full = len(portal.asked) == 1
        stamp = query["from-date"]
        return 200, [{"value": "1", "createdAt": stamp}] * (5 if full else 1)

    portal.answer = answer
    raws = opensensemap.fetch(ANY, tmp_path / "in")
    assert len(portal.asked) == 3 and len(raws) == 2
    assert portal.asked[1][1]["to-date"] == portal.asked[2][1]["from-date"]
    assert all(rows(opensensemap.shape(raw))[0][0] == "osem-01" for raw in raws)
