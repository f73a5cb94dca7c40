"""Publish, verify, list, roll back: immutable snapshots and the one pointer to the published one.

    data/snapshots/<id>/manifest.json + <dataset>.parquet      data/snapshots/CURRENT -> <id>

The id is ``<date>-<first 12 hex digits of the manifest's sha256>`` and the manifest holds the sha256 of every file, so
the name alone vouches for every byte: Parquet's own checks let 30-50 % of single flipped bits pass silently.

Publishing: lock, new directory, fsync files, fsync directory, journal, rename, write pointer beside, fsync,
``os.replace``, fsync directory. A reader sees all of the old or all of the new. What a killed publisher left is swept
by the next one and never listed.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
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
from pydantic import BaseModel, ConfigDict, ValidationError

ID_FORM = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
IN_MEMORY_BYTES = 16 * 2**20  # larger files stay on disk: three years of 10,000 sensors' days are about 400 MB


class SnapshotError(Exception):
    """A snapshot can't be opened or published; the message names it and says why."""


class UnknownSnapshot(SnapshotError):
    """There is no snapshot of that id."""


class DamagedSnapshot(SnapshotError):
    """A file of the snapshot is not what was published."""


class Input(BaseModel):
    """One file that went into a dataset."""

    model_config = ConfigDict(extra="forbid")
    name: str
    sha256: str
    url: str = ""
    fetched_at: datetime | None = None
    rows: int


class Entry(BaseModel):
    """What the manifest says of one dataset. ``source`` is its block of sources.toml at the time of publishing."""

    model_config = ConfigDict(extra="forbid")
    file: str
    sha256: str
    bytes: int
    rows: int
    quarantined: int = 0
    sample: bool = False
    licence: str = ""
    as_of_min: str | None = None
    as_of_max: str | None = None
    fetched_at: datetime | None = None
    kept_from: str | None = None  # the new version was blocked by the check; this is the one published before
    inputs: list[Input] = []
    findings: list[dict[str, Any]] = []
    source: dict[str, Any] = {}


class Manifest(BaseModel):
    """manifest.json"""

    model_config = ConfigDict(extra="forbid")
    format: int = 1
    created_at: datetime
    smartvest: str
    previous: str | None = None
    datasets: dict[str, Entry]


@dataclass(frozen=True)
class Prepared:
    """A checked table, ready to publish, with what the manifest shall say of it (hash, bytes and rows are filled in)."""

    table: pa.Table
    about: dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """A verified snapshot: small tables in memory, large ones as paths of files whose hash was right."""

    id: str
    manifest: Manifest
    tables: dict[str, pa.Table]
    files: dict[str, Path]


def folder(data: Path) -> Path:
    return data / "snapshots"


def current_id(data: Path) -> str | None:
    """The published id, or None before the first publish. What the pointer says is not yet verified."""
    try:
        return (folder(data) / "CURRENT").read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None


def ids(data: Path) -> list[str]:
    """All published ids, oldest first. An id whose publishing never finished is not among them."""
    root = folder(data)
    pending = _pending(root)
    names = [entry.name for entry in root.iterdir() if entry.is_dir()] if root.is_dir() else []
    return sorted((n for n in names if ID_FORM.fullmatch(n) and n != pending), key=lambda n: _published_at(data, n))


def _published_at(data: Path, snapshot_id: str) -> tuple[str, str]:
    """Sort key: the time in the manifest; of a damaged one the date in its name (file times do not survive a clone)."""
    with suppress(SnapshotError):
        return manifest(data, snapshot_id).created_at.isoformat(), snapshot_id
    return snapshot_id[:10], snapshot_id


def manifest(data: Path, snapshot_id: str) -> Manifest:
    """The manifest of a snapshot, its bytes verified against the id."""
    if not ID_FORM.fullmatch(snapshot_id):
        raise UnknownSnapshot("snapshot id must look like 2026-11-23-0123456789ab")
    path = folder(data) / snapshot_id / "manifest.json"
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise UnknownSnapshot(f"snapshot {snapshot_id} does not exist") from None
    except OSError as error:
        raise DamagedSnapshot(f"snapshot {snapshot_id}: manifest.json can't be read: {error.strerror}") from None
    if _digest(content)[:12] != snapshot_id[-12:]:
        raise DamagedSnapshot(f"snapshot {snapshot_id}: manifest.json is not what was published")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise DamagedSnapshot(f"snapshot {snapshot_id}: manifest.json: {error.errors()[0]['msg']}") from None


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
            tables[name] = pq.read_table(io.BytesIO(content))
    return Opened(snapshot_id, described, tables, files)


def open_newest_good(data: Path) -> tuple[Opened, list[str]]:
    """The published snapshot, or the last good one before it, with the ids that were refused.

    Raises SnapshotError when not one can be opened.
    """
    refused: list[str] = []
    wanted = current_id(data)
    others = [name for name in reversed(ids(data)) if name != wanted]
    for candidate in ([wanted] if wanted else []) + others:
        try:
            return open_snapshot(data, candidate), refused
        except SnapshotError:
            refused.append(candidate)
    reason = f"every snapshot in {folder(data)} is damaged" if refused else f"no snapshot in {folder(data)}"
    raise SnapshotError(f"{reason}: run `python -m smartvest build`")


def publish(data: Path, prepared: dict[str, Prepared], version: str, now: datetime | None = None) -> tuple[str, bool]:
    """Write a snapshot and point to it. Returns its id and whether it is new.

    Content equal to the published snapshot's is not written again. On any failure nothing changes and the exception
    is raised.
    """
    root = folder(data)
    root.mkdir(parents=True, exist_ok=True)
    with _locked(root):
        _sweep(root)
        building = root / f".new-{os.getpid()}"
        final: Path | None = None
        try:
            os.mkdir(building)
            entries = {name: _write_table(building, name, item) for name, item in sorted(prepared.items())}
            before = current_id(data)
            if before is not None and _same_content(data, before, entries):
                shutil.rmtree(building)
                return before, False
            described = Manifest(
                created_at=(now or datetime.now(UTC)).replace(microsecond=0),
                smartvest=version,
                previous=before,
                datasets=entries,
            )
            content = (described.model_dump_json(indent=1) + "\n").encode()
            _write(building / "manifest.json", content)
            _fsync_folder(building)
            snapshot_id = f"{described.created_at:%Y-%m-%d}-{_digest(content)[:12]}"
            if (root / snapshot_id).exists():  # the very same manifest in the same second
                shutil.rmtree(building)
            else:
                _write(root / ".publishing", snapshot_id.encode())
                final = root / snapshot_id
                os.rename(building, final)
                _fsync_folder(root)
            _point_to(root, snapshot_id)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            if final is not None and current_id(data) != final.name:
                shutil.rmtree(final, ignore_errors=True)
            with suppress(OSError):
                (root / ".publishing").unlink()
            raise
        with suppress(OSError):
            (root / ".publishing").unlink()
        return snapshot_id, True


def rollback(data: Path, snapshot_id: str) -> None:
    """Point to an older snapshot, after verifying it. Nothing is deleted."""
    open_snapshot(data, snapshot_id)
    with _locked(folder(data)):
        _point_to(folder(data), snapshot_id)


def _write_table(building: Path, name: str, item: Prepared) -> Entry:
    buffer = io.BytesIO()
    pq.write_table(item.table, buffer, compression="zstd", version="2.6", coerce_timestamps="ms")
    content = buffer.getvalue()
    _write(building / f"{name}.parquet", content)
    return Entry(
        file=f"{name}.parquet", sha256=_digest(content), bytes=len(content), rows=item.table.num_rows, **item.about
    )


def _same_content(data: Path, before: str, entries: dict[str, Entry]) -> bool:
    try:
        old = open_snapshot(data, before)  # a damaged snapshot is never "the same": publishing again is the cure
    except SnapshotError:
        return False
    unstamped = {"fetched_at", "inputs", "kept_from"}
    return {k: v.model_dump(mode="json", exclude=unstamped) for k, v in old.manifest.datasets.items()} == {
        k: v.model_dump(mode="json", exclude=unstamped) for k, v in entries.items()
    }


def _point_to(root: Path, snapshot_id: str) -> None:
    beside = root / f".CURRENT-{os.getpid()}"
    try:
        _write(beside, f"{snapshot_id}\n".encode())
        os.replace(beside, root / "CURRENT")
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    _fsync_folder(root)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _fsync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _pending(root: Path) -> str | None:
    """The id that is being published right now, or whose publisher died before it pointed to it."""
    try:
        pending = (root / ".publishing").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    pointed = root / "CURRENT"
    with suppress(OSError):
        if pointed.read_text(encoding="ascii", errors="replace").strip() == pending:
            return None
    return pending


def _sweep(root: Path) -> None:
    """Remove what dead publishers left. Called under the lock, so no living one can own it."""
    pending = _pending(root)
    if pending and ID_FORM.fullmatch(pending):
        shutil.rmtree(root / pending, ignore_errors=True)
    for leftover in (*root.glob(".new-*"), *root.glob(".CURRENT-*"), *root.glob(".publishing")):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


@contextmanager
def _locked(root: Path, patience_s: float = 60.0) -> Iterator[None]:
    """One publisher at a time; the operating system frees the lock of a killed one."""
    handle = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
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


def as_json(described: Manifest) -> dict[str, Any]:
    """The manifest as plain JSON values."""
    return json.loads(described.model_dump_json())
