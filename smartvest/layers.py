"""The files behind the map, made from a verified snapshot and kept by the process: address, bytes, zipped bytes.

An address holds the hash of the content, so a browser keeps it for ever; a new snapshot with the same outlines and
figures has the same address. Made once a snapshot and language, at the first visit that needs it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

from smartvest.maps import files
from smartvest.store import Store

KINDS = {"towns": "geojson", "hatching": "geojson", "grid": "json"}
FORM = re.compile(r"(towns|hatching|grid)\.(de|en)\.[0-9a-f]{16}\.(?:geojson|json)")
KEPT = 24  # files: three kinds, two languages, four open snapshots


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
_making = threading.Lock()


def layer(store: Store, kind: str, lang: str = "de") -> Layer:
    """The file of ``kind`` (towns, hatching, grid) for this snapshot; the hatching and the grid have no words."""
    key = (store.snapshot_id, kind, lang if kind == "towns" else "de")
    with _making:  # the grid takes seconds: a hundred visitors wait for one making
        if key not in _kept:
            _kept[key] = _made(store, kind, key[2])
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]


def named(store: Store, name: str) -> Layer | None:
    """The file of that name, made for a page of late or by this snapshot; None for anything else ``name`` may hold."""
    match = FORM.fullmatch(name)
    if match is None:
        return None
    with _making:
        known = next((one for one in _kept.values() if one.name == name), None)
    found = known or layer(store, match[1], match[2])  # another process may have given this address
    return found if found.name == name else None


def _made(store: Store, kind: str, lang: str) -> Layer:
    if kind == "towns":
        content = files.towns(store.query("towns"), store.query("fibre/map_figures"), lang)
    elif kind == "hatching":
        content = files.hatching(store.query("towns"))
    else:
        content = files.grid(store.query("fibre/grid_cells"))
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Layer(f"{kind}.{lang}.{digest}.{KINDS[kind]}", content, gzip.compress(content, 9, mtime=0))
