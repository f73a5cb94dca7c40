"""/layers/<kind>.<language>.<hash>.<ext>: the map's files, from the snapshot being served and from nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from smartvest.web.assets import TYPES, YEAR

if TYPE_CHECKING:
    from smartvest.layers import Layer

log = logging.getLogger(__name__)


def layer_file(find: Callable[[str], Layer | None]) -> Callable[[Request], Awaitable[Response]]:
    """The route. ``find`` gives the file of a name, or None; it runs in a thread, since making a grid takes seconds.

    A name that is not ours, or of another snapshot, is 404 and not kept by anybody; a failing store is 503.
    """

    async def answer(request: Request) -> Response:
        try:
            found = await to_thread.run_sync(find, request.path_params["name"])
        except Exception:
            log.exception("a map layer can't be made")
            return PlainTextResponse("no snapshot", 503, {"Cache-Control": "no-store"})
        if found is None:
            return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
        etag = f'"{found.name}"'
        headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding", "ETag": etag}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        media_type = TYPES["." + found.name.rsplit(".", 1)[-1]]
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
        return Response(found.plain, headers=headers, media_type=media_type)

    return answer
