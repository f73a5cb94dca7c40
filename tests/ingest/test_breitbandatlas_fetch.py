"""Finding the newest file: moved names, missing files answered with a web page, strangers' hosts."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from smartvest.contracts import load_sources
from smartvest.ingest import breitbandatlas
from smartvest.ingest.breitbandatlas_fetch import candidates, links_in
from smartvest.ingest.records import SourceError

SOURCE = load_sources(Path(__file__).resolve().parents[2] / "data" / "sources.toml")["fibre_coverage"]
WORKBOOK = b"PK\x03\x04 a workbook"
PAGE = b"""<html><body><a href="bba_06_2025.xlsx">a</a> <a href="/files/bba_12_2026.xlsx">b</a>
<a href="https://evil.example/bba_12_2030.xlsx">c</a> <a href="anleitung.pdf">d</a>
<a href="/files/bba_06_2026.xlsx?__blob=publicationFile&amp;v=2">e</a></body></html>"""
MISSING = b"<!DOCTYPE html><html><body>Seite nicht gefunden</body></html>"


@pytest.fixture
def web():
    """(answers by path, paths asked for, the source that points here). Unknown paths: 200 and a web page, as there."""
    answers: dict[str, bytes] = {"/start.html": PAGE}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = answers.get(self.path, MISSING)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    changed = {"index_url": f"{base}/start.html", "fetch_url": f"{base}/old/bba_12_2025.xlsx", "hosts": ["127.0.0.1"]}
    yield answers, asked, SOURCE.model_copy(update=changed)
    server.shutdown()
    server.server_close()


def test_the_newest_link_of_the_index_page(web, tmp_path):
    answers, asked, source = web
    answers["/files/bba_12_2026.xlsx"] = WORKBOOK
    raw = breitbandatlas.fetch(source, tmp_path)
    assert (raw.name, raw.read()) == ("bba_12_2026.xlsx", WORKBOOK)
    assert asked == ["/start.html", "/files/bba_12_2026.xlsx"]


def test_a_web_page_in_its_place_leads_to_the_next_oldest(web, tmp_path):
    answers, asked, source = web
    answers["/files/bba_06_2026.xlsx?__blob=publicationFile&v=2"] = b"%PDF-1.7 something else"
    answers["/old/bba_12_2025.xlsx"] = WORKBOOK
    raw = breitbandatlas.fetch(source, tmp_path)
    assert raw.name == "bba_12_2025.xlsx" and raw.read() == WORKBOOK
    assert [path.split("?")[0] for path in asked[1:]] == [
        "/files/bba_12_2026.xlsx", "/files/bba_06_2026.xlsx", "/old/bba_12_2025.xlsx"
    ]  # fmt: skip


def test_without_a_usable_index_page_the_configured_address_is_asked(web, tmp_path):
    answers, _, source = web
    answers["/start.html"] = b"\xff\x00 no page at all"
    answers["/old/bba_12_2025.xlsx"] = WORKBOOK
    assert breitbandatlas.fetch(source, tmp_path).name == "bba_12_2025.xlsx"


def test_nothing_usable_says_what_was_tried_and_what_to_do(web, tmp_path):
    _, _, source = web
    with pytest.raises(SourceError, match="bba_12_2026.xlsx.*HTML.*bba_12_2025.xlsx.*import"):
        breitbandatlas.fetch(source, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_strangers_hosts_and_plain_http_are_never_asked():
    name = r"bba_[0-9]{2}_[0-9]{4}\.xlsx"
    links = links_in(PAGE.decode(), "https://data.bundesnetzagentur.de/start.html")
    assert links_in('<a href="https://[broken">', "https://a.example") == []
    links += ["http://data.bundesnetzagentur.de/bba_12_2031.xlsx", "javascript:alert(1)", "https://[broken"]
    found = candidates(links, name, ["data.bundesnetzagentur.de"])
    assert [url.split("?")[0].rsplit("/", 1)[1] for url in found] == [
        "bba_12_2026.xlsx", "bba_06_2026.xlsx", "bba_06_2025.xlsx"
    ]  # fmt: skip
