"""Opening, verifying and listing snapshots."""

from __future__ import annotations

import builtins
import io
import os
import random
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from smartvest import snapshots
from tests.core.tiny import leftovers, people_table, publish, value_of


def flip(content: bytes, bit: int) -> bytes:
    return content[: bit // 8] + bytes([content[bit // 8] ^ (1 << bit % 8)]) + content[bit // 8 + 1 :]


def test_200_single_bit_flips_are_all_refused(tmp_path):
    good = publish(tmp_path, 1)
    bad = publish(tmp_path, 2, minute=1)
    files = sorted((snapshots.folder(tmp_path) / bad).iterdir())
    assert {f.name for f in files} == {"manifest.json", "people.parquet", "sensors.parquet"}
    chance = random.Random(20261123)
    for turn in range(200):
        path = files[turn % len(files)]
        content = path.read_bytes()
        bit = chance.randrange(len(content) * 8)
        path.write_bytes(flip(content, bit))
        with pytest.raises(snapshots.DamagedSnapshot, match=bad):
            snapshots.open_snapshot(tmp_path, bad)
        opened, refused = snapshots.open_newest_good(tmp_path)
        assert (opened.id, refused, value_of(opened)) == (good, [bad], 1), f"{path.name} bit {bit}"
        path.write_bytes(content)
    assert snapshots.open_newest_good(tmp_path)[1] == []


def test_every_flip_of_the_pointer_is_refused(tmp_path):
    publish(tmp_path, 1)
    new = publish(tmp_path, 2, minute=1)
    pointer = snapshots.folder(tmp_path) / "CURRENT"
    content = pointer.read_bytes()
    for bit in range(len(content) * 8):
        pointer.write_bytes(flip(content, bit))
        opened, refused = snapshots.open_newest_good(tmp_path)
        assert opened.id == new and len(refused) == 1 and refused[0] != new, f"bit {bit}"


@pytest.mark.parametrize("says", [None, b"", b"\n", b"../../etc\n", b"\xff\xfe\x00" * 50, b"x" * 10_000_000])
def test_a_lost_or_senseless_pointer_is_refused_and_named(tmp_path, says):
    new = publish(tmp_path, 2)
    pointer = snapshots.folder(tmp_path) / "CURRENT"
    pointer.unlink() if says is None else pointer.write_bytes(says)
    opened, refused = snapshots.open_newest_good(tmp_path)
    assert opened.id == new and len(refused) == 1 and 0 < len(refused[0]) <= 100


def test_a_pointer_that_is_a_directory_is_refused(tmp_path):
    new = publish(tmp_path, 2)
    (snapshots.folder(tmp_path) / "CURRENT").unlink()
    (snapshots.folder(tmp_path) / "CURRENT").mkdir()
    opened, refused = snapshots.open_newest_good(tmp_path)
    assert (opened.id, refused) == (new, ["CURRENT"])


@pytest.mark.parametrize("harm", ["truncated", "empty", "missing", "directory", "swapped", "no manifest"])
def test_damaged_files_are_refused_and_named(tmp_path, harm):
    other = publish(tmp_path, 1)
    bad = publish(tmp_path, 2, minute=1)
    path = snapshots.folder(tmp_path) / bad / "people.parquet"
    content = path.read_bytes()
    path.unlink()
    if harm == "truncated":
        path.write_bytes(content[:-1])
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "directory":
        path.mkdir()
    elif harm == "swapped":
        path.write_bytes((snapshots.folder(tmp_path) / other / "people.parquet").read_bytes())
    elif harm == "no manifest":
        (path.parent / "manifest.json").unlink()
    expected = snapshots.UnknownSnapshot if harm == "no manifest" else snapshots.DamagedSnapshot
    with pytest.raises(expected, match=bad) as raised:
        snapshots.open_snapshot(tmp_path, bad)
    assert "\n" not in str(raised.value)
    assert snapshots.open_newest_good(tmp_path)[0].id == other


def test_an_extra_file_is_harmless_and_not_read(tmp_path):
    name = publish(tmp_path, 1)
    (snapshots.folder(tmp_path) / name / "extra.parquet").write_bytes(b"not parquet")
    assert sorted(snapshots.open_snapshot(tmp_path, name).tables) == ["people", "sensors"]


STRANGE_IDS = [
    "../x",
    "../../etc/passwd",
    "/etc/passwd",
    "",
    ".",
    "CURRENT",
    "2026-11-23-0123456789ab/../2026",
    "2026-11-23-0123456789ab\0",
    "2026-11-23-0123456789ab\n",
    "2026-11-23-0123456789AB",
    "٢٠٢٦-11-23-0123456789ab",
    "a" * 100_000,
    "\ud800",
    None,
    7,
    b"2026-11-23-0123456789ab",
]


@pytest.mark.parametrize("strange", STRANGE_IDS, ids=lambda s: repr(s)[:30])
def test_a_strange_id_is_unknown_and_touches_no_file(tmp_path, monkeypatch, strange):
    publish(tmp_path, 1)

    def touched(*args, **kwargs):
        raise AssertionError(f"the file system was asked: {args}")

    for module, name in ((os, "open"), (os, "stat"), (os, "mkdir"), (io, "open"), (builtins, "open")):
        monkeypatch.setattr(module, name, touched)
    for ask in (snapshots.open_snapshot, snapshots.manifest, snapshots.rollback):
        with pytest.raises(snapshots.UnknownSnapshot) as raised:
            ask(tmp_path, strange)
        assert len(str(raised.value)) < 200
    monkeypatch.undo()
    with pytest.raises(snapshots.UnknownSnapshot, match="2026-11-23-0123456789ab does not exist"):
        snapshots.open_snapshot(tmp_path, "2026-11-23-0123456789ab")


def test_rollback_keeps_newer_ids_and_old_ids_keep_working(tmp_path):
    names = [publish(tmp_path, value, minute=value) for value in (1, 2, 3)]
    snapshots.rollback(tmp_path, names[0])
    assert snapshots.current_id(tmp_path) == names[0] and snapshots.ids(tmp_path) == names
    assert [value_of(snapshots.open_snapshot(tmp_path, n)) for n in names] == [1, 2, 3]
    newest = publish(tmp_path, 4, minute=4)
    assert snapshots.ids(tmp_path) == [*names, newest]
    assert snapshots.manifest(tmp_path, newest).previous == names[0]
    assert leftovers(tmp_path) == []


def test_after_a_rollback_a_damaged_snapshot_falls_back_to_an_older_one_not_to_the_unwanted(tmp_path):
    oldest, middle, newest = (publish(tmp_path, value, minute=value) for value in (1, 2, 3))
    snapshots.rollback(tmp_path, middle)
    (snapshots.folder(tmp_path) / middle / "people.parquet").write_bytes(b"")
    opened, refused = snapshots.open_newest_good(tmp_path)
    assert (opened.id, refused) == (oldest, [middle])
    (snapshots.folder(tmp_path) / oldest / "people.parquet").write_bytes(b"")
    assert snapshots.open_newest_good(tmp_path)[0].id == newest


def test_a_damaged_snapshot_is_not_rolled_back_to(tmp_path):
    old, new = publish(tmp_path, 1), publish(tmp_path, 2, minute=1)
    (snapshots.folder(tmp_path) / old / "sensors.parquet").write_bytes(b"")
    with pytest.raises(snapshots.DamagedSnapshot):
        snapshots.rollback(tmp_path, old)
    assert snapshots.current_id(tmp_path) == new


def test_the_same_content_is_not_published_twice_but_a_damaged_one_is_replaced(tmp_path):
    name = publish(tmp_path, 1)
    assert publish(tmp_path, 1, minute=5) == name and snapshots.ids(tmp_path) == [name]
    (snapshots.folder(tmp_path) / name / "sensors.parquet").write_bytes(b"")
    cured = publish(tmp_path, 1, minute=5)
    assert cured != name and value_of(snapshots.open_snapshot(tmp_path, cured)) == 1


def test_nothing_published_and_everything_damaged_say_what_to_do(tmp_path):
    with pytest.raises(snapshots.SnapshotError, match="no snapshot in .*smartvest build"):
        snapshots.open_newest_good(tmp_path)
    name = publish(tmp_path, 1)
    (snapshots.folder(tmp_path) / name / "manifest.json").write_bytes(b"{}")
    with pytest.raises(snapshots.SnapshotError, match="damaged: run .*smartvest build"):
        snapshots.open_newest_good(tmp_path)


def test_large_files_stay_on_disk_but_are_verified(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshots, "IN_MEMORY_BYTES", 100)
    name = publish(tmp_path, 1)
    opened = snapshots.open_snapshot(tmp_path, name)
    assert opened.tables == {} and sorted(opened.files) == ["people", "sensors"]
    people = opened.table("people")
    assert people is not None and people.equals(people_table(1)) and opened.table("towns") is None
    path = opened.files["people"]
    path.write_bytes(flip(path.read_bytes(), 999))
    with pytest.raises(snapshots.DamagedSnapshot):
        snapshots.open_snapshot(tmp_path, name)


def test_every_type_of_a_contract_survives(tmp_path):
    table = pa.table(
        {
            "t": pa.array(["Größe", None, ""]),
            "n": pa.array([0.1 + 0.2, None, -0.0]),
            "i": pa.array([2**62, None, 0]),
            "s": pa.array([datetime(2026, 1, 1), None, datetime(1950, 1, 1)], pa.timestamp("ms")),
            "b": pa.array([True, None, False]),
        }
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    name, is_new = snapshots.publish(tmp_path, {"x": snapshots.Prepared(table, {})}, "test", now)
    assert is_new and snapshots.open_snapshot(tmp_path, name).tables["x"].equals(table)
