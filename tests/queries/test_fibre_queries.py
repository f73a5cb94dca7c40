"""The fibre page's queries on the published facts against slow obvious twins, and on gaps."""

from __future__ import annotations

from datetime import date

import pytest

from smartvest.towns import COUNTY_AGS, TOWNS
from tests.tiny_store import ROOT, SOURCES, TOWN_ROWS, facts_store, facts_table, tiny_store

DAY, EARLIER = date(2021, 6, 30), date(2019, 6, 30)
FIBRE = {"technology": "fttbh", "min_mbit_s": 1000}


@pytest.fixture(scope="module")
def store():
    return facts_store()


@pytest.fixture(scope="module")
def facts():
    """Rows as typed in data/facts, by dataset."""
    return {
        name: facts_table(SOURCES[name], ROOT / "data" / "facts" / f"{name}.csv").to_pylist()
        for name in ("fibre_coverage", "households", "broadband_history", "fibre_reports")
    }


def share(facts, ags, day, technology="fttbh", speed=1000):
    return next(
        row["households_pct"]
        for row in facts["fibre_coverage"]
        if (row["ags"], row["as_of"], row["technology"], row["min_mbit_s"]) == (ags, day, technology, speed)
    )


def weighted(facts, figure_of):
    homes = {row["ags"]: row["households"] for row in facts["households"]}
    return sum(homes[ags] * figure_of(ags) for ags in TOWNS) / sum(homes.values())


def coverage(ags, pct, day=DAY, technology="fttbh", speed=1000):
    return {"ags": ags, "as_of": day, "technology": technology, "min_mbit_s": speed, "households_pct": pct}


def homes(ags, people=20_000, persons=2.0):
    return {
        "ags": ags,
        "as_of": date(2022, 5, 15),
        "population": people,
        "persons_per_household": persons,
        "households": round(people / persons),
        "status": "estimated",
    }


def test_published_values_are_exact(store):
    """The three of issue 3: FTTB/H at 1000 Mbit/s, mid-2021."""
    frame = store.query("fibre_by_town", **FIBRE, as_of=DAY).set_index("ags")["households_pct"]
    assert (frame["05562016"], frame["05562014"], frame["05562028"]) == (88.07, 40.46, 3.27)


def test_change_against_its_twin(store, facts):
    frame = store.query("fibre/change", **FIBRE, as_of_from=EARLIER, as_of_to=DAY).set_index("ags")
    assert set(frame.index) == {*TOWNS, COUNTY_AGS}
    for ags in TOWNS:
        assert frame.loc[ags, "change_points"] == pytest.approx(share(facts, ags, DAY) - share(facts, ags, EARLIER))
    twin = weighted(facts, lambda a: share(facts, a, DAY)) - weighted(facts, lambda a: share(facts, a, EARLIER))
    assert frame.loc[COUNTY_AGS, "change_points"] == pytest.approx(twin)
    assert frame.loc[COUNTY_AGS, "status"] == "estimated"


def test_change_needs_both_dates():
    towns = list(TOWNS)
    rows = [coverage(ags, 50.0) for ags in towns] + [coverage(ags, 10.0, EARLIER) for ags in towns[1:]]
    store = tiny_store({"fibre_coverage": rows, "households": [homes(ags) for ags in towns]})
    frame = store.query("fibre/change", **FIBRE, as_of_from=EARLIER, as_of_to=DAY).set_index("ags")
    assert frame.loc[towns[0], "status"] == frame.loc[COUNTY_AGS, "status"] == "not_reported"
    assert frame.loc[towns[1], "change_points"] == 40


def test_distance_to_the_target(store, facts):
    frame = store.query("fibre/distance", as_of=DAY).set_index("ags")
    assert set(frame["target_pct"]) == {100} and str(frame["target_date"].iloc[0])[:10] == "2030-12-31"
    for ags in TOWNS:
        assert frame.loc[ags, "distance_points"] == pytest.approx(100 - share(facts, ags, DAY))


def test_households_without_and_their_range(store, facts):
    """The range against the four corners of the two roundings, worked out one by one."""
    frame = store.query("fibre/without", **FIBRE, as_of=DAY).set_index("ags")
    low = high = 0.0
    for row in facts["households"]:
        gone = 100 - share(facts, row["ags"], DAY)
        corners = [
            row["population"] / (row["persons_per_household"] + a) * (gone + b) / 100
            for a in (-0.005, 0.005)
            for b in (-0.005, 0.005)
        ]
        found = frame.loc[row["ags"]]
        assert found["without_low"] == pytest.approx(min(corners)) and found["without_high"] == pytest.approx(
            max(corners)
        )
        assert found["without_low"] < found["without_households"] < found["without_high"]
        low, high = low + min(corners), high + max(corners)
    assert (frame.loc[COUNTY_AGS, "without_low"], frame.loc[COUNTY_AGS, "without_high"]) == pytest.approx((low, high))


def test_whole_percents_widen_the_range_and_nothing_goes_below_zero():
    towns = list(TOWNS)
    day = date(2018, 12, 31)
    rows = [coverage(towns[0], 100.0, day), coverage(towns[1], 60.0, day)]
    store = tiny_store({"fibre_coverage": rows, "households": [homes(ags) for ags in towns]})
    frame = store.query("fibre/without", **FIBRE, as_of=day).set_index("ags")
    assert frame.loc[towns[0], "without_low"] == 0 and frame.loc[towns[0], "without_high"] > 0
    assert frame.loc[towns[1], "without_high"] - frame.loc[towns[1], "without_low"] > 100  # 1 % of 10,000 homes
    assert frame.loc[COUNTY_AGS, "status"] == "not_reported"  # eight towns lack a figure


def test_the_map_file_holds_what_the_tables_say(store):
    figures = store.query("fibre/map_figures").set_index(["figure", "ags", "technology", "min_mbit_s"])
    for name, column, figure, technology, speed in (
        ("fibre_by_town", "households_pct", "coverage", "hfc", 400),
        ("fibre/without", "without_pct", "below", "wired", 30),
    ):
        frame = store.query(name, technology=technology, min_mbit_s=speed, as_of=DAY)
        for row in frame[frame["ags"] != COUNTY_AGS].itertuples():
            at_all_dates = figures.loc[(figure, row.ags, technology, speed)]
            at_day = at_all_dates[at_all_dates["as_of"].astype(str).str[:10] == DAY.isoformat()]
            assert at_day["value"].tolist() == [getattr(row, column)]


def test_course_breaks_after_2018_and_after_2021(store):
    marked = store.query("fibre/course", **FIBRE)
    assert set(marked[marked["break_before"]]["as_of"].astype(str).str[:10]) == {"2019-06-30"}
    rows = [coverage("05562024", 10.0, day) for day in (date(2021, 6, 30), date(2022, 6, 30), date(2022, 12, 31))]
    later = tiny_store({"fibre_coverage": rows, "households": [homes("05562024")]}).query("fibre/course", **FIBRE)
    assert later["break_before"].tolist() == [False, True, False]


def test_the_latest_figure_is_compared_within_its_method_only(store):
    row = store.query("fibre/latest", ags="05562016").iloc[0]
    assert (row["households_pct"], str(row["before_as_of"])[:10]) == (88.07, "2019-06-30")  # not 2018
    rows = [coverage("05562024", 10.0), coverage("05562024", 30.0, date(2022, 6, 30))]
    row = tiny_store({"fibre_coverage": rows}).query("fibre/latest", ags="05562024").iloc[0]
    assert row["households_pct"] == 30 and row["before_pct"] != row["before_pct"]
    assert tiny_store({}).query("fibre/latest", ags=COUNTY_AGS).empty


def test_history_of_the_county_against_its_twin(store, facts):
    frame = store.query("fibre/history", ags=COUNTY_AGS).set_index(["min_mbit_s", "year"])
    published = {(r["ags"], r["year"], r["min_mbit_s"]): r["households_pct"] for r in facts["broadband_history"]}
    for speed, year in frame.index:
        twin = weighted(facts, lambda ags, y=year, s=speed: published[ags, y, s])
        assert frame.loc[(speed, year), "households_pct"] == pytest.approx(twin)
    breaks = frame.reset_index().query("break_before")["year"]
    assert set(breaks) == {2015}


def test_two_sources_stand_side_by_side(store):
    frame = store.query("fibre/side_by_side").set_index("ags")
    assert len(frame) == 10
    assert (frame.loc["05562028", "coverage_pct"], frame.loc["05562028", "report_pct"]) == (3.27, 1.9)
    assert frame["report_pct"].notna().sum() == 5  # an undated report is not lost beside a dated one


def test_rungs_are_all_there_also_without_a_figure(store):
    frame = store.query("fibre/rungs", ags="05562016")
    assert frame["rung"].unique().tolist() == ["can_get", "passed", "connected", "in_use", "undefined"]
    assert frame.set_index("rung").loc["in_use", "status"] == "not_reported"
    assert frame.iloc[0][["area", "value"]].tolist() == ["05562016", 88.07]
    county = store.query("fibre/rungs", ags=COUNTY_AGS).iloc[0]
    assert county["status"] == "estimated" and county["value"] == pytest.approx(28.35, abs=0.01)


def test_funding_is_as_published(store):
    frame = store.query("fibre/funding").set_index("measure")["value"]
    assert frame.to_dict() == {
        "subsidy_eur": 68_350_000,
        "trench_km": 629,
        "households_connected_subsidised": 11_800,
        "schools_connected_subsidised": 206,
        "businesses_connected_subsidised": 1_423,
    }


def test_premises_show_the_latest_date_of_each_kind(store):
    assert store.query("fibre/other_premises", **FIBRE).empty
    business = {"ags": "05562024", "premises": "companies", "technology": "fttbh", "min_mbit_s": 1000}
    school = {"ags": "05562024", "as_of": EARLIER, "technology": "fttbh", "min_mbit_s": 1000, "schools_pct": 70.0}
    rows = [business | {"as_of": EARLIER, "premises_pct": 1.0}, business | {"as_of": DAY, "premises_pct": 2.0}]
    town = {
        "ags": "05562024",
        "name": "Marl",
        "area_km2": 1.0,
        "longitude_deg": 7.0,
        "latitude_deg": 51.6,
        "geometry_geojson": "{}",
    }
    frame = tiny_store({"fibre_businesses": rows, "fibre_schools": [school], "towns": [town]}).query(
        "fibre/other_premises", **FIBRE
    )
    assert frame[["premises", "premises_pct"]].values.tolist() == [["companies", 2.0], ["schools", 70.0]]


# --- the 100 m grid

THEN, NOW = date(2024, 12, 31), date(2025, 12, 31)


def cell(x, ags, day, pct, **more):
    figures = {f"{tech}_{speed}_pct": 1.0 for tech in ("any", "fttbh", "hfc", "dsl") for speed in (30, 100, 1000)}
    place = {"cell": f"c{x}", "epsg": 25832, "x_m": x, "y_m": 5_734_000, "longitude_deg": 7.1, "latitude_deg": 51.7}
    return {**place, **figures, "ags": ags, "as_of": day, "fttbh_1000_pct": pct, **more}


@pytest.fixture(scope="module")
def grid():
    rows = [
        cell(100, "05562016", NOW, 100.0),
        cell(200, "05562016", NOW, 0.0),
        cell(300, "05562016", NOW, None),
        cell(400, "05562024", NOW, 40.5),
        cell(500, "05562024", THEN, 100.0),  # not in the newer file
    ]
    return tiny_store({"fibre_grid": rows, "towns": TOWN_ROWS})


def cells_now(grid, **more):
    asked = {"ags": "05562", **FIBRE, "as_of": NOW, "below_pct": 101} | more
    frame = grid.query("fibre/grid_now", **asked)
    return {row.cell: (None if row.status == "not_reported" else row.households_pct) for row in frame.itertuples()}


def test_cells_of_a_date_and_those_another_date_has(grid):
    assert cells_now(grid) == {"c100": 100.0, "c200": 0.0, "c300": None, "c400": 40.5, "c500": None}
    assert cells_now(grid, as_of=THEN) == {"c100": None, "c200": None, "c300": None, "c400": None, "c500": 100.0}


def test_cells_of_one_town_one_technology_or_only_those_with_gaps(grid):
    assert cells_now(grid, ags="05562016") == {"c100": 100.0, "c200": 0.0, "c300": None}
    assert cells_now(grid, below_pct=100) == {"c200": 0.0, "c300": None, "c400": 40.5, "c500": None}
    assert cells_now(grid, technology="dsl", min_mbit_s=30)["c100"] == 1.0
    assert set(cells_now(grid, technology="wireless").values()) == {None}  # the grid does not know it


def test_cells_counted_by_town(grid):
    frame = grid.query("fibre/grid_by_town", **FIBRE, as_of=NOW).set_index("ags")
    columns = ["cells", "cells_all", "cells_some", "cells_none", "cells_unknown"]
    assert len(frame) == 11
    assert list(frame.loc["05562016", columns]) == [3, 1, 0, 1, 1]
    assert list(frame.loc["05562024", columns]) == [2, 0, 1, 0, 1]
    assert list(frame.loc["05562", columns]) == [5, 1, 1, 1, 2]
    assert list(frame.loc["05562012", columns]) == [0, 0, 0, 0, 0] and frame.loc["05562012", "status"] == "not_reported"
