"""The questions of the page, on the shipped sample: each runs by its example, its grain is unique, gaps stay gaps."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pv
import pytest

from smartvest.contracts import check, load_sources
from smartvest.paths import ROOT
from smartvest.queries import read_query
from smartvest.sensors import limits, publish, sample
from tests.tiny_store import TOWN_ROWS, TinyStore

NAMES = sorted(f"sensors/{p.stem}" for p in (ROOT / "queries" / "sensors").glob("*.sql"))


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    found, is_sample = publish.tables(ROOT / "data")
    assert is_sample
    return found


@pytest.fixture(scope="module")
def store(tables) -> TinyStore:
    stations = pv.read_csv(
        ROOT / "data" / "facts" / "stations.csv",
        convert_options=pv.ConvertOptions(column_types={"ags": pa.string(), "code": pa.string()}),
    )
    return TinyStore(
        {**tables, "air_limits": limits.table(), "towns": pa.Table.from_pylist(TOWN_ROWS), "stations": stations}
    )


def arguments(text: str) -> dict:
    found: dict = {}
    for part in text.replace(",", " ").split():
        key, value = part.split("=", 1)
        if key.endswith("_day"):
            found[key] = date.fromisoformat(value)
        else:
            found[key] = datetime.fromisoformat(value) if key == "now" else value
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_question_has_its_header_runs_and_keeps_its_grain(store, name):
    query = read_query(name)
    told = query.header["params"]
    named = set() if told == "none" else {part.split()[0] for part in told.split(",")}
    assert named == set(query.parameters)
    assert query.header["purpose"] and query.header["units"]
    frame = store.query(name, **arguments(query.header.get("example", "")))
    if name != "sensors/limits":  # no air sensor in the sample
        assert len(frame)
    assert not frame.duplicated(query.grain).any()


def test_the_sample_keeps_its_contracts(tables):
    sources = load_sources(ROOT / "data" / "sources.toml")
    for name, table in [*tables.items(), ("air_limits", limits.table())]:
        assert table.schema == sources[name].arrow_schema(), name
        assert check(table, sources[name], sample.END + timedelta(days=1)) == []


def test_the_sample_is_marked_small_and_at_no_address(tables):
    assert all(set(tables[name].column("sample").to_pylist()) == {True} for name in tables if name != "sensor_metrics")
    assert sum(p.stat().st_size for p in (ROOT / "data" / "sample").iterdir()) < 3_000_000
    places = tables["sensor_places"].to_pandas()
    assert places.groupby("ags").size().to_dict() == {"05562012": 10, "05562016": 10, "05562028": 13}
    for _, ring in places.groupby("ags"):
        middle = ring[["latitude_deg", "longitude_deg"]].mean()
        north = (ring.latitude_deg - middle.latitude_deg) * 111.2
        east = (ring.longitude_deg - middle.longitude_deg) * 111.2 * 0.62
        assert ((north**2 + east**2) ** 0.5).between(1.1, 1.3).all()


def test_the_sample_is_plausible(tables):
    days = tables["town_days"].to_pandas()
    warm = days[(days.metric == "temperature_c") & (days.status == "measured")]
    by_month = warm.groupby(pd.to_datetime(warm.day).dt.month)["mean"].mean()
    assert by_month.idxmin() in (12, 1, 2) and by_month.idxmax() in (6, 7, 8)
    assert 8 < by_month.mean() < 14
    hours = tables["sensor_hours"].to_pandas()
    course = hours[hours.metric == "temperature_c"].groupby("local_hour")["mean"].mean()
    assert course.idxmax() in range(12, 18) and course.idxmin() in range(8)
    assert days.maximum[days.metric == "temperature_c"].max() < 43
    assert (tables["sensor_days"].to_pandas().status == "too_few").mean() > 0.002  # outages


def test_the_sample_is_gone_with_the_first_sensor(tmp_path):
    from tests.sensor_county import SENSORS_TOML

    (tmp_path / "sensors.toml").write_text(SENSORS_TOML, encoding="utf-8")
    found, is_sample = publish.tables(tmp_path)
    assert not is_sample
    assert not any(i.startswith("beispiel") for i in found["sensor_places"].column("sensor_id").to_pylist())


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        sample.generate(tmp_path / name, seed=5, end=date(2026, 7, 20), years=0.06)
    files = sorted(p.name for p in (tmp_path / "a" / "sample").iterdir())
    assert len(files) == len(publish.DATASETS)
    for file in files:
        assert (tmp_path / "a" / "sample" / file).read_bytes() == (tmp_path / "b" / "sample" / file).read_bytes(), file


def test_months_equal_their_days_and_bars(store, tables):
    """The month's p95 from merged histograms is the p95 of all bars laid side by side."""
    days = tables["town_days"].to_pandas()
    days = days[(days.ags == "05562016") & (days.metric == "temperature_c")]
    months = store.query("sensors/town_months", ags="05562016", metric="temperature_c").set_index("month")
    for month in [pd.Timestamp("2026-02-01"), pd.Timestamp("2026-10-01")]:
        chosen = days[pd.to_datetime(days.day).dt.to_period("M") == month.to_period("M")]
        bars = sorted(
            int(bar)
            for text in chosen.histogram.dropna()
            for bar, n in (part.split(":") for part in text.split())
            for _ in range(int(n))
        )
        row = months.loc[month]
        assert row["p95"] == (bars[-(-95 * len(bars) // 100) - 1] + 0.5) * 0.5
        assert row["mean"] == pytest.approx(chosen["mean"].mean(), abs=6e-4)


def test_gaps_are_rows_without_values(store):
    frame = store.query(
        "sensors/town_days",
        ags="05562024",
        metric="temperature_c",
        first_day=date(2026, 5, 1),
        last_day=date(2026, 5, 10),
    )
    assert len(frame) == 10
    assert set(frame.status) == {"not_reported"} and frame["mean"].isna().all()


def small_days(rows) -> pa.Table:
    base = {f.name: None for f in publish.TOWN_DAYS} | {
        "ags": "05562016",
        "sensors": 1,
        "sensors_expected": 1,
        "n": 144,
        "expected": 144,
        "coverage_pct": 100.0,
        "status": "measured",
        "sample": False,
    }
    return pa.Table.from_pylist([base | row for row in rows], publish.TOWN_DAYS)


def test_climate_days_by_their_limits():
    extremes = [(25.0, 10.0, 19.9), (24.9, 0.0, 20.0), (30.0, 20.0, 20.1), (29.9, -0.1, None), (-0.1, -5.0, -4.0)]
    rows = [
        {
            "metric": "temperature_c",
            "day": date(2026, 1, 1 + i),
            "maximum_median": high,
            "minimum_median": low,
            "night_minimum_median": night,
        }
        for i, (high, low, night) in enumerate(extremes)
    ]
    store = TinyStore({"town_days": small_days(rows), "towns": pa.Table.from_pylist(TOWN_ROWS)})
    row = store.query("sensors/climate_days", ags="05562016").iloc[0]
    got = {k: row[k] for k in ("summer_days", "hot_days", "frost_days", "ice_days", "tropical_nights", "days_expected")}
    assert got == {
        "summer_days": 3,
        "hot_days": 1,
        "frost_days": 2,
        "ice_days": 1,
        "tropical_nights": 2,
        "days_expected": 365,
    }


def test_limits_count_what_exceeds_them_and_judge_full_years_only():
    rows = [
        {"metric": "pm10_ug_m3", "day": date(2025, 1, 1) + timedelta(days=i), "mean": 51.0 if i < 5 else 10.0}
        for i in range(300)
    ]
    store = TinyStore(
        {
            "town_days": small_days(rows),
            "towns": pa.Table.from_pylist(TOWN_ROWS),
            "air_limits": limits.table(),
        }
    )
    frame = store.query("sensors/limits", ags="05562").set_index(["averaging", "kind"])
    assert frame.loc[("day", "eu_limit"), ["limit_value", "allowed", "exceedances"]].tolist() == [50, 35, 5]
    assert frame.loc[("day", "who_guideline"), ["limit_value", "exceedances"]].tolist() == [45, 5]
    assert frame.loc[("year", "eu_limit_2030"), "limit_value"] == 20
    assert frame.loc[("year", "eu_limit"), "value"] == pytest.approx(10.7, abs=0.05)


@pytest.mark.parametrize(
    "metric, averaging, kind, value, allowed",
    [
        ("pm10_ug_m3", "day", "eu_limit", 50, 35),
        ("pm10_ug_m3", "year", "eu_limit", 40, None),
        ("pm2_5_ug_m3", "year", "eu_limit", 25, None),
        ("no2_ug_m3", "hour", "eu_limit", 200, 18),
        ("no2_ug_m3", "year", "eu_limit", 40, None),
        ("pm10_ug_m3", "day", "eu_limit_2030", 45, 18),
        ("pm10_ug_m3", "year", "eu_limit_2030", 20, None),
        ("pm2_5_ug_m3", "day", "eu_limit_2030", 25, 18),
        ("pm2_5_ug_m3", "year", "eu_limit_2030", 10, None),
        ("no2_ug_m3", "hour", "eu_limit_2030", 200, 3),
        ("no2_ug_m3", "day", "eu_limit_2030", 50, 18),
        ("no2_ug_m3", "year", "eu_limit_2030", 20, None),
        ("pm10_ug_m3", "day", "who_guideline", 45, 3),
        ("pm10_ug_m3", "year", "who_guideline", 15, None),
        ("pm2_5_ug_m3", "day", "who_guideline", 15, 3),
        ("pm2_5_ug_m3", "year", "who_guideline", 5, None),
        ("no2_ug_m3", "day", "who_guideline", 25, 3),
        ("no2_ug_m3", "year", "who_guideline", 10, None),
        ("no2_ug_m3", "hour", "who_guideline", 200, 0),
    ],
)
def test_limit_values_as_published(metric, averaging, kind, value, allowed):
    found = [x for x in limits.load().limit if (x.metric, x.averaging, x.kind) == (metric, averaging, kind)]
    assert [(x.value, x.allowed) for x in found] == [(value, allowed)]
    assert len(limits.load().limit) == 19


def test_rollup_questions_are_plain(tmp_path: Path):
    """Rollup SQL names no file and no extension: it can be carried to another engine."""
    for path in (ROOT / "queries" / "rollups").glob("*.sql"):
        sql = path.read_text(encoding="utf-8").lower()
        for word in ("read_parquet", "read_csv", "copy ", "install", "load ", "pragma", "time zone"):
            assert word not in sql, (path.name, word)
        assert sql.startswith("-- purpose:")
