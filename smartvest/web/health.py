"""/healthz: whether this process can show figures, and which snapshot it shows."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse

log = logging.getLogger(__name__)


def healthz(snapshot_id: Callable[[], str]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """The route: 200 {"status": "ok", "snapshot": id}, or 503 {"status": "no snapshot"} when `snapshot_id` fails.

    It asks in a thread of its own: the shared pool can be full of visitors, and opening a snapshot takes time.
    """
    limiter: list[CapacityLimiter] = []  # made inside the running loop

    async def answer(request: Request) -> JSONResponse:
        if not limiter:
            limiter.append(CapacityLimiter(1))
        try:
            found = await to_thread.run_sync(snapshot_id, limiter=limiter[0])
        except Exception:
            log.exception("no snapshot can be served")
            return JSONResponse({"status": "no snapshot"}, 503, {"Cache-Control": "no-store"})
        return JSONResponse({"status": "ok", "snapshot": found}, headers={"Cache-Control": "no-store"})

    return answer
