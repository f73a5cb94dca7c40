"""What a visit costs, alone and in a crowd, against the same pages with Streamlit's defaults.

The twin runs the same code with what smartVEST does to be quick taken away: `runner.postScriptGC` as Streamlit ships
it, nothing kept that was drawn (SMARTVEST_DRAWN_MB=0). Our query cache stays on in both, which favours the twin.
Environment: BENCH_SESSIONS, BENCH_CROWD (60, 300), BENCH_SECONDS (60) make it smaller for a try.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil

from bench.client import Failed, Run, Visitor
from bench.report import Line, finish
from smartvest.addresses import PAGES
from smartvest.towns import TOWNS
from tests.serving import ROOT, Server, start

TWIN = {"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true", "SMARTVEST_DRAWN_MB": "0"}
SESSIONS = int(os.environ.get("BENCH_SESSIONS", "60"))
CROWD = int(os.environ.get("BENCH_CROWD", "300"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
THINK_S = 5.0
RUNS = 12
SLOW_MS = 300.0  # a page that costs more is measured once: one round of it is long enough
FRAGMENTS = {"/kennzahlen": "feld", "/glasfaser": "technik"}  # page -> a control that draws only its part
NAMES = list(TOWNS.values())


def process(server: Server) -> psutil.Process:
    return psutil.Process(server.process.pid)


def cpu_s(server: Server) -> float:
    times = process(server).cpu_times()
    return times.user + times.system


def rss_mb(server: Server) -> float:
    return process(server).memory_info().rss / 2**20


async def cost(server: Server, page: str, control: str = "") -> float:
    """CPU milliseconds of the server for one run of `page` or one choice in `control`; the best of three rounds."""
    best = float("inf")
    async with Visitor(server.url, page) as visitor:
        await visitor.run()
        if control and control not in visitor.widgets:
            raise Failed(f"no control {control} on {page}")
        values = visitor.widgets[control].options[:2] if control else []
        for value in [*values, *values]:
            await visitor.choose(control, value)
        await visitor.run()
        for _ in range(3):
            began = cpu_s(server)
            for number in range(RUNS):
                run = await (visitor.choose(control, values[number % len(values)]) if control else visitor.run())
                if control and not run.fragment:
                    raise Failed(f"{control} on {page} runs the whole page")
            best = min(best, (cpu_s(server) - began) / RUNS * 1000)
            if best > SLOW_MS:
                break
    return best


async def changes(server: Server, page: str) -> list[Line]:
    """Kilobytes of a change on `page`, zipped on the wire: of town, the mean over five nobody saw before; and in every
    other control the largest of its values. Files a browser fetches once are counted beside them."""
    async with Visitor(server.url, page) as visitor:
        await visitor.fetch(await visitor.run())
        runs = [await visitor.choose("ags", name) for name in NAMES[:5]]
        files = [await visitor.fetch(run) for run in runs]
        found = [_weight(f"change of town {page}", runs, files, statistics.mean)]
        others = {id(w): w for w in visitor.widgets.values() if len(w.options) > 1 and not w.id.endswith("-ags")}
        for widget in list(others.values()):
            name = widget.id.rsplit("-", 1)[-1]
            if name not in visitor.widgets:
                continue  # gone with the choice before
            runs = [await visitor.choose(name, value) for value in widget.options[:8]]
            files = [await visitor.fetch(run) for run in runs]
            found.append(_weight(f"change of {name} {page}", runs, files, max))
    return found


def _weight(what: str, runs: list[Run], files: list[int], most: Callable[[list[float]], float]) -> Line:
    sent, wire = most([run.bytes / 1000 for run in runs]), most([run.wire / 1000 for run in runs])
    more = f"{sent:.1f} kB before zipping"
    return Line(
        what,
        wire,
        "kB zipped",
        25,
        f"{more}, {most([n / 1000 for n in files]):.1f} kB of files" if any(files) else more,
    )


@dataclass
class Crowd:
    """What happened to many visitors at once."""

    seconds: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    full_mb: float = 0.0

    def p95_ms(self) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else float("inf")


async def visit(server: Server, http: aiohttp.ClientSession, crowd: Crowd, begin_s: float, end: float) -> None:
    """One visitor: opens the overview, then thinks and changes town or page until `end`."""
    await asyncio.sleep(begin_s)
    visitor = Visitor(server.url, http=http, zipped=False)  # unzipping for 300 would measure the client
    try:
        began = time.perf_counter()
        await visitor.connect()
        await visitor.run()
        crowd.first.append(time.perf_counter() - began)
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) * THINK_S)
            if time.perf_counter() > end:
                break
            run = await visitor.choose("ags", random.choice(NAMES))
            crowd.seconds.append(run.seconds)
    except Failed as error:
        crowd.errors[str(error)[:80]] += 1
    finally:
        await visitor.leave()


async def together(server: Server, sessions: int, ramp_s: float, seconds: float) -> Crowd:
    crowd = Crowd()
    end = time.perf_counter() + ramp_s + seconds
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        tasks = [
            asyncio.create_task(visit(server, http, crowd, ramp_s * number / sessions, end))
            for number in range(sessions)
        ]
        await asyncio.sleep(max(0.0, end - time.perf_counter() - 1))
        crowd.full_mb = rss_mb(server)
        await asyncio.gather(*tasks)
    return crowd


async def _first_run(server: Server, page: str) -> int:
    """Bytes on the socket until a page is there; Chromium tells only how long its messages are unzipped."""
    async with Visitor(server.url, page) as visitor:
        return (await visitor.run()).wire


def first_load_mb(server: Server) -> tuple[float, str] | None:
    """Megabytes over the wire for a visitor with an empty cache, the heaviest page; None without a Chromium."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import FLAGS
    from tests.browser.looking import settled

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("SMARTVEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    heaviest = (0.0, "")
    websocket = {address: asyncio.run(_first_run(server, address)) for address in PAGES.values()}
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Exception:
            return None
        for address in PAGES.values():
            page = browser.new_context(locale="de-DE").new_page()
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            sizes: list[float] = []
            session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
            page.goto(server.url + address)
            settled(page, 60)
            heaviest = max(heaviest, ((sum(sizes) + websocket[address]) / 1e6, address))
            page.context.close()
        browser.close()
    return heaviest


def tell(lines: list[Line], line: Line) -> None:
    lines.append(line)
    print(line, flush=True)


def main() -> int:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        ours = start(ROOT, Path(folder, "ours.txt"))
        twin = start(ROOT, Path(folder, "twin.txt"), **TWIN)
        try:
            print(f"ours {urlsplit(ours.url).port}, with Streamlit's defaults {urlsplit(twin.url).port}", flush=True)
            measure(lines, ours, twin)
        finally:
            ours.stop()
            twin.stop()
    return finish(lines)


def measure(lines: list[Line], ours: Server, twin: Server) -> None:
    for page in PAGES.values():
        plain, mine = asyncio.run(cost(twin, page)), asyncio.run(cost(ours, page))
        tell(lines, Line(f"page {page}", mine / plain, "x defaults", 0.45, f"{mine:.1f} of {plain:.1f} ms CPU"))
        if page in FRAGMENTS:
            try:
                part = asyncio.run(cost(ours, page, FRAGMENTS[page]))
                tell(lines, Line(f"fragment {page}", part / plain, "x defaults", 0.15, f"{part:.1f} ms CPU"))
            except Failed as error:
                print(f"fragment {page}: {error}", flush=True)
    for page in PAGES.values():
        for line in asyncio.run(changes(ours, page)):
            tell(lines, line)
    found = first_load_mb(ours)
    if found:
        tell(lines, Line("first load", found[0], "MB", 2.5, f"heaviest page {found[1]}"))
    crowd = asyncio.run(together(ours, SESSIONS, 10, SECONDS))
    some = crowd.full_mb
    tell(lines, Line(f"{SESSIONS} sessions, errors", crowd.errors.total(), "", 0, str(dict(crowd.errors))[:120]))
    tell(
        lines,
        Line(f"{SESSIONS} sessions thinking 5 s, p95", crowd.p95_ms(), "ms", 250, f"{len(crowd.seconds)} changes"),
    )
    crowd = asyncio.run(together(ours, CROWD, SECONDS, 15))
    tell(lines, Line(f"{CROWD} sessions, errors", crowd.errors.total(), "", 0, str(dict(crowd.errors))[:120]))
    slowest = max(crowd.first, default=float("inf"))
    tell(
        lines,
        Line(
            f"{CROWD} sessions ramped over {SECONDS:.0f} s, p95",
            crowd.p95_ms(),
            "ms",
            2000,
            f"slowest first page {slowest:.2f} s",
        ),
    )
    extra = (crowd.full_mb - some) / max(1, CROWD - SESSIONS)
    tell(
        lines,
        Line(
            "memory per extra session",
            max(extra, 0.0),
            "MB",
            0.3,
            f"{some:.0f} MB at {SESSIONS}, {crowd.full_mb:.0f} MB at {CROWD}",
        ),
    )


if __name__ == "__main__":
    raise SystemExit(main())
