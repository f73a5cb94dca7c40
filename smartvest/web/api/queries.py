"""/api/v1/queries and /api/v1/queries/<name>: named questions with validated parameters; never SQL from outside."""

from __future__ import annotations

import hashlib
import io
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa

from smartvest import __version__, export
from smartvest.citation import permanent_link
from smartvest.parameters import Parameter, ParameterError, declared, example_values, examples, typed
from smartvest.provenance import Provenance, describe
from smartvest.queries import Query, QueryError, query_names
from smartvest.questions import public_columns, with_places
from smartvest.store import Store
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.models import ColumnType, ParameterInfo, QueryInfo, QueryList
from smartvest.web.api.problems import Problem

PAGE_ROWS = 10_000  # most rows of one answer; whole datasets are files
SECONDS = 5.0  # most time for one query; the slowest page query takes 50 ms
FORMATS = ["json", "csv", "parquet", "xlsx", "geojson", "csvw"]
MEDIA = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "csvw": "application/csvm+json",
}
OPTIONS = ("format", "limit", "offset", "snapshot", "dialect", "lang")


def public_queries(store: Store) -> list[str]:
    """Every query over published datasets."""
    return [name for name in query_names() if store.is_public(name)]


def parameters_of(store: Store, name: str) -> list[Parameter]:
    sources = [store.sources[dataset] for dataset in store.datasets_of(name)]
    return declared(store.question(name).header, sources)


@lru_cache(maxsize=500)
def columns_of(store: Store, name: str) -> tuple[ColumnType, ...]:
    """The columns of a query's answer, as its example gives them; empty where the example can't be run."""
    header = store.question(name).header
    try:
        found = store.answer(name, example_values(parameters_of(store, name), header), SECONDS)
    except (QueryError, ParameterError):
        return ()
    schema = public_columns(store, name, found).schema
    return tuple(ColumnType(name=field.name, type=export.type_name(field.type)) for field in schema)


def formats_of(store: Store, name: str) -> list[str]:
    """GeoJSON only where an answer has places, or towns to take them from."""
    names = {column.name for column in columns_of(store, name)}
    placed = {"geometry_geojson", "ags"} & names or {"longitude_deg", "latitude_deg"} <= names
    return FORMATS if placed else [form for form in FORMATS if form != "geojson"]


def list_queries(ask: Ask) -> Answer:
    """GET /api/v1/queries"""
    ask.only("snapshot")
    store = ask.store()
    infos = [query_info(store, name, ask.base) for name in public_queries(store)]
    body = QueryList(snapshot=store.snapshot_id, queries=infos).model_dump_json().encode()
    return Answer(body, "application/json", etag_of(body), {"X-Snapshot": store.snapshot_id})


def query_info(store: Store, name: str, base: str) -> QueryInfo:
    question = store.question(name)
    shown = examples(question.header)
    url = f"{base}/api/v1/queries/{name}"
    return QueryInfo(
        name=name,
        purpose=question.header.get("purpose", ""),
        note=question.header.get("note", ""),
        grain=question.grain,
        units=question.header.get("units", ""),
        params=[
            ParameterInfo(
                name=p.name,
                type=p.kind,
                many=p.many,
                allowed=p.allowed,
                values=list(p.values),
                meaning=p.meaning,
                example=shown.get(p.name, ""),
            )
            for p in parameters_of(store, name)
        ],
        datasets=store.datasets_of(name),
        columns=list(columns_of(store, name)),
        formats=formats_of(store, name),
        url=url,
        example=url + ("?" + urlencode(shown) if shown else ""),
    )


def answer_query(ask: Ask) -> Answer:
    """GET /api/v1/queries/<name>?…"""
    store = ask.store()
    name = ask.path["name"]
    question = _question(store, name)
    form = ask.choice("format", formats_of(store, name))
    dialect = ask.choice("dialect", ["plain", "de"])
    lang = ask.choice("lang", ["de", "en"])
    limit = ask.number("limit", PAGE_ROWS, 1, PAGE_ROWS)
    offset = ask.number("offset", 0, 0, 10**15)
    parameters = parameters_of(store, name)
    given = {key: values for key, values in ask.params.items() if key not in OPTIONS}
    unknown = [key for key in given if key not in {p.name for p in parameters}]
    if unknown:
        allowed = [*(p.name for p in parameters), *OPTIONS]
        raise Problem(
            400, f"there is no parameter {unknown[0][:80]!r} here", parameter=unknown[0][:80], allowed=allowed
        )
    values = typed(parameters, given)

    identity = (
        store.snapshot_id,
        question.sql,
        repr(values),
        form,
        dialect,
        lang,
        limit,
        offset,
        ask.base,
        __version__,
    )
    etag = f'W/"{hashlib.sha256(repr(identity).encode()).hexdigest()[:32]}"'
    ask.unless_known(etag)

    table = public_columns(store, name, store.answer(name, values, SECONDS))
    total = table.num_rows
    order = [column for column in question.grain if column in table.column_names]
    if order and total > 1:
        table = table.sort_by([(column, "ascending") for column in order])
    page = table.slice(offset, limit)
    here = f"{ask.base}/api/v1/queries/{quote(name)}"
    told = describe(store, name, values, ask.base, permanent_link(_address(here, ask, {}), store.snapshot_id))
    following = _address(here, ask, {"offset": str(offset + limit)}) if offset + limit < total else None
    links = _links(here, ask, offset, limit, total)
    if form in ("csv", "csvw"):
        sibling = "csvw" if form == "csv" else "csv"
        other = _address(here, ask, {"format": sibling})
        links.append(f'<{other}>; rel="{"describedby" if form == "csv" else "describes"}"; type="{MEDIA[sibling]}"')
    headers = {"X-Total-Count": str(total), "X-Snapshot": store.snapshot_id, "Link": ", ".join(links)}
    if form == "json":
        counts = {"total": total, "limit": limit, "offset": offset, "next": following}
        return Answer(b"".join(export.table_json(page, told, **counts)), MEDIA[form], etag, headers)
    file = export.file_name(name, "_".join(map(str, values.values())), when=store.snapshot_id[:10], ext=_ext(form))
    if form != "csvw":
        headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return Answer(written(page, told, form, dialect, lang, file, store), MEDIA[form], etag, headers)


def written(page: pa.Table, told: Provenance, form: str, dialect: Any, lang: str, file: str, store: Store) -> bytes:
    """The rows in any format but JSON."""
    if form == "geojson":
        page, told = with_places(page, told, store)
        return b"".join(export.geojson(page, told))
    rows = export.flagged(page, told)
    if form == "csv":
        return b"".join(export.table_csv(rows, dialect))
    if form == "csvw":
        return export.csv_metadata(rows, told, Path(file).with_suffix(".csv").name, dialect, lang)
    if form == "parquet":
        out = io.BytesIO()
        export.table_parquet(rows, told, out, lang)
        return out.getvalue()
    with tempfile.TemporaryDirectory() as temp:
        return export.table_xlsx(rows, told, Path(temp) / "table.xlsx", lang).read_bytes()


def etag_of(body: bytes) -> str:
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def _question(store: Store, name: str) -> Query:
    try:
        question = store.question(name)
        public = store.is_public(name)
    except QueryError:
        public = False
    if not public:
        raise Problem(404, f"there is no query {name[:80]!r}", allowed=public_queries(store)) from None
    return question


def _address(here: str, ask: Ask, changed: dict[str, str]) -> str:
    """This request's address with some parameters changed."""
    query = [(key, value) for key, values in ask.params.items() for value in values if key not in changed]
    query += list(changed.items())
    return f"{here}?{urlencode(query)}" if query else here


def _links(here: str, ask: Ask, offset: int, limit: int, total: int) -> list[str]:
    pages = {"first": 0, "last": max((total - 1) // limit * limit, 0)}
    if offset + limit < total:
        pages["next"] = offset + limit
    if offset:
        pages["prev"] = max(offset - limit, 0)
    return [f'<{_address(here, ask, {"offset": str(at)})}>; rel="{rel}"' for rel, at in pages.items()]


def _ext(form: str) -> str:
    return "json" if form == "csvw" else form
