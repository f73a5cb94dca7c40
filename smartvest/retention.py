"""How long snapshots stay: ``keep`` and ``pinned`` of data/publishing.toml, applied after every publish.

The ids of removed snapshots are remembered in data/snapshots/EXPIRED (id, published at, removed at), so that a cited
link can say what became of it. Written before anything is removed: a killed prune loses no name, the next one goes on.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from smartvest import durable, snapshots
from smartvest.publishing import Publishing

LEFTOVER = ".old-"


def surplus(known: list[str], current: str | None, keep: int, pinned: list[str]) -> list[str]:
    """Which of the ids (oldest first) are to go: all but the newest ``keep``, the published one and the pinned ones."""
    safe = {*known[max(len(known) - keep, 0) :], *pinned, current}
    return [snapshot_id for snapshot_id in known if snapshot_id not in safe]


def prune(data: Path, settings: Publishing, now: datetime | None = None) -> list[str]:
    """Remove surplus snapshots and remember them. Returns their ids. Raises OSError when the disk does."""
    root = snapshots.folder(data)
    with snapshots.publishing_alone(root):
        for leftover in root.glob(f"{LEFTOVER}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        current = snapshots.current_id(data)
        if current not in snapshots.ids(data):  # the pointer is damaged: what is wanted is not known, so all stay
            return []
        gone = surplus(snapshots.ids(data), current, settings.keep, settings.pinned)
        if not gone:
            return []
        _remember(data, gone, now or datetime.now(UTC))
        for snapshot_id in gone:
            aside = root / f"{LEFTOVER}{snapshot_id}"
            os.rename(root / snapshot_id, aside)  # gone at once for every reader, then removed file by file
            shutil.rmtree(aside, ignore_errors=True)
        return gone


def _remember(data: Path, gone: list[str], now: datetime) -> None:
    root = snapshots.folder(data)
    known = snapshots.expired(data)
    for snapshot_id in gone:
        published_at = datetime.fromisoformat(snapshot_id[:10]).replace(tzinfo=UTC)  # of a damaged one
        with suppress(snapshots.SnapshotError):
            published_at = snapshots.manifest(data, snapshot_id).created_at
        known[snapshot_id] = published_at, now
    lines = [f"{name}\t{then.isoformat()}\t{removed.isoformat()}\n" for name, (then, removed) in known.items()]
    beside = root / f".EXPIRED-{os.getpid()}"
    try:
        durable.write_synced(beside, "".join(lines).encode())
        os.replace(beside, root / "EXPIRED")
    finally:
        beside.unlink(missing_ok=True)
    durable.fsync_folder(root)
