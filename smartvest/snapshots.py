"""Publish, verify, list, roll back: immutable snapshots and the one pointer to the published one.

    data/snapshots/<id>/manifest.json + <dataset>.parquet      data/snapshots/CURRENT -> <id>

The id is ``<date>-<first 12 hex digits of the manifest's sha256>`` and the manifest holds the sha256 of every file, so
the name alone vouches for every byte: Parquet's own checks let 30-50 % of single flipped bits pass silently.

Publishing: lock, new directory, fsync files, fsync directory, note the id in ``.publishing``, rename, write pointer
beside, fsync, ``os.replace``, fsync directory. A reader sees all of the old or all of the new. What a killed publisher
left is swept by the next one and never listed.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from smartvest import durable
from smartvest.manifest import Entry, Manifest

ID_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{12}")
IN_MEMORY_BYTES = 16 * 2**20  # larger files stay on disk: three years of 10,000 sensors' days are about 400 MB


class SnapshotError(Exception):
    """A snapshot can't be opened or published; the message names it and says why."""


class UnknownSnapshot(SnapshotError):
    """There is no snapshot of that id."""


class ExpiredSnapshot(UnknownSnapshot):
    """There was a snapshot of that id; it was removed when it had become too old (smartvest/retention.py)."""

    def __init__(self, snapshot_id: str, published_at: datetime, removed_at: datetime):
        days = f"published on {published_at:%Y-%m-%d}, removed on {removed_at:%Y-%m-%d}"
        super().__init__(f"snapshot {snapshot_id} has expired: {days}")
        self.snapshot_id, self.published_at, self.removed_at = snapshot_id, published_at, removed_at


class DamagedSnapshot(SnapshotError):
    """A file of the snapshot is not what was published."""


@dataclass(frozen=True)
class Prepared:
    """A checked table, ready to publish, with what the manifest shall say of it (hash, bytes, rows: filled in)."""

    table: pa.Table
    about: dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """A verified snapshot: small tables in memory, large ones as paths of files whose hash was right."""

    id: str
    manifest: Manifest
    tables: dict[str, pa.Table]
    files: dict[str, Path]

    def table(self, name: str) -> pa.Table | None:
        """A dataset's table, read into memory if it is a large one; None when the snapshot lacks it."""
        return pq.ParquetFile(self.files[name]).read() if name in self.files else self.tables.get(name)


def folder(data: Path) -> Path:
    return data / "snapshots"


def current_id(data: Path) -> str | None:
    """What the pointer says, not yet verified; "" if it can't be read, None when there is no pointer.

    Exactly an id and a newline is an id; anything else comes back as it is, cut short, and opens nothing.
    """
    try:
        with (folder(data) / "CURRENT").open("rb") as file:
            return file.read(100).decode("ascii", errors="replace").removesuffix("\n")
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def ids(data: Path) -> list[str]:
    """All published ids, oldest first. An id whose publishing never finished is not among them."""
    root = folder(data)
    names = [entry.name for entry in root.iterdir() if entry.is_dir()] if root.is_dir() else []
    pending = _pending(data)  # asked after listing: an id that was listed while pending is still seen as such
    return sorted((n for n in names if ID_FORM.fullmatch(n) and n != pending), key=lambda n: _published_at(data, n))


def _published_at(data: Path, snapshot_id: str) -> tuple[str, str]:
    """Sort key: the time in the manifest; of a damaged one the end of the day in its name (file times do not survive a
    clone).
    """
    with suppress(SnapshotError):
        return f"{manifest(data, snapshot_id).created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}", snapshot_id
    return f"{snapshot_id[:10]}T24", snapshot_id


def manifest(data: Path, snapshot_id: str) -> Manifest:
    """The manifest of a snapshot, its bytes verified against the id. Raises UnknownSnapshot or DamagedSnapshot.

    Nothing but the form of an id ever becomes part of a path.
    """
    if not isinstance(snapshot_id, str) or not ID_FORM.fullmatch(snapshot_id):
        raise UnknownSnapshot("snapshot id must look like 2026-11-23-0123456789ab")
    path = folder(data) / snapshot_id / "manifest.json"
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if snapshot_id in (gone := expired(data)):
            raise ExpiredSnapshot(snapshot_id, *gone[snapshot_id]) from None
        raise UnknownSnapshot(f"snapshot {snapshot_id} does not exist") from None
    except OSError as error:
        raise DamagedSnapshot(f"snapshot {snapshot_id}: manifest.json can't be read: {error.strerror}") from None
    if _digest(content)[:12] != snapshot_id[-12:]:
        raise DamagedSnapshot(f"snapshot {snapshot_id}: manifest.json is not what was published")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise DamagedSnapshot(f"snapshot {snapshot_id}: manifest.json: {error.errors()[0]['msg']}") from None


def expired(data: Path) -> dict[str, tuple[datetime, datetime]]:
    """Removed snapshots: id -> (published at, removed at). A line that can't be read is passed over."""
    try:
        lines = (folder(data) / "EXPIRED").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        with suppress(ValueError):
            snapshot_id, published_at, removed_at = line.split("\t")
            found[snapshot_id] = datetime.fromisoformat(published_at), datetime.fromisoformat(removed_at)
    return found


def open_snapshot(data: Path, snapshot_id: str) -> Opened:
    """Verify every file and load it. Raises UnknownSnapshot or DamagedSnapshot."""
    described = manifest(data, snapshot_id)
    tables: dict[str, pa.Table] = {}
    files: dict[str, Path] = {}
    for name, entry in described.datasets.items():
        path = folder(data) / snapshot_id / entry.file
        try:
            if entry.bytes > IN_MEMORY_BYTES:
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
                files[name] = path
            else:
                content = path.read_bytes()  # hashed and parsed from the same bytes: nothing can change between
                found = _digest(content)
        except OSError as error:
            raise DamagedSnapshot(f"snapshot {snapshot_id}: {entry.file} can't be read: {error.strerror}") from None
        if found != entry.sha256:
            raise DamagedSnapshot(f"snapshot {snapshot_id}: {entry.file} is not what was published")
        if name not in files:
            tables[name] = read_parquet(content)
    return Opened(snapshot_id, described, tables, files)


def read_parquet(content: bytes) -> pa.Table:
    """Parse a small Parquet file without helper threads: one that still held a Python object when the interpreter left
    aborted the process (1 of 20 runs of `check`).
    """
    return pq.ParquetFile(pa.BufferReader(content), pre_buffer=False).read(use_threads=False)


def open_newest_good(data: Path) -> tuple[Opened, list[str]]:
    """The published snapshot, or the last good one before it, with what was refused: ids, or what the pointer says
    instead of one ("CURRENT" if it says nothing).

    Only when nothing older is good, a newer one is taken: after a rollback the newer ones are the ones not wanted.
    Raises SnapshotError when not one can be opened.
    """
    wanted, known = current_id(data), ids(data)
    if wanted is None and not known:
        raise SnapshotError(f"no snapshot in {folder(data)}: run `python -m smartvest build`")
    at = known.index(wanted) if wanted in known else len(known)
    refused: list[str] = []
    for candidate in (wanted or "CURRENT", *reversed(known[:at]), *known[at + 1 :]):
        try:
            return open_snapshot(data, candidate), refused
        except SnapshotError:
            refused.append(candidate)
    raise SnapshotError(f"every snapshot in {folder(data)} is damaged: run `python -m smartvest build`")


def publish(
    data: Path,
    prepared: dict[str, Prepared],
    version: str,
    now: datetime | None = None,
    *,
    kpis: str = "",
    queries: dict[str, str] | None = None,
) -> tuple[str, bool]:
    """Write a snapshot and point to it. Returns its id and whether it is new. ``kpis`` and ``queries`` as in Manifest.

    Content equal to the published snapshot's is not written again. If it raises (SnapshotError where nothing may be
    written at all, OSError of the failed operation otherwise), nothing has changed.
    """
    root = folder(data)
    with publishing_alone(root):
        _sweep(data)
        building = root / f".new-{os.getpid()}"
        renamed: Path | None = None
        try:
            os.mkdir(building)
            entries = {name: _write_table(building, name, item) for name, item in sorted(prepared.items())}
            before = current_id(data)
            if before is not None and _same_content(data, before, entries, kpis, queries or {}):
                shutil.rmtree(building, ignore_errors=True)
                return before, False
            described = Manifest(
                created_at=(now or datetime.now(UTC)).astimezone(UTC),
                smartvest=version,
                previous=before if before and ID_FORM.fullmatch(before) else None,
                datasets=entries,
                kpis=kpis,
                queries=queries or {},
            )
            content = (described.model_dump_json(indent=1) + "\n").encode()
            durable.write_synced(building / "manifest.json", content)
            durable.fsync_folder(building)
            snapshot_id = f"{described.created_at:%Y-%m-%d}-{_digest(content)[:12]}"
            if (root / snapshot_id).exists():  # the very same manifest of the very same moment
                shutil.rmtree(building)
            else:
                durable.write_synced(root / ".publishing", snapshot_id.encode())
                durable.fsync_folder(root)  # the note must outlive a power cut that the renamed directory outlives
                renamed = root / snapshot_id
                os.rename(building, renamed)
                durable.fsync_folder(root)
            _point_to(root, snapshot_id)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            if renamed is not None and current_id(data) != renamed.name:
                shutil.rmtree(renamed, ignore_errors=True)
            if renamed is None or current_id(data) == renamed.name or not renamed.exists():
                _forget_note(root)
            raise
        _forget_note(root)
        return snapshot_id, True


def rollback(data: Path, snapshot_id: str) -> None:
    """Point to an older snapshot, after verifying it. Nothing published is deleted."""
    manifest(data, snapshot_id)  # an unknown id must not even create a lock
    with publishing_alone(folder(data)):
        _sweep(data)  # under the lock, before verifying: what a killed publisher left is no snapshot
        open_snapshot(data, snapshot_id)
        _point_to(folder(data), snapshot_id)


def _write_table(building: Path, name: str, item: Prepared) -> Entry:
    buffer = io.BytesIO()
    pq.write_table(item.table, buffer, compression="zstd", version="2.6", coerce_timestamps="ms")
    content = buffer.getvalue()
    durable.write_synced(building / f"{name}.parquet", content)
    return Entry(
        file=f"{name}.parquet", sha256=_digest(content), bytes=len(content), rows=item.table.num_rows, **item.about
    )


def _same_content(data: Path, before: str, entries: dict[str, Entry], kpis: str, queries: dict[str, str]) -> bool:
    try:
        old = open_snapshot(data, before)  # a damaged snapshot is never "the same": publishing again is the cure
    except SnapshotError:
        return False
    if (old.manifest.kpis, old.manifest.queries) != (kpis, queries):  # the same figures may mean something else
        return False
    unstamped = {"fetched_at", "inputs", "kept_from"}
    return {k: v.model_dump(mode="json", exclude=unstamped) for k, v in old.manifest.datasets.items()} == {
        k: v.model_dump(mode="json", exclude=unstamped) for k, v in entries.items()
    }


def _point_to(root: Path, snapshot_id: str) -> None:
    beside = root / f".CURRENT-{os.getpid()}"
    try:
        durable.write_synced(beside, f"{snapshot_id}\n".encode())
        os.replace(beside, root / "CURRENT")
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    with suppress(OSError):  # it is published and whole; at worst a power cut brings the old pointer back
        durable.fsync_folder(root)


def _pending(data: Path) -> str | None:
    """The id that is being published right now, or whose publisher died before it pointed to it."""
    try:
        pending = (folder(data) / ".publishing").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return None if current_id(data) == pending else pending


def _forget_note(root: Path) -> None:
    with suppress(OSError):  # the next publish or rollback sweeps it
        (root / ".publishing").unlink()


def _sweep(data: Path) -> None:
    """Remove what dead publishers left. Called under the lock, so no living one can own it."""
    root = folder(data)
    pending = _pending(data)
    if pending and ID_FORM.fullmatch(pending) and (root / pending).exists():
        shutil.rmtree(root / pending)  # where that fails its note must stay, so it is not ignored
    for leftover in (*root.glob(".new-*"), *root.glob(".CURRENT-*"), *root.glob(".publishing")):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


@contextmanager
def publishing_alone(root: Path, patience_s: float = 60.0) -> Iterator[None]:
    """One publisher at a time; the operating system frees the lock of a killed one."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        handle = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SnapshotError(f"nothing can be published in {root}: {error.strerror}") from error
    try:
        deadline = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SnapshotError("another publish is running; try again when it is done") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
