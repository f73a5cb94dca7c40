"""The strategy's steps, drawn from the facts."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from smartvest.charts.events import LETTERS, timeline
from tests.charts.drawn import svg, width, words
from tests.tiny_store import facts_store


@pytest.fixture(scope="module")
def steps() -> pd.DataFrame:
    return facts_store().query("events")


def test_dates_are_as_precise_as_published(steps):
    said = words(svg(timeline(steps, source="open.nrw"), 340))
    for expected in ("Mai 2021 · Beschluss", "16.06.2023 · Auftakt", "Juli 2023 · Workshop", "27.06.2025 · Barcamp"):
        assert expected in said, expected
    assert "May 2021 · Decision" in words(svg(timeline(steps, source="open.nrw", lang="en")))


def test_titles_are_wrapped_and_never_cut(steps):
    drawn = svg(timeline(steps, source="open.nrw"), 340)
    flow = " ".join(words(drawn))
    for title in steps["title_de"]:
        # a hyphen may end a line
        assert re.sub(r"\s", "", title) in re.sub(r"\s", "", flow), title
    assert max(map(len, words(drawn))) <= max(LETTERS, 56)
    assert width(drawn) <= 380


def test_numbers_stand_only_where_they_are_published(steps):
    said = words(svg(timeline(steps, source="open.nrw")))
    assert "Herten · 80 Teilnehmende · 15 Sessions" in said and "Gladbeck · 14 Sessions" in said
    assert not [line for line in said if re.search(r"\b0 (Teilnehmende|Sessions)", line)]


def test_each_kind_has_its_shape(steps):
    spec = json.loads(timeline(steps, source="x").plot.to_json())
    shapes = {row["shape"] for rows in spec["datasets"].values() for row in rows if "shape" in row}
    assert shapes == {"square", "triangle-up", "circle", "diamond"}


def test_a_month_is_longer_on_the_line_than_a_day(steps):
    spec = json.loads(timeline(steps, source="x").plot.to_json())
    rows = next(rows for rows in spec["datasets"].values() if "from" in rows[0])
    lengths = [row["to"] - row["from"] for row in rows]
    assert min(lengths[0], lengths[4]) > 2 * lengths[1]  # May 2021 and July 2023 against 31 August 2021


def test_unknown_kind_and_no_steps(steps):
    odd = timeline(steps.assign(kind="hackathon"), source="x")
    assert "Mai 2021 · Schritt" in words(svg(odd))
    nothing = timeline(steps.head(0), source="x")
    assert "Es sind keine Schritte verzeichnet." in words(svg(nothing))


def test_sample_data_is_marked(steps):
    assert "Beispieldaten" in words(svg(timeline(steps, source="x", sample=True)))


def test_summary(steps):
    said = timeline(steps, source="x").summary
    assert said.startswith(
        "8 Schritte von Mai 2021 bis 27.06.2025. Mai 2021: Beschluss, Kreis und Städte beschließen eine gemeinsame "
        "digitale Zukunftsstrategie (Kreis Recklinghausen); 31.08.2021: Beschluss, "
    )
    assert said.endswith("27.06.2025: Barcamp, Drittes Barcamp smartVEST (Gladbeck) (Gladbeck · 14 Sessions).")
