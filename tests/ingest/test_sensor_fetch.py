"""Fetching from a server on this machine: pages, links at every level, limits a call, a token that is never told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smartvest.ingest import opensensemap, sensor_http, sensorthings, tts
from smartvest.ingest.records import SourceError
from smartvest.sensors import config
from tests.ingest.portal import TOKEN
from tests.sensor_county import rows

ANY: Any = None  # sensor loaders read sensors.toml, not the dataset's block


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
    raws = list(tts.fetch(ANY, tmp_path / "in"))
    assert len(raws) == 3
    assert [q["after"][-8:] for _, q, _ in portal.asked[1:]] == [".000000Z"] * 2
    assert portal.asked[1][1]["after"].startswith("2026-11-23T10:00:02")
    assert all(h["Authorization"] == f"Bearer {TOKEN}" for _, _, h in portal.asked)
    assert all(TOKEN not in f"{raw.url} {raw.name}" for raw in raws)
    assert len({r[2] for raw in raws for r in rows(tts.shape(raw))}) == 6


def test_tts_nothing_new_is_no_error(portal, tmp_path):
    portal.answer = lambda path, query: (200, "")
    assert list(tts.fetch(ANY, tmp_path / "in")) == []


def test_a_refused_token_is_not_told(portal, tmp_path, monkeypatch):
    portal.answer = lambda path, query: (401, {"message": "invalid token"})
    with pytest.raises(SourceError) as refused:
        list(tts.fetch(ANY, tmp_path / "in"))
    assert TOKEN not in str(refused.value) and "very-secret" not in repr(refused.value.__cause__)
    monkeypatch.delenv("SMARTVEST_TEST_TOKEN")
    with pytest.raises(SourceError, match="SMARTVEST_TEST_TOKEN"):
        list(tts.fetch(ANY, tmp_path / "in"))


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
    raws = list(sensorthings.fetch(ANY, tmp_path / "in"))
    assert len(raws) == 3
    assert [r[2][11:16] for r in rows(sensorthings.shape(raws[0]))] == ["10:00", "10:01", "10:02", "10:03"]


def test_sensorthings_never_follows_to_another_host(portal, tmp_path):
    portal.answer = lambda path, query: (
        200,
        {"@iot.id": 1, "Observations": [], "Observations@iot.nextLink": "http://127.0.0.2:9/Observations"},
    )
    with pytest.raises(SourceError, match="another host"):
        list(sensorthings.fetch(ANY, tmp_path / "in"))


@pytest.mark.parametrize(
    "link, asked",
    [
        ("https://sta.example/v1.1/Observations?$skip=1", "https://sta.example/v1.1/Observations?$skip=1"),
        ("http://sta.example/v1.1/Observations?$skip=1", "https://sta.example/v1.1/Observations?$skip=1"),
        ("Observations?$skip=1", "https://sta.example/v1.1/Observations?$skip=1"),
        ("https://sta.example:8443/v1.1/Observations", None),
        ("http://sta.example:8080/v1.1/Observations", None),
        ("https://sta.example.evil.test/v1.1", None),
        ("https://user:word@sta.example/v1.1", "https://sta.example/v1.1"),
        ("//evil.test/v1.1", None),
        ("https://[broken", None),
    ],
)
def test_where_a_next_link_may_lead(data, tmp_path, monkeypatch, link, asked):
    door = sensor_http.Door(config.current().of("sensorthings")[0], tmp_path)
    monkeypatch.setattr(door, "_download", lambda url, accept: url)
    if asked:
        assert door.follow(link) == asked
    else:
        with pytest.raises(SourceError, match="another host|no address"):
            door.follow(link)


def test_opensensemap_halves_a_full_answer(portal, tmp_path, monkeypatch):
    monkeypatch.setattr(opensensemap, "MOST", 5)

    def answer(path, query):
        full = len(portal.asked) == 1
        stamp = query["from-date"]
        return 200, [{"value": "1", "createdAt": stamp}] * (5 if full else 1)

    portal.answer = answer
    raws = list(opensensemap.fetch(ANY, tmp_path / "in"))
    assert len(portal.asked) == 3 and len(raws) == 2
    assert portal.asked[1][1]["to-date"] == portal.asked[2][1]["from-date"]
    assert all(rows(opensensemap.shape(raw))[0][0] == "osem-01" for raw in raws)
