"""Figures of a model are nobody's measurements: their source says so wherever it is quoted."""

from __future__ import annotations

import pytest

from smartvest import build, store
from smartvest.paths import ROOT


@pytest.mark.parametrize("name", ["sensor_days", "town_days", "sensor_latest"])
def test_sample_datasets_name_the_model_as_their_source(name: str) -> None:
    opened = store.current(ROOT / "data")
    assert opened.manifest.datasets[name].sample
    source = opened.sources[name]
    assert source.publisher == "smartVEST"
    assert "keine Messung" in source.citation
    assert source.sample


def test_measured_datasets_keep_theirs() -> None:
    opened = store.current(ROOT / "data")
    assert opened.sources["population"].publisher == "Statistisches Bundesamt (Destatis)"
    assert not opened.sources["population"].sample
    assert build.QUARANTINE not in opened.sources
