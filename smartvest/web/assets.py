"""Our own files (fonts, icon, styles) at /assets/<name>.<hash>.<ext>: a changed file has a new address, so a browser
may keep each for a year. Everything is read at start; a request can only name what is in the table."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

FOLDER = Path(__file__).resolve().parent.parent / "static"
YEAR = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css",
    ".geojson": "application/geo+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
PACKED = {".png", ".woff2"}  # already compressed: gzip makes them larger


@dataclass(frozen=True)
class Asset:
    """One file: its address, type and bytes (`zipped` is empty where zipping does not help)."""

    address: str
    media_type: str
    plain: bytes
    zipped: bytes


@cache
def assets() -> dict[str, Asset]:
    """Every public file below smartvest/static by its bare name; two files of one name are refused."""
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix not in TYPES:
            continue  # TTF fonts are for image export, licences and notes for readers of the repository
        if path.name in found:
            raise ValueError(f"two files are called {path.name} below smartvest/static; rename one")
        plain = path.read_bytes()
        name = f"{path.stem}.{hashlib.sha256(plain).hexdigest()[:8]}{path.suffix}"
        zipped = b"" if path.suffix in PACKED else gzip.compress(plain, 9, mtime=0)
        found[path.name] = Asset(f"/assets/{name}", TYPES[path.suffix], plain, zipped)
    return found


def url(name: str) -> str:
    """The address of a file below smartvest/static, by its bare name ("icon.svg")."""
    if name not in assets():
        raise KeyError(f"no file {name} below smartvest/static (known: {', '.join(assets())})")
    return assets()[name].address


@cache
def _by_address() -> dict[str, Asset]:
    return {asset.address: asset for asset in assets().values()}


async def asset(request: Request) -> Response:
    """The file at this address, or 404."""
    found = _by_address().get(f"/assets/{request.path_params['name']}")
    if found is None:
        return PlainTextResponse("not found", 404, {"Cache-Control": "no-store"})
    headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding"}
    if found.zipped and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.plain, headers=headers, media_type=found.media_type)
