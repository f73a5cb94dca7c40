"""A data directory of its own with one published snapshot of the real facts, and the API on it (fixtures)."""

from __future__ import annotations

import shutil
import warnings
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from smartvest import build, store
from smartvest.provenance import Provenance, describe

ROOT = Path(__file__).resolve().parents[1]
TODAY = date(2026, 11, 23)


def copy_of_data(into: Path) -> Path:
    """data/ as it is in the repository, its default snapshot included."""
    return Path(shutil.copytree(ROOT / "data", into / "data"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of_data(tmp_path_factory.mktemp("published"))
    build.publish(folder, TODAY, datetime(2026, 11, 23, 12, tzinfo=UTC))
    return folder


@pytest.fixture(scope="session")
def served(data: Path) -> store.Store:
    return store.current(data)


@pytest.fixture(scope="session")
def client(data: Path):
    return api(data)


def api(data: Path | None = None):
    """A client of the API on ``data`` (default: the process's data directory)."""
    from starlette.applications import Starlette

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

        from smartvest.web.api import api_routes

        return TestClient(Starlette(routes=api_routes(data)), base_url="https://vest.example")


FIBRE = {"technology": "fttbh", "min_mbit_s": 1000, "as_of": date(2021, 6, 30)}


@pytest.fixture(scope="session")
def told(served: store.Store) -> Provenance:
    return describe(served, "fibre_by_town", FIBRE, "https://vest.example", "https://vest.example/glasfaser?x=1")
