"""What was held back, in lines for a steward: records of datasets, and records of sensor files, which have no dataset."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartvest.build import Assembly
from smartvest.imports import Import, read_imports

SHOWN = 50  # lines of one sensor file; all are in its .json


def held_back(data: Path, assembly: Assembly) -> Iterator[str]:
    """One line a record, first those the next snapshot lacks, then those of imports that gave readings or nothing."""
    for row in assembly.quarantine:
        yield _line(row["dataset"], row["input"], row["record"], f"{row['reason']} {row['column']} {row['detail']}")
    for done in read_imports(data)[0]:
        if not done.rows:
            yield from _of_import(done)


def _of_import(done: Import) -> Iterator[str]:
    what = f"readings of {done.loader}"
    for reject in done.rejected[:SHOWN]:
        many = f" ({reject.count} records)" if reject.count > 1 else ""
        yield _line(what, done.name, reject.record, f"{reject.reason}{many} {reject.column} {reject.detail}")
    rest = sum(reject.count for reject in done.rejected[SHOWN:])
    if rest:
        yield f"quarantined: {what} ({done.name}): {rest} more, see imports/{done.loader}/{done.stem}.json"


def _line(what: str, name: str, record: int, why: str) -> str:
    where = f"{name} record {record}" if record else name
    return " ".join(f"quarantined: {what} ({where}): {why}".split())
