"""One file a source. A module here that has ``shape`` is a loader; it is found, never registered.

``fetch(source, into) -> Raw | Iterable[Raw]`` gets the publisher's bytes (through ``http.py`` only), ``shape(raw) ->
Shaped`` turns them into typed tables. Neither checks contracts, publishes or draws.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def loaders() -> dict[str, ModuleType]:
    """All loader modules by name, in alphabetical order."""
    found: dict[str, ModuleType] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda i: i.name):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "shape"):
            found[info.name] = module
    return found
