"""The files behind maps, made from a verified snapshot and kept by the process: address, bytes, zipped bytes.

An address holds the hash of the content, so a browser keeps it for ever; a new snapshot with the same outlines and
figures has the same address. Made once a snapshot and language, at the first visit that needs it. Long tables of
charts and rows of maps (`hold`) have an address of the same kind; only the process that drew them knows it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from smartvest.maps import files
from smartvest.maps.locator import locator
from smartvest.store import Store

KINDS = {"towns": "geojson", "hatching": "geojson", "grid": "json", "locator": "svg"}
VARIANTS = {"towns": ("de", "en"), "locator": ("light", "dark")}  # of the others there is one, called "de"
FORM = re.compile(r"(towns|hatching|grid|locator)\.(de|en|light|dark)\.[0-9a-f]{16}\.(?:geojson|json|svg)")
KEPT = 24  # files: of four open snapshots the six kinds that are most asked for
HELD_BYTES = 32 * 2**20  # of rows, plain and zipped; the longest, a year of hours, are 0.3 MB


@dataclass(frozen=True)
class Layer:
    """One file: its address below the server's root, and its bytes, plain and zipped."""

    name: str
    plain: bytes
    zipped: bytes

    @property
    def address(self) -> str:
        return f"/layers/{self.name}"


_kept: OrderedDict[tuple[str, str, str], Layer] = OrderedDict()
_held: OrderedDict[str, Layer] = OrderedDict()
_making = threading.Lock()


def layer(store: Store, kind: str, variant: str = "de") -> Layer:
    """The file of ``kind`` for this snapshot, in the language (towns) or light (locator) it is wanted in."""
    key = (store.snapshot_id, kind, variant if variant in VARIANTS.get(kind, ()) else VARIANTS.get(kind, ("de",))[0])
    with _making:  # the grid takes seconds: a hundred visitors wait for one making
        if key not in _kept:
            _kept[key] = _made(store, kind, key[2])
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def rows(content: str) -> Layer:
    """Rows of a map or a chart, as JSON, in a file of their own."""
    return _file("rows", content.encode(), "json")


def hold(*found: Layer) -> None:
    """Keep these files, which a page just asked its reader's browser to fetch, as those used last."""
    with _making:
        for one in found:
            _held[one.name] = one
            _held.move_to_end(one.name)
        while sum(len(one.plain) + len(one.zipped) for one in _held.values()) > HELD_BYTES:
            _held.popitem(last=False)


def named(store: Store, name: str) -> Layer | None:
    """The file of that name, made for a page of late or by this snapshot; None for anything else ``name`` may hold."""
    if name in _held:
        return _held[name]
    match = FORM.fullmatch(name)
    if match is None:
        return None
    with _making:
        known = next((one for one in _kept.values() if one.name == name), None)
    found = known or layer(store, match[1], match[2])  # another process may have given this address
    return found if found.name == name else None


def _made(store: Store, kind: str, variant: str) -> Layer:
    if kind == "towns":
        content = files.towns(store.query("towns"), store.query("fibre/map_figures"), variant)
    elif kind == "hatching":
        content = files.hatching(store.query("towns"))
    elif kind == "locator":
        content = locator(store.query("towns"), variant).encode()
    else:
        content = files.grid(store.query("fibre/grid_cells"))
    return _file(f"{kind}.{variant}", content, KINDS[kind])


def _file(stem: str, content: bytes, ext: str) -> Layer:
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Layer(f"{stem}.{digest}.{ext}", content, gzip.compress(content, 9, mtime=0))
