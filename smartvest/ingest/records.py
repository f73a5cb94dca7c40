"""What passes between fetching, shaping and checking: raw files, shaped tables, rejected records."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa

RECORD = "_record"  # 1-based number of the source record a row came from
WEIGHT = "_records"  # how many source records were folded into an aggregated row


class SourceError(Exception):
    """A whole file or answer can't be used; the message says what is wrong and what to do. Nothing is published."""


@dataclass(frozen=True)
class Raw:
    """One file exactly as its publisher sent it (or as it lay on disk).

    ``name`` is the file's own name: several publishers put the date there and nowhere else.
    ``fetched_at`` is in UTC. ``url`` is empty for a file from disk.
    """

    name: str
    path: Path
    fetched_at: datetime
    url: str = ""

    def read(self) -> bytes:
        return self.path.read_bytes()

    def sha256(self) -> str:
        """Hex digest, read in pieces so that a 300 MB file costs no memory."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Rejected:
    """Source records that can't be published, with the reason (a short machine key) and a harmless excerpt.

    ``record`` is the 1-based number of the source record (0 where the loader can't say), ``count`` how many records
    the entry stands for.
    """

    record: int
    reason: str
    detail: str = ""
    column: str = ""
    count: int = 1


@dataclass
class Shaped:
    """The outcome of shaping one raw file.

    ``records_in`` is counted independently of the parser (CSV records, xlsx rows, JSON messages), so that
    ``records_in = published + out_of_scope + duplicates + quarantined`` can be checked instead of assumed.
    ``tables`` holds one typed pyarrow table a dataset, with the columns of its contract and one of

    - ``_record``: the source record each row came from (one record may give many rows, and rows in several tables), or
    - ``_records``: for aggregated rows, how many source records were folded in.

    A record is published only if every row it gave passes its contract.
    """

    records_in: int
    tables: dict[str, pa.Table] = field(default_factory=dict)
    out_of_scope: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # anything a steward should read: renamed columns, flagged rows
