"""Official and citizens' stations asked in their documented forms, and portals that misbehave, for every loader."""

from __future__ import annotations

import importlib
import io
import logging
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smartvest.ingest import chirpstack, dwd, pegelonline, sensor_community, sensor_http, uba
from smartvest.ingest.records import SourceError
from tests.ingest.portal import TOKEN
from tests.sensor_county import rows

ANY: Any = None
FETCHING = ["dwd", "opensensemap", "pegelonline", "sensor_community", "sensorthings", "tts", "uba"]
PEGEL = "47174d8f-1b8e-4599-8a59-b580dd55bc87"


def fetched(loader, tmp_path) -> list:
    """Every reading of what ``fetch`` gives, through ``shape``."""
    shaped = [loader.shape(raw) for raw in loader.fetch(ANY, tmp_path / "in")]
    return [row for one in shaped if one.tables for row in rows(one)]


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def test_dwd_gives_a_zip(portal, tmp_path):
    stamp = f"{now() - timedelta(hours=1):%Y%m%d%H}00"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(
            "produkt_zehn_now_tu.txt", f"STATIONS_ID;MESS_DATUM;  QN;TT_10;eor\r\n 1424;{stamp};    2;  16.5;eor\r\n"
        )
    portal.answer = lambda path, query: (200, buffer.getvalue(), {"Content-Type": "application/zip"})
    assert [row[3] for row in fetched(dwd, tmp_path)] == [16.5]
    assert portal.asked[0][0].endswith("/10_minutes/air_temperature/now/10minutenwerte_TU_01424_now.zip")


def test_uba_is_asked_for_hourly_means_of_a_component(portal, tmp_path):
    portal.answer = lambda path, query: (
        200,
        {"data": {query["station"]: {"2025-01-01 24:00:00": [3, 2, 37, "", "2"]}}},
    )
    assert fetched(uba, tmp_path) == [("uba-143", "o3_ug_m3", "2025-01-01T23:00:00.000", 37.0, None)]
    path, query, _ = portal.asked[0]
    assert path == "/api/air_data/v2/measures/json"
    assert (query["component"], query["scope"], query["time_from"], query["time_to"]) == ("3", "2", "1", "24")


def test_uba_other_versions_by_their_address(portal, data, tmp_path):
    toml = (data / "sensors.toml").read_text(encoding="utf-8")
    toml = toml.replace(
        f'operator = "UBA"\nurl = "{portal.url}', f'operator = "UBA"\nurl = "{portal.url}/api/air-data/v4'
    )
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    portal.answer = lambda path, query: (200, {"data": []})
    assert [uba.shape(raw).records_in for raw in uba.fetch(ANY, tmp_path / "in")] == [0]
    assert portal.asked[0][0] == "/api/air-data/v4/measures/json"


def test_pegelonline_is_asked_for_days(portal, tmp_path):
    portal.answer = lambda path, query: (200, [{"timestamp": "2026-03-29T03:00:00+02:00", "value": 341.0}])
    assert fetched(pegelonline, tmp_path) == [("pegel-01", "water_level_cm", "2026-03-29T01:00:00.000", 341.0, None)]
    assert portal.asked[0][:2] == (f"/webservices/rest-api/v2/stations/{PEGEL}/W/measurements.json", {"start": "P2D"})


def test_sensor_community_archive_lacks_days_and_names_types(portal, tmp_path):
    there = f"{now() - timedelta(days=1):%Y-%m-%d}"

    def answer(path, query):
        if not path.startswith(f"/{there}/") or "5331" not in path:
            return 404, "<html>Not Found</html>", {"Content-Type": "text/html"}
        return (
            200,
            f"sensor_id;sensor_type;timestamp;P1;P2\n5331;SDS011;{there}T00:00:14;12.43;6.83\n",
            {"Content-Type": "text/csv"},
        )

    portal.answer = answer
    assert [row[3] for row in fetched(sensor_community, tmp_path)] == [12.43, 6.83]
    assert f"/{there}/{there}_sds011_sensor_5331.csv" in [path for path, _, _ in portal.asked]
    assert len(portal.asked) == 4  # two sensors, two days


def test_sensor_community_api_has_no_type(portal, data, tmp_path):
    toml = (data / "sensors.toml").read_text(encoding="utf-8").replace('application = "sds011"\n', "")
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    stamp = f"{now() - timedelta(minutes=3):%Y-%m-%d %H:%M:%S}"
    value = {"value_type": "P1", "value": "3.1"}
    portal.answer = lambda path, query: (
        200,
        [{"sensor": {"id": int(path.split("/")[-2])}, "timestamp": stamp, "sensordatavalues": [value]}],
    )
    assert fetched(sensor_community, tmp_path) == [("sc-01", "pm10_ug_m3", f"{stamp.replace(' ', 'T')}.000", 3.1, None)]
    assert [path for path, _, _ in portal.asked] == ["/airrohr/v1/sensor/5331/", "/airrohr/v1/sensor/5332/"]


MISBEHAVING = {
    "a web page with 200": (200, "<p>Wartung</p>", {"Content-Type": "text/html; charset=utf-8"}),
    "a web page that says JSON": (200, "\n<!DOCTYPE html><html>Wartung</html>"),
    "moved to another host": (302, "", {"Location": "http://127.0.0.2:9/secret"}),
    "come back in an hour": (429, "", {"Retry-After": "3600"}),
    "no longer allowed": (403, {"message": f"token {TOKEN} is not allowed"}),
    "too large": (200, "x" * 20_001),
}


@pytest.mark.parametrize("said", MISBEHAVING)
@pytest.mark.parametrize("name", FETCHING)
def test_a_portal_that_misbehaves_is_told_in_one_sentence(portal, tmp_path, monkeypatch, caplog, name, said):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(sensor_http, "MOST_BYTES", 20_000)
    monkeypatch.setattr(sensor_http, "SECONDS", 5)
    portal.answer = lambda path, query: MISBEHAVING[said]
    with pytest.raises(SourceError) as told:
        list(importlib.import_module(f"smartvest.ingest.{name}").fetch(ANY, tmp_path / "in"))
    words = f"{told.value}{told.value.__cause__!r}{caplog.text}"
    assert "\n" not in str(told.value)
    assert TOKEN not in words and "very-secret" not in words
    assert "after=" not in words and "secret-dev" not in words  # no query, no device
    assert not [path for path in (tmp_path / "in").rglob("*") if path.is_file()]


def test_a_slow_portal_is_not_waited_for(portal, tmp_path, monkeypatch):
    import threading

    release = threading.Event()
    monkeypatch.setattr(sensor_http, "SECONDS", 0.3)
    portal.answer = lambda path, query: (release.wait(20), (200, "[]"))[1]
    try:
        with pytest.raises(SourceError, match="longer than 0.3 s"):
            list(pegelonline.fetch(ANY, tmp_path / "in"))
    finally:
        release.set()


def test_one_failed_answer_does_not_keep_back_the_others(portal, tmp_path):
    def answer(path, query):
        if len(portal.asked) == 2:
            return 403, ""
        return 200, "sensor_id;timestamp;P1;P2\n5331;2026-07-01T00:00:14;12.43;6.83\n", {"Content-Type": "text/csv"}

    portal.answer = answer
    came = []
    with pytest.raises(SourceError, match="status 403"):
        for raw in sensor_community.fetch(ANY, tmp_path / "in"):
            came.append(raw.name)
    assert len(came) == 3 and len(portal.asked) == 4


def test_a_server_that_fails_again_and_again_is_left_alone(portal, tmp_path):
    portal.answer = lambda path, query: (403, "")
    with pytest.raises(SourceError, match="and 2 more"):
        list(sensor_community.fetch(ANY, tmp_path / "in"))
    assert len(portal.asked) == sensor_http.GIVE_UP == 3


def test_a_deployment_without_an_address_is_not_asked(portal, data, tmp_path):
    toml = (data / "sensors.toml").read_text(encoding="utf-8").replace(f'url = "{portal.url}"\n', "")
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    assert list(pegelonline.fetch(ANY, tmp_path / "in")) == [] == portal.asked


def test_only_https_and_this_machine_are_asked(data, tmp_path):
    toml = (data / "sensors.toml").read_text(encoding="utf-8").replace("https://pegel.example", "http://pegel.example")
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SourceError, match="https://"):
        list(pegelonline.fetch(ANY, tmp_path / "in"))


def test_a_station_whose_path_has_404_in_it_is_not_missing(portal, data, tmp_path):
    toml = (data / "sensors.toml").read_text(encoding="utf-8").replace('device = "5331"', 'device = "4040"')
    (data / "sensors.toml").write_text(toml, encoding="utf-8")
    portal.answer = lambda path, query: (403, "")
    with pytest.raises(SourceError, match="status 403"):
        list(sensor_community.fetch(ANY, tmp_path / "in"))


def test_chirpstack_says_how_its_events_come(tmp_path):
    with pytest.raises(SourceError, match="listen"):
        chirpstack.fetch(ANY, tmp_path)
