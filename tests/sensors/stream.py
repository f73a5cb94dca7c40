"""A stream of uplinks through Mosquitto with the broker restarted and the listener killed: the test and the bench."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt

from tests.sensors.broker import Broker, landed_lines, start_listener

START = datetime(2026, 6, 1)


def uplink(number: int, devices: list[str]) -> tuple[str, bytes]:
    """Message ``number``: every device speaks in turn, each moment and frame counter once."""
    device = devices[number % len(devices)]
    at = (START + timedelta(seconds=37 * (number // len(devices)))).isoformat() + "Z"
    message = {
        "end_device_ids": {"device_id": device},
        "received_at": at,
        "uplink_message": {
            "f_cnt": number // len(devices) + 1,
            "session_key_id": "s",
            "received_at": at,
            "decoded_payload": {"temperature": 10 + number % 97 / 10},
        },
    }
    return f"v3/klima@ttn/devices/{device}/up", json.dumps(message).encode()


def _acknowledged(info: mqtt.MQTTMessageInfo) -> None:
    info.wait_for_publish(120)
    assert info.is_published()


def publish(port: int, messages) -> None:
    """Send all with QoS 1 and wait until the broker has acknowledged every one, over its restarts."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="sender", clean_session=False)
    client.max_inflight_messages_set(200)
    client.max_queued_messages_set(0)
    client.reconnect_delay_set(min_delay=1, max_delay=1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent: deque[mqtt.MQTTMessageInfo] = deque()
    for topic, payload in messages:
        sent.append(client.publish(topic, payload, qos=1))
        while len(sent) > 5000:  # paho has 65,535 message ids
            _acknowledged(sent.popleft())
    while sent:
        _acknowledged(sent.popleft())
    client.disconnect()
    client.loop_stop()


def run(data: Path, folder: Path, port: int, devices: list[str], count: int, extra: int = 500) -> dict:
    """``count`` uplinks, fifty of them repeated: the broker restarts once, the listener is killed -9 twice.

    Then ``extra`` more, and the broker is killed -9: a sender that was told "received" repeats what can't have been saved.
    """
    broker = Broker(folder, port)
    broker.start()
    listener = start_listener(data, port)
    seconds = time.monotonic()
    try:
        deadline = time.monotonic() + 20
        probe = [uplink(0, devices)]
        while landed_lines(data) == 0 and time.monotonic() < deadline:  # until it has subscribed
            publish(port, probe)
            time.sleep(0.2)
        messages = [uplink(n, devices) for n in range(count)] + [uplink(n, devices) for n in range(50)]
        sender = threading.Thread(target=publish, args=(port, messages))
        sender.start()

        def reach(lines: int) -> None:
            end = time.monotonic() + 400
            while landed_lines(data) < lines and time.monotonic() < end:
                time.sleep(0.05)
            assert landed_lines(data) >= lines

        kills = 0
        for share in (0.2, 0.6):
            reach(int(count * share))
            listener.send_signal(signal.SIGKILL)
            listener.wait(10)
            kills += 1
            listener = start_listener(data, port)
            if share == 0.2:
                reach(int(count * 0.4))
                broker.stop()
                broker.start()
        sender.join(300)
        assert not sender.is_alive()
        reach(count)
        more = [uplink(n, devices) for n in range(count, count + extra)]
        sender = threading.Thread(target=publish, args=(port, more))
        sender.start()
        time.sleep(0.05)
        broker.kill()
        broker.start()
        sender.join(300)
        assert not sender.is_alive()
        publish(port, more)
        quiet = 0
        before = -1
        while quiet < 10:
            now = landed_lines(data)
            quiet = quiet + 1 if now == before and now >= count + extra else 0
            before = now
            time.sleep(0.1)
            assert time.monotonic() - seconds < 900
        listener.send_signal(signal.SIGTERM)
        assert listener.wait(20) == 0
        return {"lines": landed_lines(data), "kills": kills, "seconds": time.monotonic() - seconds}
    finally:
        if listener.poll() is None:
            listener.kill()
        broker.stop()
