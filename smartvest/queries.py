"""The named questions in queries/**/*.sql: what a file says of itself, which parameters it takes, what may be bound to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import duckdb
import numpy as np

from smartvest.paths import queries_dir

NAME_FORM = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*")
HEADER = re.compile(r"^--\s*(purpose|params|grain|units|example)\s*:\s*(.*)$", re.IGNORECASE)


class QueryError(Exception):
    """A query can't be answered as asked; the message names the query or parameter and what is allowed."""


class QueryTimeout(QueryError):
    """The query took longer than it was given."""


class AnswerTooLarge(QueryError):
    """The query has more rows than may be held in memory for one answer."""


@dataclass(frozen=True)
class Query:
    """A named question: the file's text, its header, and what DuckDB itself says of it."""

    name: str
    sql: str
    header: dict[str, str]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The names DuckDB finds. Raises QueryError unless the file is one SELECT."""
        try:
            statements = duckdb.extract_statements(self.sql)
        except duckdb.Error as error:
            raise QueryError(f"query {self.name}: {first_line(error)}") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError(f"query {self.name}: must be exactly one select")
        return frozenset(statements[0].named_parameters)

    @property
    def grain(self) -> list[str]:
        return [part.strip() for part in self.header.get("grain", "").split(",") if part.strip()]


def query_names(folder: Path | None = None) -> list[str]:
    """The questions a snapshot can be asked. Those in rollups/ are asked of raw readings, when these are summed up."""
    folder = folder or queries_dir()
    names = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.sql"))
    return sorted(name for name in names if not name.startswith("rollups/"))


def read_query(name: str, folder: Path | None = None) -> Query:
    """The query file of that name. Raises QueryError naming it when there is none."""
    folder = folder or queries_dir()
    if not isinstance(name, str) or not NAME_FORM.fullmatch(name[:200]) or name not in query_names(folder):
        known = ", ".join(query_names(folder)) or "none"
        raise QueryError(f"unknown query {str(name)[:80]!r} (known: {known})")
    sql = (folder / f"{name}.sql").read_text(encoding="utf-8")
    header: dict[str, str] = {}
    last = ""
    for line in sql.splitlines():
        match = HEADER.match(line)
        if match:
            last = match[1].lower()
            header[last] = match[2].strip()
        elif line.startswith("--  ") and last:  # an indented line goes on with the one above
            header[last] += " " + line.lstrip("- ").strip()
        elif line.startswith("--"):
            header["note"] = f"{header.get('note', '')} {line.lstrip('- ').strip()}".strip()
        elif line.strip():
            break
    return Query(name, sql, header)


def check_names(query: Query, params: dict[str, Any]) -> None:
    unknown = sorted(params.keys() - query.parameters)
    missing = sorted(query.parameters - params.keys())
    allowed = ", ".join(sorted(query.parameters)) or "none"
    if unknown:
        raise QueryError(f"query {query.name}: unknown parameter {unknown[0][:80]!r} (allowed: {allowed})")
    if missing:
        raise QueryError(f"query {query.name}: parameter {missing[0]!r} is missing (allowed: {allowed})")


def bindable(query: Query, name: str, value: Any) -> Any:
    """The value as DuckDB shall get it: plain Python, tuples as lists. Raises QueryError for anything odd."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    plain = [v.item() if isinstance(v, np.generic) else v for v in values]
    if not all(v is None or isinstance(v, str | int | float | date) for v in plain):
        raise QueryError(f"query {query.name}: parameter {name!r} must be text, a number, a date or a list of these")
    return plain if isinstance(value, list | tuple) else plain[0]


def frozen(value: Any) -> Any:
    """A cache key in which 1, 1.0 and True differ, for they do in SQL."""
    return tuple(map(frozen, value)) if isinstance(value, list) else (type(value), value)


def named_in(node: Any, what: Literal["table_name", "key"]) -> set[str]:
    """In a syntax tree of DuckDB's: the names of tables, or the names given by WITH."""
    if isinstance(node, list):
        return {name for child in node for name in named_in(child, what)}
    if not isinstance(node, dict):
        return set()
    if what == "table_name":
        own = {node["table_name"]} if node.get("type") == "BASE_TABLE" else set()
    else:
        own = {entry["key"] for entry in node.get("cte_map", {}).get("map", [])}
    return own | {name for child in node.values() for name in named_in(child, what)}


def first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
