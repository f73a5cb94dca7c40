"""The queries of the pages that show one area, the ten towns, or the county: on the published facts and on gaps."""

from __future__ import annotations

from datetime import date

import pytest

from smartvest.towns import COUNTY_AGS, TOWNS
from tests.tiny_store import TOWN_ROWS, facts_store, tiny_store

DAY, EARLIER = date(2021, 6, 30), date(2020, 12, 31)
HOMES = [{"ags": ags, "as_of": date(2022, 5, 15), "households": 100 * n} for n, ags in enumerate(TOWNS, start=1)]


@pytest.fixture(scope="module")
def store():
    return facts_store()


def coverage(ags, pct, day=DAY, technology="fttbh", speed=1000):
    return {"ags": ags, "as_of": day, "technology": technology, "min_mbit_s": speed, "households_pct": pct}


def people(ags, count, day=DAY, area=10.0):
    return {"ags": ags, "name": TOWNS[ags], "as_of": day, "population": count, "area_km2": area}


def test_population_curve_of_a_town_and_of_the_county(store):
    town = store.query("population_curve", ags="05562016")
    assert len(town) == 12 and set(town["ags"]) == {"05562016"}
    county = store.query("population_curve", ags=COUNTY_AGS)
    assert set(county["ags"]) == {COUNTY_AGS}
    twin = {}
    for ags in TOWNS:
        for row in store.query("population_curve", ags=ags).itertuples():
            twin[row.as_of] = twin.get(row.as_of, 0) + row.population
    assert dict(zip(county["as_of"], county["population"], strict=True)) == twin
    assert county["population"].iloc[-1] == 620646


def test_the_county_has_no_population_where_a_town_is_missing():
    rows = [people(ags, 1000) for ags in TOWNS] + [people(ags, 900, EARLIER) for ags in list(TOWNS)[1:]]
    county = tiny_store({"population": rows}).query("population_curve", ags=COUNTY_AGS)
    assert county["population"].tolist() == [10000]
    assert county["male"].isna().all()


def test_town_profile(store):
    row = store.query("town_profile", ags="05562016").iloc[0]
    assert (row["name"], row["population"], row["households"]) == ("Haltern am See", 38033, 17936)
    assert row["density_per_km2"] == pytest.approx(38033 / 159.03)
    county = store.query("town_profile", ags=COUNTY_AGS).iloc[0]
    assert (county["name"], county["population"], county["households"]) == ("Kreis Recklinghausen", 620646, 302806)
    assert county["area_km2"] == pytest.approx(761.32)
    assert county["households_status"] == "estimated"


def test_town_profile_takes_the_latest_complete_date():
    rows = [people(ags, 900, EARLIER) for ags in TOWNS] + [people(ags, 1000) for ags in list(TOWNS)[1:]]
    store = tiny_store({"population": rows, "towns": TOWN_ROWS, "households": HOMES[:-1]})
    county = store.query("town_profile", ags=COUNTY_AGS).iloc[0]
    assert (county["as_of"].date(), county["population"]) == (EARLIER, 9000)
    assert county["households_status"] == "not_reported"
    town = store.query("town_profile", ags="05562036").iloc[0]
    assert (town["as_of"].date(), town["population"], town["households_status"]) == (DAY, 1000, "not_reported")


def test_stations_of_a_town_are_part_of_those_of_the_county(store):
    county = store.query("stations", ags=COUNTY_AGS)
    assert len(county) == 54
    parts = [store.query("stations", ags=ags) for ags in TOWNS]
    assert sum(map(len, parts)) == len(county)
    assert all(set(part["ags"]) <= {ags} for ags, part in zip(TOWNS, parts, strict=True))


def test_sensor_deployments_keep_what_was_not_published(store):
    frame = store.query("sensor_deployments").set_index(["ags"])
    assert frame.loc["05562024", "status"] == "not_reported"
    assert frame.loc[COUNTY_AGS, "name"].tolist() == ["Kreis Recklinghausen"] * 2
    assert frame.loc["05562028", "sensors"] == 13


def test_events_are_in_order_and_as_precise_as_published(store):
    frame = store.query("events")
    assert frame["begins_on"].is_monotonic_increasing
    first = frame.iloc[0]
    assert first[["date_text", "date_precision"]].tolist() == ["2021-05", "month"]
    assert first["begins_on"].date() == date(2021, 5, 1)
    assert frame["participants"].count() == 1


def test_fibre_options_only_offer_what_exists(store):
    frame = store.query("fibre_options")
    assert len(frame) == 177 and (frame["towns"] == 10).all()
    lacking = tiny_store({"fibre_coverage": [coverage("05562004", None), coverage("05562008", 1.0, EARLIER)]})
    offered = lacking.query("fibre_options")
    assert (offered["as_of"].dt.date.tolist(), offered["towns"].tolist()) == ([EARLIER], [1])


def by_town(store, **changes):
    return store.query("fibre_by_town", **{"technology": "fttbh", "min_mbit_s": 1000, "as_of": DAY} | changes)


def test_fibre_by_town_weights_the_county(store):
    frame = by_town(store).set_index("ags")
    towns = frame.drop(COUNTY_AGS)
    weighted = (towns["households_pct"] * towns["households"]).sum() / towns["households"].sum()
    assert frame.loc[COUNTY_AGS, "households_pct"] == pytest.approx(weighted)
    assert frame.loc[COUNTY_AGS, "status"] == "estimated"
    assert abs(frame.loc[COUNTY_AGS, "households_pct"] - towns["households_pct"].mean()) > 0.1  # not the plain mean
    kpi = store.query("kpi/fibre_coverage", technology="fttbh", min_mbit_s=1000)
    same_day = kpi[kpi["as_of"] == frame["as_of"].iloc[0]].set_index("ags")["value"]
    assert same_day.to_dict() == pytest.approx(frame["households_pct"].to_dict())


def test_fibre_by_town_shows_every_town_also_without_a_figure():
    towns = list(TOWNS)
    rows = [coverage(ags, 50.0) for ags in towns[2:]] + [coverage(towns[1], None)]
    store = tiny_store({"households": HOMES, "towns": TOWN_ROWS, "fibre_coverage": rows})
    frame = by_town(store).set_index("ags")
    assert list(frame.index) == [COUNTY_AGS, *towns]
    assert set(frame.index[frame["status"] == "not_reported"]) == {COUNTY_AGS, *towns[:2]}
    assert (by_town(store, as_of=EARLIER)["status"] == "not_reported").all()


def test_fibre_town_profile_is_that_of_the_latest_date(store):
    for ags in ("05562016", COUNTY_AGS):
        frame = store.query("fibre_town_profile", ags=ags)
        assert set(frame["as_of"].dt.date) == {DAY} and len(frame) == 30
        for row in frame.itertuples():
            same = by_town(store, technology=row.technology, min_mbit_s=row.min_mbit_s).set_index("ags").loc[ags]
            assert same["households_pct"] == pytest.approx(row.households_pct)
            assert same["status"] == row.status


def test_fibre_town_profile_never_mixes_dates():
    towns = list(TOWNS)
    rows = [coverage(ags, 10.0, EARLIER) for ags in towns] + [coverage(ags, 20.0) for ags in towns[1:]]
    store = tiny_store({"households": HOMES, "fibre_coverage": rows})
    county = store.query("fibre_town_profile", ags=COUNTY_AGS)
    assert county[["households_pct"]].values.tolist() == [[pytest.approx(10.0)]]
    assert county["as_of"].dt.date.tolist() == [EARLIER]
    assert store.query("fibre_town_profile", ags=towns[1])["households_pct"].tolist() == [20.0]


def test_fibre_reports_stand_beside_those_of_the_larger_areas(store):
    frame = store.query("fibre_reports", ags="05562016")
    assert list(dict.fromkeys(frame["ags"])) == ["05562016", COUNTY_AGS, "05", "DE"]
    assert frame.loc[frame["ags"] == "05562016", "value"].tolist() == [94.8]
    county = store.query("fibre_reports", ags=COUNTY_AGS)
    assert not frame["name"].isna().any() and len(county) == len(frame) - 1
