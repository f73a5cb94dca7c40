"""`make bench`: the sensors at 10^6 readings (SMARTVEST_BENCH_READINGS=1e7 or 1e8 for more; see bench/sensors.py)."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bench import sensors


def test_sensors(tmp_path: Path) -> None:
    total = float(os.environ.get("SMARTVEST_BENCH_READINGS", "1e6"))
    result = sensors.measure(int(total), tmp_path / "data")
    sensors.report(result)
    sensors.OUT.mkdir(parents=True, exist_ok=True)
    name = f"sensors-1e{len(str(int(total))) - 1}.json"
    (sensors.OUT / name).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    assert result["ingest"]["ratio"] <= 0.6
    assert result["full_rebuild_peak_mb"] <= 2048
    assert result["latest_ms"] <= 10
    if total >= 1e8:  # below that, fixed costs of a query hide what rollups save
        assert result["all_towns_one_year"]["ratio"] >= 25
        assert result["one_town_three_years"]["ratio"] >= 50
        assert result["increment_ratio"] >= 25
