"""Finding the newest file: moved names, missing files answered with a web page, strangers' hosts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartvest.contracts import load_sources
from smartvest.ingest import breitbandatlas, breitbandatlas_fetch
from smartvest.ingest.records import Raw, SourceError

SOURCE = load_sources(Path(__file__).resolve().parents[2] / "data" / "sources.toml")["fibre_coverage"]
BASE = "https://data.bundesnetzagentur.de/Bundesnetzagentur/GIGA/DE/Breitbandatlas/Downloads/"
PAGE = f"""<html><body><a href="{BASE}bba_06_2025.xlsx">a</a> <a href="{BASE}bba_12_2026.xlsx">b</a>
<a href="https://evil.example/bba_12_2030.xlsx">c</a> <a href="http://data.bundesnetzagentur.de/bba_12_2031.xlsx">d</a>
<a href="/GIGA/bba_06_2026.xlsx?__blob=publicationFile&amp;v=2">e</a> <a href="{BASE}anleitung.pdf">f</a></body></html>"""


@pytest.fixture
def web(monkeypatch):
    """address -> bytes; everything asked for is remembered, anything else is missing."""
    answers: dict[str, bytes] = {SOURCE.index_url: PAGE.encode()}
    asked: list[str] = []

    def download(url, *, hosts, max_bytes, deadline_s, into, accept=None, headers=None):
        asked.append(url)
        if url not in answers:
            raise SourceError("404")
        path = into / f"download{len(asked)}"
        path.write_bytes(answers[url])
        return Raw(url.split("?")[0].rsplit("/", 1)[1], path, datetime.now(UTC), url)

    monkeypatch.setattr(breitbandatlas_fetch.http, "download", download)
    return answers, asked


def test_the_newest_link_on_an_allowed_host(web, tmp_path):
    answers, asked = web
    answers[f"{BASE}bba_12_2026.xlsx"] = b"PK\x03\x04 new"
    raw = breitbandatlas.fetch(SOURCE, tmp_path)
    assert raw.name == "bba_12_2026.xlsx" and raw.read() == b"PK\x03\x04 new"
    assert asked == [SOURCE.index_url, f"{BASE}bba_12_2026.xlsx"]


def test_a_web_page_or_a_missing_file_leads_to_the_next_oldest(web, tmp_path):
    answers, asked = web
    answers[f"{BASE}bba_12_2026.xlsx"] = b"<!DOCTYPE html><html>nicht gefunden"
    answers[SOURCE.fetch_url] = b"PK\x03\x04 configured"
    raw = breitbandatlas.fetch(SOURCE, tmp_path)
    assert raw.url == SOURCE.fetch_url
    assert [url.rsplit("/", 1)[1].split("?")[0] for url in asked[1:]] == [
        "bba_12_2026.xlsx", "bba_06_2026.xlsx", "bba_12_2025.xlsx"
    ]  # fmt: skip


def test_no_index_page_still_tries_the_configured_address(web, tmp_path):
    answers, _ = web
    del answers[SOURCE.index_url]
    answers[SOURCE.fetch_url] = b"PK\x03\x04 configured"
    assert breitbandatlas.fetch(SOURCE, tmp_path).url == SOURCE.fetch_url


def test_nothing_usable_says_what_was_tried_and_what_to_do(web, tmp_path):
    answers, asked = web
    answers[SOURCE.fetch_url] = b"<html>moved"
    with pytest.raises(SourceError, match="web page.*import") as error:
        breitbandatlas.fetch(SOURCE, tmp_path)
    assert "bba_12_2026.xlsx: 404" in str(error.value)
    assert not any("evil" in url or url.startswith("http:") for url in asked)
    assert [path for path in tmp_path.iterdir() if path.read_bytes().startswith(b"<html>moved")] == []
