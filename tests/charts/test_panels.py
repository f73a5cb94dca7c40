"""The pace panels: on the page a picture a town, in a file all of them in one drawing."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import pandas as pd

from smartvest.charts import panels

DAYS = [date(2019, 6, 30), date(2020, 6, 30), date(2021, 6, 30)]


def rows(ags: str, name: str, *values: float | None) -> pd.DataFrame:
    return pd.DataFrame({"ags": ags, "name": name, "as_of": DAYS, "value": values, "break_before": False})


def test_the_sheet_has_every_panel_of_the_page_with_its_figure() -> None:
    towns = pd.concat(
        [rows("05562016", "Haltern am See", 20.0, 40.0, 88.1), rows("05562020", "Marl <&>", None, None, None)]
    )
    county = rows("05562", "Kreis", 10.0, 20.0, 30.0)
    page = panels.panels(towns, county, label="Glasfaser")
    sheet = ET.fromstring(panels.sheet(towns, county))
    words = [node.text for node in sheet.iter() if node.tag.endswith("}text")]
    assert words[0] == "Haltern am See" and "88,1" in str(words[1]) and words[2] == "Marl <&>"
    assert page.count("<img ") == 2 and len(words) == 4
    lines = [node for node in sheet.iter() if node.tag.endswith("}path") and node.get("stroke-width") == "2.2"]
    assert len(lines) == 1, "a town without figures has no line"
    assert float(sheet.get("width", 0)) > 5 * panels.WIDTH
