"""Things drawn once and shown to everybody: decks, charts and tables, keyed by snapshot id and what they were made from.

Streamlit's own caches are not used: any visitor can empty them for all.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from smartvest.ui.view import View

T = TypeVar("T")
KEPT = 2_000  # a chart's description is about 10 kB, so 20 MB at most

_things: OrderedDict[Hashable, Any] = OrderedDict()
_lock = threading.Lock()


def kept(view: View, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
    """``make()``, or what it gave before for this snapshot, language, light and ``key``. Treat the result as read-only."""
    whole = (view.store.snapshot_id, view.lang, view.mode, *key)
    with _lock:
        if whole in _things:
            _things.move_to_end(whole)
            return _things[whole]
    made = make()  # outside the lock: two visitors may both draw it the first time
    with _lock:
        _things[whole] = made
        while len(_things) > KEPT:
            _things.popitem(last=False)
    return made
