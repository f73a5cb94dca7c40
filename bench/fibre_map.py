"""The fibre map: what a change of town, technology or date costs, and what 80,000 grid cells weigh.

    python -m bench.fibre_map [CELLS]

Two servers on one data directory with an invented grid: ours, and the same page as Streamlit would have it by default:
nothing kept between runs, garbage collected after each run, map data inline, layers without an id. Limits: 25 kB over
the websocket a change (before the socket's own compression), 0.15 of the default's CPU, 2 MB for all cells.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import psutil
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bench import synthetic_grid
from bench.client import Run, Visitor
from bench.report import Line, finish
from tests.serving import ROOT, Server, start

ROUNDS = 12  # counted changes of each kind, after one round of all
DEFAULTS = {"SMARTVEST_DRAWN_MB": "0", "STREAMLIT_RUNNER_POST_SCRIPT_GC": "true"}
INLINE = '''

def _deck(view: View, choice: Choice) -> tuple[Any, str]:
    """As one would write it first: everything inline, ids left to pydeck."""
    from uuid import uuid4

    shown = _shown(view, choice)
    values = dict(zip(shown.frame["ags"], shown.frame[shown.value], strict=True))
    places = view.query("towns")
    places["value"] = [values.get(ags) for ags in places["ags"]]
    places["label"] = [f"{name} ({shown.when})" for name in places["name"]]
    deck = towns_map.choropleth(places, scale=shown.scale, selected=view.ags, mode=view.mode, lang=view.lang)
    for layer in deck.layers:
        layer.id = str(uuid4())
    return deck, shown.title
'''
TOWNS = ["Marl", "Herten", "Dorsten", "Waltrop", "Gladbeck", "Datteln"]
TECHNOLOGIES = ["Kabelnetz (HFC)", "Telefonleitung (DSL)", "Glasfaser bis ins Haus (FTTB/H)"]
DAYS = ["Ende 2020", "Mitte 2020", "Ende 2019", "Mitte 2019", "Ende 2018", "Mitte 2021"]


def as_by_default(folder: Path) -> Path:
    """A copy of the app in which nothing is kept and the map is inline."""
    for name in ("pages", "smartvest", ".streamlit", "queries"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder / "app.py")
    page = folder / "smartvest" / "ui" / "fibre_map.py"
    words = page.read_text(encoding="utf-8") + INLINE.replace("tuple[Any, str]", "tuple[object, str]")
    page.write_text(words, encoding="utf-8")
    store = folder / "smartvest" / "store.py"
    store.write_text(
        store.read_text(encoding="utf-8").replace("CACHED_RESULTS = 2_000", "CACHED_RESULTS = 0"), encoding="utf-8"
    )
    return folder


async def slide(visitor: Visitor, key: str, value: str) -> Run:
    """Move a slider over words."""
    widget = visitor.widgets[key]
    state = WidgetState(id=widget.id)
    state.string_array_value.data.append(value)
    visitor._states[widget.id] = state
    return await visitor.run(widget.fragment)


async def changes(server: Server, query: str = "") -> dict[str, dict[str, float]]:
    """Bytes and CPU a change, by kind."""
    process = psutil.Process(server.process.pid)
    found: dict[str, dict[str, float]] = {}
    async with Visitor(server.url, "/glasfaser", query) as visitor:
        first = await visitor.run()
        found["load"] = {"bytes": first.bytes, "cpu_ms": 0.0}
        kinds: dict[str, tuple[list[str], Any]] = {
            "town": (TOWNS, lambda value: visitor.choose("ags", value)),
            "technology": (TECHNOLOGIES, lambda value: visitor.choose("technik", value)),
        }
        if "raster" not in query:
            kinds["date"] = (DAYS, lambda value: slide(visitor, "stand", value))
        else:
            kinds["date"] = (["Ende 2024", "Ende 2025"], lambda value: slide(visitor, "stand", value))
        for kind, (values, change) in kinds.items():
            largest = 0
            for value in values:  # both have seen every view once: what is kept is kept for all visitors
                largest = max(largest, (await change(value)).bytes)  # the first time nothing is in the browser's cache
            before = process.cpu_times()
            for n in range(ROUNDS):
                run = await change(values[n % len(values)])
                largest = max(largest, run.bytes)
            after = process.cpu_times()
            spent = (after.user + after.system) - (before.user + before.system)
            found[kind] = {"bytes": largest, "cpu_ms": 1000 * spent / ROUNDS}
    return found


def grid_file(server: Server) -> tuple[int, str]:
    """Zipped bytes of the cells' file as a browser gets it, and its caching."""

    async def address() -> str:
        async with Visitor(server.url, "/glasfaser", "karte=raster") as visitor:
            run = await visitor.run()
        deck = next(proto for kind, proto in run.elements if kind == "deck_gl_json_chart")
        return next(layer["data"] for layer in json.loads(deck.json)["layers"] if layer["id"] == "grid")

    request = urllib.request.Request(server.url + asyncio.run(address()), headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return len(answer.read()), answer.headers["Cache-Control"]


def measure(cells: int = 80_000) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        synthetic_grid.publish(data, cells)
        servers: list[Server] = []
        try:
            servers.append(start(ROOT, folder / "ours.log", SMARTVEST_DATA=str(data)))
            servers.append(
                start(as_by_default(folder / "app"), folder / "default.log", SMARTVEST_DATA=str(data), **DEFAULTS)
            )
            ours, default = servers
            size, caching = grid_file(ours)
            result: dict[str, Any] = {
                "cells": cells,
                "grid_bytes": size,
                "grid_caching": caching,
                "ours": asyncio.run(changes(ours)),
                "ours_grid": asyncio.run(changes(ours, "karte=raster")),
                "default": asyncio.run(changes(default)),
            }
        finally:
            for server in servers:
                server.stop()
    ours_found, default_found = result["ours"], result["default"]
    result["ratio"] = {
        kind: round(ours_found[kind]["cpu_ms"] / default_found[kind]["cpu_ms"], 3)
        for kind in ("town", "technology", "date")
    }
    return result


def main() -> int:
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 80_000)
    kinds = ("town", "technology", "date")
    print(json.dumps(found, indent=1))
    lines = [
        Line("fibre map, 80,000 cells on the wire", found["grid_bytes"] / 1e6, "MB", 2.0),
        *(
            Line(
                f"fibre map, change of {kind}",
                max(found[view][kind]["bytes"] for view in ("ours", "ours_grid")) / 1000,
                "kB",
                25.0,
            )
            for kind in kinds
        ),
        *(
            Line(
                f"fibre map, CPU of a change of {kind} against Streamlit's defaults",
                found["ratio"][kind],
                "times",
                0.15,
                f"{found['ours'][kind]['cpu_ms']:.0f} ms against {found['default'][kind]['cpu_ms']:.0f} ms",
            )
            for kind in kinds
        ),
    ]
    for line in lines:
        print(line)
    return finish(lines)


if __name__ == "__main__":
    sys.exit(main())
