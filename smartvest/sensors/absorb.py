"""Landing files into the store: what `listen` received becomes readings, file by file."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from smartvest.ingest.records import Raw, SourceError
from smartvest.sensors import files, readings


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
    done = files.sensors_dir(data_dir) / "landing" / "done"
    done.mkdir(parents=True, exist_ok=True)
    for path in waiting(data_dir):
        loader = importlib.import_module(f"smartvest.ingest.{path.name.split('-', 1)[0]}")
        raw = Raw(path.name, path, datetime.now(UTC))
        try:
            shaped = loader.shape(raw)
        except SourceError:
            lines = sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
            total.records_in += lines
            total.quarantined += lines
            total.reasons["not_json"] += lines
        else:
            landed = readings.land(shaped, raw, data_dir)
            total.records_in += shaped.records_in
            total.published += landed.published
            total.out_of_scope += shaped.out_of_scope
            total.duplicates += shaped.duplicates + landed.duplicates
            for rejected in shaped.rejected:
                total.quarantined += rejected.count
                total.reasons[rejected.reason] += rejected.count
        total.files += 1
        os.replace(path, done / path.name)
    return total
