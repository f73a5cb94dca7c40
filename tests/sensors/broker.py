"""A real Mosquitto on loopback, and a listener as its own process that can be killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path


def mosquitto() -> str | None:
    """Debian puts it in /usr/sbin, which is not on every PATH."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Broker:
    """Mosquitto with persistence; ``kill`` and ``start`` again as often as wanted."""

    def __init__(self, folder: Path, port: int):
        self.folder, self.port = folder, port
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)  # Mosquitto started by root becomes the user mosquitto
        (folder / "mosquitto.conf").write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n"
            "autosave_interval 1\nmax_queued_messages 0\nmax_inflight_messages 20\nlog_dest none\n"
            f"user {'root' if os.getuid() == 0 else 'mosquitto'}\n",
            encoding="utf-8",
        )
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        binary = mosquitto()
        assert binary
        self.process = subprocess.Popen([binary, "-c", str(self.folder / "mosquitto.conf")])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("Mosquitto did not start")

    def stop(self) -> None:
        """An orderly restart: the broker writes its queue to disk."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)

    def kill(self) -> None:
        """A power cut: what came since the last save (a second, ``autosave_interval``) is lost, acknowledged or not."""
        if self.process:
            self.process.kill()
            self.process.wait(10)


LISTEN = """
import sys, signal, threading
from pathlib import Path
from smartvest.sensors import config, listen
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
data = Path(sys.argv[1])
listen.listen(config.load(data / "sensors.toml"), data, "127.0.0.1", int(sys.argv[2]), stop=stop)
"""


def start_listener(data: Path, port: int) -> subprocess.Popen:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", LISTEN, str(data), str(port)], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )


_counted: dict[Path, int] = {}  # complete files do not change


def landed_lines(data: Path) -> int:
    """Lines on disk, whether their file is complete or not."""
    folder = data / "sensors" / "landing"
    try:
        for path in folder.glob("*.ndjson"):
            if path not in _counted:
                _counted[path] = path.read_bytes().count(b"\n")
        opened = sum(path.read_bytes().count(b"\n") for path in folder.glob(".open-*"))
    except FileNotFoundError:  # renamed while we looked
        return landed_lines(data)
    return opened + sum(lines for path, lines in _counted.items() if path.parent == folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
