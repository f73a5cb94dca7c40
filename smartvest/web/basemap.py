"""/basemap/<zoom>/<column>/<row>: a tile of the optional basemap, from this server. See smartvest/basemap.py."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from smartvest.basemap import NoTile, Tile, Tiles, cache_folder, kind, ours, switched_on

# A clear pixel: a map without its ground is a map, an error in the console of every visitor is none.
CLEAR = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII=")
AT_ONCE = 4  # tiles fetched at the same time: a slow publisher must not take the threads that draw pages
WAITING = 64  # visitors' requests in front of these; the next gets a clear tile
DAY = "public, max-age=86400"


def basemap_tile(
    on: Callable[[], bool] = switched_on, tiles: Tiles | None = None
) -> Callable[..., Awaitable[Response]]:
    """The route. 404 while there is no basemap and for everything that is no tile of the county; a clear tile, kept by
    nobody, while the publisher gives none. Many who ask for one tile wait for one fetch."""
    kept = tiles or Tiles(cache_folder())
    limiter: list[CapacityLimiter] = []  # made inside the running loop
    asked: dict[Tile, asyncio.Task[bytes]] = {}

    async def answer(request: Request) -> Response:
        values = tuple(request.path_params[name] for name in ("zoom", "column", "row"))
        tile: Tile = (values[0], values[1], values[2])
        if not on() or not ours(tile):
            return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
        if not limiter:
            limiter.append(CapacityLimiter(AT_ONCE))
        if tile not in asked:
            if len(asked) >= WAITING:
                return _clear()
            asked[tile] = asyncio.ensure_future(to_thread.run_sync(kept.get, tile, limiter=limiter[0]))
            asked[tile].add_done_callback(lambda task: (asked.pop(tile, None), task.cancelled() or task.exception()))
        try:
            content = await asyncio.shield(asked[tile])
        except NoTile:
            return _clear()
        return Response(content, headers={"Cache-Control": DAY}, media_type=kind(content))

    return answer


def _clear() -> Response:
    return Response(CLEAR, headers={"Cache-Control": "no-store"}, media_type="image/png")
