"""Fixtures for every test: publishers' recorded answers and a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.serving import ROOT, Server, start


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Path]:
    """recorded("bnetza/2026.csv"): a publisher's recorded answer; the test is skipped where the recordings are absent.

    They lie beside the repository (../shared/recorded) because they are large; SMARTVEST_RECORDED names another place.
    """
    folder = Path(os.environ.get("SMARTVEST_RECORDED") or ROOT.parent / "shared" / "recorded")

    def find(path: str) -> Path:
        found = folder / path
        if not found.exists():
            pytest.skip(f"no recorded {path}")
        return found

    return find


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """serve(folder=ROOT, SMARTVEST_DATA="…"): another server of one's own, stopped when the session ends."""
    started: list[Server] = []

    def run(folder: Path = ROOT, **environment: str) -> Server:
        server = start(folder, tmp_path_factory.mktemp("server") / "log.txt", **environment)
        started.append(server)
        return server

    yield run
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def server(serve: Callable[..., Server]) -> Server:
    """The one server that tests share; nobody changes its data."""
    return serve()
