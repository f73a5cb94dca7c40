"""Readings and rollups: equal to the slow twin, whatever the order; the same bytes twice; nothing private inside."""

from __future__ import annotations

import hashlib
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartvest.ingest import tts
from smartvest.ingest.records import Raw, Shaped
from smartvest.sensors import clock, config, files, publish, readings, rollup
from tests.sensor_county import SENSORS_TOML
from tests.sensors import twin

TEMPERATURE = "temperature_c"
NO_FILE = Raw("x", Path("x"), datetime(2026, 11, 23, tzinfo=UTC))
TOWN_OF = {"haltern-01": "05562016", "haltern-02": "05562016", "marl-01": "05562024"}


def table_of(rows, metric=TEMPERATURE) -> pa.Table:
    """A shaped table from (sensor, time, value); every row is its own record."""
    return pa.table(
        {
            "sensor_id": pa.array([r[0] for r in rows], pa.string()),
            "metric": pa.array([metric] * len(rows), pa.string()),
            "time": pa.array([r[1] for r in rows], pa.timestamp("ms")),
            "value": pa.array([r[2] for r in rows], pa.float64()),
            "flag": pa.array([r[3] if len(r) > 3 else None for r in rows], pa.string()),
            "_record": pa.array(range(1, len(rows) + 1), pa.int64()),
        }
    )


def land(folder: Path, rows, metric=TEMPERATURE):
    return readings.land(Shaped(len(rows), {"readings": table_of(rows, metric)}), NO_FILE, folder)


def stored_days(folder: Path, metric=TEMPERATURE, kind="days") -> dict:
    key = "ags" if kind == "town_days" else "sensor_id"
    found = {}
    for m, month in files.partitions(folder):
        if m == metric:
            for row in pq.read_table(files.rollup_file(folder, kind, m, month), partitioning=None).to_pylist():
                found[row[key], row["day"]] = row
    return found


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "sensors").rglob("*.parquet"))
    }


def assert_equals_twin(folder: Path, rows) -> None:
    expected = twin.sensor_days(rows, TEMPERATURE, 10, 0.5)
    got = stored_days(folder)
    assert got.keys() == expected.keys()
    for key, want in expected.items():
        for name in ("n", "expected", "minimum", "maximum", "p95", "night_minimum", "status"):
            assert got[key][name] == want[name], (key, name)
        assert got[key]["mean"] == (None if want["mean"] is None else pytest.approx(want["mean"], abs=6e-4))
        assert sorted(got[key]["bins"]) == sorted(want["bars"])
        assert (got[key]["last_time"], got[key]["last_value"]) == want["last"]
    towns = twin.town_days(expected, TOWN_OF, 0.5)
    got = stored_days(folder, kind="town_days")
    for key, want in towns.items():
        if key[0] == "05562016":  # haltern-02 is expected since 2024 and lowers the coverage when silent
            continue
        for name in ("sensors", "n", "expected", "minimum", "maximum", "p95", "status"):
            assert got[key][name] == want[name], (key, name)
        assert got[key]["maximum_median"] == want["maximum_median"]
        assert got[key]["mean"] == (None if want["mean"] is None else pytest.approx(want["mean"], abs=6e-4))


def every_ten_minutes(sensor: str, start: datetime, hours: float, value=lambda i: 10 + i % 7 / 10):
    return [(sensor, start + timedelta(minutes=10 * i), value(i)) for i in range(int(hours * 6))]


@pytest.mark.parametrize(
    "day, hours",
    [
        (date(2026, 3, 29), 23),  # clocks go forward
        (date(2026, 10, 25), 25),  # and back
        (date(2028, 2, 29), 24),
        (date(2027, 12, 31), 24),
    ],
)
def test_a_local_day_has_its_own_length(data, day, hours):
    start = clock.midnight(day)
    rows = every_ten_minutes("marl-01", start - timedelta(hours=5), hours + 10)
    land(data, rows)
    rollup.update(data)
    got = stored_days(data)["marl-01", day]
    assert (got["n"], got["expected"], got["coverage_pct"], got["status"]) == (hours * 6, hours * 6, 100, "measured")
    assert_equals_twin(data, rows)


STARTS = [datetime(2026, 3, 27), datetime(2026, 10, 23), datetime(2028, 2, 27)]  # two days before each odd day
SPAN = 6 * 86_400_000  # milliseconds
SENSORS = st.sampled_from(["haltern-01", "marl-01"])
reading = st.tuples(SENSORS, st.integers(0, SPAN), st.integers(-350, 500).map(lambda v: v / 10))
readings_of_a_piece = st.lists(reading, min_size=1, max_size=15)
blocks = st.tuples(SENSORS, st.integers(0, 5 * 144), st.integers(1, 160), st.integers(-50, 300)).map(
    lambda b: [(b[0], 600_000 * (b[1] + i), (b[3] + i * 7 % 31) / 10) for i in range(b[2])]
)


@pytest.mark.parametrize("start", STARTS, ids=["clocks forward", "clocks back", "leap day"])
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(pieces=st.lists(readings_of_a_piece | blocks, min_size=2, max_size=4), shuffle=st.randoms())
def test_late_duplicate_and_unsorted_readings_equal_the_twin(start, pieces, shuffle):
    """Landed in pieces with a rollup after each: the same as all at once, and as the twin; a second run changes nothing."""
    with tempfile.TemporaryDirectory() as place:
        step, once = Path(place) / "step", Path(place) / "once"
        rows = []
        for folder in (step, once):
            folder.mkdir()
            (folder / "sensors.toml").write_text(SENSORS_TOML, encoding="utf-8")
        published = 0
        for piece in pieces:
            piece = [
                (sensor, start + timedelta(milliseconds=after), value) for sensor, after, value in piece + piece[:2]
            ]
            shuffle.shuffle(piece)
            landed = land(step, piece)
            published += landed.published
            assert landed.published + landed.duplicates == len(piece)
            again = land(step, piece)
            assert (again.published, again.duplicates) == (0, len(piece))
            rollup.rebuild(step, config.load(step / "sensors.toml"))
            rows += piece
        assert published == len({(s, t) for s, t, _ in rows})
        land(once, rows)
        rollup.rebuild(once, config.load(once / "sensors.toml"))
        before = digest(step)
        assert before == digest(once)
        rollup.rebuild(step, config.load(step / "sensors.toml"), months={month for _, month in files.partitions(step)})
        assert digest(step) == before
        assert_equals_twin(step, rows)


def test_running_twice_changes_no_byte_and_only_touched_months_are_rebuilt(data):
    land(data, every_ten_minutes("marl-01", datetime(2026, 5, 1), 24 * 60))
    first = rollup.update(data)
    assert {m for _, m in first.rebuilt} == {"2026-05", "2026-06"}
    before = digest(data)
    assert rollup.update(data).rebuilt == []
    rollup.update(data, months=["2026-05", "2026-06"])
    assert digest(data) == before
    late = [("marl-01", datetime(2026, 5, 3, 0, 0, 1), 10.0)]
    assert land(data, late).touched == {(TEMPERATURE, "2026-05")}
    assert rollup.update(data).rebuilt == [(TEMPERATURE, "2026-05")]
    changed = {name for name, value in digest(data).items() if before.get(name) != value}
    assert not any("month=2026-06" in name for name in changed)


def test_a_crash_between_landing_and_rollup_is_made_good(data):
    land(data, every_ten_minutes("marl-01", datetime(2026, 5, 1), 48))
    assert files.dirty(data) == [(TEMPERATURE, "2026-05")]
    assert rollup.update(data).rebuilt == [(TEMPERATURE, "2026-05")]
    assert files.dirty(data) == []


def test_the_first_night_of_a_month_needs_the_evening_before(data):
    evening = clock.midnight(date(2026, 8, 1)) - timedelta(hours=4)  # 18 UTC
    land(data, every_ten_minutes("marl-01", datetime(2026, 8, 1), 24, lambda i: 22 + i % 5 / 10))
    rollup.update(data)
    assert stored_days(data)["marl-01", date(2026, 8, 1)]["night_minimum"] is None  # six of twelve hours
    land(data, every_ten_minutes("marl-01", evening, 6, lambda i: 21 + i % 5 / 10))
    rollup.update(data)
    assert stored_days(data)["marl-01", date(2026, 8, 1)]["night_minimum"] == 21.0


def test_too_few_readings_have_no_mean(data):
    start = clock.midnight(date(2026, 5, 4))
    land(data, every_ten_minutes("marl-01", start, 17.9))
    rollup.update(data)
    row = stored_days(data)["marl-01", date(2026, 5, 4)]
    assert (row["n"], row["status"], row["mean"], row["p95"]) == (107, "too_few", None, None)
    land(data, every_ten_minutes("marl-01", start + timedelta(hours=18), 0.2))
    rollup.update(data)
    row = stored_days(data)["marl-01", date(2026, 5, 4)]
    assert (row["n"], row["coverage_pct"], row["status"]) == (108, 75.0, "measured")


def test_a_silent_sensor_lowers_its_town(data):
    start = clock.midnight(date(2026, 5, 4))
    land(data, every_ten_minutes("haltern-01", start, 24))
    rollup.update(data)
    row = stored_days(data, kind="town_days")["05562016", date(2026, 5, 4)]
    assert (row["sensors"], row["sensors_expected"], row["coverage_pct"], row["mean"]) == (1, 2, 50.0, None)


def test_flagged_readings_are_kept_but_never_counted(data):
    start = clock.midnight(date(2026, 5, 4))
    good = every_ten_minutes("marl-01", start, 24)
    bad = [("marl-01", start + timedelta(minutes=5), -300.0, "out_of_range")]
    stuck = every_ten_minutes("haltern-01", start, 13, lambda i: 20.0)
    land(data, good + bad + stuck)
    rollup.update(data)
    days = stored_days(data)
    assert days["marl-01", date(2026, 5, 4)]["minimum"] == 10
    assert ("haltern-01", date(2026, 5, 4)) not in days
    kept = pq.read_table(files.readings_file(data, TEMPERATURE, "2026-05"), partitioning=None)
    flags = [r["flag"] for r in kept.to_pylist()]
    assert (flags.count("stuck"), flags.count("out_of_range"), len(flags)) == (78, 1, 144 + 1 + 78)


def test_persons_below_ten_are_never_given_away(data):
    start = clock.midnight(date(2026, 5, 4))
    # 24 hours: hour 0 has 6 persons, hour 1 has 12, the others 60
    rows = every_ten_minutes("marl-markt", start, 24, lambda i: 1.0 if i < 6 else 2.0 if i < 12 else 10.0)
    land(data, rows, "persons")
    tables = rollup.update(data).tables
    hours = {r["local_hour"]: r for r in tables["sensor_hours"].to_pylist()}
    assert (hours[0]["total"], hours[0]["status"]) == (None, "confidential")
    assert (hours[1]["total"], hours[2]["total"]) == (12, 60)
    day = tables["sensor_days"].to_pylist()[0]
    assert (day["total"], day["status"]) == (22 * 60 + 12, "estimated")  # the published hours: at least so many
    latest = tables["sensor_latest"].to_pylist()[0]
    assert latest["value"] is None and latest["time"].minute == 0
    for name in ("sensor_hours", "sensor_days", "town_days"):
        for row in tables[name].to_pylist():
            hidden = ("mean", "minimum", "maximum", "p95", "hour_maximum", "minimum_median", "histogram")
            assert all(row.get(column) is None for column in hidden), (name, row)


def test_nothing_private_is_published(data, raw):
    import json

    message = {
        "end_device_ids": {"device_id": "secret-dev-2", "dev_eui": "70B3D57ED0000001"},
        "uplink_message": {
            "received_at": "2026-05-04T10:00:00Z",
            "decoded_payload": {"temperature": 20.5},
            "rx_metadata": [{"gateway_ids": {"gateway_id": "gw-secret"}, "location": {"latitude": 51.7777}}],
        },
    }
    shaped = tts.shape(raw(json.dumps(message)))
    readings.land(shaped, NO_FILE, data)
    tables = rollup.update(data).tables
    assert set(tables) == set(publish.DATASETS)
    told = str({name: table.to_pylist() for name, table in tables.items()})
    for secret in ("secret", "70B3D57ED0000001", "51.7777", "7.1999", "gw-"):
        assert secret not in told
    stored = b"".join(p.read_bytes() for p in (data / "sensors").rglob("*.parquet"))
    assert b"secret" not in stored and b"70B3D57ED0000001" not in stored
    places = {r["sensor_id"]: r for r in tables["sensor_places"].to_pylist()}
    assert places["haltern-01"]["latitude_deg"] == 51.7425
    assert places["haltern-02"]["latitude_deg"] is None and places["haltern-02"]["position"] == "town"


def test_latest_is_the_last_good_reading(data):
    land(data, [("marl-01", datetime(2026, 5, 4, 10), 11.0), ("marl-01", datetime(2026, 4, 4, 10), 12.0)])
    land(data, [("marl-01", datetime(2026, 5, 4, 11), 99.0, "out_of_range")])
    tables = rollup.update(data).tables
    assert [(r["sensor_id"], r["time"], r["value"]) for r in tables["sensor_latest"].to_pylist()] == [
        ("marl-01", datetime(2026, 5, 4, 10), 11.0)
    ]


def test_storage_is_what_was_measured_best(data):
    land(data, every_ten_minutes("marl-01", datetime(2026, 5, 4), 24))
    file = pq.ParquetFile(files.readings_file(data, TEMPERATURE, "2026-05"))
    assert file.schema_arrow.field("time").type == pa.timestamp("ms")
    assert file.metadata.row_group(0).column(1).compression == "ZSTD"
    assert {c for i in range(4) for c in file.metadata.row_group(0).column(i).encodings} & {
        "RLE_DICTIONARY",
        "DELTA_BINARY_PACKED",
    }


def test_published_tables_keep_their_schema_when_empty(data):
    tables, sample = publish.tables(data, config.load(data / "sensors.toml"))
    assert not sample
    assert tables["sensor_hours"].num_rows == 0 and tables["sensor_places"].num_rows > 5
    assert tables["town_days"].schema == publish.TOWN_DAYS
