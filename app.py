"""The web server of smartVEST: `streamlit run app.py`. Screens are in pages/, routes and headers in smartvest/web/."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import os
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from anyio import to_thread

from smartvest import web
from smartvest.addresses import language
from smartvest.texts import text
from smartvest.web import sockets
from smartvest.web.api import api_routes

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("smartvest")
SWEEP_S = 30.0


def snapshot_id() -> str:
    """The id of the snapshot being served; raises when there is none."""
    from smartvest import store

    return store.current().snapshot_id


def map_file(name: str) -> Any:
    """The file of the map at /layers/<name>, made from the snapshot being served, or None."""
    from smartvest import layers, store

    return layers.named(store.current(), name)


async def sweep() -> None:
    """Free what visitors who left held in circles. Python's own full rounds come by count of objects, too seldom for
    a steady memory: five visitors a second leave 1 MB a second. One every half minute costs below one percent."""
    while True:
        await asyncio.sleep(SWEEP_S)
        gc.collect()


@asynccontextmanager
async def warm(app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Open the snapshot before the first visitor comes; without one the server still starts and /healthz says so.
    What most visitors see first is drawn meanwhile, again after each publish."""
    log.info("up to %d open files", sockets.prepare())
    try:
        log.info("serving snapshot %s", await to_thread.run_sync(snapshot_id))
    except Exception as error:
        log.error("no snapshot can be served: %s", error)
    ahead = await to_thread.run_sync(importlib.import_module, "smartvest.ui.ahead")
    # Modules and the snapshot stay for good: taken out of what Python's collector looks through. With 2,000 sockets
    # open its full rounds were a third of the event loop's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    sys.setswitchinterval(0.001)  # s; four pages being drawn held up the thread that answers sockets for 20 ms, now 4
    stop = threading.Event()
    if os.environ.get("SMARTVEST_DRAW_AHEAD") != "0":  # a test's server lives for seconds, drawing takes five
        threading.Thread(target=ahead.watch, args=[stop], daemon=True, name="ahead").start()
    sweeping = asyncio.create_task(sweep())
    yield {}
    sweeping.cancel()
    stop.set()


def show_error(error: Exception) -> bool:
    """A sentence and a number for the visitor, everything else for the log."""
    number = secrets.token_hex(4)
    log.error("error %s in a page", number, exc_info=error)
    st.error(text("web.script_error", language(st.query_params.get("lang")), number=number))
    return True  # nothing more: Streamlit's own box shows the message of the exception


app = st.App(
    "smartvest/shell.py",
    routes=[*web.routes(snapshot_id, map_file), *api_routes()],
    middleware=web.middleware(st.get_option("server.allowedHosts")),
    lifespan=warm,
    on_script_error=show_error,
)
