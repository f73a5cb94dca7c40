"""The heavy part of tests/hostile/ and tests/test_never_blank.py: 2,000 silent sockets, a burst of 300, and
snapshots replaced under 60 visitors."""

from __future__ import annotations

import asyncio
import resource
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

import aiohttp

from bench.client import Failed, Visitor
from bench.report import Line, finish
from smartvest.web.sockets import prepare
from tests.serving import ROOT, Server, start
from tests.test_never_blank import watch_replacements

SILENT, BURST, VISITORS = 2000, 300, 60


async def slowest_health(server: Server, http: aiohttp.ClientSession, going: asyncio.Event) -> float:
    """Seconds of the slowest health answer while `going` is not set."""
    slowest = 0.0
    while not going.is_set():
        began = time.perf_counter()
        async with http.get(server.url + "/healthz") as answer:
            await answer.read()
            if answer.status != 200:
                return float("inf")
        slowest = max(slowest, time.perf_counter() - began)
        await asyncio.sleep(0.1)
    return slowest


async def crowds(server: Server) -> tuple[float, float, int]:
    """The slowest health answer with SILENT sockets open, and while BURST more ask for a page; how many failed."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        silent = [Visitor(server.url, http=http) for _ in range(SILENT)]
        for start_ in range(0, SILENT, 200):
            await asyncio.gather(*(visitor.connect() for visitor in silent[start_ : start_ + 200]))
        stop = asyncio.Event()
        health = asyncio.create_task(slowest_health(server, http, stop))
        await asyncio.sleep(3)
        stop.set()
        idle = await health
        stop = asyncio.Event()
        health = asyncio.create_task(slowest_health(server, http, stop))
        reasons: Counter[str] = Counter()
        burst = [Visitor(server.url, http=http) for _ in range(BURST)]

        async def come(visitor: Visitor) -> bool:
            try:
                await visitor.connect()
                await visitor.run()
                return True
            except Failed as error:
                reasons[str(error)[:60]] += 1
                return False

        answered = await asyncio.gather(*(come(visitor) for visitor in burst))
        stop.set()
        busy = await health
        await asyncio.gather(*(visitor.leave() for visitor in silent + burst))
        print(f"a visitor went without a page: {dict(reasons)}" if reasons else "every visitor got a page")
        return idle, busy, answered.count(False)


def main() -> int:
    prepare()
    lines = []
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 4 * (SILENT + BURST):
        print("too few open files are allowed here for 2,300 sockets (ulimit -Hn)")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        data = Path(shutil.copytree(ROOT / "data", Path(folder, "data")))
        server = start(ROOT, Path(folder, "log.txt"), SMARTVEST_DATA=str(data))
        try:
            idle, busy, failed = asyncio.run(crowds(server))
            lines += [
                Line(f"/healthz with {SILENT} silent sockets, slowest", idle, "s", 1),
                Line(f"/healthz while {BURST} connect at once, slowest", busy, "s", 1),
                Line(f"burst of {BURST}, without a page", failed, "", 0),
            ]
            pages, wrong = asyncio.run(watch_replacements(server.url, data, VISITORS, 10))
            lines.append(
                Line(
                    f"snapshots replaced under {VISITORS} sessions, mixed or failed",
                    len(wrong),
                    "",
                    0,
                    f"{pages} pages",
                )
            )
        finally:
            server.stop()
    print(*lines, sep="\n")
    return finish(lines)


if __name__ == "__main__":
    raise SystemExit(main())
