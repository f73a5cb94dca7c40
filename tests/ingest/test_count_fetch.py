"""The loaders ckan and ozg against a server on this machine: pages, totals that change, 413, errors with status 200."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from smartvest.contracts import load_sources
from smartvest.imports import settle
from smartvest.ingest import ckan, ozg
from smartvest.ingest.records import SourceError
from smartvest.towns import TOWNS
from tests.ingest.portal import Portal

SOURCES = load_sources(Path(__file__).resolve().parents[2] / "data" / "sources.toml")
MARL = ozg.ars_of("05562024")
HTML = "<!DOCTYPE html><html><body>Wartung</body></html>"
HEAD = "leika_key;leika_name;ars;ars_name;url;online_status;aktiv\n"


@pytest.fixture
def portal():
    portal = Portal()
    yield portal
    portal.server.shutdown()


@pytest.fixture
def packages(portal, monkeypatch):
    """The source of the loader ckan, its only portal being ours."""
    monkeypatch.setattr(ckan, "ADDRESS", portal.url + "/api/3/action/package_search")
    monkeypatch.setattr(ckan, "PAGE", 2)
    return SOURCES["open_data"].model_copy(update={"hosts": ["127.0.0.1"]})


def page(query: dict, total: int, held: int) -> dict:
    start = int(query["start"])
    extras = [{"key": "publisher_name", "value": '["Stadt Marl"]'}]
    found = [
        {
            "id": f"p{n}",
            "type": "dataset",
            "state": "active",
            "extras": extras,
            "metadata_modified": "2026-01-02T03:04:05.6",
        }
        for n in range(start, min(start + int(query["rows"]), held))
    ]
    return {"success": True, "result": {"count": total, "results": found}}


def services(portal):
    return SOURCES["online_services"].model_copy(update={"fetch_url": portal.url + "/data", "hosts": ["127.0.0.1"]})


def counts(loader, found):
    shaped = [loader.shape(raw) for raw in found]
    for one in shaped:
        _, told, _ = settle(one, SOURCES, date.today())
        assert told.records_in == told.published + told.out_of_scope + told.duplicates + told.quarantined
    return shaped


def test_ckan_reads_every_page(portal, packages, tmp_path):
    portal.answer = lambda path, query: (200, page(query, 5, 5))
    found = ckan.fetch(packages, tmp_path)
    assert [query["start"] for _, query, _ in portal.asked] == ["0", "2", "4"]
    (shaped,) = counts(ckan, found)
    assert shaped.tables["open_data"].to_pylist()[0] | {"as_of_text": ""} == {
        "ags": "05562024", "as_of_text": "", "portal": "127.0.0.1", "datasets": 5,
        "source": "127.0.0.1, CKAN package_search", "_records": 5,
    }  # fmt: skip


def test_a_portal_that_changes_while_it_is_read_is_read_again(portal, packages, tmp_path):
    """A package more between two pages shifts all that follow: one would come twice, or be lost."""
    totals = iter([4, 5, 5, 5, 5])

    def answer(path, query):
        total = next(totals)
        return 200, page(query, total, total)

    portal.answer = answer
    (shaped,) = counts(ckan, ckan.fetch(packages, tmp_path))
    assert shaped.records_in == 5 and shaped.duplicates == 0
    assert [query["start"] for _, query, _ in portal.asked] == ["0", "2", "0", "2", "4"]


def test_a_portal_that_never_stands_still_is_told(portal, packages, tmp_path):
    portal.answer = lambda path, query: (200, page(query, 4 + len(portal.asked), 100))
    with pytest.raises(SourceError, match="changed during each of 3 readings"):
        ckan.fetch(packages, tmp_path)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"success": False, "error": {"message": "Search Error"}}, "no answer of a CKAN portal|reports an error"),
        ({"success": False, "error": {"message": "Search Error"}, "result": None}, "reports an error.*Search Error"),
        (HTML, "HTML|web page"),
        ("", "empty"),
        ('{"success": true, "result": {"count": 3', "not JSON"),
    ],
)
def test_an_error_with_status_200_is_told(portal, packages, tmp_path, answer, words):
    portal.answer = lambda path, query: (200, answer)
    with pytest.raises(SourceError, match=words):
        ckan.fetch(packages, tmp_path)
    assert not list(tmp_path.iterdir())


def test_ozg_asks_for_csv_and_pages_where_it_is_too_much(portal, tmp_path):
    def answer(path, query):
        ars = path.rpartition("/")[2]
        if ars != MARL:
            return 200, "\ufeff" + HEAD.replace(";", ",")  # nothing online, commas, a byte order mark
        if query.get("filetype") == "csv":
            return 413, {"message": "Payload too large"}
        number = int(query["page"])
        element = {"leikaKey": f"0000100100000{number}", "ars": int(MARL), "url": "https://x", "aktiv": True}
        return 200, {"content": [element] if number < 3 else [], "totalElements": 3}  # says nothing of the last page

    portal.answer = answer
    found = ozg.fetch(services(portal), tmp_path)
    assert len(found) == 11
    kinds = {headers["Accept"] for path, query, headers in portal.asked if query.get("filetype") == "csv"}
    assert kinds == {"application/octet-stream"}
    shaped = counts(ozg, found)
    rows = [row for one in shaped for row in one.tables["online_services"].to_pylist()]
    assert [(row["ags"], row["services"]) for row in rows] == [("05562024", 3)], "keys keep their zeros, areas theirs"


def test_one_area_that_fails_does_not_stop_the_others(portal, tmp_path, caplog):
    line = "99001001000000;Anmeldung;{};x;https://a;online;true\n"

    def answer(path, query):
        ars = path.rpartition("/")[2]
        return (200, HTML) if ars == MARL else (200, HEAD + line.format(ars))

    portal.answer = answer
    found = ozg.fetch(services(portal), tmp_path)
    assert len(found) == len(TOWNS) and not any(MARL in raw.name for raw in found)
    assert MARL in caplog.text
    portal.answer = lambda path, query: (200, HTML)
    with pytest.raises(SourceError, match="HTML|web page"):
        ozg.fetch(services(portal), tmp_path)
