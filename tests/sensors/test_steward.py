"""A steward's first day: configure a private deployment, import its files, look at what was held back, see the sample go."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from smartvest import cli, imports, store
from smartvest.sensors import absorb
from tests.published import copy_of_data
from tests.sensor_county import SENSORS_TOML

PRIVATE = ["secret-dev", "secret-counter", "70B3D57ED0000001", "gw-at-home", "51.7771337", "7.1993371"]


def uplink(device: str, payload: dict, minutes: int) -> dict:
    at = f"{datetime.now(UTC) - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%S}.123456789Z"
    gateway = {
        "gateway_ids": {"gateway_id": "gw-at-home"},
        "location": {"latitude": 51.7771337, "longitude": 7.1993371},
    }
    return {
        "end_device_ids": {"device_id": device, "dev_eui": "70B3D57ED0000001"},
        "received_at": at,
        "uplink_message": {"received_at": at, "decoded_payload": payload, "rx_metadata": [gateway]},
    }


MESSAGES = [
    *(uplink("secret-dev-1", {"temperature": 12.5, "air": {"humidity": 60}, "rain": 0}, m) for m in (10, 20, 30)),
    *(uplink("secret-dev-2", {"temperature": 13.5, "air": {"humidity": 61}, "rain": 0}, m) for m in (10, 20)),
    uplink("secret-counter", {"people": 3}, 90),
    uplink("secret-counter", {"people": "secret-dev"}, 95),
    uplink("secret-dev-1", {"temperature": 327.67, "air": {"humidity": 300}, "rain": -1}, 50),
    uplink("secret-dev-77", {"temperature": 1}, 10),
]


def run(home: Path, *words: str) -> str:
    done = CliRunner().invoke(cli.app, list(words), env={"SMARTVEST_DATA": str(home)})
    assert "Traceback" not in done.output
    return done.output


def clean(words: str) -> None:
    assert not [secret for secret in PRIVATE if secret.lower() in words.lower()]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The data directory, the imported file, and what the import said."""
    home = copy_of_data(tmp_path_factory.mktemp("steward"))
    garden = SENSORS_TOML.replace("51.7777", "51.7771337").replace("7.1999", "7.1993371")
    (home / "sensors.toml").write_text(garden, encoding="utf-8")
    file = home.parent / "uplinks.ndjson"
    file.write_text("\n\n".join(json.dumps({"result": m}) for m in MESSAGES), encoding="utf-8")
    return home, file, run(home, "import", "tts", "--json", str(file))


@pytest.fixture
def home(first: tuple[Path, Path, str]) -> Path:
    return first[0]


def test_the_counts_and_what_was_held_back(first: tuple[Path, Path, str], caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    home, file, told = first
    counts = json.loads(told)
    assert [counts[k] for k in ("records_in", "published", "out_of_scope", "duplicates", "quarantined")] == [
        9,
        6,
        1,
        0,
        2,
    ]
    assert counts["reasons"] == {"not_a_number": 1, "sentinel": 1}

    again = json.loads(run(home, "import", "tts", "--json", str(file)))
    assert (again["published"], again["duplicates"], again["quarantined"]) == (0, 6, 2)

    checked = run(home, "check")
    assert "quarantined: readings of tts (uplinks.ndjson record 7): not_a_number persons" in checked
    assert "quarantined: readings of tts (uplinks.ndjson record 8): sentinel" in checked
    for words in (told, checked, caplog.text, run(home, "sources"), run(home, "snapshots")):
        clean(words)


def test_nothing_private_is_in_any_published_file(home: Path):
    snapshot = home / "snapshots" / store.current(home).snapshot_id
    for path in snapshot.iterdir():
        if path.suffix == ".parquet":
            clean(str(pq.read_table(path, partitioning=None).to_pylist()) if path.stat().st_size < 1_000_000 else "")
        clean(path.read_bytes().decode("latin-1"))
    for path in (home / "imports" / "tts").iterdir():
        clean(path.read_text(encoding="utf-8"))


def test_the_sample_is_gone_from_every_dataset(home: Path):
    manifest = store.current(home).manifest
    told = [name for name in manifest.datasets if name.startswith(("sensor_", "town_days"))]
    assert len(told) >= 6 and not [name for name in told if manifest.datasets[name].sample]
    there = store.current(home)
    moment = datetime.now(UTC).replace(tzinfo=None)
    places = there.query("sensors/places", ags="05562", metric="temperature_c", now=moment)
    assert not places["sample"].any() and not places["sensor_id"].str.startswith("beispiel").any()
    assert {"haltern-01", "haltern-02"} <= set(places.loc[places["state"] == "current", "sensor_id"])
    few = there.query("sensors/places", ags="05562024", metric="persons", now=moment).set_index("sensor_id")
    assert few.at["marl-markt", "status"] == "confidential"


def test_rejects_of_live_messages_are_kept_for_the_steward_but_not_for_ever(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SMARTVEST_DATA", str(home))
    monkeypatch.setattr(absorb, "KEPT", 2)
    landing = home / "sensors" / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    for number in range(4):
        broken = json.dumps(uplink("secret-dev-1", {"temperature": "warm"}, 200 + number))
        (landing / f"tts-2026010{number}T000000-1-00000{number}.ndjson").write_text(broken + "\n", encoding="utf-8")
    (landing / "tts-20260105T000000-1-000009.ndjson").write_text("not JSON: AA==\n", encoding="utf-8")
    done = absorb.absorb(home)
    assert (done.records_in, done.quarantined, done.published) == (5, 1, 4)  # rain is 0 where it is missing
    (landing / "tts-20260106T000000-1-000010.ndjson").write_text(
        json.dumps(uplink("secret-counter", {"people": "many"}, 5)) + "\nnot JSON: AA==\n", encoding="utf-8"
    )
    assert absorb.absorb(home).reasons == {"not_a_number": 1, "not_json": 1}
    kept = [i for i in imports.list_imports(home, "tts") if i.name.endswith(".ndjson")]
    assert len(kept) <= 2 + 1
    assert "not_json" in run(home, "check")
