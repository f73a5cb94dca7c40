"""Where a number comes from: the query, its parameters, the datasets it read, and how to recompute it elsewhere (pure).

    told = describe(store, "fibre_by_town", {"technology": "fttbh", …}, base="https://…", link="https://…/glasfaser?…")
    told.sql, told.params, told.datasets, told.snapshot_id, told.recompute

One `Provenance` travels with every export: it is the sheet "Quelle", the metadata of a Parquet file, the foot of a
picture and the panel beside a chart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from smartvest.contracts import Source, Words
from smartvest.manifest import Manifest
from smartvest.parameters import plain
from smartvest.texts import text


class Question(Protocol):
    """What is asked of a query file."""

    sql: str
    header: dict[str, str]


class Store(Protocol):
    """What is asked of the store."""

    snapshot_id: str
    manifest: Manifest
    sources: dict[str, Source]

    def question(self, name: str) -> Any: ...

    def datasets_of(self, name: str) -> list[str]: ...


@dataclass(frozen=True)
class DatasetNote:
    """One dataset as it was published in this snapshot. ``rows`` is 0 and ``sha256`` empty where it has no data yet."""

    id: str
    title: Words
    publisher: str
    publisher_url: str
    licence: str
    licence_url: str
    citation: str
    url: str
    change_note: Words | None
    sample: bool
    estimated: bool
    as_of_min: str | None
    as_of_max: str | None
    fetched_at: datetime | None
    rows: int
    sha256: str
    parquet: str  # address of the public file

    @property
    def as_of(self) -> str:
        """The dates its rows are of: ``2019-06-30/2021-06-30``, one date, or empty."""
        ends = [end for end in (self.as_of_min, self.as_of_max) if end]
        return "/".join(dict.fromkeys(ends))

    def attribution(self, lang: str) -> str:
        """One line that satisfies the licence: who, under which licence, and what we changed."""
        parts = [self.citation, f"{text('export.licence', lang)}: {self.licence}"]
        if self.licence_url:
            parts[-1] += f" ({self.licence_url})"
        if self.change_note:
            parts.append(self.change_note[lang].rstrip("."))
        if self.sample:
            parts.append(text("export.sample", lang))
        elif self.estimated:
            parts.append(text("export.estimated", lang))
        return ". ".join(part.rstrip(".") for part in parts) + "."


@dataclass(frozen=True)
class Provenance:
    """Everything that must be said of a table or chart. ``link`` is the address of the view, with ``snapshot=``."""

    snapshot_id: str
    published_at: datetime
    query: str
    sql: str
    header: dict[str, str]
    params: dict[str, Any]
    datasets: tuple[DatasetNote, ...]
    base: str = ""
    link: str = ""
    parts: tuple[Provenance, ...] = ()  # where several questions were asked: each of them
    listing: str = ""  # address of the API's JSON, where that is what was read and not the datasets' Parquet files

    @property
    def as_of(self) -> str:
        """The latest date of any row read; empty where nothing is dated."""
        return max((d.as_of_max for d in self.datasets if d.as_of_max), default="")

    @property
    def sample(self) -> bool:
        return any(d.sample for d in self.datasets)

    @property
    def recompute(self) -> str:
        """Two lines of Python that compute the same rows from public files with DuckDB alone (pip install duckdb); two
        for each of several questions."""
        if self.parts:
            return "\n".join(part.recompute for part in self.parts)
        files = {d.id: d.parquet for d in self.datasets}
        dated = "datetime, " if any(_is_dated(value) for value in self.params.values()) else ""
        first = (
            f"import {dated}duckdb, urllib.request; db = duckdb.connect(); "
            "[db.read_parquet(urllib.request.urlretrieve(url)[0]).create_view(name) "
            f"for name, url in {files!r}.items()]"
        )
        if self.listing:
            first = (
                "import duckdb, urllib.request; db = duckdb.connect(); "
                f"db.read_json(urllib.request.urlretrieve({self.listing!r})[0]).create_view('listing')"
            )
        bound = f", params={self.params!r}" if self.params else ""
        return f"{first}\nresult = db.sql({one_line(self.sql)!r}{bound}); print(result)\n"

    def attribution(self, lang: str) -> list[str]:
        return [d.attribution(lang) for d in self.datasets]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for JSON, Parquet metadata and GeoJSON."""
        return {
            "snapshot": self.snapshot_id,
            "published_at": self.published_at.isoformat(),
            "query": self.query,
            "params": {name: plain(value) for name, value in self.params.items()},
            "units": self.header.get("units", ""),
            "grain": self.header.get("grain", ""),
            "link": self.link,
            "sources": [
                {
                    "dataset": d.id,
                    "title": d.title.model_dump(),
                    "publisher": d.publisher,
                    "publisher_url": d.publisher_url,
                    "licence": d.licence,
                    "licence_url": d.licence_url,
                    "citation": d.citation,
                    "change_note": d.change_note.model_dump() if d.change_note else None,
                    "as_of": d.as_of,
                    "fetched_at": d.fetched_at.isoformat() if d.fetched_at else None,
                    "rows": d.rows,
                    "sha256": d.sha256,
                    "sample": d.sample,
                    "estimated": d.estimated,
                    "parquet": d.parquet,
                }
                for d in self.datasets
            ],
        }

    def json_text(self) -> str:
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"))


def describe(store: Store, name: str, params: Mapping[str, Any], base: str = "", link: str = "") -> Provenance:
    """The provenance of one answer of ``store``. Raises the store's QueryError for an unknown query."""
    question = store.question(name)
    return Provenance(
        snapshot_id=store.snapshot_id,
        published_at=store.manifest.created_at,
        query=name,
        sql=question.sql,
        header=question.header,
        params=dict(params),
        datasets=tuple(dataset_note(store, dataset, base) for dataset in store.datasets_of(name)),
        base=base,
        link=link,
    )


def describe_dataset(store: Store, dataset: str, base: str = "", link: str = "") -> Provenance:
    """The same for a whole dataset as it is downloaded from the page Daten or the API."""
    return Provenance(
        snapshot_id=store.snapshot_id,
        published_at=store.manifest.created_at,
        query="",
        sql=f"from {dataset}",
        header={"grain": ", ".join(store.sources[dataset].grain)} if dataset in store.sources else {},
        params={},
        datasets=(dataset_note(store, dataset, base),),
        base=base,
        link=link,
    )


LISTING = """-- purpose: every dataset of the snapshot with publisher, licence, date and rows, from the API's own list
-- grain: id
select d.id, d.title.de as title_de, d.publisher, d.licence, nullif(d.as_of, '') as as_of, d.rows, d.quarantined
from (select unnest(datasets) as d from listing)
"""


COLUMNS = """-- purpose: the columns of one dataset with type, unit and meaning, from the API's own description
-- grain: name
select c.name, c.type, c.unit, c.meaning.de as meaning_de, c.meaning.en as meaning_en
from (select unnest(columns) as c from listing)
"""


def describe_listing(store: Store, base: str = "", link: str = "") -> Provenance:
    """The same for the table of all datasets. Its licences are a column of it."""
    return _from_the_api(store, "api/v1/datasets", LISTING, base, link)


def describe_columns(store: Store, dataset: str, base: str = "", link: str = "") -> Provenance:
    """The same for the table of a dataset's columns: its contract, which the API gives away as JSON."""
    return _from_the_api(store, f"api/v1/datasets/{dataset}", COLUMNS, base, link)


def _from_the_api(store: Store, path: str, sql: str, base: str, link: str) -> Provenance:
    return Provenance(
        snapshot_id=store.snapshot_id,
        published_at=store.manifest.created_at,
        query=path,
        sql=sql,
        header={"grain": sql.split("-- grain: ")[1].partition("\n")[0]},
        params={},
        datasets=(),
        base=base,
        link=link,
        listing=f"{base}/{path}?snapshot={store.snapshot_id}",
    )


def together(parts: Sequence[Provenance]) -> Provenance:
    """The provenance of what was put together from several answers of one snapshot: all queries, all sources."""
    if len(parts) == 1:
        return parts[0]
    datasets = {note.id: note for part in parts for note in part.datasets}
    return replace(
        parts[0],
        query=", ".join(part.query for part in parts),
        sql="\n\n".join(f"-- query: {part.query}\n{part.sql.strip()}" for part in parts) + "\n",
        header={},
        params={name: value for part in parts for name, value in part.params.items()},
        datasets=tuple(datasets.values()),
        parts=tuple(parts),
    )


def dataset_note(store: Store, dataset: str, base: str = "") -> DatasetNote:
    """A dataset with its licence as it was when the snapshot was published (see Store.sources)."""
    entry = store.manifest.datasets.get(dataset)
    source = store.sources[dataset]
    return DatasetNote(
        id=dataset,
        title=source.title,
        publisher=source.publisher,
        publisher_url=source.publisher_url,
        licence=source.licence,
        licence_url=source.licence_url,
        citation=source.citation,
        url=source.url,
        change_note=source.change_note,
        sample=source.sample or bool(entry and entry.sample),
        estimated=source.estimated,
        as_of_min=entry.as_of_min if entry else None,
        as_of_max=entry.as_of_max if entry else None,
        fetched_at=entry.fetched_at if entry else None,
        rows=entry.rows if entry else 0,
        sha256=entry.sha256 if entry else "",
        parquet=f"{base}/api/v1/datasets/{dataset}.parquet?snapshot={store.snapshot_id}",
    )


def one_line(sql: str) -> str:
    """SQL without comments and line ends; quoted text stays as it is."""
    out: list[str] = []
    i = 0
    while i < len(sql):
        char = sql[i]
        if char in "'\"":
            end = i + 1
            while end < len(sql):
                if sql[end] == char:
                    if sql[end + 1 : end + 2] != char:
                        break
                    end += 1
                end += 1
            out.append(sql[i : end + 1])
            i = end + 1
        elif sql.startswith("--", i):
            end = sql.find("\n", i)
            i = len(sql) if end < 0 else end
        elif sql.startswith("/*", i):
            end = sql.find("*/", i)
            i = len(sql) if end < 0 else end + 2
            out.append(" ")
        elif char.isspace():
            if out and out[-1] != " ":
                out.append(" ")
            i += 1
        else:
            out.append(char)
            i += 1
    return "".join(out).strip().rstrip(";")


def _is_dated(value: Any) -> bool:
    values = value if isinstance(value, (list, tuple)) else [value]
    return any(hasattr(item, "isoformat") for item in values)
