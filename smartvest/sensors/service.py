"""`python -m smartvest listen`: receive, land and publish until told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

from smartvest.sensors import config, files
from smartvest.sensors.absorb import absorb, waiting
from smartvest.sensors.listen import listen


def serve(
    data_dir: Path,
    host: str,
    port: int,
    tls: bool,
    user_env: str,
    password_env: str,
    publish_every_s: float,
    publish: Callable[[], object],
) -> int:
    """Receive from the broker until SIGINT or SIGTERM; returns how many messages came.

    Landing files are absorbed and published beside the receiving, every ``publish_every_s`` seconds and once at the
    end. A failed publish is tried again with the next one; what was received stays in the landing folder until then.
    Raises SensorConfigError.
    """
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    publisher = threading.Thread(target=_publish_now_and_then, args=(data_dir, publish_every_s, publish, stop))
    publisher.start()
    try:
        received = listen(
            config.load(config.path_in(data_dir)), data_dir, host, port, tls, user_env, password_env, stop
        )
    finally:
        stop.set()
        publisher.join()
    _take_in(data_dir, publish)
    return received


def _publish_now_and_then(data_dir: Path, every_s: float, publish: Callable[[], object], stop: threading.Event) -> None:
    while not stop.wait(every_s):
        _take_in(data_dir, publish)


def _take_in(data_dir: Path, publish: Callable[[], object]) -> None:
    if waiting(data_dir):
        absorb(data_dir)
    if files.dirty(data_dir):
        publish()
