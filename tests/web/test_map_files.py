"""/layers/…: only files of the snapshot being served, kept for ever, asked again cheaply, nothing else by any name."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from smartvest import layers, store
from smartvest.web.layers import layer_file
from tests.serving import asgi


def serve(find):
    return Starlette(routes=[Route("/layers/{name}", layer_file(find))])


@pytest.fixture(scope="module")
def app():
    return serve(lambda name: layers.named(store.current(), name))


@pytest.fixture(scope="module")
def towns():
    return layers.layer(store.current(), "towns", "de")


def test_a_file_is_zipped_and_kept_for_ever(app, towns):
    plain = asgi(app, towns.address)
    zipped = asgi(app, towns.address, headers={"Accept-Encoding": "gzip, br"})
    assert plain.status == zipped.status == 200
    assert gzip.decompress(zipped.body) == plain.body == towns.plain
    assert zipped.headers["content-encoding"] == "gzip" and len(zipped.body) < 40_000
    assert "immutable" in zipped.headers["cache-control"] and zipped.headers["content-type"] == "application/geo+json"
    assert len(json.loads(plain.body)["features"]) == 10


def test_asked_again_it_says_unchanged(app, towns):
    again = asgi(app, towns.address, headers={"If-None-Match": asgi(app, towns.address).headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "name",
    [
        "towns.de.0123456789abcdef.geojson",
        "towns.fr.0123456789abcdef.geojson",
        "manifest.json",
        "..%2Fsources.toml",
        "a" * 5000,
        "grid.de..json",
        "towns.de.0123456789ABCDEF.geojson",
    ],
)
def test_any_other_name_is_unknown_and_not_kept(app, name):
    answer = asgi(app, f"/layers/{name}")
    assert answer.status == 404 and answer.headers["cache-control"] == "no-store"


def test_another_process_gives_the_same_address(app, towns):
    """Two servers on one snapshot: an address from one is answered by the other."""
    layers._kept.clear()
    assert asgi(app, towns.address).body == towns.plain


def test_no_snapshot_is_no_error_page():
    def broken(name):
        raise RuntimeError("no snapshot")

    answer = asgi(serve(broken), "/layers/towns.de.0123456789abcdef.geojson")
    assert answer.status == 503 and b"Traceback" not in answer.body


def test_without_a_grid_the_file_is_empty_and_small():
    assert layers.layer(store.current(), "grid").plain == b"[]"


def test_files_come_from_no_other_place():
    source = (Path(layers.__file__).parent / "web" / "layers.py").read_text(encoding="utf-8")
    assert "open(" not in source and "Path" not in source
