"""An API answer against the bare DuckDB call and the serialisation of its rows.

    python bench/api.py

The yardstick executes the query file's SQL on the same connection with the same parameters and writes the rows with
json.dumps. Ours is the whole HTTP answer through the ASGI application: routing, validation, thread, provenance, paging,
JSON. CPU time of the process, all threads; the smaller of both orders, best of five rounds. ``first`` is with the
result cache emptied before each answer, ``again`` with it. Limit: 2 (first answer, mean of the queries).
"""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette

from smartvest import build, store
from smartvest.parameters import example_values, plain
from smartvest.web.api import api_routes
from smartvest.web.api.queries import parameters_of

LIMIT = 2.0
ROUNDS, CALLS = 5, 40
QUERIES = ("fibre_by_town", "kpi/fibre_coverage", "kpi/population", "kpi/solar", "stations", "town_profile")


def main() -> float:
    """Print one line a query and the mean; return the mean ratio of first answers."""
    with tempfile.TemporaryDirectory() as temp:
        data = Path(shutil.copytree(Path(__file__).resolve().parents[1] / "data", Path(temp) / "data"))
        build.publish(data, date.today())
        opened = store.current(data)
        app = Starlette(routes=api_routes(data))
        ratios = []
        for name in QUERIES:
            question = opened.question(name)
            values = example_values(parameters_of(opened, name), question.header)
            address = urlencode({key: plain(value) for key, value in values.items()})

            def bare(sql: str = question.sql, values: dict[str, Any] = values) -> bytes:
                table = opened._connection.cursor().execute(sql, values or None).to_arrow_table()
                return json.dumps(table.to_pylist(), default=str, ensure_ascii=False).encode()

            async def first(name: str = name, address: str = address) -> None:
                opened._results.clear()
                opened._cells = 0
                await _get(app, f"/api/v1/queries/{name}", address)

            async def again(name: str = name, address: str = address) -> None:
                await _get(app, f"/api/v1/queries/{name}", address)

            yard, cold, warm = _cpu(_calls(bare)), _cpu(_requests(first)), _cpu(_requests(again))
            ratios.append(cold / yard)
            print(f"api {name}: bare {yard:.2f} ms, first {cold / yard:.2f} x, again {warm / yard:.2f} x")
        mean = sum(ratios) / len(ratios)
        print(f"api: {mean:.2f} x bare DuckDB and JSON (limit {LIMIT:g}) {'ok' if mean <= LIMIT else 'TOO SLOW'}")
        return mean


_loop = asyncio.new_event_loop()


def _calls(work: Callable[[], object]) -> Callable[[], None]:
    def many() -> None:
        for _ in range(CALLS):
            work()

    return many


def _requests(work: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """All in one run of the loop, as a server has one: at the end of each run anyio ends its threads, and a new thread
    for every answer costs more than answering."""

    async def many() -> None:
        for _ in range(CALLS):
            await work()

    return lambda: _loop.run_until_complete(many())


async def _get(app: Starlette, path: str, query: str) -> None:
    """One request through the whole application, without a socket."""
    status: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"bench.example")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    assert status == [200], (path, query, status)


def _cpu(work: Callable[[], None]) -> float:
    """Milliseconds of CPU a call, all threads, best of the rounds; ``work`` makes CALLS of them."""
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        work()
        best = min(best, (time.process_time() - began) / CALLS * 1000)
    return best


if __name__ == "__main__":
    main()
