"""The layers of the house, kept by machine: who may import what, names of modules, length of pages."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("smartvest/**/*.py")])

# package -> the only places (files, or folders ending in /) that may import it
ALLOWED = {
    "streamlit": ("app.py", "pages/", "smartvest/shell.py", "smartvest/ui/", "smartvest/web/sockets.py"),
    "duckdb": (
        "smartvest/store.py",
        "smartvest/queries.py",  # a query's parameters are what DuckDB's parser finds
        "smartvest/connection.py",
        "smartvest/ingest/",
        "smartvest/sensors/",  # rollups
    ),
    "requests": ("smartvest/ingest/",),
    "altair": ("smartvest/charts/", "smartvest/charts.py"),
    "pydeck": ("smartvest/maps/", "smartvest/maps.py"),
    # the app never fetches: only the command line and what it calls know the loaders
    "smartvest.ingest": (
        "smartvest/ingest/",
        "smartvest/sensors/",
        "smartvest/cli.py",
        "smartvest/terminal.py",  # says in a sentence what a loader refused
        "smartvest/build.py",
        "smartvest/imports.py",
        "smartvest/basemap.py",  # off by default; tiles of one fixed host, asked by the server for the visitor
    ),
}
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
PAGE_LINES = 80


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_only_its_layer_imports(package: str) -> None:
    wrong = [
        place(path)
        for path in FILES
        if any(name == package or name.startswith(f"{package}.") for name in imports(path))
        and not place(path).startswith(ALLOWED[package])
    ]
    assert not wrong, f"{package} may only be imported in {', '.join(ALLOWED[package])}; found in {', '.join(wrong)}"


def test_charts_and_maps_are_pure() -> None:
    """A chart is made of a table it is given: it asks no store and reads no file of data."""
    wrong = [
        place(path)
        for path in FILES
        if place(path).startswith(("smartvest/charts", "smartvest/maps"))
        and imports(path) & {"smartvest.store", "smartvest.snapshots"}
    ]
    assert not wrong


def test_modules_are_named_for_what_they_hold() -> None:
    assert not [place(path) for path in FILES if NAMELESS & set(path.relative_to(ROOT).with_suffix("").parts)]


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "pages"], ids=place)
def test_a_page_is_a_sheet(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= PAGE_LINES, (
        f"{place(path)}: {lines} lines, at most {PAGE_LINES}; move figures to SQL, words to texts"
    )


def test_the_test_environment_slows_no_start() -> None:
    """jsonschema loads rfc3987-syntax wherever it finds it, five seconds for each import of Altair, each server's start."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert "rfc3987" not in (ROOT / name).read_text(encoding="utf-8")
