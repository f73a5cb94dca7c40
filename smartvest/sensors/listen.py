"""`python -m smartvest listen`: MQTT messages into landing files, each safe on disk before it is acknowledged.

QoS 1, a persistent session, and acknowledgements by hand: a batch of messages is appended to an open file and synced,
only then acknowledged. Whatever happens between (broker restarted, we killed), the broker sends again what was not
acknowledged, so a message may be on disk twice but never not at all; `readings.land` counts it once.

    data/sensors/landing/.open-<loader>             being written (hidden; completed on the next start)
    data/sensors/landing/<loader>-<time>-<n>.ndjson   complete, by rename: one message a line

The broker must keep enough for us while we are away: Mosquitto's ``max_queued_messages`` is 1000 by default and
drops silently what is above; set it to 0 (no limit) or high.
"""

from __future__ import annotations

import base64
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BufferedWriter
from pathlib import Path

import msgspec
import paho.mqtt.client as mqtt

from smartvest import durable
from smartvest.sensors import files
from smartvest.sensors.config import Config, SensorConfigError

LOG = logging.getLogger(__name__)
PATTERNS = {"v3/+/devices/+/up": "tts", "application/+/device/+/event/up": "chirpstack"}
PAUSE_S = 0.02  # a pause so long ends a batch: Mosquitto sends 20 messages and waits for their acknowledgement
RETRY_S = (1, 2, 5, 10, 30)
KEEPALIVE_S = 30


def loader_of(topic: str) -> str | None:
    """Which loader reads the messages of a topic."""
    return next((loader for pattern, loader in PATTERNS.items() if mqtt.topic_matches_sub(pattern, topic)), None)


@dataclass
class Landing:
    """The landing folder: lines are appended, synced, and closed files renamed."""

    folder: Path
    batch: int
    batch_seconds: float
    _open: dict[str, BufferedWriter] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _number: int = 0
    _unsynced: bool = False

    def recover(self) -> None:
        """Complete what a killed listener left: whole lines are kept, a torn last line was never acknowledged."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in sorted(self.folder.glob(".open-*")):
            content = left.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) != len(content):
                with left.open("r+b") as file:
                    file.truncate(len(whole))
                    os.fsync(file.fileno())
            if whole:
                os.replace(left, self._next_name(left.name.removeprefix(".open-")))
            else:
                left.unlink()
        durable.fsync_folder(self.folder)

    def append(self, loader: str, payload: bytes) -> None:
        if loader not in self._open:
            self._open[loader] = (self.folder / f".open-{loader}").open("ab")
            durable.fsync_folder(self.folder)
            self._lines[loader], self._since[loader] = 0, time.monotonic()
        self._open[loader].write(one_line(payload) + b"\n")
        self._lines[loader] += 1
        self._unsynced = True

    def sync(self) -> None:
        """Everything appended is on disk when this returns."""
        if self._unsynced:
            for file in self._open.values():
                file.flush()
                os.fsync(file.fileno())
            self._unsynced = False

    def rotate(self, everything: bool = False) -> None:
        """Close and rename files that are full or old enough. Call after ``sync``."""
        for loader in list(self._open):
            old = time.monotonic() - self._since[loader] >= self.batch_seconds
            if everything or old or self._lines[loader] >= self.batch:
                self._open.pop(loader).close()
                os.replace(self.folder / f".open-{loader}", self._next_name(loader))
                durable.fsync_folder(self.folder)

    def _next_name(self, loader: str) -> Path:
        self._number += 1
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        return self.folder / f"{loader}-{stamp}-{os.getpid()}-{self._number:06d}.ndjson"


def one_line(payload: bytes) -> bytes:
    """A message as one line. What is no JSON is kept as text, so that `import` counts and quarantines it."""
    if b"\n" not in payload and b"\r" not in payload and payload[:1] == b"{" and payload[-1:] == b"}":
        return payload
    try:
        return msgspec.json.encode(msgspec.json.decode(payload))
    except (msgspec.DecodeError, RecursionError):
        return b"not JSON: " + base64.b64encode(payload[:100_000])


class Listener:
    """One connection to the broker and the messages not yet acknowledged."""

    def __init__(self, config: Config, landing: Landing, host: str, port: int, tls: bool, user: str, password: str):
        self.landing = landing
        self.topics = config.listen.topics
        self.host, self.port = host, port
        self.waiting: list[int] = []  # message ids on this connection, in order, not yet acknowledged
        self.received = 0
        self.last = 0.0
        self.refused = ""
        self.client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2,
            client_id=config.listen.client_id,
            clean_session=False,
            protocol=mqtt.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_message = self._message
        if user:
            self.client.username_pw_set(user, password or None)
        if tls:
            self.client.tls_set()

    def _connected(self, client, _userdata, _flags, reason, _properties) -> None:
        if reason.is_failure:
            self.refused = str(reason)
            return
        self.refused = ""
        client.subscribe([(topic, 1) for topic in self.topics])

    def _disconnected(self, _client, _userdata, _flags, _reason, _properties) -> None:
        # Acknowledging on a new connection could hit another message with the same id: the broker sends them again.
        self.waiting.clear()

    def _message(self, _client, _userdata, message: mqtt.MQTTMessage) -> None:
        loader = loader_of(message.topic)
        if loader is not None and not message.retain:
            self.landing.append(loader, bytes(message.payload))
            self.received += 1
        if message.qos > 0:
            self.waiting.append(message.mid)
        self.last = time.monotonic()

    def settle(self) -> None:
        """Sync, then acknowledge."""
        self.landing.sync()
        waiting, self.waiting = self.waiting, []
        for mid in waiting:
            self.client.ack(mid, 1)

    def run(self, stop: threading.Event) -> None:
        """Until ``stop``; a lost connection is taken up again."""
        tried = 0
        while not stop.is_set():
            try:
                self.client.connect(self.host, self.port, keepalive=KEEPALIVE_S)
                while not stop.is_set():
                    if self.client.loop(timeout=PAUSE_S) != mqtt.MQTT_ERR_SUCCESS:
                        break
                    tried = 0 if self.client.is_connected() else tried
                    quiet = time.monotonic() - self.last >= PAUSE_S
                    if self.waiting and (quiet or len(self.waiting) >= 20):
                        self.settle()
                    elif quiet:
                        self.landing.sync()
                    self.landing.rotate()
            except (OSError, ValueError) as error:  # refused, unreachable, TLS, name not known
                LOG.warning("broker %s:%s: %s", self.host, self.port, type(error).__name__)
            self.waiting.clear()
            self.landing.sync()
            if self.refused:
                LOG.warning("broker %s:%s refuses us: %s", self.host, self.port, self.refused)
            if not stop.is_set():
                stop.wait(RETRY_S[min(tried, len(RETRY_S) - 1)] if tried else 0.2)
                tried += 1


def listen(
    config: Config,
    data_dir: Path,
    host: str,
    port: int = 1883,
    tls: bool = False,
    user_env: str = "",
    password_env: str = "",
    stop: threading.Event | None = None,
) -> int:
    """Receive until ``stop`` is set; returns how many messages were received (repeated ones included).

    User and password come from the environment variables with these names. Raises SensorConfigError when a named
    variable is not set, or when another listener holds the landing folder.
    """
    import fcntl

    stop = stop or threading.Event()
    user, password = _secret(user_env), _secret(password_env)
    folder = files.sensors_dir(data_dir) / "landing"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SensorConfigError("another listener is running on this data directory") from None
        landing = Landing(folder, config.listen.batch, config.listen.batch_seconds)
        landing.recover()
        listener = Listener(config, landing, host, port, tls, user, password)
        try:
            listener.run(stop)
            if listener.client.is_connected():
                listener.settle()
                listener.client.loop_write()
                listener.client.disconnect()
        finally:
            landing.sync()
            landing.rotate(everything=True)
        return listener.received


def _secret(name: str) -> str:
    if not name:
        return ""
    value = os.environ.get(name)
    if not value:
        raise SensorConfigError(f"set the environment variable {name}")
    return value
