from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest.contracts import load_sources
from smartvest.imports import settle
from smartvest.ingest import ckan
from smartvest.ingest.records import Raw, SourceError

SOURCES = load_sources(Path(__file__).resolve().parents[2] / "data" / "sources.toml")
WHEN = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


def raw(tmp_path: Path, content: bytes) -> Raw:
    path = tmp_path / "answer.json"
    path.write_bytes(content)
    return Raw(path.name, path, WHEN, "https://ckan.govdata.de/api/3/action/package_search")


def package(number: int, publisher, **more) -> dict:
    extras = [{"key": "publisher_name", "value": publisher}]
    return {"id": f"p{number}", "type": "dataset", "state": "active", "private": False, "extras": extras} | more


def search(*packages, count: int | None = None) -> bytes:
    result = {"count": len(packages) if count is None else count, "results": list(packages)}
    return json.dumps({"success": True, "result": result}).encode()


def test_the_recorded_package_is_another_citys(recorded, tmp_path):
    path = tmp_path / "x.json"
    shutil.copy(recorded("ckan/govdata_package_show.json"), path)
    shaped = ckan.shape(Raw(path.name, path, WHEN))
    assert (shaped.records_in, shaped.out_of_scope) == (1, 1)
    assert shaped.tables["open_data"].num_rows == 0
    assert shaped.notes[0].startswith("GovData: no datasets found of Castrop-Rauxel")
    answer = json.loads(path.read_text(encoding="utf-8"))["result"]
    assert ckan.publisher_of(answer) == "Statistisches Amt der Landeshauptstadt Stuttgart"
    assert ckan.moment(answer["metadata_modified"]) == datetime(2026, 6, 28, 23, 52, 12, 415828, UTC)


def test_counts_by_publisher_over_pages(tmp_path):
    first = search(
        package(1, "Stadt Recklinghausen"), package(2, '["Stadt Marl"]'), package(3, "Gemeinde Marl"), count=8
    )
    second = search(
        package(2, "Stadt Marl"),
        package(4, '{"name": "Kreis Recklinghausen"}'),
        package(5, "Recklinghausen"),
        package(6, "Stadt Recklinghausen", private=True),
        package(7, "", organization={"title": "Haltern am See, Stadt"}, metadata_modified="2026-01-02T03:04:05"),
        count=8,
    )
    shaped = ckan.shape(raw(tmp_path, first + b"\n" + second))
    tables, counts, rejects = settle(shaped, SOURCES, date(2026, 11, 23))
    rows = {r["ags"]: r for r in tables["open_data"].to_pylist()}
    assert {ags: row["datasets"] for ags, row in rows.items()} == {
        "05562": 1, "05562016": 1, "05562024": 1, "05562032": 1
    }  # fmt: skip
    assert rows["05562024"]["portal"] == "GovData" and rows["05562024"]["as_of_text"] == "2026-11-20"
    assert (counts.records_in, counts.published, counts.out_of_scope, counts.duplicates) == (8, 4, 2, 1)
    assert counts.reasons == {"ambiguous_publisher": 1} and rejects[0].record == 6
    assert any("2026-01-02 03:04 UTC" in note for note in shaped.notes)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!DOCTYPE html><html></html>",
        b"{}",
        b"[1, 2]",
        b'{"success": false, "error": {"message": "Not found"}}',
        b'{"success": true, "result": {"count": 3, "results": []}}',
        b'{"success": true, "result": "x"}',
        b'{"success": true, "result"',
        b"[" * 100_000,
    ],
)
def test_no_answer_is_refused(tmp_path, content):
    with pytest.raises(SourceError):
        ckan.shape(raw(tmp_path, content))


@pytest.mark.parametrize(
    ("name", "ags"),
    [
        ("Stadt Castrop-Rauxel", "05562004"),
        ("STADT HERTEN (Vermessung)", "05562020"),
        ("Waltrop", "05562036"),
        ("Marl, Stadt", "05562024"),
        ("Marl", None),
        ("Recklinghausen", ""),
        ("Kreisverwaltung Recklinghausen", "05562"),
        ("Stadtwerke Herten GmbH", None),
        ("Finanzamt Marl", None),
        ("", None),
    ],
)
def test_names(name, ags):
    assert ckan.ags_of(name) == ags


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "extras", "key", "value", "type", "organization", "title"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300) | st.lists(_json, max_size=4).map(lambda found: search(*found)))
def test_any_bytes_are_refused_or_add_up(tmp_path_factory, content):
    try:
        shaped = ckan.shape(raw(tmp_path_factory.mktemp("x"), content))
    except SourceError:
        return
    _, counts, _ = settle(shaped, SOURCES, date(2026, 11, 23))
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined


def test_pages_are_asked_until_all_are_there():
    asked = []

    class Portal:
        def get_json(self, url, params):
            asked.append(params["start"])
            start = int(params["start"])
            found = [package(n, "Stadt Marl") for n in range(start, min(start + 2, 5))]
            return {"success": True, "result": {"count": 5, "results": found}}

    assert len(ckan._search(Portal(), "https://x")) == 3 and asked == ["0", "2", "4"]
