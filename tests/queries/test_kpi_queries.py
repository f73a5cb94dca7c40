"""County values, nearest earlier population and latest figures against slow obvious twins, on data full of gaps."""

from __future__ import annotations

import random
from datetime import date

import pytest

from smartvest.towns import COUNTY_AGS, TOWNS
from tests.tiny_store import facts_store, tiny_store

DATES = [date(2019, 6, 30), date(2019, 12, 31), date(2020, 6, 30)]


def gappy(seed: int) -> dict[str, list[dict]]:
    """Tables in which each date is complete, lacks a town's row, or has a town's figure missing."""
    rng = random.Random(seed)
    towns = list(TOWNS)

    def dated(dates, make):
        rows = []
        for day in dates:
            gap = rng.choice(["none", "none", "row", "figure"])
            unlucky = rng.choice(towns)
            for ags in towns:
                if ags == unlucky and gap == "row":
                    continue
                rows.append({"ags": ags, "as_of": day, **make(gap == "figure" and ags == unlucky)})
        rng.shuffle(rows)
        return rows

    def number(high, missing):
        return None if missing else rng.randint(0, high)

    return {
        "households": [{"ags": ags, "as_of": date(2022, 5, 15), "households": rng.randint(100, 900)} for ags in towns],
        "population": dated(
            [date(2017, 12, 31), date(2019, 6, 30), date(2019, 12, 30)],
            lambda missing: {"population": rng.randint(1000, 9000), "male": number(500, missing), "area_km2": 50.0},
        ),
        "fibre_coverage": [
            {**row, "technology": technology, "min_mbit_s": speed}
            for technology in ("fttbh", "wired")
            for speed in (100, 1000)
            for row in dated(DATES, lambda missing: {"households_pct": number(100, missing)})
        ],
        "solar_capacity": dated([date(2017, 1, 1), *DATES], lambda missing: {"pv_kw": number(5000, missing)}),
        "charging_points": dated(DATES, lambda missing: {"charging_points": number(50, missing)}),
    }


def by_key(frame, *columns):
    """{(ags, as_of): (value of each column, None where missing)}."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {(row["ags"], row["as_of"] and row["as_of"].date()): tuple(row[name] for name in columns) for row in rows}


def approx(pairs):
    return {key: tuple(pytest.approx(v) if isinstance(v, float) else v for v in row) for key, row in pairs.items()}


def twin_fibre(tables, technology, speed):
    figures = {
        (row["ags"], row["as_of"]): row["households_pct"]
        for row in tables["fibre_coverage"]
        if row["technology"] == technology and row["min_mbit_s"] == speed
    }
    weights = {row["ags"]: row["households"] for row in tables["households"]}
    expected = {key: (value, "not_reported" if value is None else "measured") for key, value in figures.items()}
    for day in DATES:
        values = {ags: figures.get((ags, day)) for ags in TOWNS}
        if all(value is not None for value in values.values()):
            connected = sum(weights[ags] * values[ags] for ags in TOWNS)
            expected[(COUNTY_AGS, day)] = (float(connected / sum(weights.values())), "estimated")
    return expected


def twin_rate(tables, dataset, column):
    people = {}
    for row in sorted(tables["population"], key=lambda row: row["as_of"]):
        people.setdefault(row["ags"], []).append((row["as_of"], row["population"]))
    expected = {}
    by_day = {}
    for row in tables[dataset]:
        earlier = [(day, count) for day, count in people.get(row["ags"], []) if day <= row["as_of"]]
        key = (row["ags"], row["as_of"])
        if earlier and row[column] is not None:
            expected[key] = (float(1000 * row[column] / earlier[-1][1]), "measured")
            by_day.setdefault(row["as_of"], []).append((row[column], earlier[-1][1]))
        else:
            expected[key] = (None, "not_reported")
    for day, pairs in by_day.items():
        if len(pairs) == 10:
            expected[(COUNTY_AGS, day)] = (
                float(1000 * sum(p[0] for p in pairs) / sum(p[1] for p in pairs)),
                "measured",
            )
    return expected


@pytest.mark.parametrize("seed", range(6))
def test_against_twins(seed):
    tables = gappy(seed)
    store = tiny_store(tables)
    for technology, speed in (("fttbh", 1000), ("wired", 100)):
        frame = store.query("kpi/fibre_coverage", technology=technology, min_mbit_s=speed)
        assert by_key(frame, "value", "status") == approx(twin_fibre(tables, technology, speed))
    for query, dataset, column in (
        ("solar", "solar_capacity", "pv_kw"),
        ("charging", "charging_points", "charging_points"),
    ):
        frame = store.query(f"kpi/{query}")
        assert by_key(frame, "value", "status") == approx(twin_rate(tables, dataset, column))
    towns = {(row["ags"], row["as_of"]): (float(row["population"]),) for row in tables["population"]}
    for day in {day for _, day in towns}:
        if all((ags, day) in towns for ags in TOWNS):
            towns[(COUNTY_AGS, day)] = (sum(towns[(ags, day)][0] for ags in TOWNS),)
    assert by_key(store.query("kpi/population"), "value") == approx(towns)


def test_the_gaps_do_occur():
    complete = [len([k for k in twin_fibre(gappy(seed), "fttbh", 1000) if k[0] == COUNTY_AGS]) for seed in range(6)]
    assert 0 < sum(complete) < 6 * len(DATES)


def test_numerator_and_denominator_give_the_value():
    store = facts_store()
    for query in ("kpi/solar", "kpi/charging"):
        frame = store.query(query)
        assert (frame["value"] - 1000 * frame["numerator"] / frame["denominator"]).abs().max() < 1e-9
    county = store.query("kpi/fibre_coverage", technology="fttbh", min_mbit_s=1000).query("ags == '05562'")
    assert (county["value"] - 100 * county["numerator"] / county["denominator"]).abs().max() < 1e-9


def test_solar_says_which_population_it_used():
    frame = facts_store().query("kpi/solar")
    used = frame.groupby("as_of")["population_as_of"].unique()
    assert {str(day.date()): [str(p.date()) for p in days] for day, days in used.items()} == {
        "2021-12-31": ["2021-12-31"],
        "2024-12-31": ["2023-12-31"],
    }


def test_published_counts_are_never_summed():
    store = tiny_store(
        {
            "sensor_deployments": [{"ags": ags, "as_of": DATES[0], "sensors": 5, "source": "x"} for ags in TOWNS]
            + [{"ags": COUNTY_AGS, "as_of": DATES[0], "sensors": 42, "source": "x"}],
            "open_data": [
                {"ags": "05562032", "as_of_text": "undated", "portal": "a", "datasets": 120},
                {"ags": "05562032", "as_of_text": "2024-03", "portal": "a", "datasets": 130},
                {"ags": "05562032", "as_of_text": "2024-03", "portal": "b", "datasets": 90},
                {"ags": "05562032", "as_of_text": "2025", "portal": "a", "datasets": 140},
            ],
        }
    )
    sensors = by_key(store.query("kpi/climate_sensors"), "value")
    assert sensors[(COUNTY_AGS, DATES[0])] == (42.0,)
    assert by_key(store.query("kpi/open_datasets"), "value") == {
        ("05562032", None): (120.0,),
        ("05562032", date(2024, 3, 1)): (130.0,),
        ("05562032", date(2025, 1, 1)): (140.0,),
    }
