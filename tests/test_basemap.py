"""The optional basemap: off by default, only the county's tiles, only pictures, and nothing of the visitor goes out."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pydeck as pdk
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from smartvest import basemap, theme
from smartvest.basemap import NoTile, Tile, Tiles, fetched, kind, ours
from smartvest.maps import basemap as drawn
from smartvest.maps import outlines, sensors, towns
from smartvest.operator import OperatorError, load_operator
from smartvest.web import middleware
from smartvest.web.basemap import CLEAR, WAITING, basemap_tile
from smartvest.web.headers import security_headers
from tests.serving import ROOT, asgi, in_own_loop
from tests.tiny_store import facts_store

PNG = b"\x89PNG\r\n\x1a\n" + b"picture " * 20
MARL: Tile = (12, 2129, 1362)
BASE = "/basemap/12/2129/1362"


class Publisher(ThreadingHTTPServer):
    """Stands for BKG's server: answers every tile with `answer` (status, type, body) and notes what it was sent."""

    def __init__(self) -> None:
        self.answer = (200, "image/png", PNG)
        self.location = ""
        self.seen: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def fetch(self, tile: Tile) -> bytes:
        return fetched(tile, f"http://127.0.0.1:{self.server_port}/{{z}}/{{y}}/{{x}}.png", "127.0.0.1")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        status, media, body = self.server.answer
        self.send_response(status)
        self.send_header("content-type", media)
        if self.server.location:
            self.send_header("location", self.server.location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def site(tiles: Tiles, on: bool = True) -> Starlette:
    route = Route("/basemap/{zoom:int}/{column:int}/{row:int}", basemap_tile(lambda: on, tiles))
    return Starlette(routes=[route], middleware=middleware(["localhost"]))


# --- the switch


def test_it_is_off_as_shipped() -> None:
    assert load_operator(ROOT / "data" / "operator.toml").basemap == ""
    assert not basemap.switched_on() and basemap.address() == ""


def test_the_operator_switches_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_DATA", str(tmp_path))
    (tmp_path / "operator.toml").write_text('basemap = "basemap.de"\n')
    assert basemap.switched_on() and basemap.address() == "/basemap/{z}/{x}/{y}"


def test_no_other_map_can_be_switched_on(tmp_path: Path) -> None:
    (tmp_path / "operator.toml").write_text('basemap = "https://tiles.example"\n')
    with pytest.raises(OperatorError, match="basemap"):
        load_operator(tmp_path / "operator.toml")
    assert not basemap._chosen(tmp_path)


def test_off_means_404_and_nobody_is_asked(publisher: Publisher) -> None:
    assert asgi(site(Tiles(fetch=publisher.fetch), on=False), BASE).status == 404
    assert publisher.seen == []


def test_the_address_is_the_one_bkg_publishes() -> None:
    assert basemap.UPSTREAM.format(z=1, x=2, y=3) == (
        "https://sgx.geodatenzentrum.de/wmts_basemapde/tile/1.0.0/"
        "de_basemapde_web_raster_grau/default/GLOBAL_WEBMERCATOR/1/3/2.png"
    )


# --- which tiles


def test_the_county_and_nothing_else() -> None:
    places = facts_store().query("towns")
    for x, y in zip(places["longitude_deg"], places["latitude_deg"], strict=True):
        for zoom in basemap.ZOOMS:
            column, row = basemap.column_row(x, y, zoom)
            assert ours((zoom, int(column), int(row)))
    west, south, east, north = basemap.REGION
    for shape in outlines.shapes(places).values():
        x0, y0, x1, y1 = shape.bounds
        assert west < x0 and south < y0 and x1 < east and y1 < north
    for outside in ((7, 66, 42), (16, 34064, 21792), (12, 2200, 1343), (12, 0, 0), (12, -1, 1362), (0, 0, 0)):
        assert not ours(outside)


@pytest.mark.parametrize(
    "path",
    [
        "/basemap/12/2200/1362", "/basemap/16/34064/21792", "/basemap/12/2129", "/basemap/12/2129/x",
        "/basemap/12/2129/..%2f..%2fetc", "/basemap/99999999999999999999/1/1", "/basemap/-12/2129/1362",
    ],
)  # fmt: skip
def test_anything_else_is_404(publisher: Publisher, path: str) -> None:
    assert asgi(site(Tiles(fetch=publisher.fetch)), path).status in (400, 404)
    assert publisher.seen == []


# --- what goes out and what comes in


def test_a_tile_comes_from_us_and_nothing_of_the_visitor_goes_out(publisher: Publisher) -> None:
    sent = {"cookie": "a=secret", "user-agent": "Visitor/1", "referer": "https://dash/?ags=05562024",
            "x-forwarded-for": "203.0.113.7", "accept-language": "de-DE"}  # fmt: skip
    answer = asgi(site(Tiles(fetch=publisher.fetch)), BASE + "?ags=05562024", headers=sent)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, PNG, "image/png")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    for name, value in security_headers().items():
        assert answer.headers[name.lower()] == value  # the policy is the same with a basemap: 'self'
    ((path, headers),) = publisher.seen
    assert path == "/12/1362/2129.png"
    assert {name.lower() for name in headers} == {"host", "user-agent", "accept-encoding", "accept"}
    assert "Visitor" not in headers["User-Agent"] and "203.0.113.7" not in str(headers)


@pytest.mark.parametrize(
    "answer",
    [
        (200, "image/png", b"<html>Wartung</html>" * 20),
        (200, "text/html", b"<!DOCTYPE html>" * 20),
        (200, "image/png", b""),
        (200, "image/svg+xml", b"<svg onload='alert(1)'>" * 20),
        (200, "image/png", PNG + bytes(basemap.MAX_BYTES)),
        (404, "image/png", PNG),
        (503, "text/plain", b"busy"),
    ],
)
def test_what_is_no_tile_is_a_clear_one(publisher: Publisher, answer: tuple[int, str, bytes]) -> None:
    publisher.answer = answer
    got = asgi(site(Tiles(fetch=publisher.fetch)), BASE)
    assert (got.status, got.body, got.headers["cache-control"]) == (200, CLEAR, "no-store")


def test_a_redirect_to_another_host_is_not_followed(publisher: Publisher) -> None:
    publisher.answer, publisher.location = (302, "text/plain", b""), "http://localhost:1/secret"
    with pytest.raises(NoTile, match="not among"):
        publisher.fetch(MARL)


def test_kinds() -> None:
    assert kind(PNG) == "image/png" and kind(b"\xff\xd8\xff" + bytes(100)) == "image/jpeg"
    assert kind(b"RIFF\0\0\0\0WEBP" + bytes(100)) == "image/webp"
    assert kind(b"RIFF\0\0\0\0WAVE" + bytes(100)) is None and kind(b"GIF89a" + bytes(100)) is None


def test_no_publisher_is_asked_little_and_old_tiles_are_shown() -> None:
    now, asked, up = [0.0], [], [True]

    def fetch(tile: Tile) -> bytes:
        asked.append(tile)
        if not up[0]:
            raise NoTile("down")
        return PNG

    tiles = Tiles(fetch=fetch, clock=lambda: now[0])
    assert tiles.get(MARL) == PNG and tiles.get(MARL) == PNG and len(asked) == 1
    now[0], up[0] = basemap.FRESH_S + 1, False
    assert tiles.get(MARL) == PNG and tiles.get(MARL) == PNG and len(asked) == 2  # old, and asked once in a minute
    for column in (2128, 2130, 2131):
        with pytest.raises(NoTile):
            tiles.get((12, column, 1362))
    assert len(asked) == 4  # after three failures in a row nobody is asked for a minute
    now[0], up[0] = now[0] + basemap.RETRY_S + 1, True
    assert tiles.get((12, 2131, 1362)) == PNG


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basemap, "KEPT_TILES", 3)
    tiles = Tiles(fetch=lambda tile: PNG)
    for column in range(2125, 2132):
        tiles.get((12, column, 1362))
    assert len(tiles._kept) == 3 and tiles._bytes == 3 * len(PNG)


# --- the disk


def test_tiles_outlive_the_process_on_a_bounded_disk(tmp_path: Path, publisher: Publisher) -> None:
    Tiles(tmp_path / "cache", publisher.fetch).get(MARL)
    again = Tiles(tmp_path / "cache", publisher.fetch, disk_bytes=3 * len(PNG))
    assert again.get(MARL) == PNG and len(publisher.seen) == 1
    for number, column in enumerate(range(2125, 2132)):
        again.get((12, column, 1363))
        os.utime(tmp_path / "cache" / f"12-{column}-1363", (number, number))
    again.sweep()
    left = {path.name for path in (tmp_path / "cache").iterdir()}
    assert left == {"12-2129-1362", "12-2130-1363", "12-2131-1363"}  # the newest three


def test_a_damaged_file_is_fetched_anew(tmp_path: Path, publisher: Publisher) -> None:
    (tmp_path / "12-2129-1362").write_bytes(b"half")
    assert Tiles(tmp_path, publisher.fetch).get(MARL) == PNG and len(publisher.seen) == 1


@pytest.mark.parametrize("broken", ["full", "file"])
def test_without_a_disk_it_goes_on(
    tmp_path: Path, publisher: Publisher, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    if broken == "file":
        folder.write_text("not a directory")
    else:

        def full(self: Path, content: bytes) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
    tiles = Tiles(folder, publisher.fetch)
    assert tiles.get(MARL) == PNG and tiles.get(MARL) == PNG and len(publisher.seen) == 1


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMARTVEST_CACHE", raising=False)
    monkeypatch.delenv("CACHE_DIRECTORY", raising=False)
    assert basemap.cache_folder() is None
    monkeypatch.setenv("CACHE_DIRECTORY", "/var/cache/smartvest")
    assert basemap.cache_folder() == Path("/var/cache/smartvest/basemap")


# --- many at once


def test_many_visitors_one_fetch_and_no_endless_queue() -> None:
    gate, asked = threading.Event(), []

    def fetch(tile: Tile) -> bytes:
        asked.append(tile)
        assert gate.wait(30)
        return PNG

    answer = basemap_tile(lambda: True, Tiles(fetch=fetch))

    class Request:
        def __init__(self, zoom: int, column: int, row: int) -> None:
            self.path_params = {"zoom": zoom, "column": column, "row": row}

    async def crowd() -> None:
        same = [asyncio.ensure_future(answer(Request(*MARL))) for _ in range(50)]
        others = [
            asyncio.ensure_future(answer(Request(15, 17020 + i % 20, 10890 + i // 20))) for i in range(WAITING - 1)
        ]
        await asyncio.sleep(0.2)
        late = await answer(Request(12, 2130, 1362))
        assert late.body == CLEAR
        gate.set()
        assert all(one.body == PNG for one in await asyncio.gather(*same, *others))

    in_own_loop(crowd())
    assert asked.count(MARL) == 1 and len(asked) == WAITING


# --- under the maps


@pytest.fixture(scope="module")
def places():
    return facts_store().query("towns")


def test_the_tiles_of_a_view_cover_it() -> None:
    view = pdk.ViewState(longitude=7.15, latitude=51.65, zoom=8.9)
    layers = drawn.tiles(view, "/basemap/{z}/{x}/{y}")
    assert 4 <= len(layers) <= drawn.MOST
    spec = json.loads(pdk.Deck(layers=layers, map_provider=None).to_json())["layers"]
    assert all(one["image"].startswith("/basemap/10/") for one in spec)
    west = min(one["bounds"][0] for one in spec)
    east = max(one["bounds"][2] for one in spec)
    assert west < 7.15 < east and all(one["bounds"][1] < one["bounds"][3] for one in spec)
    assert drawn.tiles(view, "") == []


def test_corners_and_places_agree() -> None:
    x, y = drawn.corner(12, 2129, 1362)
    assert basemap.column_row(x, y, 12) == pytest.approx((2129, 1362), abs=1e-3)


def test_without_one_a_map_is_what_it_was_and_with_one_classes_keep_their_colours(places) -> None:
    rows = places.assign(value=50.0, label="")
    plain, over = (
        json.loads(towns.choropleth(rows, scale=theme.coverage_scale(), basemap=address).to_json())["layers"]
        for address in ("", "/basemap/{z}/{x}/{y}")
    )
    assert over[-len(plain) :] == plain and not [one for one in plain if one["@@type"] == "BitmapLayer"]
    assert {one["@@type"] for one in over[: -len(plain)]} == {"BitmapLayer"}


def test_towns_that_only_say_where_they_are_let_the_streets_through(places) -> None:
    none = places.head(0).assign(state="", label="", ags="")
    spec = json.loads(sensors.sensors(none, places, basemap="/basemap/{z}/{x}/{y}").to_json())["layers"]
    areas = next(one for one in spec if one["id"] == "towns")
    fills = re.findall(r"\[\d+, \d+, \d+(?:, (\d+))?\]", areas["getFillColor"])
    assert fills[-1] == "1", "of 255: clear, yet there to be pointed at (the first is that of a chosen town)"
