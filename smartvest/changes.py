"""What changed between two snapshots, from their manifests alone (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smartvest.build import QUARANTINE
from smartvest.manifest import Manifest


@dataclass(frozen=True)
class Change:
    """One dataset that is new, gone, newer (a later as-of date) or revised (other content, same date)."""

    dataset: str
    kind: Literal["added", "removed", "newer", "revised"]
    rows: int = 0
    rows_before: int = 0
    as_of: str | None = None
    as_of_before: str | None = None


def changes(new: Manifest, old: Manifest | None) -> list[Change]:
    """Dataset by dataset, in the order of the new manifest. Without an older snapshot nothing has changed."""
    if old is None:
        return []
    found = []
    for name, entry in new.datasets.items():
        before = old.datasets.get(name)
        if name == QUARANTINE or (before and before.sha256 == entry.sha256):
            continue
        if before is None:
            found.append(Change(name, "added", rows=entry.rows, as_of=entry.as_of_max))
        else:
            later = (entry.as_of_max or "") > (before.as_of_max or "")
            found.append(
                Change(
                    name, "newer" if later else "revised", entry.rows, before.rows, entry.as_of_max, before.as_of_max
                )
            )
    return found + [Change(name, "removed") for name in old.datasets if name not in new.datasets]
