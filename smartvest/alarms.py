"""A clock for many questions at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Alarms:
    """Rings for whoever is not back in time. One thread for all: a threading.Timer costs more than a query."""

    def __init__(self, precision_s: float = 0.05):
        self._precision_s = precision_s
        self._waiting: dict[object, tuple[float, Callable[[], None]]] = {}
        self._lock = threading.Lock()
        self._running = False

    @contextmanager
    def after(self, seconds: float | None, ring: Callable[[], None]) -> Iterator[None]:
        """Call ``ring`` unless the block has ended within ``seconds`` (None: never)."""
        if seconds is None:
            yield
            return
        token = object()
        with self._lock:
            self._waiting[token] = time.monotonic() + seconds, ring
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, daemon=True, name="alarms").start()
        try:
            yield
        finally:
            with self._lock:
                del self._waiting[token]

    def _watch(self) -> None:
        idle = 0
        while True:
            time.sleep(self._precision_s)
            with self._lock:
                for until, ring in self._waiting.values():
                    if time.monotonic() > until:
                        ring()
                idle = 0 if self._waiting else idle + 1
                if idle * self._precision_s > 5:
                    self._running = False
                    return
