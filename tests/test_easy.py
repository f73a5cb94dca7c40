"""The rules of Leichte Sprache that can be counted; whether it is easy, only readers can say."""

from __future__ import annotations

import re

import pytest

from smartvest import store
from smartvest.texts import texts
from smartvest.towns import COUNTY_AGS
from tests.pages.test_pages import opened

KEYS = [key for key in texts() if key.startswith("easy.")]
GERMAN = [
    (key, line.strip("* "))
    for key in KEYS
    for line in texts()[key]["de"].strip().splitlines()
    if line.strip() and not key.endswith("title")
]
WORDS = 12  # most in one line
LETTERS = 13  # most in one word without a Mediopunkt or a hyphen
HARD = (
    r"\b(würden?|könnten?|wären?|hätten?|sollten?|müssten?)\b",  # subjunctive
    r"\b(weil|dass|obwohl|damit|sodass|nachdem|bevor|welche[rs]?|deren|dessen)\b",  # subordinate clauses
    r"\b(des|eines)\b",  # genitive
    r"\b(null|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|hundert)\b",
    r"%|Prozent|[;()„“/&]|z\. ?B\.|usw",
    r"\b(wird|werden|wurde[n]?) ge\w+t\b",  # passive
)
NAMES = {"Recklinghausen", "Castrop-Rauxel", "Oer-Erkenschwick"}


@pytest.mark.parametrize(("key", "line"), GERMAN)
def test_lines_are_short_and_say_one_thing(key: str, line: str) -> None:
    assert len(line.split()) <= WORDS, line
    assert len(re.findall(r"[.!?](?:\s|$)", line)) <= 1 and line.count(",") == 0, line
    assert not [found for pattern in HARD if (found := re.search(pattern, line, re.IGNORECASE))], line


@pytest.mark.parametrize("key", KEYS)
def test_long_words_are_parted(key: str) -> None:
    said = re.sub(r"\{\w+\}", "", texts()[key]["de"])
    parts = {part for word in re.findall(r"[\wÄÖÜäöüß·-]+", said) for part in re.split("[·-]", word)}
    assert not [part for part in parts - NAMES if len(part) > LETTERS]


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_have_the_same_lines(key: str) -> None:
    words = texts()[key]
    assert words["de"].count("\n") == words["en"].count("\n")


@pytest.mark.parametrize("ags", [COUNTY_AGS, "05562024", "05562016"])
def test_the_figures_are_those_of_the_data(ags: str) -> None:
    said = " ".join(block.value for block in opened("easy", ags).run().markdown)
    people = store.query("town_profile", ags=ags).iloc[0]["population"]
    assert f"ungefähr {round(people / 1000)} Tausend Menschen" in said
    assert re.search(r"Die Zahl ist vom \d{1,2}\. [A-Z]\w+ \d{4}\.", said)
    assert ("Im Kreis Recklinghausen leben" in said) == (ags == COUNTY_AGS)
    assert ("Die Zahl ist geschätzt." in said) == (ags == COUNTY_AGS)
