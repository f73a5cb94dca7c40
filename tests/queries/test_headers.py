"""Every query file says what it answers, what it needs, and one row of what its result is; and all of it is true."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from smartvest.build import QUARANTINE
from tests.tiny_store import (
    QUERIES,
    SOURCES,
    TinyStore,
    example_params,
    facts_store,
    header,
    header_params,
    tables_read,
)

# rollups read readings, not datasets: tests/sensors/test_rollup.py
FILES = sorted(file for file in QUERIES.rglob("*.sql") if file.parent.name != "rollups")


@pytest.fixture(scope="module")
def store() -> TinyStore:
    return facts_store()


@pytest.fixture(params=FILES, ids=[str(file.relative_to(QUERIES)) for file in FILES])
def file(request) -> Path:
    return request.param


def test_header_and_parameters(file: Path):
    head = header(file)
    assert {"purpose", "params", "grain", "units"} <= set(head), "the header lacks a line"
    statements = duckdb.extract_statements(file.read_text(encoding="utf-8"))
    assert len(statements) == 1
    assert statements[0].type == duckdb.StatementType.SELECT
    assert set(header_params(head["params"])) == set(statements[0].named_parameters)
    if head["params"] != "none":
        assert set(example_params(head)) == set(header_params(head["params"])), "the example must give every parameter"


def test_it_reads_only_datasets_we_answer_for(file: Path, store: TinyStore):
    assert tables_read(store, file) <= {*SOURCES, QUARANTINE}


def test_the_grain_is_unique_in_the_result(file: Path, store: TinyStore):
    head = header(file)
    frame = store.query(str(file.relative_to(QUERIES).with_suffix("")), **example_params(head))
    grain = [name.strip() for name in head["grain"].split(",")]
    assert set(grain) <= set(frame.columns)
    assert not frame.duplicated(grain).any()


def test_units_name_columns_that_exist(file: Path, store: TinyStore):
    head = header(file)
    frame = store.query(str(file.relative_to(QUERIES).with_suffix("")), **example_params(head))
    for part in head["units"].split(";"):
        if " in " in part:
            names = [name.strip() for name in part.split(" in ")[0].split(",")]
            assert set(names) <= set(frame.columns), part
