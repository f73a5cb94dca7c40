"""What the web server does besides Streamlit: our documents, files, health and the rules every answer keeps.

    routes(snapshot_id, …)   our own addresses, for st.App(routes=…)
    middleware(hosts)        security headers, closed doors, compression, for st.App(middleware=…)

Pages are not rewritten on their way out: each is served from a document made once at start, because a body that
passes through middleware must be unzipped, held back and zipped again, and a cold deep link once slipped through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from smartvest.addresses import PAGES
from smartvest.web.assets import asset
from smartvest.web.basemap import basemap_tile
from smartvest.web.compression import CompressedStatic
from smartvest.web.documents import page, prepared
from smartvest.web.doors import Doors
from smartvest.web.headers import SecurityHeaders, security_headers
from smartvest.web.health import healthz
from smartvest.web.layers import layer_file
from smartvest.web.sockets import Sockets


def routes(snapshot_id: Callable[[], str], map_file: Callable[[str], Any] = lambda name: None) -> list[BaseRoute]:
    """Pages by path, our hashed files, the map's files and ground, and the health answer (503 while `snapshot_id` fails)."""
    prepared()  # made now: a Streamlit whose document we can't read must stop the start, not the first visitor
    return [
        *(Route(path, page, name=f"page-{name}") for name, path in PAGES.items()),
        Route("/assets/{name}", asset),
        Route("/layers/{name}", layer_file(map_file)),
        Route("/basemap/{zoom:int}/{column:int}/{row:int}", basemap_tile()),
        Route("/healthz", healthz(snapshot_id)),
    ]


def middleware(hosts: Sequence[str]) -> list[Middleware]:
    """The layers around every answer, outermost first; `hosts` are the names this server answers to (empty: any)."""
    return [
        Middleware(SecurityHeaders, headers=security_headers()),
        Middleware(Doors, hosts=hosts),
        Middleware(CompressedStatic),
        Middleware(Sockets),
    ]
