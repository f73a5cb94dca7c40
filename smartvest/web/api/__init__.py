"""The public API, its catalogue and feeds, as routes of the same server (see docs at /api).

    api_routes()   for st.App(routes=[*web.routes(…), *api_routes()])

Everything is read-only and public. A handler is a plain function ``Ask -> Answer``; ``endpoint.py`` turns it into HTTP.
"""

from __future__ import annotations

from pathlib import Path

from starlette.routing import BaseRoute, Route

from smartvest.web.api.catalog import catalog
from smartvest.web.api.datasets import dataset_file, list_datasets
from smartvest.web.api.endpoint import Answer, Ask, Endpoint
from smartvest.web.api.feeds import feed
from smartvest.web.api.kpis import list_kpis
from smartvest.web.api.openapi import openapi
from smartvest.web.api.page import page
from smartvest.web.api.problems import Problem
from smartvest.web.api.queries import answer_query, list_queries
from smartvest.web.api.robots import robots, sitemap


def api_routes(data: Path | None = None) -> list[BaseRoute]:
    """Every route; ``data`` is the data directory (tests), else the one of the process."""
    handlers = {
        "/api": page,
        "/api/v1/openapi.json": openapi,
        "/api/v1/queries": list_queries,
        "/api/v1/queries/{name:path}": answer_query,
        "/api/v1/datasets": list_datasets,
        "/api/v1/datasets/{file}": dataset_file,
        "/api/v1/kpis": list_kpis,
        "/api/v1/catalog.{ext}": catalog,
        "/feed/{file}": feed,
        "/robots.txt": robots,
        "/sitemap.xml": sitemap,
        "/api/{rest:path}": unknown,
    }
    return [Route(path, Endpoint(handler, data)) for path, handler in handlers.items()]


def unknown(ask: Ask) -> Answer:
    """Any other address below /api."""
    known = ["/api", "/api/v1/openapi.json", "/api/v1/queries", "/api/v1/datasets", "/api/v1/kpis"]
    raise Problem(404, "there is nothing at this address", allowed=known)


__all__ = ["api_routes"]
