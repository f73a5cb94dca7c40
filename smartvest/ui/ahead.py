"""What most visitors see first is drawn before they ask: at the start, and when a new snapshot is served.

Importing Altair and pydeck takes 3 s and the indicators of the county 2 s of CPU. Without this the first visitor after a
start waits for both, and everybody who comes meanwhile with him.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

from smartvest import layers, store
from smartvest.addresses import LANGUAGES
from smartvest.towns import COUNTY_AGS
from smartvest.ui import fibre_map, kpi_card, profile, sensor_course  # noqa: F401  with these all of Altair and pydeck
from smartvest.ui.scoreboard import scoreboard
from smartvest.ui.turns import turn
from smartvest.ui.view import View, today

log = logging.getLogger(__name__)
EVERY_S = 20.0  # how often somebody looks whether there is a new snapshot


def parts(opened: store.Store) -> Iterator[Callable[[], object]]:
    """Each costs less than half a second."""
    view = View("de", COUNTY_AGS, "light", "", opened, today())
    yield partial(scoreboard, view)
    for lang in LANGUAGES:
        yield partial(layers.layer, opened, "towns", lang)
    yield partial(layers.layer, opened, "hatching")
    yield partial(layers.layer, opened, "locator", "light")
    yield partial(profile.people, view)
    yield partial(profile.technologies, view)
    for kpi in scoreboard(view).kpis:
        yield partial(kpi_card.draw, view, kpi.id)


def watch(stop: threading.Event) -> None:
    """Draw ahead until ``stop``; between two drawings visitors have as long a turn as a drawing took."""
    drawn = ""
    while not stop.is_set():
        try:
            newest = store.current()
            if newest.snapshot_id != drawn:
                drawn = newest.snapshot_id
                for part in parts(newest):
                    with turn:
                        began = time.perf_counter()
                        part()
                    if stop.wait(time.perf_counter() - began):
                        return
        except Exception:  # a visitor's page will say what is wrong
            log.exception("nothing can be drawn ahead")
        stop.wait(EVERY_S)
