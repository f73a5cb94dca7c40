"""Landing files into the store: what `listen` received becomes readings, file by file."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from smartvest import imports
from smartvest.ingest.records import Raw, SourceError
from smartvest.sensors import files, readings

KEPT = 100  # landing files with rejects whose details are kept; a broken device must not fill the disk


@dataclass
class Absorbed:
    """Sums over files; ``records_in = published + out_of_scope + duplicates + quarantined``."""

    files: int = 0
    records_in: int = 0
    published: int = 0
    out_of_scope: int = 0
    duplicates: int = 0
    quarantined: int = 0
    reasons: Counter = field(default_factory=Counter)


def waiting(data_dir: Path) -> list[Path]:
    """Complete landing files, oldest first."""
    return sorted((files.sensors_dir(data_dir) / "landing").glob("*.ndjson"), key=lambda p: p.name.split("-", 1)[1])


def absorb(data_dir: Path) -> Absorbed:
    """Land every waiting file and move it to ``landing/done``. A crash in between only means landing it once more."""
    total = Absorbed()
    landed_by: set[str] = set()
    done = files.sensors_dir(data_dir) / "landing" / "done"
    done.mkdir(parents=True, exist_ok=True)
    for path in waiting(data_dir):
        name = path.name.split("-", 1)[0]
        loader = importlib.import_module(f"smartvest.ingest.{name}")
        raw = Raw(path.name, path, datetime.now(UTC))
        try:
            shaped = loader.shape(raw)
        except SourceError:
            lines = sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
            total.records_in += lines
            total.quarantined += lines
            total.reasons["not_json"] += lines
            counts = imports.Counts(records_in=lines, quarantined=lines, reasons={"not_json": lines})
            imports.land(
                data_dir, name, raw, {}, counts, [imports.Reject(record=0, reason="not_json", count=lines)], []
            )
            landed_by.add(name)
        else:
            if shaped.rejected:  # kept for `check`; a file without rejects would be one more of 1,440 a day
                counts = readings.land_counted(data_dir, name, raw, shaped).counts
                landed_by.add(name)
            else:
                counts = readings.counted(shaped, readings.land(shaped, raw, data_dir))
            total.records_in += counts.records_in
            total.published += counts.published
            total.out_of_scope += counts.out_of_scope
            total.duplicates += counts.duplicates
            total.quarantined += counts.quarantined
            total.reasons.update(counts.reasons)
        total.files += 1
        os.replace(path, done / path.name)
    for name in landed_by:
        for old in [i for i in imports.list_imports(data_dir, name) if i.name.endswith(".ndjson")][:-KEPT]:
            imports.remove(data_dir, old)
    return total
