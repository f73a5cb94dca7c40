"""Live: nothing lost and nothing counted twice, whoever is restarted or killed."""

from __future__ import annotations

import json
import os

import pytest

from smartvest.sensors import absorb, config, listen, rollup
from tests.sensor_county import SENSORS_TOML
from tests.sensors import broker, stream

COUNT = int(os.environ.get("SMARTVEST_UPLINKS", "5000"))  # 100,000 take a minute
EXTRA = 500
DEVICES = ["secret-dev-1", "secret-dev-2", "secret-dev-3"]
needs_mosquitto = pytest.mark.skipif(broker.mosquitto() is None, reason="Mosquitto is not installed")


@needs_mosquitto
def test_uplinks_survive_a_broker_restarted_and_killed_and_two_kills_of_the_listener(data, tmp_path):
    (data / "sensors.toml").write_text(SENSORS_TOML + "\n[listen]\nbatch = 700\nbatch_seconds = 5\n", encoding="utf-8")
    told = stream.run(data, tmp_path / "broker", broker.free_port(), DEVICES, COUNT, EXTRA)
    assert told["lines"] >= COUNT
    total = absorb.absorb(data)
    assert total.records_in == told["lines"]
    assert total.published == COUNT + EXTRA  # complete, and once
    assert total.records_in == total.published + total.out_of_scope + total.duplicates + total.quarantined
    assert absorb.absorb(data).records_in == 0
    days = rollup.update(data).tables["sensor_days"].to_pylist()
    assert sum(r["n"] for r in days if r["metric"] == "temperature_c") == COUNT + EXTRA


def test_a_killed_listener_leaves_whole_lines(tmp_path):
    (tmp_path / ".open-tts").write_bytes(b'{"a":1}\n{"b":2}\n{"torn')
    (tmp_path / ".open-chirpstack").write_bytes(b'{"torn')
    landing = listen.Landing(tmp_path, batch=10, batch_seconds=60)
    landing.recover()
    left = sorted(p.name for p in tmp_path.iterdir())
    assert len(left) == 1 and left[0].startswith("tts-")
    assert (tmp_path / left[0]).read_bytes() == b'{"a":1}\n{"b":2}\n'


def test_a_message_is_one_line_whatever_it_is():
    assert listen.one_line(b'{"a": 1}') == b'{"a": 1}'
    assert json.loads(listen.one_line(b'{\n "a": "x\\ny"\n}')) == {"a": "x\ny"}
    for odd in (b"", b"\xff\xfe\n", b"{\n" * 3000):
        assert b"\n" not in listen.one_line(odd)


def test_topics_know_their_loader():
    assert listen.loader_of("v3/app@ttn/devices/dev/up") == "tts"
    assert listen.loader_of("application/1/device/aa/event/up") == "chirpstack"
    assert listen.loader_of("v3/app@ttn/devices/dev/down/ack") is None


def test_a_missing_password_is_named_but_never_told(data, monkeypatch):
    monkeypatch.setenv("SMARTVEST_MQTT_USER", "wir")
    with pytest.raises(config.SensorConfigError, match="SMARTVEST_MQTT_PASSWORD"):
        listen.listen(
            config.current(),
            data,
            "127.0.0.1",
            1,
            user_env="SMARTVEST_MQTT_USER",
            password_env="SMARTVEST_MQTT_PASSWORD",
        )
