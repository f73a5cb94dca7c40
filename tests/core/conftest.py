"""A data directory of two small datasets, for the tests of contracts, snapshots, imports, build, store and CLI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smartvest import store
from smartvest.contracts import Source, load_sources
from tests.core.tiny import QUERIES, SOURCES_TOML, people_csv


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory with facts and no snapshot yet, and its queries beside it; SMARTVEST_DATA points to it."""
    home = tmp_path / "data"
    (home / "facts").mkdir(parents=True)
    (home / "sources.toml").write_text(SOURCES_TOML, encoding="utf-8")
    (home / "facts" / "people.csv").write_text(people_csv(), encoding="utf-8")
    for name, sql in QUERIES.items():
        path = tmp_path / "queries" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")
    monkeypatch.setenv("SMARTVEST_DATA", str(home))
    monkeypatch.setenv("SMARTVEST_QUERIES", str(tmp_path / "queries"))
    store._open.clear()
    store._fallbacks.clear()
    yield home
    store._open.clear()
    store._fallbacks.clear()


@pytest.fixture
def sources(data: Path) -> dict[str, Source]:
    return load_sources(data / "sources.toml")
