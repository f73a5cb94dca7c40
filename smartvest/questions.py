"""What a page shows, as something that can be asked again: a named query with its parameters, or a whole dataset.

asked = Question(store, "fibre_by_town", {"technology": "fttbh", …})
asked.rows()            the answer as an Arrow table, without private columns; nothing runs before
asked.told(base, link)  its provenance
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import pyarrow as pa

from smartvest.maps.cells import squares
from smartvest.provenance import (
    Provenance,
    dataset_note,
    describe,
    describe_columns,
    describe_dataset,
    describe_listing,
)
from smartvest.store import Store

PLACES = "towns"
CELL = ("epsg", "x_m", "y_m")  # the columns that say which cell of the 100 m grid a row is
SECONDS = 30.0  # a download may take longer than an answer of the API


class Asked(Protocol):
    """A query or a dataset of one snapshot."""

    @property
    def store(self) -> Store: ...
    @property
    def name(self) -> str: ...
    @property
    def params(self) -> dict[str, Any]: ...
    def datasets(self) -> list[str]: ...
    def count(self) -> int: ...
    def rows(self) -> pa.Table: ...
    def told(self, base: str = "", link: str = "") -> Provenance: ...


@dataclass(frozen=True)
class Question:
    """queries/<name>.sql with its parameters."""

    store: Store
    name: str
    params: dict[str, Any] = field(default_factory=dict)

    def datasets(self) -> list[str]:
        return self.store.datasets_of(self.name)

    def count(self) -> int:
        return self.rows().num_rows

    def rows(self) -> pa.Table:
        return public_columns(self.store, self.name, self.store.answer(self.name, self.params, SECONDS))

    def told(self, base: str = "", link: str = "") -> Provenance:
        return describe(self.store, self.name, self.params, base, link)


@dataclass(frozen=True)
class Dataset:
    """A dataset of sources.toml, whole."""

    store: Store
    name: str
    params: dict[str, Any] = field(default_factory=dict)

    def datasets(self) -> list[str]:
        return [self.name]

    def count(self) -> int:
        """As the manifest says: the table itself may have millions of rows."""
        return self.store.manifest.datasets[self.name].rows

    def rows(self) -> pa.Table:
        return self.store.table(self.name)

    def told(self, base: str = "", link: str = "") -> Provenance:
        return describe_dataset(self.store, self.name, base, link)


@dataclass(frozen=True)
class Listing:
    """All datasets of a snapshot, a row each: what a page shows of them is handed over by the page."""

    store: Store
    name: str = "datasets"
    params: dict[str, Any] = field(default_factory=dict)

    def datasets(self) -> list[str]:
        return []

    def count(self) -> int:
        return len(self.store.sources)

    def rows(self) -> pa.Table:
        entries = self.store.manifest.datasets
        listed = [(name, source.title.de, entries.get(name)) for name, source in self.store.sources.items()]
        return pa.table(
            {
                "id": [name for name, _, _ in listed],
                "title_de": [title for _, title, _ in listed],
                "rows": [entry.rows if entry else 0 for _, _, entry in listed],
            }
        )

    def told(self, base: str = "", link: str = "") -> Provenance:
        return describe_listing(self.store, base, link)


@dataclass(frozen=True)
class Columns:
    """The columns of a dataset as its contract has them, a row each."""

    store: Store
    name: str
    params: dict[str, Any] = field(default_factory=dict)

    def datasets(self) -> list[str]:
        return []

    def count(self) -> int:
        return self.rows().num_rows

    def rows(self) -> pa.Table:
        source = self.store.sources[self.name]
        shown = {name: column for name, column in source.columns.items() if name not in source.private}
        return pa.table(
            {
                "name": list(shown),
                "type": [column.type for column in shown.values()],
                "unit": [column.unit for column in shown.values()],
                "meaning_de": [column.meaning.de for column in shown.values()],
                "meaning_en": [column.meaning.en for column in shown.values()],
            }
        )

    def told(self, base: str = "", link: str = "") -> Provenance:
        return describe_columns(self.store, self.name, base, link)


def public_columns(store: Store, name: str, table: pa.Table) -> pa.Table:
    """Without the columns that a contract keeps private."""
    private = {column for dataset in store.datasets_of(name) for column in store.sources[dataset].private}
    return table.drop_columns([column for column in table.column_names if column in private])


def with_places(page: pa.Table, told: Provenance, store: Store) -> tuple[pa.Table, Provenance]:
    """Rows of grid cells get their squares; rows by town without a place of their own the town's outline (and its source
    is named)."""
    names = set(page.column_names)
    if "geometry_geojson" in names:
        return page, told
    if names >= set(CELL):
        return page.append_column(
            "geometry_geojson", pa.array(squares(*(page[n].to_numpy() for n in CELL)), pa.string())
        ), told
    if names >= {"longitude_deg", "latitude_deg"} or "ags" not in names:
        return page, told
    towns = store.answer("town_outlines", {})
    outlines = dict(zip(towns.column("ags").to_pylist(), towns.column("geometry_geojson").to_pylist(), strict=True))
    column = pa.array([outlines.get(ags) for ags in page.column("ags").to_pylist()], pa.string())
    return page.append_column("geometry_geojson", column), with_dataset(told, PLACES, store)


def with_dataset(told: Provenance, dataset: str, store: Store) -> Provenance:
    """``told`` with one more dataset among its sources."""
    if dataset in {d.id for d in told.datasets}:
        return told
    return replace(told, datasets=(*told.datasets, dataset_note(store, dataset, told.base)))
