"""/api/v1/datasets and the files of every dataset: Parquet as published, CSV made from it, and the CSV's description.

A Parquet file is served byte for byte as its snapshot holds it, hash verified, so that its sha256 is the manifest's.
Only where that can't be (a private column to leave out, no data yet, a column added to the contract) a file is made.
What is made lies in a folder of this process and is served like any file: byte ranges, entity tag, no memory.
"""

from __future__ import annotations

import atexit
import gzip
import hashlib
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from smartvest import __version__, export, snapshots
from smartvest.contracts import Source
from smartvest.provenance import dataset_note, describe_dataset
from smartvest.store import Store
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.models import ColumnInfo, DatasetInfo, DatasetList
from smartvest.web.api.problems import Problem
from smartvest.web.api.queries import MEDIA, etag_of

IMMUTABLE = "public, max-age=31536000, immutable"
MADE_FILES = 300  # about ten snapshots' files; the oldest are removed
BATCH_ROWS = 10_000
SUFFIXES = {".csv-metadata.json": "csvw", ".parquet": "parquet", ".csv": "csv"}


def list_datasets(ask: Ask) -> Answer:
    """GET /api/v1/datasets"""
    ask.only("snapshot")
    store = ask.store()
    infos = [dataset_info(store, name, ask.base) for name in store.sources]
    described = DatasetList(snapshot=store.snapshot_id, published_at=store.manifest.created_at, datasets=infos)
    body = described.model_dump_json().encode()
    return Answer(body, "application/json", etag_of(body), {"X-Snapshot": store.snapshot_id})


def dataset_info(store: Store, name: str, base: str) -> DatasetInfo:
    source, note = store.sources[name], dataset_note(store, name, base)
    entry = store.manifest.datasets.get(name)
    return DatasetInfo(
        id=name,
        title=source.title,
        description=source.description,
        publisher=source.publisher,
        publisher_url=source.publisher_url,
        licence=source.licence,
        licence_url=source.licence_url,
        citation=source.citation,
        change_note=source.change_note,
        url=source.url,
        grain=source.grain,
        columns=[
            ColumnInfo(name=key, type=c.type, unit=c.unit, meaning=c.meaning, required=c.required)
            for key, c in source.columns.items()
            if key not in private(store, name)
        ],
        as_of=note.as_of,
        fetched_at=note.fetched_at,
        rows=note.rows,
        quarantined=entry.quarantined if entry else 0,
        sample=note.sample,
        estimated=note.estimated,
        sha256=note.sha256 if not private(store, name) else "",
        parquet=note.parquet,
        csv=note.parquet.replace(".parquet?", ".csv?"),
    )


def dataset_file(ask: Ask) -> Answer:
    """GET /api/v1/datasets/<name>.parquet, .csv, .csv-metadata.json; without an ending what is known of the dataset, for
    its address is the name of the dataset in the catalogue."""
    store = ask.store()
    wanted = ask.path["file"]
    if wanted in store.sources:
        ask.only("snapshot")
        body = dataset_info(store, wanted, ask.base).model_dump_json().encode()
        return Answer(body, "application/json", etag_of(body), {"X-Snapshot": store.snapshot_id})
    form, name = next(((f, wanted[: -len(s)]) for s, f in SUFFIXES.items() if wanted.endswith(s)), ("", ""))
    if name not in store.sources:
        files = [f"{dataset}.{ext}" for dataset in store.sources for ext in ("parquet", "csv")]
        raise Problem(404, f"there is no file {wanted[:80]!r}", allowed=files)
    ask.only(*(("snapshot",) if form == "parquet" else ("snapshot", "dialect")))
    dialect = "plain" if form == "parquet" else ask.choice("dialect", ["plain", "de"])
    link = f"{ask.base}/daten?snapshot={store.snapshot_id}"
    headers = {
        "X-Snapshot": store.snapshot_id,
        "Cache-Control": IMMUTABLE if "snapshot" in ask.params else "no-cache",
        "Link": f'<{dataset_note(store, name, ask.base).parquet}>; rel="canonical"',
    }
    identity = (store.snapshot_id, name, form, dialect, __version__, repr(sorted(store.sources[name].columns)))
    made = hashlib.sha256(repr((*identity, sorted(private(store, name)))).encode()).hexdigest()
    if form == "csvw":
        told = describe_dataset(store, name, ask.base, link)
        body = export.csv_metadata(_schema(store, name).empty_table(), told, f"{name}.csv", dialect)  # type: ignore[arg-type]
        return Answer(body, MEDIA["csvw"], etag_of(body), headers)
    file = export.file_name("daten", name, when=store.snapshot_id[:10], ext=form)
    headers["Content-Disposition"] = f'attachment; filename="{file}"'
    if form == "parquet":
        original = published_file(ask.data, store, name)
        if original is not None:
            etag = f'"{store.manifest.datasets[name].sha256}"'
            ask.unless_known(etag)
            return Answer(original, MEDIA["parquet"], etag, headers)
        etag = f'"{made[:32]}"'
        ask.unless_known(etag)
        told = describe_dataset(store, name, ask.base, link)
        path = MADE.get(f"{made}.parquet", lambda into: export.table_parquet(_rows(ask.data, store, name), told, into))
        return Answer(path, MEDIA["parquet"], etag, headers)
    query = f"?snapshot={store.snapshot_id}" + (f"&dialect={dialect}" if dialect == "de" else "")
    sibling = f"{ask.base}/api/v1/datasets/{name}.csv-metadata.json{query}"
    headers["Link"] += f', <{sibling}>; rel="describedby"; type="{MEDIA["csvw"]}"'
    zipped = ask.takes_gzip and "range" not in ask.headers
    etag = f'"{made[:32]}{"-gzip" if zipped else ""}"'
    ask.unless_known(etag)

    def write(into: Path) -> None:
        opened = gzip.open(into, "wb", 5) if zipped else into.open("wb")
        with opened as file:
            for piece in export.table_csv(_rows(ask.data, store, name), dialect):  # type: ignore[arg-type]
                file.write(piece)

    path = MADE.get(f"{made}.csv{'.gz' if zipped else ''}", write)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Answer(path, MEDIA["csv"], etag, headers)


def private(store: Store, name: str) -> set[str]:
    """Columns that never leave: by today's contract or by the one of the snapshot."""
    return set(store.sources[name].private)


def published_file(data: Path, store: Store, name: str) -> Path | None:
    """The snapshot's own file, verified; None where it can't be given out as it is."""
    entry = store.manifest.datasets.get(name)
    if entry is None or private(store, name):
        return None
    path = snapshots.folder(data) / store.snapshot_id / entry.file
    if not VERIFIED.right(path, entry.sha256, store.snapshot_id):
        return None
    kept = pq.read_schema(path).names
    return path if set(store.sources[name].columns) <= set(kept) else None


def _rows(data: Path, store: Store, name: str) -> pa.RecordBatchReader:
    """The dataset batch by batch, without its private columns and with every column of today's contract."""
    schema = _schema(store, name)
    entry = store.manifest.datasets.get(name)
    if entry is None:
        return pa.RecordBatchReader.from_batches(schema, iter(()))
    path = snapshots.folder(data) / store.snapshot_id / entry.file
    VERIFIED.right(path, entry.sha256, store.snapshot_id)
    file = pq.ParquetFile(path)
    kept = set(file.schema_arrow.names)

    def batches():
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            arrays = [
                batch.column(f.name).cast(f.type) if f.name in kept else pa.nulls(batch.num_rows, f.type)
                for f in schema
            ]
            yield pa.record_batch(arrays, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _schema(store: Store, name: str) -> pa.Schema:
    source: Source = store.sources[name]
    hidden = private(store, name)
    return pa.schema([field for field in source.arrow_schema() if field.name not in hidden])


class Verified:
    """Files whose bytes had the right hash, remembered by path, size and time of change."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, int, int, str]] = set()

    def right(self, path: Path, sha256: str, snapshot_id: str) -> bool:
        """True, or DamagedSnapshot: other bytes than were published never leave."""
        try:
            about = path.stat()
            key = (str(path), about.st_size, about.st_mtime_ns, sha256)
            if key in self._seen:
                return True
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise snapshots.DamagedSnapshot(f"snapshot {snapshot_id}: {path.name}: {error.strerror}") from None
        if found != sha256:
            raise snapshots.DamagedSnapshot(f"snapshot {snapshot_id}: {path.name} is not what was published")
        if len(self._seen) > 10_000:
            self._seen.clear()
        self._seen.add(key)
        return True


class Made:
    """Files made from a snapshot, each once, in a folder that goes with this process."""

    def __init__(self, limit: int = MADE_FILES) -> None:
        self.limit = limit
        self._folder: Path | None = None
        self._files: OrderedDict[str, Path] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str, write: Callable[[Path], object]) -> Path:
        with self._lock:
            path = self._files.get(name)
            if path is not None and path.exists():
                self._files.move_to_end(name)
                return path
            if self._folder is None or not self._folder.is_dir():
                self._folder = Path(tempfile.mkdtemp(prefix="smartvest-"))
                atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
            folder = self._folder
        beside = folder / f".{name}-{threading.get_ident()}"
        try:
            write(beside)
            os.replace(beside, folder / name)
        finally:
            beside.unlink(missing_ok=True)
        with self._lock:
            self._files[name] = folder / name
            while len(self._files) > self.limit:
                self._files.popitem(last=False)[1].unlink(missing_ok=True)
        return folder / name


VERIFIED = Verified()
MADE = Made()
