"""Golden sentences: the ten towns and the county on the published facts, both languages, the hard cases of grammar."""

from __future__ import annotations

from datetime import date

import pytest

from smartvest import sentences
from smartvest.towns import AREAS, COUNTY_AGS
from tests.tiny_store import facts_store

DAY = date(2021, 6, 30)
WHAT_DE = "Glasfaser bis ins Haus mit mindestens 1.000 Mbit/s"
WHAT_EN = "fibre to the building or home with at least 1,000 Mbit/s"

# area -> (share in words de, before de, share in words en, before en)
GOLDEN = {
    "05562": (
        "Im Kreis Recklinghausen konnten Mitte 2021 rund 28 von 100 Haushalten",
        "Mitte 2019 waren es rund 7 von 100.",
        "In the county of Recklinghausen, about 28 in 100 households",
        "In mid-2019 it was about 7 in 100.",
    ),
    "05562004": (
        "In Castrop-Rauxel konnten Mitte 2021 rund 24 von 100 Haushalten",
        "Mitte 2019 waren es rund 4 von 100.",
        "In Castrop-Rauxel, about 24 in 100 households",
        "In mid-2019 it was about 4 in 100.",
    ),
    "05562008": (
        "In Datteln konnten Mitte 2021 rund 19 von 100 Haushalten",
        "Mitte 2019 war es weniger als 1 von 100.",
        "In Datteln, about 19 in 100 households",
        "In mid-2019 it was fewer than 1 in 100.",
    ),
    "05562012": (
        "In Dorsten konnten Mitte 2021 rund 5 von 100 Haushalten",
        "Mitte 2019 war es weniger als 1 von 100.",
        "In Dorsten, about 5 in 100 households",
        "In mid-2019 it was fewer than 1 in 100.",
    ),
    "05562014": (
        "In Gladbeck konnten Mitte 2021 rund 40 von 100 Haushalten",
        "Mitte 2019 waren es rund 20 von 100.",
        "In Gladbeck, about 40 in 100 households",
        "In mid-2019 it was about 20 in 100.",
    ),
    "05562016": (
        "In Haltern am See konnten Mitte 2021 rund 88 von 100 Haushalten",
        "Mitte 2019 waren es rund 23 von 100.",
        "In Haltern am See, about 88 in 100 households",
        "In mid-2019 it was about 23 in 100.",
    ),
    "05562020": (
        "In Herten konnten Mitte 2021 rund 27 von 100 Haushalten",
        "Mitte 2019 waren es rund 16 von 100.",
        "In Herten, about 27 in 100 households",
        "In mid-2019 it was about 16 in 100.",
    ),
    "05562024": (
        "In Marl konnten Mitte 2021 rund 34 von 100 Haushalten",
        "Mitte 2019 war es weniger als 1 von 100.",
        "In Marl, about 34 in 100 households",
        "In mid-2019 it was fewer than 1 in 100.",
    ),
    "05562028": (
        "In Oer-Erkenschwick konnten Mitte 2021 rund 3 von 100 Haushalten",
        "Mitte 2019 war es weniger als 1 von 100.",
        "In Oer-Erkenschwick, about 3 in 100 households",
        "In mid-2019 it was fewer than 1 in 100.",
    ),
    "05562032": (
        "In Recklinghausen konnten Mitte 2021 rund 30 von 100 Haushalten",
        "Mitte 2019 waren es rund 3 von 100.",
        "In Recklinghausen, about 30 in 100 households",
        "In mid-2019 it was about 3 in 100.",
    ),
    "05562036": (
        "In Waltrop konnten Mitte 2021 rund 12 von 100 Haushalten",
        "Mitte 2019 waren es rund 6 von 100.",
        "In Waltrop, about 12 in 100 households",
        "In mid-2019 it was about 6 in 100.",
    ),
}


@pytest.fixture(scope="module")
def store():
    return facts_store()


@pytest.mark.parametrize("ags", AREAS)
def test_golden(store, ags):
    row = store.query("fibre/latest", ags=ags).iloc[0]
    said_de, before_de, said_en, before_en = GOLDEN[ags]
    assert sentences.coverage(ags, row.households_pct, row.as_of, "de") == f"{said_de} {WHAT_DE} bekommen."
    assert sentences.before(row.before_pct, row.before_as_of, "de") == before_de
    assert sentences.coverage(ags, row.households_pct, row.as_of, "en") == f"{said_en} could get {WHAT_EN} in mid-2021."
    assert sentences.before(row.before_pct, row.before_as_of, "en") == before_en


@pytest.mark.parametrize(
    ("share", "german", "english"),
    [
        (0, "konnte Mitte 2021 kein Haushalt", "no household"),
        (0.01, "konnte Mitte 2021 weniger als 1 von 100 Haushalten", "fewer than 1 in 100 households"),
        (0.99, "konnte Mitte 2021 weniger als 1 von 100 Haushalten", "fewer than 1 in 100 households"),
        (1, "konnte Mitte 2021 rund 1 von 100 Haushalten", "about 1 in 100 households"),
        (1.49, "konnte Mitte 2021 rund 1 von 100 Haushalten", "about 1 in 100 households"),
        (1.5, "konnten Mitte 2021 rund 2 von 100 Haushalten", "about 2 in 100 households"),
        (2.5, "konnten Mitte 2021 rund 3 von 100 Haushalten", "about 3 in 100 households"),
        (98.9, "konnten Mitte 2021 rund 99 von 100 Haushalten", "about 99 in 100 households"),
        (99.01, "konnten Mitte 2021 mehr als 99 von 100 Haushalten", "more than 99 in 100 households"),
        (99.99, "konnten Mitte 2021 mehr als 99 von 100 Haushalten", "more than 99 in 100 households"),
        (100, "konnten Mitte 2021 alle Haushalte", "all households"),
    ],
)
def test_one_household_is_singular_and_nearly_all_is_not_all(share, german, english):
    assert sentences.coverage("05562024", share, DAY, "de") == f"In Marl {german} {WHAT_DE} bekommen."
    assert sentences.coverage("05562024", share, DAY, "en") == f"In Marl, {english} could get {WHAT_EN} in mid-2021."


def test_a_missing_figure_is_said():
    for missing in (None, float("nan")):
        said = sentences.coverage(COUNTY_AGS, missing, None, "de")
        assert (
            said == f"Im Kreis Recklinghausen: Wie viele Haushalte {WHAT_DE} bekommen können, ist nicht veröffentlicht."
        )
    assert sentences.coverage("05562024", None, None, "en").endswith("has not been published.")


def test_days_and_technologies():
    assert sentences.when(date(2018, 12, 31), "en") == "at the end of 2018"
    assert sentences.when("2022-05-03", "de") == "am 03.05.2022"
    assert "über das Kabelnetz mit mindestens 400 Mbit/s" in sentences.coverage("05562036", 55, DAY, "de", "hfc", 400)
