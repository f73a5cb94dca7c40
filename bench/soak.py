"""Does memory stay flat? Visitors come, look around and leave, and a snapshot is published now and then.

`make soak MINUTES=60`. Garbage is not collected after each run (runner.postScriptGC=false), so this must be watched.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from bench.client import Failed, Visitor
from bench.report import Line, finish
from smartvest.addresses import PAGES
from smartvest.towns import TOWNS
from tests.serving import ROOT, Server, start

MINUTES = float(os.environ.get("BENCH_MINUTES", "5"))
VISITORS = 20
WARM = 0.3  # the share of the time in which caches fill: all drawings of all towns, languages and modes
GROWTH_PCT = 5.0


async def guest(server: Server, end: float, errors: list[str]) -> int:
    """One visitor after the other until `end`: each opens a page, changes town, reads another page and goes."""
    runs = 0
    while time.monotonic() < end:
        try:
            path = random.choice(list(PAGES.values()))
            query = random.choice(["", "lang=en"])
            async with Visitor(server.url, path, query, dark=random.random() < 0.3) as visitor:
                await visitor.run()
                for _ in range(5):
                    await visitor.choose("ags", random.choice(list(TOWNS.values())))
                    runs += 1
                    await asyncio.sleep(random.uniform(0.2, 1.0))
        except Failed as error:
            errors.append(str(error))
    return runs


async def watch(server: Server, data: Path, end: float) -> list[float]:
    """Megabytes every two seconds; ten times in all a new snapshot is published under the visitors."""
    from tests.test_never_blank import publish_more_people

    process = psutil.Process(server.process.pid)
    seen, published = [], 0
    began = time.monotonic()
    while (now := time.monotonic()) < end:
        seen.append(process.memory_info().rss / 2**20)
        if (now - began) / (end - began) * 10 > published + 0.5:
            published += 1
            await asyncio.to_thread(publish_more_people, data, published)
        await asyncio.sleep(2)
    return seen


async def soak(server: Server, data: Path) -> tuple[list[float], int, list[str]]:
    end = time.monotonic() + MINUTES * 60
    errors: list[str] = []
    seen, *runs = await asyncio.gather(watch(server, data, end), *(guest(server, end, errors) for _ in range(VISITORS)))
    return seen, sum(runs), errors


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(shutil.copytree(ROOT / "data", Path(folder, "data")))
        server = start(ROOT, Path(folder, "log.txt"), SMARTVEST_DATA=str(data))
        try:
            seen, runs, errors = asyncio.run(soak(server, data))
        finally:
            server.stop()
    warm = seen[int(len(seen) * WARM) :]
    part = max(1, len(warm) // 5)
    before, after = statistics.median(warm[:part]), statistics.median(warm[-part:])
    growth = max(0.0, (after / before - 1) * 100)
    lines = [
        Line(
            f"memory growth in {MINUTES:.0f} min",
            growth,
            "%",
            GROWTH_PCT,
            f"{before:.0f} to {after:.0f} MB, {runs} runs",
        ),
        Line("errors", len(errors), "", 0, "; ".join(sorted(set(errors)))[:120]),
    ]
    print(*lines, sep="\n")
    return finish(lines)


if __name__ == "__main__":
    raise SystemExit(main())
