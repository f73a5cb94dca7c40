from __future__ import annotations

import csv
import gzip
import io
import json
import threading
import time

import openpyxl
import pyarrow.parquet as pq
import pytest

from smartvest import store as stores
from smartvest.web.api import endpoint, queries
from tests.published import FIBRE
from tests.serving import in_own_loop

ASKED = "/api/v1/queries/fibre_by_town?technology=fttbh&min_mbit_s=1000&as_of=2021-06-30"


def test_json_says_what_the_store_says(client, served):
    answer = client.get(ASKED)
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    found = answer.json()
    expected = served.query("fibre_by_town", **FIBRE).set_index("ags")["households_pct"].to_dict()
    assert {row["ags"]: row["households_pct"] for row in found["rows"]} == expected
    assert found["total"] == 11 and found["next"] is None
    assert found["smartvest"]["link"].startswith("https://vest.example/api/v1/queries/fibre_by_town?snapshot=")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_every_format_holds_the_same_rows(client):
    rows = client.get(ASKED).json()["rows"]
    plain = list(csv.DictReader(io.StringIO(client.get(ASKED + "&format=csv").text, newline="")))
    assert [r["households_pct"] for r in plain] == [str(r["households_pct"]) for r in rows]
    table = pq.read_table(io.BytesIO(client.get(ASKED + "&format=parquet").content))
    assert table.column("households_pct").to_pylist() == [r["households_pct"] for r in rows]
    book = openpyxl.load_workbook(io.BytesIO(client.get(ASKED + "&format=xlsx&lang=en").content))
    assert [row[3] for row in book["Data"].iter_rows(min_row=2, values_only=True)] == [
        pytest.approx(r["households_pct"], rel=1e-14) for r in rows
    ]
    places = client.get(ASKED + "&format=geojson").json()
    assert [f["properties"]["households_pct"] for f in places["features"]] == [r["households_pct"] for r in rows]
    assert {d["dataset"] for d in places["smartvest"]["sources"]} >= {"towns", "fibre_coverage"}
    german = client.get(ASKED + "&format=csv&dialect=de")
    assert german.text.startswith("\ufeffags;") and "88,07" in german.text
    described = german.headers["link"].split('rel="describedby"')[0].rpartition("<")[2].split(">")[0]
    assert client.get(described).json()["dialect"]["delimiter"] == ";"
    assert "smartvest_fibre-by-town_fttbh" in german.headers["content-disposition"]


def test_pages_are_stable_and_complete(client):
    whole = client.get("/api/v1/queries/kpi/population").json()["rows"]
    address, seen = "/api/v1/queries/kpi/population?limit=50", []
    while address:
        answer = client.get(address)
        assert answer.headers["x-total-count"] == str(len(whole))
        seen += answer.json()["rows"]
        address = answer.json()["next"]
        assert ('rel="next"' in answer.headers["link"]) == bool(address)
    assert seen == whole == sorted(whole, key=lambda row: (row["ags"], row["as_of"]))
    assert client.get("/api/v1/queries/kpi/population?offset=100000").json()["rows"] == []


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("/api/v1/queries/nothing", 404, None),
        ("/api/v1/queries/../../etc/passwd", 404, None),
        ("/api/v1/queries/town_profile", 400, "ags"),
        ("/api/v1/queries/town_profile?ags=99999999", 400, "ags"),
        ("/api/v1/queries/town_profile?ags=05562016&ags=05562020", 400, "ags"),
        ("/api/v1/queries/town_profile?ags=05562016&sql=drop", 400, "sql"),
        ("/api/v1/queries/town_profile?ags=05562016&format=exe", 400, "format"),
        ("/api/v1/queries/events?limit=0", 400, "limit"),
        ("/api/v1/queries/events?limit=10001", 400, "limit"),
        ("/api/v1/queries/events?offset=-1", 400, "offset"),
        ("/api/v1/queries/events?snapshot=../x", 400, "snapshot"),
        ("/api/v1/queries/events?snapshot=2020-01-01-000000000000", 404, "snapshot"),
        (ASKED.replace("2021-06-30", "2021-02-30"), 400, "as_of"),
        (ASKED.replace("1000", "1e3"), 400, "min_mbit_s"),
        (ASKED.replace("1000", "980941912992032768"), 400, "min_mbit_s"),
        ("/api/v1/queries/fibre_options?format=geojson", 400, "format"),
        ("/api/v1/datasets/quarantine.parquet", 404, None),
        ("/api/v1/datasets/towns.exe", 404, None),
        ("/api/v1/catalog.xml", 404, None),
        ("/api/v3", 404, None),
        ("/feed/nowhere.atom", 404, None),
        ("/api/v1/kpis?ags=1", 400, "ags"),
    ],
)
def test_a_wrong_request_is_told_what_is_allowed(client, address, status, parameter):
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status and problem.get("parameter") == parameter
    assert problem["allowed"]


def test_only_reading(client):
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        answer = client.request(method, "/api/v1/queries")
        assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["content-type"] == "application/problem+json"
    preflight = client.options("/api/v1/kpis", headers={"Origin": "https://other.example"})
    assert preflight.status_code == 204 and "GET" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize("address", [ASKED, "/api/v1/datasets/population.parquet", "/api", "/api/v1/catalog.ttl"])
def test_head_has_the_headers_of_get_and_no_body(client, address):
    got = client.get(address, headers={"accept-encoding": "identity"})
    head = client.head(address, headers={"accept-encoding": "identity"})
    assert head.status_code == 200 and head.content == b""
    for name in ("content-length", "content-type", "etag"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("address", [ASKED, "/api/v1/datasets/population.csv", "/api/v1/kpis", "/feed/marl.atom"])
def test_a_known_answer_is_not_sent_again(client, address):
    tag = client.get(address).headers["etag"]
    again = client.get(address, headers={"if-none-match": f'"other", {tag}'})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200


def test_gzip_only_for_who_takes_it(client):
    plain = client.get(ASKED, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    zipped = client.get(ASKED, headers={"accept-encoding": "br, gzip"})
    assert zipped.headers["content-encoding"] == "gzip" and zipped.content == plain.content
    refused = client.get(ASKED, headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_parquet_is_what_was_published(client, data, served):
    entry = served.manifest.datasets["fibre_coverage"]
    named = client.get(f"/api/v1/datasets/fibre_coverage.parquet?snapshot={served.snapshot_id}")
    assert named.content == (data / "snapshots" / served.snapshot_id / entry.file).read_bytes()
    assert named.headers["etag"] == f'"{entry.sha256}"' and "immutable" in named.headers["cache-control"]
    assert client.get("/api/v1/datasets/fibre_coverage.parquet").headers["cache-control"] == "no-cache"


def test_ranges(client):
    address = "/api/v1/datasets/fibre_coverage.parquet"
    whole = client.get(address).content
    part = client.get(address, headers={"range": "bytes=4-99"})
    assert part.status_code == 206 and part.content == whole[4:100]
    assert part.headers["content-range"] == f"bytes 4-99/{len(whole)}"
    assert client.get(address, headers={"range": "bytes=-8"}).content == whole[-8:]
    beyond = client.get(address, headers={"range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416 and beyond.headers["content-range"] == f"bytes */{len(whole)}"
    assert beyond.headers["content-type"] == "application/problem+json" and beyond.json()["status"] == 416
    assert beyond.headers["access-control-allow-origin"] == "*"
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"range": "bytes=0-3", "if-range": tag}).status_code == 206
    assert client.get(address, headers={"range": "bytes=0-3", "if-range": '"old"'}).content == whole
    text = client.get("/api/v1/datasets/fibre_coverage.csv", headers={"accept-encoding": "identity"})
    part = client.get("/api/v1/datasets/fibre_coverage.csv", headers={"range": "bytes=0-9"})
    assert part.content == text.content[:10] and "content-encoding" not in part.headers


@pytest.mark.parametrize(
    "meaningless",
    ["bytes=abc", "items=0-1", "bytes=5-2", "bytes=", "bytes=-", "bytes", "bytes=1,2", ",".join(["bytes=0-1"] * 30)],
)
def test_a_range_that_means_nothing_is_passed_over(client, meaningless):
    address = "/api/v1/datasets/fibre_coverage.parquet"
    whole = client.get(address)
    answer = client.get(address, headers={"range": meaningless})
    assert (answer.status_code, answer.content) == (200, whole.content)
    assert client.head(address, headers={"range": "bytes=0-3"}).headers["content-length"] == str(len(whole.content))


def test_several_ranges(client):
    address = "/api/v1/datasets/fibre_coverage.parquet"
    whole = client.get(address).content
    parts = client.get(address, headers={"range": "bytes=0-3, -4"})
    assert parts.status_code == 206 and parts.headers["content-type"].startswith("multipart/byteranges")
    assert parts.content.count(b"Content-Range: bytes ") == 2 and parts.content.count(b"PAR1") == 2
    one = client.get(address, headers={"range": f"bytes=0-3,{len(whole) + 5}-"})
    assert (one.status_code, one.content) == (206, whole[:4]), "what exists is sent"
    assert client.get(address, headers={"range": f"bytes={len(whole)}-", "if-range": '"old"'}).content == whole


def test_csv_of_a_dataset_is_whole(client, served):
    answer = client.get("/api/v1/datasets/fibre_coverage.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == served.manifest.datasets["fibre_coverage"].rows
    described = answer.headers["link"].split('rel="describedby"')[0].rpartition("<")[2].split(">")[0]
    columns = client.get(described).json()["tableSchema"]["columns"]
    assert [c["name"] for c in columns] == list(rows[0])


def test_a_dataset_without_data_is_an_empty_file(client, served):
    empty = next(name for name in served.sources if name not in served.manifest.datasets)
    table = pq.read_table(io.BytesIO(client.get(f"/api/v1/datasets/{empty}.parquet").content))
    assert table.num_rows == 0 and table.column_names == list(served.sources[empty].columns)


def test_a_private_column_never_leaves(client, served, monkeypatch):
    hidden = served.sources["population"].model_copy(update={"private": ["population"]})
    monkeypatch.setitem(served.sources, "population", hidden)
    table = pq.read_table(io.BytesIO(client.get("/api/v1/datasets/population.parquet").content))
    assert "population" not in table.column_names and table.num_rows > 100
    assert "population" not in client.get("/api/v1/datasets/population.csv").text.splitlines()[0].split(",")
    rows = client.get("/api/v1/queries/population_curve?ags=05562016").json()["rows"]
    assert rows and all("population" not in row for row in rows)
    described = {d["id"]: d for d in client.get("/api/v1/datasets").json()["datasets"]}["population"]
    assert "population" not in [c["name"] for c in described["columns"]] and described["sha256"] == ""


def test_a_damaged_file_never_leaves(tmp_path, client):
    from datetime import UTC, datetime

    from smartvest import build
    from smartvest.web.api.datasets import published_file
    from tests.published import TODAY, copy_of_data

    data = copy_of_data(tmp_path)
    build.publish(data, TODAY, datetime(2026, 11, 23, 12, tzinfo=UTC))
    store = stores.current(data)
    path = data / "snapshots" / store.snapshot_id / "population.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(stores.snapshots.DamagedSnapshot):
        published_file(data, store, "population")


def test_lists(client, served):
    listed = client.get("/api/v1/queries").json()["queries"]
    assert {q["name"] for q in listed} >= {"kpi/fibre_coverage", "town_profile"}
    for query in listed:
        assert query["purpose"] and query["grain"]
        assert client.get(query["example"]).status_code == 200, query["example"]
    datasets = client.get("/api/v1/datasets").json()["datasets"]
    assert [d["id"] for d in datasets] == list(served.sources)
    kpis = client.get("/api/v1/kpis?ags=05562016").json()
    fibre = next(k for k in kpis["kpis"] if k["id"] == "fibre_fttbh")
    assert fibre["figures"][0]["value"] == 88.07 and fibre["figures"][0]["as_of"] == "2021-06-30"
    assert client.get(fibre["series"]).status_code == 200


def test_a_slow_query_is_stopped(served, tmp_path, monkeypatch):
    slow = stores.Query("slow", "select count(*) as n from range(100000000000) a where a.range % 7 = $n", {})
    monkeypatch.setitem(served._queries, "slow", slow)
    began = time.monotonic()
    with pytest.raises(stores.QueryTimeout, match=r"longer than 0\.2 s"):
        served.answer("slow", {"n": 3}, 0.2)
    assert time.monotonic() - began < 2
    assert served.answer("kpi/population", {}).num_rows > 100  # the connection lives on


def test_an_answer_too_large_is_refused(served, monkeypatch):
    monkeypatch.setattr(stores, "ANSWER_ROWS", 10)
    served._results.clear()
    with pytest.raises(stores.AnswerTooLarge):
        served.answer("fibre_options", {}, 5)


def test_a_failure_inside_says_nothing_of_itself(client, monkeypatch):
    def fails(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(queries, "describe", fails)
    answer = client.get("/api/v1/queries/events?lang=en")
    assert answer.status_code == 500 and "secret" not in answer.text and "error" in answer.json()["detail"]


def test_the_event_loop_is_never_blocked(data):
    """Three questions wait in their threads for a word that only the loop can give: a blocked loop would never give it."""
    import asyncio

    word = threading.Event()
    heard = []

    def slow(ask):
        heard.append(word.wait(10))
        return endpoint.Answer(b"{}", "application/json")

    async def run() -> None:
        app = endpoint.Endpoint(slow, data)

        async def send(message):
            pass

        async def receive():
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b"", "path_params": {},
                 "scheme": "http", "server": ("h", 80)}  # fmt: skip
        tasks = [asyncio.create_task(app(scope, receive, send)) for _ in range(3)]
        await asyncio.sleep(0.05)  # the handlers have begun
        word.set()
        await asyncio.gather(*tasks)

    in_own_loop(run())
    assert heard == [True] * 3
    assert threading.active_count() < 50


def test_a_strange_host_header_is_not_repeated(client):
    for host in ('evil"><script>', "a b", "x" * 300):
        answer = client.get("/sitemap.xml", headers={"host": host})
        assert "script" not in answer.text and "x" * 300 not in answer.text


def test_public_address_from_settings(client, data):
    settings = data / "publishing.toml"
    before = settings.read_text(encoding="utf-8")
    try:
        settings.write_text('public_url = "https://public.example"\n', encoding="utf-8")
        assert client.get(ASKED).json()["smartvest"]["link"].startswith("https://public.example/")
    finally:
        settings.write_text(before, encoding="utf-8")


def test_the_page_needs_no_script_and_no_other_host(client):
    for lang in ("de", "en"):
        html = client.get(f"/api?lang={lang}").text
        assert f'<html lang="{lang}">' in html and "<script" not in html
        assert "http://" not in html and "https://" not in html.replace("https://vest.example", "")
        assert "/api/v1/queries/kpi/fibre_coverage" in html


def test_zipped_file_is_the_file(client):
    plain = client.get("/api/v1/datasets/population.csv", headers={"accept-encoding": "identity"})
    with client.stream("GET", "/api/v1/datasets/population.csv", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]
    assert json.loads(client.get("/api/v1/openapi.json").text)["openapi"] == "3.1.0"
