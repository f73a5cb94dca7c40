"""Indicators: what kpis.toml may say, the status of the published figures, and that a new one needs no Python."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from smartvest.kpis import KpiError, assess_all, assess_series, load_grouping, load_kpis, max_age_days, series
from smartvest.status import Status
from smartvest.towns import AREAS, COUNTY_AGS, TOWNS
from tests.tiny_store import QUERIES, ROOT, SOURCES, facts_store, header, header_params, tables_read, tiny_store

KPIS_TOML = ROOT / "data" / "kpis.toml"
TODAY = date(2026, 11, 23)
KPIS = {kpi.id: kpi for kpi in load_kpis(KPIS_TOML, SOURCES, QUERIES)}

HEAD = """
[grouping]
note = { de = "unsere", en = "ours" }
[fields]
climate_energy = { de = "Klima", en = "Climate" }
"""
BLOCK = """
[[kpi]]
id = "stations"
field = "climate_energy"
title = { de = "Messstationen", en = "Stations" }
short = { de = "Stationen", en = "Stations" }
measures = { de = "Zahl", en = "Number" }
why = { de = "darum", en = "therefore" }
unit = "Stationen"
decimals = 0
direction = "up"
target = 50
target_date = 2030-12-31
target_set_by = { de = "niemand", en = "nobody" }
target_source = "test"
query = "kpi/stations"
datasets = ["stations"]
weighting = { de = "Summe", en = "Sum" }
"""
SQL = """-- purpose: Stations by town.
-- params: none
-- grain: ags, as_of
-- units: value in stations
select ags, date '2026-01-01' as as_of, cast(count(*) as double) as value, 'measured' as status
from stations group by ags order by ags
"""


@pytest.fixture(scope="module")
def store():
    return facts_store()


@pytest.fixture(scope="module")
def results(store):
    return {(r.kpi, r.ags): r for r in assess_all(store, KPIS.values(), SOURCES, TODAY)}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A data directory and queries of its own."""
    (tmp_path / "queries" / "kpi").mkdir(parents=True)
    (tmp_path / "queries" / "kpi" / "stations.sql").write_text(SQL, encoding="utf-8")
    (tmp_path / "kpis.toml").write_text(HEAD + BLOCK, encoding="utf-8")
    return tmp_path


def load(house: Path):
    return load_kpis(house / "kpis.toml", SOURCES, house / "queries")


# kpis.toml as it is


def test_the_indicators_of_the_issue_are_there():
    assert set(KPIS) == {
        "fibre_fttbh", "wired_1000", "wired_100", "online_services", "open_datasets", "solar", "climate_sensors",
        "charging", "population", "participation_processes",
    }  # fmt: skip
    assert [kpi.id for kpi in KPIS.values() if kpi.headline] == [
        "fibre_fttbh", "wired_1000", "solar", "climate_sensors", "charging", "population",
    ]  # fmt: skip


def test_the_seven_fields_say_whose_grouping_they_are():
    grouping = load_grouping(KPIS_TOML)
    assert len(grouping.fields) == 7
    assert "unsere Gruppierung" in grouping.note.de and "our grouping" in grouping.note.en


@pytest.mark.parametrize("kpi", KPIS.values(), ids=KPIS)
def test_datasets_and_params_are_those_of_the_query(kpi, store):
    file = QUERIES / f"{kpi.query}.sql"
    assert set(kpi.datasets) == tables_read(store, file)
    assert set(kpi.params) == set(header_params(header(file)["params"]))


def test_every_kpi_query_belongs_to_an_indicator():
    assert {f"kpi/{file.stem}" for file in (QUERIES / "kpi").glob("*.sql")} == {kpi.query for kpi in KPIS.values()}


def test_the_fibre_target_is_the_published_one_and_not_ours():
    kpi = KPIS["fibre_fttbh"]
    with (ROOT / "data" / "facts" / "targets.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kpi"] == "fibre_fttbh_households_pct"]
    published = {(row["area"], float(row["target"]), row["target_date"], row["source"]) for row in rows}
    assert (kpi.target_area, kpi.target, str(kpi.target_date), kpi.target_source) in published
    assert "Kein eigenes Ziel von smartVEST" in kpi.target_set_by.de
    assert [k.id for k in KPIS.values() if k.target is not None] == ["fibre_fttbh"]


# Results on the published facts


def test_one_result_for_every_indicator_in_every_area(results):
    assert set(results) == {(kpi, ags) for kpi in KPIS for ags in AREAS}


@pytest.mark.parametrize(
    ("kpi", "ags", "value", "as_of", "kind", "status", "reason", "stale"),
    [
        ("fibre_fttbh", COUNTY_AGS, 28.3466, "2021-06-30", "estimated", "on_track", "pace_sufficient", True),
        ("fibre_fttbh", "05562012", 5.12, "2021-06-30", "measured", "too_slow", "pace_insufficient", True),
        ("fibre_fttbh", "05562016", 88.07, "2021-06-30", "measured", "on_track", "pace_sufficient", True),
        ("wired_1000", COUNTY_AGS, 75.6859, "2021-06-30", "estimated", "not_assessable", "no_target", True),
        ("solar", COUNTY_AGS, 409.7465, "2024-12-31", "measured", "not_assessable", "no_target", False),
        ("charging", "05562016", 0.0, "2019-07-19", "measured", "not_assessable", "no_target", True),
        ("climate_sensors", COUNTY_AGS, 50.0, "2025-06-26", "measured", "not_assessable", "no_target", False),
        ("climate_sensors", "05562024", None, "2025-06-26", "not_reported", "no_data", "not_reported", False),
        ("climate_sensors", "05562014", None, "None", "", "no_data", "nothing_published", False),
        ("open_datasets", "05562032", 120.0, "None", "measured", "not_assessable", "no_target", False),
        ("open_datasets", COUNTY_AGS, None, "None", "", "no_data", "nothing_published", False),
        ("population", COUNTY_AGS, 620646.0, "2023-12-31", "measured", "not_assessable", "context", False),
        ("online_services", "05562032", None, "None", "", "no_data", "nothing_published", False),
        ("participation_processes", COUNTY_AGS, None, "None", "", "no_data", "nothing_published", False),
    ],
)
def test_published_figures(results, kpi, ags, value, as_of, kind, status, reason, stale):
    got = results[(kpi, ags)]
    assert got.value == (None if value is None else pytest.approx(value, abs=1e-4))
    assert (str(got.as_of), got.value_status, got.status, got.reason, got.stale) == (as_of, kind, status, reason, stale)


def test_only_the_undated_count_is_undated(results):
    assert [key for key, result in results.items() if result.undated] == [("open_datasets", "05562032")]


def test_the_figures_of_2018_in_whole_percents_do_not_count_for_the_pace(results):
    assert {results[("fibre_fttbh", ags)].assessment.n_used for ags in AREAS} == {5}


def test_the_status_is_that_of_the_figures_date_whatever_today_is(store):
    kpi = KPIS["fibre_fttbh"]
    frame = series(kpi, store)
    early, late = (assess_series(kpi, frame, 400, today) for today in (date(2021, 7, 1), date(2040, 1, 1)))
    assert [r.assessment for r in early] == [r.assessment for r in late]
    assert not any(r.stale for r in early) and all(r.stale for r in late)


def test_the_age_limit_is_that_of_the_dataset_with_the_date():
    assert max_age_days(KPIS["solar"], SOURCES) == SOURCES["solar_capacity"].max_age_days == 800
    assert max_age_days(KPIS["fibre_fttbh"], SOURCES) == SOURCES["fibre_coverage"].max_age_days
    assert max_age_days(KPIS["open_datasets"], SOURCES) is None


# Cases the facts do not hold


def rows(*points: tuple[str, date | None, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(points, columns=["ags", "as_of", "value"])
    frame["status"] = ["not_reported" if value is None else "measured" for value in frame["value"]]
    frame["value"] = frame["value"].astype("float64")
    return frame


def one(kpi, *points):
    found = assess_series(kpi, rows(*(("05562016", *point) for point in points)), 400, TODAY)
    assert [r.ags for r in found] == list(AREAS)
    return next(r for r in found if r.ags == "05562016")


def test_an_undated_figure_is_shown_but_not_assessed():
    got = one(KPIS["fibre_fttbh"], (None, 100.0))
    assert (got.value, got.as_of, got.undated) == (100.0, None, True)
    assert (got.status, got.reason, got.stale) == (Status.not_assessable, "undated", False)


def test_a_dated_figure_goes_before_an_undated_one():
    got = one(KPIS["fibre_fttbh"], (None, 100.0), (date(2026, 1, 1), 50.0))
    assert (got.value, got.undated, got.reason) == (50.0, False, "too_few")


def test_a_later_gap_does_not_hide_the_latest_figure():
    got = one(KPIS["fibre_fttbh"], (date(2025, 1, 1), 50.0), (date(2026, 1, 1), None))
    assert (got.value, got.as_of, got.value_status) == (50.0, date(2025, 1, 1), "measured")


class Fake:
    def __init__(self, frame):
        self.frame = frame

    def query(self, name, **params):
        return self.frame


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (rows(("05562016", TODAY, 1.0)).drop(columns="status"), "no column status"),
        (rows(("05911000", TODAY, 1.0)), "outside the county: 05911000"),
        (rows(("05562016", TODAY, 1.0), ("05562016", TODAY, 2.0)), "date twice"),
        (rows(("05562016", None, 1.0), ("05562016", None, 2.0)), "date twice"),
        (rows(("05562016", TODAY, float("inf"))), "infinite"),
    ],
)
def test_a_query_that_breaks_the_form_is_named(frame, says):
    with pytest.raises(KpiError, match=f"^solar: query kpi/solar gives .*{says}"):
        series(KPIS["solar"], Fake(frame))


def test_series_does_not_change_what_the_store_keeps_in_its_cache():
    frame = rows(("05562016", TODAY, 1.0))
    before = frame.copy()
    series(KPIS["solar"], Fake(frame))
    pd.testing.assert_frame_equal(frame, before)


# A new indicator is one block and one file


def test_a_new_indicator_needs_no_python(house):
    [kpi] = load(house)
    assert kpi.unit.en == "Stationen"
    towns = list(TOWNS)
    store = tiny_store(
        {"stations": [{"ags": towns[0], "kind": "dwd", "code": str(i)} for i in range(50)]
         + [{"ags": towns[1], "kind": "dwd", "code": "x"}]},
        house / "queries",
    )  # fmt: skip
    found = {r.ags: (r.value, r.status, r.reason) for r in assess_all(store, [kpi], SOURCES, TODAY)}
    assert found[towns[0]] == (50.0, Status.reached, "target_met")
    assert found[towns[1]] == (1.0, Status.not_assessable, "too_few")
    assert found[COUNTY_AGS] == (None, Status.no_data, "nothing_published")


def test_it_joins_the_indicators_there_are(tmp_path):
    shutil.copytree(QUERIES, tmp_path / "queries")
    (tmp_path / "queries" / "kpi" / "stations.sql").write_text(SQL, encoding="utf-8")
    (tmp_path / "kpis.toml").write_text(KPIS_TOML.read_text(encoding="utf-8") + BLOCK, encoding="utf-8")
    assert [kpi.id for kpi in load(tmp_path)] == [*KPIS, "stations"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('query = "kpi/stations"', 'query = "kpi/nowhere"', "stations: query: there is no kpi/nowhere.sql"),
        ('query = "kpi/stations"', 'query = "../kpis"', "stations: query: there is no"),
        ('datasets = ["stations"]', 'datasets = ["stations", "moon"]', "stations: datasets: not in sources.toml: moon"),
        ('datasets = ["stations"]', "datasets = []", "stations: datasets: "),
        ('field = "climate_energy"', 'field = "space"', "stations: field: 'space' is not one of"),
        ('direction = "up"', 'direction = "sideways"', "stations: direction: "),
        ('direction = "up"', 'direction = "context"', "stations: target: an indicator for context has none"),
        ("target = 50\n", "", "stations: target: is missing"),
        ("target = 50\n", "target = nan\n", "stations: target: must be a finite number"),
        ('target_source = "test"\n', "", "stations: target_set_by and target_source"),
        ("decimals = 0", "decimals = -1", "stations: decimals: "),
        ("decimals = 0", "decimls = 0", "stations: decimals: Field required"),
        ('title = { de = "Messstationen", en = "Stations" }', 'title = { de = "Nur" }', "stations: title.en: "),
        ("decimals = 0", "decimals = 0\nbreaks = [2020-01-01]", "stations: breaks and break_note"),
        ("decimals = 0", "decimals = 0\nlower = 5\nupper = 5", "stations: lower: must be below upper"),
        ('id = "stations"\n', "", "number 1: id: "),
        (BLOCK, BLOCK + BLOCK, "stations: id: used twice"),
        (BLOCK, BLOCK + "[more]\n", "unknown block: more"),
        ("[[kpi]]", "[kpi]", r"write each indicator as a \[\[kpi\]\] block"),
        ("[[kpi]]", "[[kpi", "not valid TOML"),
        ("[grouping]", "[fields.x]", "note: "),
    ],
)
def test_what_is_wrong_is_named_with_file_block_and_field(house, old, new, says):
    file = house / "kpis.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(KpiError, match=f"^{file}: .*{says}"):
        load(house)


def test_without_the_file_the_path_is_named(tmp_path):
    with pytest.raises(KpiError, match="kpis.toml does not exist"):
        load(tmp_path)


def test_a_confidential_figure_is_a_dot_on_the_screen():
    from smartvest.ui.scoreboard import short_words, value_words

    fibre = KPIS["fibre_fttbh"]
    frame = pd.DataFrame(
        {"ags": ["05562016"], "as_of": [date(2021, 6, 30)], "value": [float("nan")], "status": ["confidential"]}
    )
    found = {r.ags: r for r in assess_series(fibre, frame, None, date(2026, 11, 23))}
    assert short_words(fibre, found["05562016"], "de") == value_words(fibre, found["05562016"], "de") == "•"
    assert short_words(fibre, found["05562004"], "de") == "–"
