"""Course, day and hour, comparison: gaps make no mark, sample data is marked, figures are German."""

from __future__ import annotations

from datetime import date

import altair as alt
import pandas as pd
import pytest

from smartvest import theme
from smartvest.charts import compare, course, heat
from tests.charts.drawn import marks, svg, words

ABOUT = {"measure": "Lufttemperatur", "unit": "°C", "digits": 1, "source": "Stadt"}


def days(values: list[float | None], statuses: list[str] | None = None) -> pd.DataFrame:
    known = [value is not None for value in values]
    return pd.DataFrame(
        {
            "time": pd.date_range("2026-10-01", periods=len(values), freq="D"),
            "value": pd.array(values, dtype="Float64").to_numpy("float64", na_value=float("nan")),
            "minimum": [None if v is None else v - 2 for v in values],
            "maximum": [None if v is None else v + 2 for v in values],
            "status": statuses or ["measured" if k else "too_few" for k in known],
        }
    ).astype({"minimum": "float64", "maximum": "float64"})


def drawn(df: pd.DataFrame, **more) -> course.frame.Picture:
    return course.course(df, area="Dorsten", grain="day", **ABOUT, **more)


def test_a_gap_parts_line_and_band_and_is_a_strip():
    whole, holed = svg(drawn(days([8.0, 9, 10, 9, 8]))), svg(drawn(days([8.0, 9, None, 9, 8])))
    p = theme.LIGHT
    assert marks(whole, p.accent, "line mark") == 1 and marks(holed, p.accent, "line mark") == 2
    assert marks(whole, p.accent_soft, "area mark") == 1 and marks(holed, p.accent_soft, "area mark") == 2
    assert marks(whole, p.context, "rect mark") == 0 and holed.count('fill="#87928F"') >= 1
    assert "Graue Streifen: zu wenige Messungen." in drawn(days([8.0, None, 8])).subtitle
    assert "Graue Streifen" not in drawn(days([8.0, 9, 8])).subtitle


def test_a_value_with_too_few_readings_is_not_drawn_even_if_there_is_one():
    picture = drawn(days([8.0, 30.0, 8.0], ["measured", "too_few", "measured"]))
    assert "30" not in words(svg(picture)) and picture.summary.endswith("1 von 3 Werten fehlen.")


def test_only_gaps_say_so():
    picture = drawn(days([None, None, None]))
    assert "Dorsten: zu wenige Messungen in diesem Zeitraum." in words(svg(picture))


def test_lone_days_are_points():
    assert marks(svg(drawn(days([8.0, None, 9.0]))), theme.LIGHT.accent, "point") >= 2


def test_hidden_counts_are_dots_and_no_gap():
    df = days([20.0, None, 30.0], ["measured", "confidential", "measured"])
    picture = course.course(
        df, area="Marl", measure="Personen", unit="Personen", digits=0, grain="day", source="x", total=True
    )
    assert "•" in words(svg(picture)) and "weniger als zehn" in picture.subtitle and "Graue" not in picture.subtitle


@pytest.mark.parametrize("grain", ["hour", "day", "month"])
@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_kind_is_valid_and_marked(grain, total, lang):
    picture = course.course(
        days([1.5, 2.5, None, 3.5]), area="Dorsten", grain=grain, total=total, sample=True, lang=lang, **ABOUT
    )
    alt.Chart.from_dict(picture.plot.to_dict())
    mark = "Beispieldaten" if lang == "de" else "Sample data"
    assert mark in words(svg(picture, 340)) and mark in picture.subtitle and picture.summary.startswith(mark)


def test_course_in_words():
    summary = drawn(days([8.0, 9.25, 8.0])).summary.replace("\u202f", " ")
    assert summary == (
        "Dorsten, Lufttemperatur, 01.10.2026 bis 03.10.2026: niedrigster Messwert 6,0 °C, höchster 11,2 °C. Keine Lücken."
    )


def hours(skip: set[int] = frozenset()) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"day": day.date(), "local_hour": h, "value": None if h in skip else 5.0 + h, "status": "too_few" if h in skip else "measured"}
            for day in pd.date_range("2026-11-01", periods=3)
            for h in range(24)
        ]
    )  # fmt: skip


def test_heat_colours_only_what_was_measured():
    def shown(df: pd.DataFrame):
        return svg(heat.heat(df, first=date(2026, 11, 1), last=date(2026, 11, 3), area="Dorsten", **ABOUT))

    whole, holed = shown(hours()), shown(hours({3, 4}))
    count = 'aria-roledescription="rect mark"'
    assert whole.count(count) == 72 and holed.count(count) == 66
    assert words(whole).count("×") == 0 and words(holed).count("×") == 6


def test_the_hour_summer_time_leaves_out_is_no_gap():
    df = hours().iloc[:0]
    picture = heat.heat(df, first=date(2026, 3, 29), last=date(2026, 3, 29), area="Dorsten", **ABOUT)
    assert words(svg(picture)).count("×") == 23


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [-3.0, 38.0], [987.1, 1031.9]])
def test_heat_classes_hold_every_value(values):
    scale = heat.classes(pd.DataFrame({"value": values}))
    assert scale is not None and 2 <= len(scale.colours) <= 7
    assert scale.breaks[0] <= min(values) and max(values) <= scale.breaks[-1]


def towns() -> pd.DataFrame:
    parts = [("05562012", "Dorsten", [8.0, 9, None, 9]), ("05562016", "Haltern am See", [7.0, 8, 9, 8])]
    return pd.concat([days(v).assign(ags=ags, name=name) for ags, name, v in parts], ignore_index=True)


def test_towns_stand_on_one_scale_with_their_figures():
    picture = compare.compare(
        towns(), {"05562012": "8,7 °C", "05562016": "8,0 °C"}, grain="day", selected="05562016", sample=True, **ABOUT
    )
    drawing = svg(picture)
    said = words(drawing)
    assert "Dorsten: 8,7 °C" in said and "Haltern am See: 8,0 °C" in said and "Beispieldaten" in said
    assert marks(drawing, theme.LIGHT.muted, "line mark") == 2 and marks(drawing, theme.LIGHT.accent, "line mark") == 1
    scale = [w for w in said if w.lstrip("−").isdigit()]
    assert len(scale) % 2 == 0 and scale[: len(scale) // 2] == scale[len(scale) // 2 :]
