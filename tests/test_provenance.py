from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime

import duckdb
import pytest

from smartvest import build, queries
from smartvest import store as stores
from smartvest.parameters import example_values, plain
from smartvest.provenance import describe, one_line
from smartvest.web.api.queries import parameters_of, public_queries
from tests.published import FIBRE, TODAY, client, copy_of_data, data, served, told  # noqa: F401


@contextmanager
def serving(data):  # noqa: F811
    """The API on a real socket, as a stranger meets it: its address."""
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


@pytest.fixture(scope="module")
def public(data):  # noqa: F811
    with serving(data) as address:
        yield address


def recomputed(snippets, folder):
    """What the snippets give in a bare process: columns and rows of each."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUN], input=json.dumps(snippets), capture_output=True, text=True, cwd=folder
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


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
    for name, found in zip(names, recomputed(snippets, tmp_path), strict=True):
        table = served.answer(name, values[name])
        rows = sorted((list(map(_rounded, row)) for row in found["rows"]), key=str)
        expected = sorted((list(map(_rounded, map(_shown, row.values()))) for row in table.to_pylist()), key=str)
        assert found["columns"] == table.column_names and rows == expected, name


def test_a_cited_snapshot_recomputes_the_same_after_a_new_one(tmp_path):
    """The snippet of the old snapshot, run after a correction was published: the old figures. The new one: the new."""
    folder = copy_of_data(tmp_path)
    facts = folder / "facts" / "population.csv"
    then = stores.current(folder)
    with serving(folder) as address:
        cited = describe(then, "population_curve", {"ags": "05562016"}, address).recompute
        corrected = facts.read_text().replace("159.03,38033,18427,19606", "159.03,38133,18527,19606")
        facts.write_text(corrected)
        new_id, is_new, _ = build.publish(folder, TODAY, datetime(2027, 3, 1, tzinfo=UTC))
        assert is_new and new_id != then.snapshot_id and stores.current(folder).snapshot_id == new_id
        now = describe(stores.current(folder), "population_curve", {"ags": "05562016"}, address).recompute
        old, new = recomputed([cited, now], tmp_path)
    of_2023 = [
        [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]][-1]["population"]
        for found in (old, new)
    ]
    assert of_2023 == [38033, 38133]
    before = then.answer("population_curve", {"ags": "05562016"})
    assert old["rows"] == [list(map(_shown, row.values())) for row in before.to_pylist()]


def _rounded(value):
    """A sum of fractions may differ in its last bit by the order in which threads hand in their parts."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


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
    for name in queries.query_names():
        question = served.question(name)
        declared = {p.name for p in parameters_of(served, name)}
        assert declared == set(question.parameters), name
        if served.is_public(name):
            assert set(example_values(parameters_of(served, name), question.header)) == declared


def test_plain_values():
    assert plain([date(2021, 1, 2), "x", 3]) == ["2021-01-02", "x", 3]
