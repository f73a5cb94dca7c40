"""A store for tests: typed tables in memory, filled from data/facts or by hand, and the real query files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from smartvest.build import QUARANTINE, QUARANTINE_SCHEMA
from smartvest.contracts import Source, load_sources
from smartvest.towns import TOWNS

ROOT = Path(__file__).resolve().parents[1]
QUERIES = ROOT / "queries"
SOURCES = load_sources(ROOT / "data" / "sources.toml")

SQUARE = '{"type":"Polygon","coordinates":[[[7.0,51.5],[7.1,51.5],[7.1,51.6],[7.0,51.5]]]}'
TOWN_ROWS = [
    {"ags": ags, "name": name, "area_km2": 50.0, "longitude_deg": 7.1, "latitude_deg": 51.6, "geometry_geojson": SQUARE}
    for ags, name in TOWNS.items()
]


class TinyStore:
    """``query(name, **params)`` like the real store's, over tables given as pyarrow."""

    def __init__(self, tables: Mapping[str, pa.Table], queries: Path = QUERIES):
        self.queries = queries
        self.connection = duckdb.connect()
        for name, table in tables.items():
            self.connection.register("incoming", table)
            self.connection.execute(f'create table "{name}" as select * from incoming')
            self.connection.unregister("incoming")

    def query(self, name: str, **params: Any) -> pd.DataFrame:
        sql = (self.queries / f"{name}.sql").read_text(encoding="utf-8")
        return self.connection.execute(sql, params).df()


def tables_read(store: TinyStore, file: Path) -> set[str]:
    """The tables a query file reads, from its syntax tree: ``get_table_names`` fails on parameters and ASOF joins."""
    sql = file.read_text(encoding="utf-8")
    found = store.connection.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    tree = json.loads(found[0][0])
    assert not tree["error"], tree
    tables: set[str] = set()
    named: set[str] = set()  # by WITH

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                tables.add(node["table_name"])
            if "cte_map" in node:
                named.update(entry["key"] for entry in node["cte_map"]["map"])
        for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(child)

    walk(tree)
    return tables - named


def rows_table(source: Source, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows written by hand as a table of the contract's types; columns left out are NULL."""
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in source.columns} for row in rows], source.arrow_schema()
    )


def tiny_store(rows: Mapping[str, list[dict[str, Any]]], queries: Path = QUERIES) -> TinyStore:
    """Every table of sources.toml, empty but for the ``rows`` given."""
    tables = {name: rows_table(source, rows.get(name, [])) for name, source in SOURCES.items()}
    tables[QUARANTINE] = pa.Table.from_pylist(rows.get(QUARANTINE, []), QUARANTINE_SCHEMA)
    return TinyStore(tables, queries)


def facts_store(queries: Path = QUERIES) -> TinyStore:
    """Every table of sources.toml from data/facts, empty where there is no file; the towns have invented outlines."""
    tables = {}
    for name, source in SOURCES.items():
        file = ROOT / "data" / "facts" / source.facts
        tables[name] = facts_table(source, file) if source.facts else rows_table(source, [])
    tables[QUARANTINE] = QUARANTINE_SCHEMA.empty_table()
    tables["towns"] = rows_table(SOURCES["towns"], TOWN_ROWS)
    return TinyStore(tables, queries)


def facts_table(source: Source, file: Path) -> pa.Table:
    types = {field.name: field.type for field in source.arrow_schema()}
    options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    return pyarrow.csv.read_csv(file, convert_options=options).select(list(types))


def header(file: Path) -> dict[str, str]:
    """The ``-- key: text`` lines of a query file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        if not line.startswith("--"):
            break
        match = re.fullmatch(r"-- (purpose|params|grain|units|example): (.+)", line)
        if match:
            found[match[1]] = match[2].strip()
    return found


def header_params(text: str) -> dict[str, str]:
    """``ags (text), as_of (date)`` -> {"ags": "text", "as_of": "date"}."""
    if text == "none":
        return {}
    parts = [re.fullmatch(r"(\w+) \(([\w ]+)\)", part.strip()) for part in text.split(",")]
    assert all(parts), f"params must read: name (type), name (type); not {text!r}"
    return {part[1]: part[2] for part in parts if part}


def example_params(head: Mapping[str, str]) -> dict[str, Any]:
    """The values of the example line in the types of the params line. A list is written a|b|c."""
    types = header_params(head["params"])
    values = dict(part.strip().split("=", 1) for part in head["example"].split(",")) if types else {}
    return {name: _typed(text, types[name]) for name, text in values.items()}


def _typed(text: str, kind: str) -> Any:
    if kind.endswith("list"):
        return text.split("|")
    convert: dict[str, Callable[[str], Any]] = {"integer": int, "number": float, "date": date.fromisoformat}
    return convert[kind](text) if kind in convert else text
