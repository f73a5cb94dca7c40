from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import date

import duckdb
import pytest

from smartvest import store as stores
from smartvest.parameters import example_values, plain
from smartvest.provenance import describe, one_line
from smartvest.web.api.queries import parameters_of, public_queries
from tests.published import FIBRE, client, data, served, told  # noqa: F401


@pytest.fixture(scope="module")
def public(data):  # noqa: F811
    """The API on a real socket, as a stranger meets it."""
    import uvicorn
    from starlette.applications import Starlette

    from smartvest.web.api import api_routes

    config = uvicorn.Config(Starlette(routes=api_routes(data)), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


RUN = """
import io, json, sys, contextlib
for name in ("numpy", "pandas", "pyarrow", "requests", "smartvest"):
    sys.modules[name] = None  # `pip install duckdb` brings none of these
out = []
for lines in json.load(sys.stdin):
    space = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(lines, space)
    out.append({"columns": space["result"].columns, "rows": space["result"].fetchall()})
print(json.dumps(out, default=str))
"""


def test_two_lines_recompute_every_query(public, served, tmp_path):  # noqa: F811
    """In a process of its own, without smartVEST, from the public files: exactly the rows the page shows."""
    names = public_queries(served)
    assert len(names) > 15
    values = {name: example_values(parameters_of(served, name), served.question(name).header) for name in names}
    snippets = [describe(served, name, values[name], public).recompute for name in names]
    assert all(len(lines.strip().splitlines()) == 2 for lines in snippets)
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUN], input=json.dumps(snippets), capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name, found in zip(names, json.loads(done.stdout), strict=True):
        table = served.answer(name, values[name])
        rows = sorted(found["rows"], key=str)
        expected = sorted((list(map(_shown, row.values())) for row in table.to_pylist()), key=str)
        assert found["columns"] == table.column_names and rows == expected, name


def test_a_cited_snapshot_recomputes_the_same_after_a_new_one(public, served, data):  # noqa: F811
    """Files of the old snapshot stay; the snippet names it."""
    told_then = describe(served, "kpi/population", {}, public)
    assert f"snapshot={served.snapshot_id}" in told_then.recompute


def _shown(value):
    return json.loads(json.dumps(value, default=str))


def test_what_is_told_of_a_figure(told, served):  # noqa: F811
    assert told.params == FIBRE and "$technology" in told.sql and told.header["purpose"]
    notes = {d.id: d for d in told.datasets}
    assert set(notes) == {"fibre_coverage", "households", "towns"}
    fibre = notes["fibre_coverage"]
    entry = served.manifest.datasets["fibre_coverage"]
    assert fibre.sha256 == entry.sha256 and fibre.rows == entry.rows and fibre.as_of_max == entry.as_of_max
    assert "Lizenz: Nutzung frei mit Quellenangabe" in fibre.attribution("de")
    assert "Licence: " in fibre.attribution("en")
    assert "Eigene Schätzung" in notes["households"].attribution("de")
    assert json.loads(told.json_text())["params"]["as_of"] == "2021-06-30"


@pytest.mark.parametrize(
    "sql",
    [
        'select \'-- no comment\' as a -- a comment\n, "x--y" from (select 1 as "x--y")',
        "select 'it''s /* text */' as a /* gone */ , 2 as b;\n-- end",
        "-- head\nselect\n\t1   as a",
        "select 'two\nlines' as a",
    ],
)
def test_one_line_means_the_same(sql):
    line = one_line(sql)
    assert duckdb.sql(line).fetchall() == duckdb.sql(sql).fetchall()
    assert "comment\n" not in line and ("\n" not in line or "two\nlines" in line)


def test_every_header_declares_exactly_what_its_sql_takes(served):  # noqa: F811
    for name in stores.query_names():
        question = served.question(name)
        declared = {p.name for p in parameters_of(served, name)}
        assert declared == set(question.parameters), name
        if served.is_public(name):
            assert set(example_values(parameters_of(served, name), question.header)) == declared


def test_plain_values():
    assert plain([date(2021, 1, 2), "x", 3]) == ["2021-01-02", "x", 3]
