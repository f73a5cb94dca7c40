"""The optional basemap: tiles of basemap.de (BKG), fetched by this server and kept, so that visitors ask nobody but us.

Off unless data/operator.toml says ``basemap = "basemap.de"``. The one place where the app itself asks another host:
one fixed address, tiles of the county only, nothing of the visitor's request in it. Tiles are rendered by BKG as WMTS in
the usual web mercator grid (256 px): ``…/tile/1.0.0/<layer>/default/GLOBAL_WEBMERCATOR/{z}/{y}/{x}.png``.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from smartvest.operator import OperatorError, load_operator
from smartvest.paths import data_dir

log = logging.getLogger(__name__)

HOST = "sgx.geodatenzentrum.de"
LAYER = "de_basemapde_web_raster_grau"  # grey: colour is left to what is measured
UPSTREAM = f"https://{HOST}/wmts_basemapde/tile/1.0.0/{LAYER}/default/GLOBAL_WEBMERCATOR/{{z}}/{{y}}/{{x}}.png"
CREDIT = "© basemap.de / BKG"

REGION = (6.70, 51.40, 7.60, 51.90)  # west, south, east, north in degrees: the county and some 8 km around it
ZOOMS = range(8, 16)  # 8: the county is one tile; 15: a street. 8,252 tiles in all
MAX_BYTES = 300_000  # of one tile; grey ones of a town centre have 60 kB
DEADLINE_S = 6.0
FRESH_S = 30 * 86_400.0  # BKG renders anew every month
RETRY_S = 60.0  # so long nobody asks again for what has just failed
KEPT_TILES, KEPT_BYTES = 512, 16_000_000  # in memory
DISK_BYTES = 200_000_000
SWEEP_EVERY = 100  # tiles written between two looks at how much lies on the disk
CACHE = "SMARTVEST_CACHE"  # a directory that may be written to; systemd's CACHE_DIRECTORY does too. None: memory only

MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
Tile = tuple[int, int, int]


class NoTile(Exception):
    """The publisher gives nothing usable at the moment."""


@cache
def _chosen(data: Path) -> bool:
    try:
        return load_operator(data / "operator.toml").basemap == "basemap.de"
    except OperatorError as error:
        log.error("no basemap: %s", error)
        return False


def switched_on() -> bool:
    """Whether the operator wants it; read once a process."""
    return _chosen(data_dir())


def address() -> str:
    """Where the browser finds the tiles, with {z}, {x} and {y}; empty while there is no basemap."""
    return "/basemap/{z}/{x}/{y}" if switched_on() else ""


def column_row(longitude_deg: float, latitude_deg: float, zoom: int) -> tuple[float, float]:
    """The place in the grid of ``zoom``; whole numbers are the north-west corners of tiles."""
    tiles = 2**zoom
    turned = math.asinh(math.tan(math.radians(latitude_deg))) / math.pi
    return (longitude_deg + 180) / 360 * tiles, (1 - turned) / 2 * tiles


def ours(tile: Tile) -> bool:
    """Whether ``tile`` (zoom, column, row) touches the county and has a zoom that is offered."""
    zoom, column, row = tile
    if zoom not in ZOOMS:
        return False
    west, north = column_row(REGION[0], REGION[3], zoom)
    east, south = column_row(REGION[2], REGION[1], zoom)
    return int(west) <= column <= int(east) and int(north) <= row <= int(south)


def kind(content: bytes) -> str | None:
    """The media type the bytes themselves say; None for anything but a PNG, JPEG or WebP of a decent size."""
    if not 60 <= len(content) <= MAX_BYTES:
        return None
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((media for magic, media in MAGIC.items() if content.startswith(magic)), None)


def fetched(tile: Tile, upstream: str = UPSTREAM, host: str = HOST) -> bytes:
    """One tile from the publisher: no redirect elsewhere, nothing of the visitor, bounded in bytes and in time."""
    from smartvest.ingest.http import Session  # not loaded by a server without a basemap
    from smartvest.ingest.records import SourceError

    zoom, column, row = tile
    url = upstream.format(z=zoom, x=column, y=row)
    try:
        with Session([host], deadline_s=DEADLINE_S, max_bytes=MAX_BYTES, retries=0) as session:
            content = session.get(url, accept="image/png,image/webp,image/jpeg")
    except SourceError as error:
        raise NoTile(str(error)) from None
    if kind(content) is None:
        raise NoTile(f"tile {zoom}/{column}/{row} is no picture")
    return content


class Tiles:
    """What has been fetched: in memory, and on the disk if there is one that can be written to.

    A full or read-only disk costs the cache on it and nothing else. Old tiles are better than none: when the publisher
    does not answer, what lies there is shown whatever its age.
    """

    def __init__(
        self,
        folder: Path | None = None,
        fetch: Callable[[Tile], bytes] = fetched,
        clock: Callable[[], float] = time.time,
        disk_bytes: int = DISK_BYTES,
    ) -> None:
        self.folder = folder
        self._fetch = fetch
        self._clock = clock
        self._disk_bytes = disk_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Tile, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._written = 0
        self._quiet_until: dict[Tile, float] = {}
        self._failures = 0
        self._all_quiet_until = 0.0

    def get(self, tile: Tile) -> bytes:
        """The tile; blocks while it is fetched. Raises NoTile; ValueError for a tile that is not ``ours``."""
        if not ours(tile):
            raise ValueError("not a tile of the county")
        found = self._in_memory(tile) or self._on_disk(tile)
        if found and self._clock() - found[0] < FRESH_S:
            self._keep(tile, *found)
            return found[1]
        try:
            content = self._ask(tile)
        except NoTile:
            if found:
                return found[1]
            raise
        self._keep(tile, self._clock(), content)
        self._write(tile, content)
        return content

    def _ask(self, tile: Tile) -> bytes:
        """Ask the publisher, but not again so soon for what has failed, nor for anything after three failures."""
        now = self._clock()
        with self._lock:
            if now < max(self._all_quiet_until, self._quiet_until.get(tile, 0.0)):
                raise NoTile("asked a moment ago")
        try:
            content = self._fetch(tile)
        except NoTile as error:
            with self._lock:
                self._failures += 1
                if len(self._quiet_until) > KEPT_TILES:
                    self._quiet_until.clear()
                self._quiet_until[tile] = now + RETRY_S
                if self._failures >= 3:
                    self._failures, self._all_quiet_until = 0, now + RETRY_S
            log.warning("no basemap tile: %s", error)
            raise
        with self._lock:
            self._failures = 0
        return content

    def _in_memory(self, tile: Tile) -> tuple[float, bytes] | None:
        with self._lock:
            if tile in self._kept:
                self._kept.move_to_end(tile)
            return self._kept.get(tile)

    def _keep(self, tile: Tile, at: float, content: bytes) -> None:
        with self._lock:
            self._bytes += len(content) - len(self._kept.pop(tile, (0.0, b""))[1])
            self._kept[tile] = (at, content)
            while len(self._kept) > KEPT_TILES or self._bytes > KEPT_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1][1])

    def _path(self, tile: Tile) -> Path | None:
        return self.folder / "-".join(map(str, tile)) if self.folder else None

    def _on_disk(self, tile: Tile) -> tuple[float, bytes] | None:
        path = self._path(tile)
        if path is None:
            return None
        try:
            at, content = path.stat().st_mtime, path.read_bytes()
        except OSError:
            return None
        return (at, content) if kind(content) else None

    def _write(self, tile: Tile, content: bytes) -> None:
        path = self._path(tile)
        if path is None:
            return
        part = path.with_name(f".{os.getpid()}-{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            os.replace(part, path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            log.warning("the basemap can't be kept on the disk: %s", error.strerror)
            return
        with self._lock:
            self._written += 1
            due = self._written % SWEEP_EVERY == 1
        if due:
            self.sweep()

    def sweep(self) -> None:
        """Remove the oldest tiles until what lies on the disk fits."""
        found = []
        with suppress(OSError):
            for path in self.folder.iterdir() if self.folder else ():
                with suppress(OSError):  # another process sweeps too
                    found.append((path.stat().st_mtime, path.stat().st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._disk_bytes:
                return
            with suppress(OSError):
                path.unlink()
            total -= size


def cache_folder() -> Path | None:
    """Where tiles are kept on the disk, or None."""
    root = os.environ.get(CACHE) or os.environ.get("CACHE_DIRECTORY", "").partition(":")[0]
    return Path(root) / "basemap" if root else None
