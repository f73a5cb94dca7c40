"""What is written down about visitors: nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench.client import Failed, Visitor
from tests.hostile.attacks import first_run, run
from tests.serving import Server


def test_logs_hold_no_address_of_a_visitor(serve: Callable[..., Server]) -> None:
    """Nobody's address and nothing anybody typed is written down."""
    own = serve()
    for target in ("/", "/nope?ags=secretword", "/healthz"):
        own.get(target)
    run(first_run(Visitor(own.url, "/", "ags=secretword")))

    async def broken() -> None:
        async with Visitor(own.url) as visitor:
            await visitor.send(b"\xff" * 50)
            with pytest.raises(Failed):
                await visitor.receive(5)

    run(broken())
    log = own.log.read_text()
    lines = [line for line in log.splitlines() if "URL:" not in line]
    assert not [line for line in lines if "127.0.0.1" in line or "secretword" in line]
