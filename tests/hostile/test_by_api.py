"""Attacks on the API: an answer or a problem in JSON, never our inside; every answer with the headers of the house."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from smartvest.web.headers import security_headers
from tests.hostile.attacks import ATTACKS, get, innocent
from tests.serving import Server

TARGETS = [
    "/api/v1/queries/{}",
    "/api/v1/queries/town_profile?ags={}",
    "/api/v1/queries/town_profile?ags=05562024&{}={}",
    "/api/v1/queries/events?format={}&lang={}&dialect={}",
    "/api/v1/queries/events?limit={}&offset={}",
    "/api/v1/queries/events?snapshot={}",
    "/api/v1/queries/fibre_by_town?technology={}&min_mbit_s={}&as_of={}",
    "/api/v1/datasets/{}.parquet",
    "/api/v1/datasets/population.{}",
    "/api/v1/datasets/population.parquet?snapshot={}",
    "/api/v1/kpis?ags={}&lang={}",
    "/api/v1/catalog.{}",
    "/api/{}",
    "/feed/{}.atom",
    "/layers/{}",
    "/basemap/{}/{}/{}",
]


@pytest.mark.parametrize("name", ATTACKS)
def test_by_api(server: Server, name: str) -> None:
    attack = ATTACKS[name]
    quoted = quote(attack, safe="%") if "%" in attack else quote(attack.encode("utf-8", "surrogatepass"), safe="")
    for pattern in TARGETS:
        target = pattern.replace("{}", quoted)
        status, words = get(server, target)
        refused = status == 0 and len(target) > 2**16  # no request line is that long
        assert 200 <= status < 500 or refused, (target[:80], status, words[:300])
        innocent(words)
        head, _, body = words.partition("\r\n\r\n")
        assert "\nset-cookie" not in head.lower()
        if name in ("script", "attribute"):
            assert attack not in body or "\ncontent-type: application/" in head.lower()
    assert server.get("/healthz").status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200), ("/glasfaser/", 301), ("/nope", 404), ("/static/nope.js", 404), ("/assets/nope", 404),
        ("/_stcore/health", 200), ("/_stcore/metrics", 404), ("/_stcore/host-config", 200), ("/_stcore/stream", 404),
        ("/api", 200), ("/api/v1/queries/nothing", 404), ("/api/v1/kpis?ags=1", 400), ("/feed/nowhere.atom", 404),
        ("/layers/nope", 404), ("/basemap/12/2129/1362", 404), ("/robots.txt", 200), ("/healthz", 200), ("/media/x", 404),
    ],
)  # fmt: skip
def test_every_answer_carries_the_headers(server: Server, path: str, status: int) -> None:
    answer = server.get(path)
    assert answer.status == status
    for name, value in security_headers().items():
        assert answer.headers.get(name.lower()) == value, (path, name)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/api/v1/queries/events", "/healthz", "/assets/x", "/basemap/12/2129/1362"])
def test_nothing_is_taken(server: Server, path: str, method: str) -> None:
    answer = server.get(path, method=method)
    assert 400 <= answer.status < 500 and "content-security-policy" in answer.headers
