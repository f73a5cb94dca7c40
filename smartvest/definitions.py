"""What the figures of a snapshot meant when it was published: indicators, targets, and whether its SQL is still today's.

A snapshot holds kpis.toml as it stood and a mark of every query, so that a view cited years ago has the targets it was
cited with, and says where a figure would be computed differently today. The contracts of its datasets stand in the
manifest too (Source.as_published).
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from smartvest.contracts import Source
from smartvest.kpis import Grouping, Kpi, KpiError, grouping_in, kpis_in, load_grouping, load_kpis
from smartvest.manifest import Manifest
from smartvest.paths import queries_dir
from smartvest.provenance import one_line
from smartvest.queries import query_names


@dataclass(frozen=True)
class Kept:
    """What goes into a manifest."""

    kpis: str
    marks: dict[str, str]


@dataclass(frozen=True)
class Definitions:
    """The indicators of a snapshot. ``as_published`` is false where it did not keep them, or keeps what today's program
    can't read: then they are today's.
    """

    kpis: list[Kpi]
    grouping: Grouping
    as_published: bool


def to_keep(data: Path, queries: Path | None = None) -> Kept:
    """kpis.toml as it stands (empty without one) and the mark of every query."""
    try:
        text = (data / "kpis.toml").read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    return Kept(text, dict(marks(queries or queries_dir())))


@lru_cache(maxsize=4)
def marks(queries: Path) -> dict[str, str]:
    """query -> start of the sha256 of its SQL without comments and line ends: a better comment changes no figure."""
    found = {name: (queries / f"{name}.sql").read_text(encoding="utf-8") for name in query_names(queries)}
    return {name: hashlib.sha256(one_line(sql).encode()).hexdigest()[:16] for name, sql in found.items()}


def of_snapshot(manifest: Manifest, data: Path, sources: dict[str, Source], queries: Path | None = None) -> Definitions:
    """The indicators with which a snapshot was published. Raises KpiError where today's are needed and wrong."""
    folder, where = queries or queries_dir(), "kpis.toml of the snapshot"
    try:
        document = tomllib.loads(manifest.kpis)
        return Definitions(kpis_in(document, where, sources, folder), grouping_in(document, where), True)
    except (tomllib.TOMLDecodeError, KpiError):
        path = data / "kpis.toml"
        return Definitions(load_kpis(path, sources, folder), load_grouping(path), False)


def changed(manifest: Manifest, queries: Path | None = None) -> list[str]:
    """The queries whose SQL is another than when the snapshot was published; those it did not have are not among them."""
    today = marks(queries or queries_dir())
    return sorted(name for name, mark in manifest.queries.items() if name in today and today[name] != mark)
