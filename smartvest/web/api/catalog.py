"""/api/v1/catalog.ttl, .jsonld, .rdf: the DCAT-AP.de catalogue, serialised once per snapshot and address."""

from __future__ import annotations

from functools import lru_cache

from smartvest.operator import OperatorError, load_operator
from smartvest.publishing import load_publishing
from smartvest.store import Store
from smartvest.web.api.dcat import SERIALISED, catalogue
from smartvest.web.api.endpoint import Answer, Ask
from smartvest.web.api.problems import Problem
from smartvest.web.api.queries import etag_of


def catalog(ask: Ask) -> Answer:
    """GET /api/v1/catalog.<ext>"""
    ask.only("snapshot")
    ext = ask.path["ext"]
    if ext not in SERIALISED:
        raise Problem(404, f"there is no catalogue {ext[:20]!r}", allowed=[f"catalog.{known}" for known in SERIALISED])
    store = ask.store()
    try:
        operator = load_operator(ask.data / "operator.toml")
        name, email = operator.name or "Kreis Recklinghausen", operator.email
    except OperatorError:
        name, email = "Kreis Recklinghausen", ""
    contributor = load_publishing(ask.data / "publishing.toml").contributor_id
    body = _serialised(store, ask.base, name, email, contributor, ext)
    media = SERIALISED[ext][1] + ("; charset=utf-8" if ext == "ttl" else "")
    return Answer(body, media, etag_of(body), {"X-Snapshot": store.snapshot_id})


@lru_cache(maxsize=12)  # 0.3 s and 100 kB each; three forms of the last four snapshots
def _serialised(store: Store, base: str, publisher: str, email: str, contributor: str, ext: str) -> bytes:
    return catalogue(store, base, publisher, email, contributor).serialize(format=SERIALISED[ext][0], encoding="utf-8")
