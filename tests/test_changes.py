"""What changed between two snapshots."""

from datetime import UTC, datetime

from smartvest.changes import Change, changes
from smartvest.manifest import Entry, Manifest


def manifest(**datasets: tuple[str, int, str | None]) -> Manifest:
    entries = {
        name: Entry(file=f"{name}.parquet", sha256=sha, bytes=1, rows=rows, as_of_max=as_of)
        for name, (sha, rows, as_of) in datasets.items()
    }
    return Manifest(created_at=datetime(2026, 1, 1, tzinfo=UTC), smartvest="0", datasets=entries)


def test_the_first_snapshot_has_no_changes():
    assert changes(manifest(towns=("a", 10, None)), None) == []


def test_every_kind_of_change_once():
    old = manifest(
        same=("a", 1, None), newer=("b", 10, "2020-12-31"), revised=("c", 5, "2021-06-30"), gone=("d", 1, None)
    )
    new = manifest(
        same=("a", 1, None), newer=("x", 20, "2021-06-30"), revised=("y", 6, "2021-06-30"), added=("z", 3, "2024-12-31")
    )
    assert changes(new, old) == [
        Change("newer", "newer", 20, 10, "2021-06-30", "2020-12-31"),
        Change("revised", "revised", 6, 5, "2021-06-30", "2021-06-30"),
        Change("added", "added", rows=3, as_of="2024-12-31"),
        Change("gone", "removed"),
    ]


def test_the_quarantine_is_no_news():
    assert changes(manifest(quarantine=("b", 9, None)), manifest(quarantine=("a", 1, None))) == []
