"""Nothing private leaves: no device id and no position of a sensor on private ground on page, in download or API."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from smartvest import build
from smartvest.sensors import config, files, readings, rollup
from tests.pages.test_pages import opened
from tests.published import copy_of_data
from tests.sensor_county import SENSORS_TOML

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRIVATE = (
    "secret-dev",
    "secret-counter",
    "0016C001F000175A",
    "47174d8f",
    "51.7771337",
    "7.1993371",
    "51.77713",
    "7.19934",
    "51,77713",
)
PERSONS = 7  # fewer than ten in an hour


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot with a public sensor, one in a private garden and a person counter, each with two weeks of readings."""
    folder = copy_of_data(tmp_path_factory.mktemp("private"))
    # digits that no town's outline has
    garden = SENSORS_TOML.replace("51.7777", "51.7771337").replace("7.1999", "7.1993371")
    (folder / "sensors.toml").write_text(garden, encoding="utf-8")
    stewards = config.load(folder / "sensors.toml")
    with files.writing(folder):
        readings.store(measured(), folder)
    rollup.rebuild(folder, stewards)
    build.publish(folder, date(2026, 11, 23), NOW)
    return folder


def measured() -> pa.Table:
    first = datetime(2026, 11, 9)
    times = [first + timedelta(minutes=10 * i) for i in range(14 * 144)]
    rows = [
        {"sensor_id": sensor, "metric": metric, "time": time, "value": value}
        for sensor, metric, value_of in (
            ("haltern-01", "temperature_c", lambda i: 5 + i % 7),
            ("haltern-02", "temperature_c", lambda i: 6 + i % 5),
            ("marl-markt", "persons", lambda i: PERSONS if i % 6 == 0 else 0),
        )
        for i, time in enumerate(times)
        for value in [float(value_of(i))]
    ]
    table = pa.Table.from_pylist(
        rows,
        pa.schema([("sensor_id", pa.string()), ("metric", pa.string()), ("time", pa.timestamp("ms")), ("value", pa.float64())]),
    )  # fmt: skip
    table = table.append_column("flag", pa.nulls(len(table), pa.string()))
    return table.append_column("_record", pa.array(range(1, len(table) + 1), pa.int64()))


def clean(words: str, where: str) -> None:
    assert not [secret for secret in PRIVATE if secret.lower() in words.lower()], where


@pytest.fixture(scope="module")
def ask(data: Path) -> Callable[[str], str]:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from smartvest.web.api import api_routes

    client = TestClient(Starlette(routes=api_routes(data)), base_url="https://vest.example")

    def answer(target: str) -> str:
        got = client.get(target)
        assert got.status_code == 200, (target, got.text[:300])
        if "parquet" in target:
            return str(pq.read_table(io.BytesIO(got.content)).to_pylist())
        return got.text

    return answer


QUESTIONS = {
    "places": "ags=05562&metric=temperature_c&now=2026-11-23T12:00:00",
    "towns": "metric=temperature_c&now=2026-11-23T12:00:00",
    "metrics": "ags=05562",
    "town_days": "ags=05562016&metric=temperature_c&first_day=2026-11-09&last_day=2026-11-22",
    "town_hours": "ags=05562016&metric=temperature_c",
    "sensor_hours": "sensor_id=haltern-02&metric=temperature_c",
    "sensor_days": "sensor_id=haltern-02&metric=temperature_c&first_day=2026-11-09&last_day=2026-11-22",
    "sensor_coverage": "sensor_id=haltern-02&metric=temperature_c&first_day=2026-11-09&last_day=2026-11-22",
    "outages": "sensor_id=haltern-02&first_day=2026-11-09&last_day=2026-11-22",
}


FORMS = {name: ("json", "csv", "parquet", *(["geojson"] * (name in ("places", "towns")))) for name in QUESTIONS}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, forms in FORMS.items() for form in forms])
def test_the_api_s_questions(ask, name, form):
    words = ask(f"/api/v1/queries/sensors/{name}?{QUESTIONS[name]}&format={form}")
    clean(words, name)
    if name == "places":
        assert "haltern-02" in words and "51.7425" in words  # the public one has its place


@pytest.mark.parametrize(
    "dataset", ["sensor_places", "sensor_latest", "sensor_hours", "sensor_days", "town_days", "sensor_metrics"]
)
def test_datasets_for_download(data: Path, dataset: str):
    from smartvest import store

    manifest = store.current(data).manifest
    assert not manifest.datasets[dataset].sample
    file = next((data / "snapshots").glob(f"{store.current(data).snapshot_id}/{dataset}.parquet"))
    rows = pq.read_table(file).to_pylist()
    clean(str(rows), dataset)
    counted = [row for row in rows if row.get("metric") == "persons" and dataset != "sensor_metrics"]
    for row in counted:
        for column in ("value", "mean", "total", "minimum", "maximum"):
            assert row.get(column) is None, (dataset, column)


@pytest.mark.parametrize("area", ["05562", "05562016", "05562024"])
def test_the_page(data: Path, monkeypatch: pytest.MonkeyPatch, area: str):
    monkeypatch.setenv("SMARTVEST_DATA", str(data))
    app = opened("sensors", area).run()
    assert not app.exception
    drawn = "".join(str(element.proto) for element in app.main if hasattr(element, "proto"))
    assert "Fehlernummer" not in drawn
    clean(drawn, area)
    assert "Beispieldaten" not in drawn, "with a real sensor the sample is gone"
    if area != "05562024":
        assert "Privatgarten" in drawn


COUNTED = {
    "places": "ags=05562024&metric=persons&now=2026-11-23T12:00:00",
    "towns": "metric=persons&now=2026-11-23T12:00:00",
    "town_days": "ags=05562024&metric=persons&first_day=2026-11-09&last_day=2026-11-22",
    "town_hours": "ags=05562024&metric=persons",
    "sensor_hours": "sensor_id=marl-markt&metric=persons",
    "sensor_days": "sensor_id=marl-markt&metric=persons&first_day=2026-11-09&last_day=2026-11-22",
}
FIGURES = ("value", "mean", "total", "minimum", "maximum", "p95", "maximum_median", "last_value")


@pytest.mark.parametrize("name", COUNTED)
def test_few_persons_are_no_number_in_any_answer(ask, name):
    rows = json.loads(ask(f"/api/v1/queries/sensors/{name}?{COUNTED[name]}&format=json"))["rows"]
    counted = [row for row in rows if row.get("status", "confidential") not in ("not_reported", "none")]
    assert counted, name
    for row in counted:
        assert [row.get(figure) for figure in FIGURES if row.get(figure) is not None] == [], row
    assert any(row.get("status") == "confidential" for row in rows), name


def test_few_persons_are_a_dot_on_the_page_and_in_its_files(data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMARTVEST_DATA", str(data))
    app = opened("sensors", "05562024")
    app.query_params["groesse"] = "persons"
    app.query_params["zeitraum"] = "week"
    app.run()
    assert not app.exception
    drawn = "".join(str(element.proto) for element in app.main if hasattr(element, "proto"))
    assert "•" in drawn or "\\342\\200\\242" in drawn
    found = [
        drawn[m.start() - 120 : m.end() + 40]
        for m in re.finditer(rf"(<td[^>]*>|sv-value[^>]*>)\s*{PERSONS}(,0)?\s*<", drawn)
    ]
    assert not found


def test_a_workbook_and_the_recomputation_have_no_more_than_the_page(data: Path, tmp_path: Path):
    import openpyxl

    from smartvest import export, store
    from smartvest.provenance import describe

    served = store.current(data)
    params = {"sensor_id": "marl-markt", "metric": "persons"}
    told = describe(served, "sensors/sensor_hours", params, "https://vest.example", "https://vest.example/sensoren")
    rows = export.flagged(served.answer("sensors/sensor_hours", params), told)
    book = openpyxl.load_workbook(export.table_xlsx(rows, told, tmp_path / "hours.xlsx", "de"), read_only=True)
    head, *lines = [row for row in book.worksheets[0].iter_rows(values_only=True) if any(row)]
    told_rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert len(told_rows) > 300 and {row["status"] for row in told_rows} == {"confidential"}
    assert not [row for row in told_rows if any(row.get(figure) is not None for figure in FIGURES)]
    clean(told.recompute, "recompute")
