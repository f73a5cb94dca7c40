"""/glasfaser by its links: each view says what it shows, and a link that is wrong is a good page."""

from __future__ import annotations

import pytest

from tests.pages.test_pages import opened


def html(**parameters: str) -> str:
    app = opened("fibre", **parameters).run()
    assert not app.exception, app.exception
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("versorgung", "Mitte 2021"),
        ("aenderung", "Veränderung in Prozentpunkten"),
        ("ziel", "Abstand zum Ziel"),
        ("weiss", "Haushalte ohne 30 Mbit/s"),
        ("grau", "Haushalte ohne 100 Mbit/s"),
    ],
)
def test_each_view_says_what_it_shows(view: str, words: str) -> None:
    shown = html(karte=view)
    assert words in shown and "Oer-Erkenschwick" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"karte": "raster"},  # there is no grid
        {"karte": "x", "technik": "'", "mbits": "-1", "stand": "2999-01-01"},
        {"von": "2021-06-30", "karte": "aenderung"},  # from the end to the end
    ],
)
def test_a_wrong_link_is_a_good_page(wrong: dict[str, str]) -> None:
    shown = html(**wrong)
    beside = next(part for part in shown.split("</table>") if "Waltrop" in part)
    assert beside.count("<tr") == 12 and "Fehlernummer" not in shown  # a head, ten towns, the county
