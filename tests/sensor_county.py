"""A tiny county of sensors: two towns, a person counter, and files for every loader."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smartvest.ingest.records import Raw

SENSORS_TOML = """
[metric.temperature_c]
name = { de = "Lufttemperatur", en = "Air temperature" }
unit = "°C"
minimum = -35
maximum = 50
bin = 0.5
stuck_hours = 12
sentinels = [-999, 327.67]
[metric.humidity_pct]
name = { de = "Feuchte", en = "Humidity" }
unit = "%"
minimum = 0
maximum = 100
bin = 1
stuck_hours = 20
[metric.pm10_ug_m3]
name = { de = "PM10", en = "PM10" }
unit = "µg/m³"
minimum = 0
maximum = 1000
bin = 1
sentinels = [1999.9]
[metric.pm2_5_ug_m3]
name = { de = "PM2,5", en = "PM2.5" }
unit = "µg/m³"
minimum = 0
maximum = 900
bin = 1
[metric.o3_ug_m3]
name = { de = "Ozon", en = "Ozone" }
unit = "µg/m³"
minimum = 0
maximum = 600
bin = 1
[metric.power_w]
name = { de = "Leistung", en = "Power" }
unit = "W"
minimum = -1000
maximum = 100000
bin = 10
[metric.precipitation_mm]
name = { de = "Niederschlag", en = "Precipitation" }
unit = "mm"
minimum = 0
maximum = 60
bin = 0.1
aggregate = "sum"
[metric.water_level_cm]
name = { de = "Wasserstand", en = "Water level" }
unit = "cm"
minimum = -200
maximum = 2000
bin = 1
[metric.persons]
name = { de = "Personen", en = "Persons" }
unit = "Personen"
minimum = 0
maximum = 30000
bin = 1
decimals = 0
aggregate = "sum"
people = true

[[deployment]]
id = "klima"
loader = "tts"
name = { de = "Klima", en = "Climate" }
operator = "Stadt"
url = "https://tts.example"
application = "klima"
token_env = "SMARTVEST_TEST_TOKEN"
fields = [
  { payload = "temperature", metric = "temperature_c" },
  { payload = "air.humidity", metric = "humidity_pct" },
  { payload = "rain", metric = "precipitation_mm", zero_if_missing = true },
]
[[deployment.sensor]]
device = "secret-dev-1"
id = "haltern-01"
name = "Rathaus"
ags = "05562016"
latitude = 51.7425
longitude = 7.186
position = "public"
[[deployment.sensor]]
device = "secret-dev-2"
id = "haltern-02"
name = "Privatgarten"
ags = "05562016"
latitude = 51.7777
longitude = 7.1999
position = "town"
since = 2024-01-01
[[deployment.sensor]]
device = "secret-dev-3"
id = "marl-01"
name = "Rathaus"
ags = "05562024"
[[deployment.sensor]]
device = "secret-counter"
id = "marl-markt"
name = "Markt"
ags = "05562024"
kind = "person_counter"
fields = [{ payload = "people", metric = "persons" }]

[[deployment]]
id = "chirp"
loader = "chirpstack"
name = { de = "Klima", en = "Climate" }
operator = "Stadt"
fields = [
  { payload = "info_fields.temp.value", metric = "temperature_c" },
]
[[deployment.sensor]]
device = "0016C001F000175A"
id = "dorsten-01"
name = "Rathaus"
ags = "05562012"

[[deployment]]
id = "sc"
loader = "sensor_community"
name = { de = "SC", en = "SC" }
operator = "SC"
url = "https://archive.example"
application = "sds011"
fields = [
  { payload = "P1", metric = "pm10_ug_m3" },
  { payload = "P2", metric = "pm2_5_ug_m3" },
]
[[deployment.sensor]]
device = "5331"
id = "sc-01"
name = "SC"
ags = "05562012"
interval_min = 2.5
[[deployment.sensor]]
device = "5332"
id = "sc-02"
name = "SC"
ags = "05562012"
interval_min = 2.5
fields = [{ payload = "temperature", metric = "temperature_c" }, { payload = "humidity", metric = "humidity_pct" }]

[[deployment]]
id = "sta"
loader = "sensorthings"
name = { de = "STA", en = "STA" }
operator = "HH"
url = "https://sta.example/v1.1"
fields = [{ payload = "result", metric = "power_w" }]
[[deployment.sensor]]
device = "10433"
id = "sta-01"
name = "BHKW"
ags = "05562012"
kind = "other"
[[deployment.sensor]]
device = "10500"
id = "sta-02"
name = "Lader"
ags = "05562012"
kind = "other"
[[deployment.sensor]]
device = "77"
id = "sta-03"
name = "Multi"
ags = "05562012"
fields = [{ payload = "0", metric = "temperature_c" }, { payload = "Humidity", metric = "humidity_pct" }]

[[deployment]]
id = "uba"
loader = "uba"
name = { de = "UBA", en = "UBA" }
operator = "UBA"
url = "https://uba.example"
fields = [{ payload = "O3", metric = "o3_ug_m3" }]
[[deployment.sensor]]
device = "143"
id = "uba-143"
name = "Station"
ags = "05562024"
kind = "official"
interval_min = 60

[[deployment]]
id = "dwd"
loader = "dwd"
name = { de = "DWD", en = "DWD" }
operator = "DWD"
url = "https://dwd.example"
fields = [{ payload = "TT_10", metric = "temperature_c" }]
[[deployment.sensor]]
device = "01424"
id = "dwd-01424"
name = "Station"
ags = "05562024"
kind = "official"

[[deployment]]
id = "pegel"
loader = "pegelonline"
name = { de = "Pegel", en = "Gauge" }
operator = "WSV"
url = "https://pegel.example"
fields = [{ payload = "W", metric = "water_level_cm" }]
[[deployment.sensor]]
device = "47174d8f-1b8e-4599-8a59-b580dd55bc87"
id = "pegel-01"
name = "Pegel"
ags = "05562012"
kind = "water"
interval_min = 15

[[deployment]]
id = "osem"
loader = "opensensemap"
name = { de = "OSEM", en = "OSEM" }
operator = "OSEM"
url = "https://osem.example"
fields = [{ payload = "5a0000000000000000000001", metric = "temperature_c" }]
[[deployment.sensor]]
device = "570000000000000000000001"
id = "osem-01"
name = "Box"
ags = "05562012"
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with the tiny county's sensors.toml, in use."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sensors.toml").write_text(SENSORS_TOML, encoding="utf-8")
    monkeypatch.setenv("SMARTVEST_DATA", str(folder))
    return folder


@pytest.fixture
def raw(tmp_path: Path):
    """raw(bytes, name, url) -> Raw, fetched at the end of November 2026."""

    def make(content: bytes | str, name: str = "file.json", url: str = "") -> Raw:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Raw(name, path, datetime(2026, 11, 23, 12, tzinfo=UTC), url)

    return make


def recorded(path: str) -> Path:
    """A publisher's real answer in ../shared/recorded; skips where the folder is not there."""
    folder = os.environ.get("SMARTVEST_RECORDED") or Path(__file__).resolve().parents[1].parent / "shared" / "recorded"
    file = Path(folder) / path
    if not file.exists():
        pytest.skip("no recorded answers on this machine")
    return file


def from_file(file: Path) -> Raw:
    return Raw(file.name, file, datetime(2026, 11, 23, 12, tzinfo=UTC))


def adds_up(shaped) -> int:
    """Records published by ``shaped``; asserts that every record is accounted for."""
    table = shaped.tables.get("readings")
    published = len(set(table.column("_record").to_pylist())) if table is not None else 0
    lost = sum(r.count for r in shaped.rejected)
    assert shaped.records_in == published + shaped.out_of_scope + shaped.duplicates + lost
    return published


def rows(shaped) -> list[tuple]:
    """(sensor, metric, time as text, value, flag), as stored."""
    table = shaped.tables["readings"]
    return [
        (r["sensor_id"], r["metric"], r["time"].isoformat(timespec="milliseconds"), r["value"], r["flag"])
        for r in table.to_pylist()
    ]
