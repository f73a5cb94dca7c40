"""What a loader shaped: every record accounted for, every import whole."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartvest import imports
from smartvest.imports import Counts, Reject, settle
from smartvest.ingest.records import RECORD, WEIGHT, Raw, Rejected, Shaped, SourceError
from tests.core.test_contracts import source
from tests.core.tiny import TODAY, people_table

A = source({"k": {"type": "integer"}, "v": {"type": "integer", "minimum": 0}}, ["k"]).model_copy(update={"id": "a"})
SOURCES = {name: A.model_copy(update={"id": name}) for name in ("a", "b", "w")}


def table(rows: list[tuple[int, int, int]], count: str = RECORD) -> pa.Table:
    """Rows of (key, value, record or weight)."""
    columns = [[row[i] for row in rows] for i in range(3)]
    return pa.table([pa.array(c, pa.int64()) for c in columns], names=["k", "v", count])


def test_a_record_is_published_only_if_every_row_of_it_in_every_table_passes():
    shaped = Shaped(4, {"a": table([(1, 1, 1), (2, -1, 2), (3, 1, 3)]), "b": table([(1, 1, 2), (2, 1, 1)])}, 1)
    accepted, counts, rejects = settle(shaped, SOURCES, TODAY)
    assert accepted["a"]["k"].to_pylist() == [1, 3] and accepted["b"]["k"].to_pylist() == [2]
    assert accepted["a"].column_names == ["k", "v"]
    reasons = {"below_minimum": 1}
    assert counts == Counts(records_in=4, published=2, out_of_scope=1, quarantined=1, reasons=reasons)
    assert rejects == [Reject(record=2, reason="below_minimum", column="v", detail="-1")]


def test_folded_records_count_by_their_weight():
    shaped = Shaped(10, {"w": table([(1, 1, 4), (2, -1, 3), (3, 0, 0)], WEIGHT)}, 1, 2)
    accepted, counts, rejects = settle(shaped, SOURCES, TODAY)
    assert accepted["w"]["k"].to_pylist() == [1, 3]
    assert (counts.published, counts.quarantined, counts.reasons) == (4, 3, {"below_minimum": 3})
    assert [r.count for r in rejects] == [3]


row = st.tuples(st.integers(0, 6), st.integers(-2, 4), st.integers(1, 12))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(row, max_size=10),
    st.lists(row, max_size=10),
    st.lists(st.tuples(st.integers(0, 6), st.integers(-2, 4), st.integers(0, 5)), max_size=6),
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(st.integers(1, 3), max_size=3),
    st.integers(-2, 2),
)
def test_it_always_adds_up_or_the_file_is_refused(a, b, w, out_of_scope, duplicates, rejected, lie):
    in_tables = len({r[2] for r in a + b}) + sum(r[2] for r in w)
    records_in = in_tables + out_of_scope + duplicates + sum(rejected)
    shaped = Shaped(
        records_in + lie,
        {"a": table(a), "b": table(b), "w": table(w, WEIGHT)},
        out_of_scope,
        duplicates,
        [Rejected(0, f"r{n}", count=n) for n in rejected],
    )
    try:
        accepted, counts, rejects = settle(shaped, SOURCES, TODAY)
    except SourceError:
        assert lie != 0
        return
    assert lie == 0
    assert counts.records_in == counts.published + counts.out_of_scope + counts.duplicates + counts.quarantined
    assert counts.quarantined == sum(r.count for r in rejects) == sum(counts.reasons.values())
    bad, expected = set(), {}
    for rows in (a, b):
        seen = set()
        for k, v, record in rows:
            if v < 0 or k in seen:
                bad.add(record)
            if v >= 0:
                seen.add(k)
    for name, rows in (("a", a), ("b", b)):
        expected[name] = [k for k, v, record in rows if record not in bad]
    assert {name: accepted[name]["k"].to_pylist() for name in ("a", "b")} == expected
    assert {r.record for r in rejects if r.record} == bad


GOOD = [(1, 1, 1), (2, 1, 2)]


@pytest.mark.parametrize(
    ("shaped", "says"),
    [
        (Shaped(3, {"a": table(GOOD)}), "the counts do not add up: 3 records should be published, 2 are"),
        (Shaped(1, {"a": table(GOOD)}), "do not add up"),
        (Shaped(2, {"a": table(GOOD)}, rejected=[Rejected(1, "x")]), "do not add up"),
        (Shaped(2, {"a": table(GOOD)}, 1, -1), "one is negative"),
        (Shaped(2, {"a": table(GOOD)}, 1, 0, [Rejected(0, "x", count=-1)]), "one is negative"),
        (Shaped(4, {"a": table(GOOD)}, 0, 0, [Rejected(3, "x"), Rejected(3, "y")]), "rejected twice"),
        (Shaped(-1, {}), "one is negative"),
        (Shaped(2, {"nobody": table(GOOD)}), "dataset nobody has no block in sources.toml"),
        (Shaped(2, {"a": table(GOOD).drop_columns([RECORD])}), "a: rows must say their source records"),
        (Shaped(2, {"a": table(GOOD).append_column(WEIGHT, pa.array([1, 1]))}), "a: rows must say"),
        (Shaped(2, {"a": table([(1, 1, -1)], WEIGHT)}), "whole numbers from 0"),
        (Shaped(2, {"a": table(GOOD).set_column(2, RECORD, pa.array([1, None]))}), "whole numbers from 0"),
        (Shaped(2, {"a": table(GOOD).set_column(2, RECORD, pa.array(["1", "2"]))}), "whole numbers from 0"),
        (Shaped(2, {"a": table(GOOD).append_column("phone", pa.array(["1", "2"]))}), "not in sources.toml: phone"),
        (Shaped(2, {"a": table(GOOD).drop_columns(["v"])}), "a: column_missing v"),
        (Shaped(2, {"a": table(GOOD).set_column(1, "v", pa.array([1.0, 2.0]))}), "a: column_type v double instead"),
    ],
)  # fmt: skip
def test_a_lying_loader_is_refused(shaped, says):
    with pytest.raises(SourceError) as raised:
        settle(shaped, SOURCES, TODAY)
    assert says in str(raised.value) and "\n" not in str(raised.value)


def raw(folder: Path, content: bytes = b"x", name: str = "Größe.csv", day: int = 1) -> Raw:
    path = folder / name
    path.write_bytes(content)
    return Raw(name, path, datetime(2026, 1, day, tzinfo=UTC))


def land(data: Path, given: Raw, value: int = 1, rejects: list[Reject] | None = None) -> imports.Import:
    counts = Counts(records_in=10, published=10)
    return imports.land(data, "people", given, {"people": people_table(value)}, counts, rejects or [], ["note"])


def test_the_same_file_twice_lands_once_and_the_later_one_counts(tmp_path):
    land(tmp_path, raw(tmp_path), 1)
    later = land(tmp_path, raw(tmp_path, day=2), 2)
    assert imports.list_imports(tmp_path) == [later]
    assert sorted(p.suffix for p in (tmp_path / "imports" / "people").iterdir()) == [".json", ".parquet"]
    latest = imports.latest_table("people", tmp_path)
    assert latest is not None and latest.equals(people_table(2))
    assert imports.latest_table("towns", tmp_path) is None


def test_the_same_bytes_under_another_name_are_another_import(tmp_path):
    """Several publishers put the date in the name and nowhere else; both files may come in one command, one second."""
    land(tmp_path, raw(tmp_path, name="2024.csv"), 1)
    land(tmp_path, raw(tmp_path, name="2025.csv"), 2)
    assert {i.name for i in imports.list_imports(tmp_path, "people")} == {"2024.csv", "2025.csv"}


@pytest.mark.parametrize("operation", ["open", "write", "fsync", "replace"])
def test_a_failed_import_leaves_the_one_before(tmp_path, monkeypatch, operation):
    first = land(tmp_path, raw(tmp_path), 1)
    real = getattr(os, operation)
    for nth in range(1, 3):
        calls: list[tuple] = []

        def failing(*args, calls=calls, nth=nth, **kwargs):
            calls.append(args)
            if len(calls) == nth:
                raise OSError(28, "No space left on device")
            return real(*args, **kwargs)

        given = raw(tmp_path, day=2)
        with monkeypatch.context() as patched:
            patched.setattr(os, operation, failing)
            with pytest.raises(OSError):
                land(tmp_path, given, 2)
        assert imports.list_imports(tmp_path) == [first]
        assert imports.imported_table(tmp_path, first, "people").equals(people_table(1))
        assert not [p for p in (tmp_path / "imports" / "people").iterdir() if p.name.startswith(".")]


def test_a_killed_import_is_never_read(tmp_path):
    done = land(tmp_path, raw(tmp_path))
    where = tmp_path / "imports" / "people"
    (where / f"{done.stem}.json").rename(where / f".{done.stem}.json.new")
    assert imports.read_imports(tmp_path) == ([], []) and imports.latest_table("people", tmp_path) is None


def test_a_damaged_import_is_named_not_read(tmp_path):
    done = land(tmp_path, raw(tmp_path))
    where = tmp_path / "imports" / "people"
    path = where / f"{done.stem}.people.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    with pytest.raises(SourceError, match="Größe.csv: its imported rows are damaged; import it again"):
        imports.imported_table(tmp_path, done, "people")
    path.unlink()
    with pytest.raises(SourceError, match="can't be read"):
        imports.imported_table(tmp_path, done, "people")
    (where / f"{done.stem}.json").write_text("{")
    found, broken = imports.read_imports(tmp_path)
    assert found == [] and "delete it and import the file again" in broken[0].reason and broken[0].loader == "people"


def test_ten_thousand_details_are_kept_and_every_record_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "KEPT_REJECTS", 3)
    rejects = [Reject(record=i, reason=f"r{i % 2}", count=i) for i in range(1, 8)]
    done = land(tmp_path, raw(tmp_path), 1, rejects)
    assert done.rejected[:3] == rejects[:3] and len(done.rejected) == 5
    assert sum(r.count for r in done.rejected) == sum(range(1, 8))
    assert date(2026, 1, 1) == done.fetched_at.date()
