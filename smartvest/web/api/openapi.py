"""The OpenAPI 3.1 document: one path a query, with its parameters, made from headers, contracts and pydantic models."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pydantic.json_schema import models_json_schema

from smartvest import __version__
from smartvest.parameters import MAX_TEXT, MAX_WHOLE, Parameter, examples
from smartvest.store import Store
from smartvest.towns import AREAS
from smartvest.web.api import models
from smartvest.web.api.dcat import SERIALISED
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.feeds import SLUGS
from smartvest.web.api.problems import ProblemDetails
from smartvest.web.api.queries import MEDIA, PAGE_ROWS, etag_of, formats_of, parameters_of, public_queries

REF = "#/components/schemas/{model}"
SNAPSHOT = {
    "name": "snapshot",
    "in": "query",
    "description": "Id of a published snapshot; the newest one without it.",
    "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{12}$"},
}


def openapi(ask: Ask) -> Answer:
    """GET /api/v1/openapi.json"""
    ask.only("snapshot")
    body = json.dumps(document(ask.store(), ask.base), ensure_ascii=False).encode()
    return Answer(body, "application/json", etag_of(body))


def document(store: Store, base: str) -> dict[str, Any]:
    """The whole document for what the store holds."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "smartVEST",
            "version": __version__,
            "summary": "Open data of Kreis Recklinghausen and its ten towns",
            "description": "Named queries and whole datasets, read only, free of charge and without a key. "
            "Each answer names its sources and licences. A link with snapshot= never changes.",
        },
        "servers": [{"url": base or "/"}],
        "paths": {
            "/api/v1/queries": {"get": _get("listQueries", "All named queries", "QueryList", [SNAPSHOT])},
            **{
                f"/api/v1/queries/{name}": {"get": _query(store, name)}
                for name in public_queries(store)
            },
            "/api/v1/datasets": {"get": _get("listDatasets", "All datasets", "DatasetList", [SNAPSHOT])},
            "/api/v1/datasets/{dataset}": {
                "get": _get("getDataset", "One dataset", "DatasetInfo", [_dataset(store), SNAPSHOT])
            },
            "/api/v1/datasets/{dataset}.parquet": {"get": _file(store, "parquet", "As published", [])},
            "/api/v1/datasets/{dataset}.csv": {"get": _file(store, "csv", "As CSV", [_dialect()])},
            "/api/v1/datasets/{dataset}.csv-metadata.json": {
                "get": _file(store, "csvw", "Columns, sources and licence of the CSV", [_dialect()])
            },
            "/api/v1/kpis": {
                "get": _get("listKpis", "All indicators and where they stand", "KpiList", [_area(), SNAPSHOT])
            },
            **{f"/api/v1/catalog.{ext}": {"get": _other(f"catalog{ext}", media, [SNAPSHOT], "DCAT-AP.de catalogue")}
               for ext, (_, media) in SERIALISED.items()},
            "/feed/{area}.atom": {"get": _other("feed", "application/atom+xml", [
                {"name": "area", "in": "path", "required": True, "schema": {"enum": list(SLUGS)}},
                {"name": "lang", "in": "query", "schema": {"enum": ["de", "en"]}},
            ], "What changed, as an Atom feed")},
        },
        "components": {"schemas": _schemas()},
    }  # fmt: skip


def _get(operation: str, summary: str, model: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": REF.format(model=model)}}}
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": {"description": "OK", "content": content}, **_failures()},
    }


def _query(store: Store, name: str) -> dict[str, Any]:
    header = store.question(name).header
    shown = examples(header)
    own = [
        {
            "name": p.name,
            "in": "query",
            "required": True,
            "description": (f"{p.meaning}: " if p.meaning else "") + p.allowed,
            "schema": schema_of(p),
            **({"style": "form", "explode": False} if p.many else {}),
            **({"example": shown[p.name].split(",") if p.many else shown[p.name]} if p.name in shown else {}),
        }
        for p in parameters_of(store, name)
    ]
    content: dict[str, Any] = {
        media.split(";")[0]: {"schema": {"type": "string", "format": "binary"}}
        for form, media in MEDIA.items()
        if form in formats_of(store, name)
    }
    content["application/json"] = {"schema": {"$ref": REF.format(model="QueryAnswer")}}
    if "geojson" in formats_of(store, name):
        content["application/geo+json"] = {"schema": {"type": "object"}}
    content["application/csvm+json"] = {"schema": {"type": "object"}}
    return {
        "operationId": "query_" + name.replace("/", "_"),
        "summary": header.get("purpose", name),
        "description": f"{header.get('note', '')}\n\nUnits: {header.get('units', '')}".strip(),
        "parameters": [
            *own,
            {"name": "format", "in": "query", "schema": {"enum": formats_of(store, name), "default": "json"}},
            _number("limit", 1, PAGE_ROWS, PAGE_ROWS),
            _number("offset", 0, 10**15, 0),
            _dialect(),
            {"name": "lang", "in": "query", "schema": {"enum": ["de", "en"], "default": "de"}},
            SNAPSHOT,
        ],
        "responses": {"200": {"description": "OK", "content": content}, **_failures()},
    }


def _dataset(store: Store) -> dict[str, Any]:
    return {"name": "dataset", "in": "path", "required": True, "schema": {"enum": list(store.sources)}}


def _file(store: Store, form: str, summary: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    media = MEDIA[form].split(";")[0]
    described = _other(f"dataset_{form}", media, [_dataset(store), *parameters, SNAPSHOT], summary)
    if form in ("parquet", "csv"):
        part: dict[str, Any] = {media: {"schema": {}}, "multipart/byteranges": {"schema": {}}}
        described["responses"]["206"] = {"description": "The byte ranges asked for", "content": part}
        failed = {"schema": {"$ref": REF.format(model="ProblemDetails")}}
        described["responses"]["416"] = {
            "description": "No byte range asked for is in the file",
            "content": {"application/problem+json": failed},
        }
    return described


def _other(operation: str, media: str, parameters: list[dict[str, Any]], summary: str) -> dict[str, Any]:
    kind = "object" if "json" in media and "ld" not in media else "string"
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "OK", "content": {media: {"schema": {} if kind == "string" else {"type": kind}}}},
            **_failures(),
        },
    }


def _failures() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": REF.format(model="ProblemDetails")}}}
    words = {
        "304": "You have this already",
        "400": "A parameter is missing, wrong or unknown; the body says what is allowed",
        "404": "There is no such query, dataset or snapshot; the body says which there are",
        "405": "The API only reads",
        "410": "The snapshot has expired",
        "503": "Not now: too many requests, the query took too long, or a snapshot is damaged",
    }
    return {
        status: {"description": text, **({"content": content} if status != "304" else {})}
        for status, text in words.items()
    }


def schema_of(parameter: Parameter) -> dict[str, Any]:
    """The JSON schema of one parameter."""
    kinds: dict[str, dict[str, Any]] = {
        "text": {"type": "string", "maxLength": MAX_TEXT, "pattern": r"^[^\u0000]*$"},
        "integer": {"type": "integer", "minimum": -MAX_WHOLE, "maximum": MAX_WHOLE},
        "number": {"type": "number"},
        "date": {"type": "string", "format": "date"},
        "timestamp": {"type": "string", "format": "date-time"},
        "boolean": {"type": "boolean"},
    }
    one = kinds[parameter.kind]
    if parameter.values:
        one = {"type": "string", "enum": list(parameter.values)}
    return {"type": "array", "items": one, "minItems": 1, "maxItems": 100} if parameter.many else one


def _number(name: str, low: int, high: int, default: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": low, "maximum": high, "default": default}
    return {"name": name, "in": "query", "schema": schema}


def _dialect() -> dict[str, Any]:
    words = "CSV for programs (plain) or for German Excel (de: semicolon, decimal comma, dates as 31.12.2023)"
    return {"name": "dialect", "in": "query", "description": words, "schema": {"enum": ["plain", "de"]}}


def _area() -> dict[str, Any]:
    return {"name": "ags", "in": "query", "description": "Town or county", "schema": {"enum": list(AREAS)}}


@lru_cache
def _schemas() -> dict[str, Any]:
    kinds: list[Any] = [models.QueryList, models.QueryAnswer, models.DatasetList, models.KpiList, ProblemDetails]
    _, found = models_json_schema([(kind, "serialization") for kind in kinds], ref_template=REF)
    return found["$defs"]
