"""Whatever happens to the data, a page comes: the new figures or the old ones, whole, with their date."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from bench.client import Visitor
from smartvest import snapshots, store
from smartvest.snapshots import Prepared
from smartvest.towns import COUNTY_AGS
from tests.pages.test_pages import opened
from tests.serving import ROOT, Server, in_own_loop

MARL = "05562024"
STAND = re.compile(r"(?:Datenstand|Data snapshot) (\S+),")


def run(work: Awaitable[Any]) -> Any:
    async def all_of_it() -> Any:
        return await work

    return in_own_loop(all_of_it())


async def look(url: str, path: str = "/", query: str = "") -> str:
    async with Visitor(url, path, query) as visitor:
        return (await visitor.run()).words


def publish_more_people(data: Path, more: int) -> str:
    """A new snapshot like the present one, with `more` people in each town at every date."""
    wanted = snapshots.current_id(data)
    assert wanted
    opened = snapshots.open_snapshot(data, wanted)
    prepared = {}
    for name, table in opened.tables.items():
        entry = opened.manifest.datasets[name]
        if name == "population":
            index = table.column_names.index("population")
            table = table.set_column(index, table.schema.field(index), pc.add(table["population"], pa.scalar(more)))
        about = entry.model_dump(exclude={"file", "sha256", "bytes", "rows"})
        prepared[name] = Prepared(table, about)
    return snapshots.publish(data, prepared, "test", datetime(2026, 11, 23, 12, more % 60, tzinfo=UTC))[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def people(data: Path, snapshot_id: str) -> set[str]:
    """How the town page writes the population of Marl at every date of that snapshot."""
    rows = store.at(snapshot_id, data).query("population_curve", ags=MARL)
    return {f"{int(value):,}".replace(",", ".") for value in rows["population"]}


async def watch_replacements(url: str, data: Path, sessions: int, replacements: int) -> tuple[int, list[str]]:
    """Visitors reload the town page while snapshots are replaced: how many pages were seen, and what was wrong."""
    first = snapshots.current_id(data)
    assert first
    figures = {first: people(data, first)}
    wrong: list[str] = []
    seen = 0
    going = True

    async def reader() -> None:
        nonlocal seen
        async with Visitor(url, "/stadt", f"ags={MARL}") as visitor:
            while going:
                words = (await visitor.run()).words
                stand = STAND.search(words)
                if not stand or stand[1] not in figures:
                    wrong.append(f"no footer in {words[-200:]}")
                    continue
                seen += 1
                missing = [number for number in figures[stand[1]] if number not in words]
                others = set().union(*(f for ident, f in figures.items() if ident != stand[1])) - figures[stand[1]]
                mixed = [number for number in others if re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", words)]
                if missing or mixed:
                    wrong.append(f"{stand[1]}: missing {missing[:3]}, foreign {mixed[:3]}")

    async def publisher() -> None:
        nonlocal going
        for number in range(1, replacements + 1):
            await asyncio.to_thread(publish_more_people_noting, data, number, figures)
            await asyncio.sleep(0.3)
        going = False

    await asyncio.gather(publisher(), *(reader() for _ in range(sessions)))
    return seen, wrong


def publish_more_people_noting(data: Path, more: int, figures: dict[str, set[str]]) -> str:
    """Publish in a copy first, to know id and figures before the server can show them."""
    copy = Path(shutil.copytree(data, data.parent / f"copy-{more}"))
    ident = publish_more_people(copy, more)
    figures[ident] = people(copy, ident)
    assert publish_more_people(data, more) == ident
    return ident


def test_a_snapshot_is_replaced_under_visitors(serve: Callable[..., Server], data: Path) -> None:
    server = serve(SMARTVEST_DATA=str(data))
    seen, wrong = run(watch_replacements(server.url, data, sessions=6, replacements=4))
    assert wrong == [] and seen >= 6
    assert "ERROR" not in server.log.read_text()


def test_a_damaged_snapshot_is_refused_with_a_notice(serve: Callable[..., Server], data: Path) -> None:
    server = serve(SMARTVEST_DATA=str(data))
    good = snapshots.ids(data)
    bad = publish_more_people(data, 7)
    file = snapshots.folder(data) / bad / "population.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    words = run(look(server.url, "/stadt", f"ags={MARL}"))
    stand = STAND.search(words)
    assert stand and stand[1] in good and "beschädigt" in words
    assert people(data, stand[1]) <= set(re.findall(r"[\d.]+\d", words))
    assert "damaged" in run(look(server.url, "/stadt", f"ags={MARL}&lang=en"))
    assert server.get("/healthz").status == 200


def test_the_data_directory_goes_away(serve: Callable[..., Server], data: Path) -> None:
    """A network drive is lost, an update half restored: what was opened goes on, with a notice; then all is well."""
    server = serve(SMARTVEST_DATA=str(data))
    before = run(look(server.url, "/stadt", f"ags={MARL}"))
    data.rename(data.with_name("gone"))
    during = run(look(server.url, "/stadt", f"ags={MARL}"))
    assert STAND.search(during) and "beschädigt" in during
    assert people(data.with_name("gone"), STAND.search(before)[1]) <= set(re.findall(r"[\d.]+\d", during))  # type: ignore[index]
    data.with_name("gone").rename(data)
    assert "beschädigt" not in run(look(server.url, "/stadt", f"ags={MARL}"))


def test_no_snapshot_at_all(serve: Callable[..., Server], data: Path) -> None:
    shutil.rmtree(snapshots.folder(data))
    server = serve(SMARTVEST_DATA=str(data))
    words = run(look(server.url))
    assert "keine Zahlen" in words and "Fehlernummer" not in words
    assert "No figures" in run(look(server.url, "/glasfaser", "lang=en"))
    assert server.get("/healthz").status == 503


def test_nothing_can_be_written(tmp_path: Path) -> None:
    """A full disk or a read-only one: the server starts and shows pages when every write to a file fails."""
    code = (
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "sys.argv = ['streamlit', 'run', 'app.py', '--server.port', sys.argv[1]]\n"
        "runpy.run_module('streamlit', run_name='__main__')\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                with urllib.request.urlopen(url + "/healthz", timeout=5):
                    break
            except OSError:
                time.sleep(0.2)
        words = run(look(url, "/stadt", f"ags={MARL}"))
        assert STAND.search(words) and "Fehlernummer" not in words
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("days", [1, 7, 400])
def test_a_source_that_is_down_keeps_its_figures(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Nothing new came for so long: the figures stay with their date, and say *veraltet* once their time is over."""
    shown = store.current(ROOT / "data")
    later = date(2026, 11, 23) + timedelta(days)
    monkeypatch.setenv("SMARTVEST_TODAY", later.isoformat())
    words = without_a_server("catalogue")
    entry = shown.manifest.datasets["population"]
    assert entry.as_of_max and date.fromisoformat(entry.as_of_max).strftime("%d.%m.%Y") in words
    late = [
        name
        for name, source in shown.sources.items()
        if (found := shown.manifest.datasets.get(name))
        and found.as_of_max
        and source.max_age_days
        and (later - date.fromisoformat(found.as_of_max)).days > source.max_age_days
    ]
    assert words.count("veraltet (") == len(late)
    town = without_a_server("town", MARL)
    assert people(ROOT / "data", shown.snapshot_id) <= set(re.findall(r"[\d.]+\d", town))


def without_a_server(page: str, ags: str = COUNTY_AGS) -> str:
    """The words of a page."""
    app = opened(page, ags).run()
    assert not app.exception, app.exception
    return " ".join(element.proto.body for element in app.get("html"))
