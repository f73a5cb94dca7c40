"""From facts and imports to a snapshot: what is published, kept, held back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from smartvest import build, imports, snapshots
from smartvest.contracts import ContractError
from smartvest.imports import Counts, Reject
from smartvest.ingest.records import Raw
from tests.core.tiny import TODAY, people_csv, people_table, sensors_table


def land(data: Path, dataset: str, table, name: str = "f.csv", day: int = 1, rejects=(), loader: str | None = None):
    path = data / name
    path.write_bytes(name.encode())
    given = Raw(name, path, datetime(2026, 1, day, tzinfo=UTC))
    tables = {dataset: table} if table is not None else {}
    return imports.land(data, loader or dataset, given, tables, Counts(), list(rejects), [])


def facts(data: Path, content: str) -> None:
    (data / "facts" / "people.csv").write_text(content, encoding="utf-8")


def published(data: Path) -> snapshots.Opened:
    return snapshots.open_newest_good(data)[0]


def people(data: Path) -> list[int]:
    return published(data).tables["people"]["people"].to_pylist()


def whole_snapshot(data: Path, name: str) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (snapshots.folder(data) / name).iterdir()}


def test_twice_is_once_and_the_same_bytes(data, tmp_path):
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    first, is_new, _ = build.publish(data, TODAY, now)
    assert is_new and people(data) == list(range(1000, 1010))
    before = whole_snapshot(data, first)
    assert build.publish(data, TODAY)[:2] == (first, False) and whole_snapshot(data, first) == before
    (snapshots.folder(data) / "CURRENT").unlink()
    for path in (snapshots.folder(data) / first).iterdir():
        path.unlink()
    (snapshots.folder(data) / first).rmdir()
    assert build.publish(data, TODAY, now)[0] == first and whole_snapshot(data, first) == before


def test_the_manifest_says_where_it_came_from(data):
    build.publish(data, TODAY)
    entry = published(data).manifest.datasets["people"]
    assert (entry.rows, entry.licence, entry.as_of_min, entry.as_of_max) == (10, "CC0", "2025-12-31", "2025-12-31")
    assert entry.inputs[0].name == "people.csv" and entry.source["title"]["de"] == "Müll & Größe"


def test_a_bad_line_is_quarantined_once_with_its_line_and_blocks_through_the_missing_town(data):
    build.publish(data, TODAY)
    facts(data, people_csv(t05562008="05562008,2999-01-01,-5,Klein"))
    _, is_new, seen = build.publish(data, TODAY)
    assert [(f.reason, f.detail) for f in seen.blocked] == [("town_missing", "05562008")]
    now = published(data)
    assert is_new and people(data) == list(range(1000, 1010))
    held = now.tables["quarantine"].to_pylist()
    assert [(r["dataset"], r["input"], r["record"], r["records"]) for r in held] == [("people", "people.csv", 3, 1)]
    entry = now.manifest.datasets["people"]
    assert entry.quarantined == 1 and entry.kept_from is not None and entry.findings[0]["reason"] == "town_missing"


def test_quarantine_and_its_counts_agree(data):
    lines = people_csv() + "05562008,2025-12-31,7,\n05562004,2024-12-31,x,\n\n05562004,2023-12-31,-1,?\n1,2\n"
    facts(data, lines)
    reject = Reject(record=4, reason="wrong", count=3)
    land(data, "sensors", sensors_table(1), rejects=[reject])
    land(data, "sensors", None, "empty.csv", rejects=[reject], loader="sensors")
    build.publish(data, TODAY)
    now = published(data)
    held = now.tables["quarantine"].to_pylist()
    assert [(r["record"], r["reason"]) for r in held if r["dataset"] == "people"] == [
        (13, "unreadable_value"),
        (16, "wrong_number_of_cells"),
        (12, "duplicate_key"),
        (15, "below_minimum"),
    ]
    for name in ("people", "sensors"):
        records = sum(r["records"] for r in held if r["dataset"] == name)
        assert now.manifest.datasets[name].quarantined == records == {"people": 4, "sensors": 6}[name]
    assert people(data) == list(range(1000, 1010))


def test_unreadable_facts_keep_the_published_version_and_the_others_go_on(data):
    build.publish(data, TODAY)
    first = published(data).id
    facts(data, people_csv(2000).replace(",", ";"))
    land(data, "sensors", sensors_table(21))
    _, is_new, seen = build.publish(data, TODAY)
    assert is_new and [f.reason for f in seen.blocked] == ["facts_unreadable"]
    assert "semicolons" in seen.blocked[0].detail
    assert people(data)[0] == 1000 and published(data).tables["sensors"]["temperature_c"].to_pylist() == [21.0] * 3
    assert published(data).manifest.datasets["people"].kept_from == first
    assert build.publish(data, TODAY)[1] is False, "kept twice is still the same content"
    land(data, "sensors", sensors_table(22), day=2, name="g.csv")
    build.publish(data, TODAY)
    assert published(data).manifest.datasets["people"].kept_from == first, "the origin, not the copy"
    facts(data, people_csv(3000))
    build.publish(data, TODAY)
    assert people(data)[0] == 3000 and published(data).manifest.datasets["people"].kept_from is None


def test_a_large_dataset_is_kept_too(data, monkeypatch):
    build.publish(data, TODAY)
    monkeypatch.setattr(snapshots, "IN_MEMORY_BYTES", 100)
    facts(data, "broken")
    build.publish(data, TODAY)
    assert published(data).manifest.datasets["people"].rows == 10


def test_nothing_published_before_and_everything_broken_publishes_nothing(data):
    facts(data, "broken")
    with pytest.raises(snapshots.SnapshotError, match="nothing to publish"):
        build.publish(data, TODAY)
    assert snapshots.ids(data) == [] and snapshots.current_id(data) is None


def test_rows_lost(data):
    more = people_csv() + people_csv(500).replace("2025", "2024").split("\n", 1)[1]
    facts(data, more + people_csv(400).replace("2025", "2023").split("\n", 1)[1])
    build.publish(data, TODAY)
    facts(data, people_csv())
    seen = build.publish(data, TODAY)[2]
    assert [(f.reason, f.detail) for f in seen.blocked] == [("rows_lost", "10 rows instead of 30")]
    assert len(people(data)) == 30


def test_a_later_import_wins_over_facts_and_over_an_earlier_import(data):
    land(data, "people", people_table(5, rows=3), "late.csv", day=9)
    land(data, "people", people_table(4, rows=5), "early.csv", day=2)
    build.publish(data, TODAY)
    assert people(data) == [5, 5, 5, 4, 4, *range(1005, 1010)]
    assert [i.name for i in published(data).manifest.datasets["people"].inputs] == [
        "people.csv",
        "early.csv",
        "late.csv",
    ]


def test_a_double_key_in_the_facts_does_not_outlive_the_import_that_replaces_it(data):
    facts(data, people_csv() + "05562004,2025-12-31,1,\n")
    land(data, "people", people_table(5, rows=1))
    build.publish(data, TODAY)
    assert people(data)[0] == 5


def test_a_bad_imported_row_does_not_push_out_the_good_fact(data):
    land(data, "people", people_table(999_999, rows=1))
    seen = build.publish(data, TODAY)[2]
    assert people(data)[0] == 1000 and seen.blocked == []
    assert [(r["input"], r["reason"]) for r in seen.quarantine] == [("f.csv", "above_maximum")]


@pytest.mark.parametrize("harm", ["json", "bits", "gone", "contract"])
def test_a_damaged_import_blocks_its_dataset_only(data, harm):
    done = land(data, "sensors", sensors_table(1))
    build.publish(data, TODAY)
    where = data / "imports" / "sensors"
    if harm == "json":
        (where / f"{done.stem}.json").write_text("{")
    elif harm == "bits":
        (where / f"{done.stem}.sensors.parquet").write_bytes(b"PAR1")
    elif harm == "gone":
        (where / f"{done.stem}.sensors.parquet").unlink()
    else:
        path = data / "sources.toml"
        path.write_text(path.read_text("utf-8").replace("temperature_c =", "temperature_k ="), encoding="utf-8")
    facts(data, people_csv(1001))
    seen = build.publish(data, TODAY)[2]
    assert [(f.dataset, f.reason) for f in seen.blocked] == [("sensors", "import_unreadable")]
    assert "import" in seen.blocked[0].detail and people(data)[0] == 1001
    assert published(data).tables["sensors"].num_rows == 3


def test_a_checkout_without_the_imports_keeps_what_was_published(data):
    done = land(data, "sensors", sensors_table(1))
    build.publish(data, TODAY)
    imports.remove(data, done)
    seen = build.publish(data, TODAY)[2]
    assert [f.reason for f in seen.findings] == ["no_input"] and seen.blocked == []
    assert published(data).tables["sensors"].num_rows == 3


def test_figures_older_than_those_published_are_reported(data):
    build.publish(data, TODAY)
    facts(data, people_csv().replace("2025", "2019"))
    seen = build.publish(data, TODAY)[2]
    assert [(f.severity, f.reason) for f in seen.findings] == [("warn", "older_than_published")]


def test_tomorrow_is_a_parameter(data):
    seen = build.assemble(data, date(2025, 12, 30))
    assert {r["reason"] for r in seen.quarantine} == {"in_the_future"} and len(seen.quarantine) == 10
    assert "people" not in seen.prepared


def test_a_typo_in_sources_toml_changes_nothing(data):
    name = build.publish(data, TODAY)[0]
    path = data / "sources.toml"
    path.write_text(path.read_text("utf-8").replace("licence", "license", 1), encoding="utf-8")
    with pytest.raises(ContractError, match=r"\[people\] licence"):
        build.publish(data, TODAY)
    assert snapshots.ids(data) == [name]
