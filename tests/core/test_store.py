"""The door to DuckDB: what it answers, what it refuses, what it remembers."""

from __future__ import annotations

import os
import threading
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from smartvest import snapshots, store
from smartvest.towns import TOWNS
from tests.core.tiny import people_table, publish

AGS = "05562016"
DAY = date(2025, 12, 31)


def add_query(data: Path, name: str, sql: str) -> str:
    (data.parent / "queries" / f"{name}.sql").write_text(sql, encoding="utf-8")
    return name


def test_answers_with_dates_as_dates_and_gaps_as_gaps(data):
    publish(data, 7)
    frame = store.query("people/by_town", ags=AGS, as_of=DAY)
    assert frame.to_dict("records") == [{"ags": AGS, "as_of": DAY, "people": 7, "note": None}] or pd.isna(frame.note[0])
    assert type(frame.as_of[0]) is date
    sql = "select date '2024-02-29' as d, timestamp '2024-02-29 23:59' as t union all select null, null order by d"
    add_query(data, "dates", sql)
    frame = store.query("dates")
    assert frame.d.tolist() == [date(2024, 2, 29), None]
    assert frame.t[0] == datetime(2024, 2, 29, 23, 59) and frame.t[1] is pd.NaT
    add_query(data, "no_dates", "select null::date as d, null::date as e where false")
    assert store.query("no_dates").columns.tolist() == ["d", "e"]


def test_lists_and_odd_but_harmless_values_are_bound(data):
    publish(data, 7)
    for towns in ([AGS, "05562004"], (AGS, "05562004"), [np.str_(AGS), "05562004"]):
        assert store.query("people/some", ags_list=towns).ags.tolist() == ["05562004", AGS]
    assert store.query("people/some", ags_list=[]).empty
    assert len(store.query("people/by_town", ags=AGS, as_of="2025-12-31")) == 1
    assert len(store.query("people/by_town", ags=AGS, as_of=pd.Timestamp(DAY))) == 1
    assert store.query("people/by_town", ags=AGS, as_of=None).empty
    assert store.query("people/by_town", ags="' or 1=1 --", as_of=DAY).empty


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("people/by_town", {"ags": AGS, "as_of": "x"}, "by_town"),
        ("people/by_town", {"ags": AGS}, "'as_of' is missing (allowed: ags, as_of)"),
        ("people/by_town", {"ags": AGS, "as_of": DAY, "town": 1}, "'town' (allowed: ags, as_of)"),
        ("people/by_town", {"ags": {"a": 1}, "as_of": DAY}, "'ags'"),
        ("people/by_town", {"ags": [[AGS]], "as_of": DAY}, "'ags'"),
        ("people/by_town", {"ags": object(), "as_of": DAY}, "'ags'"),
        ("people/by_town", {"ags": {AGS}, "as_of": DAY}, "'ags'"),
        ("people/by_town", {"ags": b"x", "as_of": DAY}, "'ags'"),
        ("people/some", {"ags_list": AGS}, "people/some"),
        ("all_people", {"ags": AGS}, "'ags' (allowed: none)"),
        ("people/nobody", {}, "'people/nobody' (known: all_people, echo, people/by_town"),
        ("../all_people", {}, "unknown query"),
        ("/etc/passwd", {}, "unknown query"),
        ("people\0", {}, "unknown query"),
        ("x" * 5000, {}, "unknown query"),
        (None, {}, "unknown query"),
    ],
)  # fmt: skip
def test_what_can_not_be_answered_is_one_line_that_names_it(data, name, params, says):
    publish(data, 7)
    with pytest.raises(store.QueryError) as raised:
        store.query(name, **params)
    assert says in str(raised.value) and "\n" not in str(raised.value) and len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "sql",
    [
        "select 1; select 2",
        "",
        "-- nothing",
        "selec 1",
        "delete from people",
        "create table x as select 1",
        "attach ':memory:' as m",
        "copy people to '{0}/o.csv'",
        "install httpfs",
        "load httpfs",
        "set threads = 8",
        "select * from read_csv('{0}/secret.csv')",
        "select * from read_parquet('{0}/secret.parquet')",
        "select * from '{0}/secret.csv'",
        "select * from read_text('{0}/secret.csv')",
        "select * from glob('{0}/*')",
        "select * from frame",
        "select * from nobody",
        "select nobody from people",
        "select 'x'::date",
        "select error('multi\nline')",
    ],
)
def test_a_query_file_reaches_nothing_but_the_snapshot(data, tmp_path, sql):
    publish(data, 7)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    pq.write_table(people_table(1), tmp_path / "secret.parquet")
    frame = pd.DataFrame({"a": [1]})  # noqa: F841  # a Python variable is not a table
    add_query(data, "evil", sql.replace("{0}", str(tmp_path)))
    with pytest.raises(store.QueryError, match="evil") as raised:
        store.query("evil")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "o.csv").exists() and len(store.query("all_people")) == 10


@pytest.mark.parametrize(
    "sql",
    [
        "attach '{0}/x.db'",
        "copy people to '{0}/o.csv'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set python_enable_replacements = true",
        "select * from read_csv('{0}/secret.csv')",
        "export database '{0}/exported'",
    ],
)
def test_the_connection_itself_is_locked(data, tmp_path, sql):
    publish(data, 7)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(Exception, match=r"disabled|locked|[Cc]annot"):
        store.current()._connection.cursor().execute(sql.replace("{0}", str(tmp_path)))


def test_large_files_are_read_in_place_and_no_others(data, tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "IN_MEMORY_BYTES", 100)
    odd = tmp_path / "we[i]rd 'x=1'"
    odd.mkdir()
    (odd / "sources.toml").write_bytes((data / "sources.toml").read_bytes())
    name = publish(odd, 7)
    door = store.at(name, odd)
    assert door._connection.cursor().execute("select count(*) from duckdb_views() where not internal").fetchone() == (
        2,
    )
    assert door.query("people/by_town", ags=AGS, as_of=DAY).people.tolist() == [7]
    assert door.query("readings").day.tolist() == [date(2026, 1, 1)] * 3
    beside = snapshots.folder(odd) / name / "beside.parquet"
    pq.write_table(people_table(1), beside)
    with pytest.raises(Exception, match="[Cc]annot access"):
        door._connection.cursor().execute("select * from read_parquet($p)", {"p": str(beside)}).fetchall()


@pytest.mark.parametrize("in_memory", [0, 2**24])
def test_an_older_snapshot_without_a_dataset_or_column_answers_with_gaps(data, monkeypatch, in_memory):
    monkeypatch.setattr(snapshots, "IN_MEMORY_BYTES", in_memory)
    older = {"people": snapshots.Prepared(people_table(7).drop_columns(["note"]), {})}
    snapshots.publish(data, older, "old")
    frame = store.query("all_people")
    assert frame.people.tolist() == [7] * 10 and frame.note.isna().all()
    assert store.query("readings").empty


def test_results_are_remembered_and_can_not_be_spoilt(data):
    publish(data, 7)
    door = store.current()
    first = door.query("all_people")
    first.loc[0, "people"] = -1
    first["new"] = 1
    first.columns = [c.upper() for c in first.columns]
    first.index = range(5, 15)
    first.index.name = "spoilt"
    again = door.query("all_people")
    assert again.people.tolist() == [7] * 10 and list(again) == ["ags", "as_of", "people", "note"]
    assert again.index.tolist() == list(range(10)) and again.index.name is None
    again.drop(index=again.index, inplace=True)
    assert len(door.query("all_people")) == 10


def test_the_second_call_does_not_ask_duckdb(data, monkeypatch):
    publish(data, 7)
    door = store.current()
    door.query("people/some", ags_list=[AGS])
    monkeypatch.setattr(door, "_cursor", None)
    assert len(door.query("people/some", ags_list=[AGS])) == 1
    with pytest.raises(TypeError):
        door.query("people/some", ags_list=["05562004"])


def test_the_store_of_an_old_snapshot_rests_and_answers_when_asked(data):
    """A visitor's page may refer to it for weeks; three hundred such pages must not keep three hundred snapshots."""
    publish(data, 7)
    old = store.current()
    assert old.query("all_people").people.tolist() == [7] * 10
    for people in range(8, 8 + store.OPEN_SNAPSHOTS):
        publish(data, people)
        store.current()
    assert old.resting and not old._results
    assert old.query("all_people").people.tolist() == [7] * 10
    assert not old.resting and sum(not opened.resting for opened in store._open.values()) == store.OPEN_SNAPSHOTS
    assert not store.current().resting


def test_two_stores_of_one_snapshot_share_what_is_open(data):
    first = publish(data, 7)
    old = store.current()
    for people in range(8, 8 + store.OPEN_SNAPSHOTS):
        publish(data, people)
        store.current()
    cited = store.at(first)
    assert cited is not old and old.resting
    assert old.query("all_people").people.tolist() == cited.query("all_people").people.tolist() == [7] * 10
    assert old.resting  # it borrowed


def test_equal_values_of_different_types_are_different_questions(data):
    publish(data, 7)
    types = [store.query("echo", x=x).t[0] for x in (1, True, 1.0, "1", 1, [1], [True])]
    assert types == ["INTEGER", "BOOLEAN", "DOUBLE", "VARCHAR", "INTEGER", "INTEGER[]", "BOOLEAN[]"]


def test_the_cache_is_bounded_by_results_and_by_cells(data, monkeypatch):
    publish(data, 7)
    door = store.current()
    monkeypatch.setattr(store, "CACHED_RESULTS", 20)
    for i in range(60):
        door.query("echo", x=i)
    assert len(door._results) == 20 and door._cells == 20
    monkeypatch.setattr(store, "CACHED_CELLS", 10)
    assert len(door.query("all_people")) == 10  # 40 cells: answered, not kept
    assert door._cells <= 10 and door._cells == sum(frame.size for frame in door._results.values())


def test_eight_threads(data):
    publish(data, 7)
    towns, faults = list(TOWNS), []

    def ask(number: int) -> None:
        try:
            for i in range(50):
                ags = towns[(number + i) % 10]
                assert store.query("people/by_town", ags=ags, as_of=DAY).ags.tolist() == [ags]
                assert store.query("echo", x=number * 1000 + i).t.tolist() == ["INTEGER"]
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def people_now() -> int:
    return int(store.query("all_people").people[0])


def test_a_new_snapshot_is_served_on_the_next_call_and_old_ids_stay(data):
    old = publish(data, 1)
    assert people_now() == 1
    new = publish(data, 2, minute=1)
    assert people_now() == 2 and store.current().snapshot_id == new
    assert store.at(old).query("all_people").people[0] == 1 and store.at(old) is store.at(old)
    snapshots.rollback(data, old)
    assert people_now() == 1 and store.refused() == []
    with pytest.raises(snapshots.UnknownSnapshot):
        store.at("../x")


def damage(data: Path, name: str, bit: int = 500) -> bytes:
    path = snapshots.folder(data) / name / "people.parquet"
    content = path.read_bytes()
    path.write_bytes(content[:bit] + bytes([content[bit] ^ 1]) + content[bit + 1 :])
    return content


def test_a_damaged_snapshot_gives_way_to_the_last_good_one_with_a_notice(data):
    old, new = publish(data, 1), publish(data, 2, minute=1)
    damage(data, new)
    assert people_now() == 1 and store.refused() == [new]
    with pytest.raises(snapshots.DamagedSnapshot, match=new):
        store.at(new)
    assert store.at(old).snapshot_id == old
    newest = publish(data, 3, minute=2)
    assert people_now() == 3 and store.refused() == [] and store.current().snapshot_id == newest


def test_the_notice_vanishes_when_the_pointer_is_repaired(data):
    old, new = publish(data, 1), publish(data, 2, minute=1)
    pointer = snapshots.folder(data) / "CURRENT"
    pointer.write_text(f"{new[:-1]}x\n")
    assert people_now() == 2 and store.refused() == [f"{new[:-1]}x"]
    pointer.write_text(f"{new}\n")
    assert people_now() == 2 and store.refused() == []
    pointer.unlink()
    assert people_now() == 2 and store.refused() == ["CURRENT"]
    snapshots.rollback(data, old)
    assert people_now() == 1 and store.refused() == []


def test_the_notice_vanishes_when_the_file_is_restored_in_place(data, monkeypatch):
    publish(data, 1)
    new = publish(data, 2, minute=1)
    content = damage(data, new)
    assert people_now() == 1
    (snapshots.folder(data) / new / "people.parquet").write_bytes(content)
    assert people_now() == 1, "not looked at again within RETRY_S"
    later = store.time.monotonic() + store.RETRY_S + 1
    monkeypatch.setattr(store.time, "monotonic", lambda: later)
    assert people_now() == 2 and store.refused() == []


@pytest.mark.parametrize("pointer", ["damaged", "lost", "senseless"])
def test_a_damaged_pointer_is_not_verified_at_every_call(data, monkeypatch, pointer):
    publish(data, 1)
    new = publish(data, 2, minute=1)
    path = snapshots.folder(data) / "CURRENT"
    if pointer == "damaged":
        damage(data, new)
    elif pointer == "lost":
        path.unlink()
    else:
        path.write_text("")
    opened: list[tuple] = []
    real = snapshots.open_snapshot

    def counted(*where):
        opened.append(where)
        return real(*where)

    monkeypatch.setattr(snapshots, "open_snapshot", counted)
    doors = {id(store.current()) for _ in range(50)}
    assert len(doors) == 1 and len(opened) == 2 and len(store.refused()) == 1


def test_opened_snapshots_are_bounded(data):
    names = [publish(data, v, minute=v) for v in range(8)]
    for name in names:
        store.at(name)
    assert len(store._open) == store.OPEN_SNAPSHOTS


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not write")
def test_a_read_only_data_directory_serves_and_can_not_be_published_to(data):
    publish(data, 7)
    for path in [*data.rglob("*"), data]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    opened_up = [p for p in data.parents if p.stat().st_mode & 0o011 != 0o011]
    for path in opened_up:
        path.chmod(path.stat().st_mode | 0o011)
    (data.parent / "queries").chmod(0o755)
    os.seteuid(65534)
    try:
        assert people_now() == 7
        with pytest.raises(snapshots.SnapshotError, match="^nothing can be published in .*: Permission denied$"):
            publish(data, 8)
    finally:
        os.seteuid(0)
        for path in opened_up:
            path.chmod(path.stat().st_mode & ~0o011)


def test_the_header_and_the_datasets_of_a_query(data):
    publish(data, 7)
    query = store.current().question("people/by_town")
    assert query.grain == ["ags"] and query.parameters == {"ags", "as_of"}
    assert query.header["purpose"] == "people of one town on one day"
    assert store.current().datasets_of("people/by_town") == ["people"]
    nested = "with a as (select ags from people where ags = $ags), sensors as (select 1) select * from a"
    add_query(
        data, "nested", f"{nested} where exists (select 1 from (values (1)) v(x)) union select sensor from sensors"
    )
    assert store.current().datasets_of("nested") == ["people", "sensors"]
