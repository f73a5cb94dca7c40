"""What has been drawn once is shown again: charts, maps and tables made ready, kept by the process.

    @drawn.once
    def county_map(view, technology): ...        made once for a snapshot, day, language, town, mode and technology

Not Streamlit's cache: any visitor can empty that for everybody by one message. What is kept hangs on the opened
snapshot, so a new snapshot starts with an empty shelf and an old one's goes with it.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from smartvest.store import Store

# All 44 pictures of a page (11 areas, 2 languages, light and dark) are about 2 MB, so this holds every page as most
# people see it. 0 draws everything anew at each run, which is what `make bench` compares with.
MEGABYTES = "SMARTVEST_DRAWN_MB"
DEFAULT_MB = 64


class Seen(Protocol):
    """What a drawing may depend on besides its own parameters: smartvest.ui.view.View has all of it."""

    @property
    def store(self) -> Store: ...
    @property
    def today(self) -> date: ...
    @property
    def lang(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def ags(self) -> str: ...
    @property
    def snapshot(self) -> str: ...


class _Place:
    """One drawing: whoever comes first makes it, who comes meanwhile waits for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.content: tuple[Any] | None = None
        self.bytes = 0


class Shelf:
    """Drawings in the order of their last use, at most `limit` bytes of them (as pickled)."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._places: OrderedDict[tuple[Any, ...], _Place] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
        if place.content is None:
            with place.lock:
                if place.content is None:  # an error leaves the place empty: the next visitor tries again
                    made = make()
                    place.bytes = len(pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
                    place.content = (made,)
                    self._keep_to_limit(key, place)
        return place.content[0]

    def clear(self) -> None:
        with self._lock:
            self._places.clear()
            self.bytes = 0

    def __len__(self) -> int:
        return len(self._places)

    def _keep_to_limit(self, key: tuple[Any, ...], place: _Place) -> None:
        with self._lock:
            if self._places.get(key) is place:
                self.bytes += place.bytes
            while self.bytes > self.limit and self._places:
                _, gone = self._places.popitem(last=False)
                self.bytes -= gone.bytes


_shelves: WeakKeyDictionary[Store, Shelf] = WeakKeyDictionary()
_opening = threading.Lock()


def shelf(store: Store) -> Shelf:
    """The drawings of an opened snapshot."""
    with _opening:
        if store not in _shelves:
            for other, drawings in _shelves.items():
                if getattr(other, "resting", False):  # an idle visitor's page still holds that snapshot
                    drawings.clear()
            _shelves[store] = Shelf(int(float(os.environ.get(MEGABYTES) or DEFAULT_MB) * 2**20))
        return _shelves[store]


S = TypeVar("S", bound=Seen)
P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Keep what `make(view, …)` returns; further parameters must be hashable. Treat the result as read-only.

    `make` must depend on nothing but what `Seen` names and its parameters, and must not draw on the page itself.
    A page's functions are made anew at each run, so they are told apart by file and name.
    """
    name = (make.__code__.co_filename, make.__qualname__)

    @wraps(make)
    def kept(view: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        found = shelf(view.store)
        if found.limit <= 0:
            return make(view, *args, **kwargs)
        key = (name, view.today, view.lang, view.mode, view.ags, view.snapshot, args, *sorted(kwargs.items()))
        return cast(T, found.get(key, lambda: make(view, *args, **kwargs)))

    return kept
