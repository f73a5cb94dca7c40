"""/sensoren by its words: what the map shows, and a town that has none."""

from __future__ import annotations

import re

from tests.pages.test_origin import words
from tests.pages.test_pages import opened


def test_the_map_says_what_it_shows() -> None:
    app = opened("sensors").run()
    maps = app.get("deck_gl_json_chart")
    assert len(maps) == 2  # the sensors, and the official stations
    assert "Beispieldaten: Karte der Sensoren: 33 aktuell" in str(maps[0].proto)


def test_a_town_without_sensors_says_so() -> None:
    said = words(opened("sensors", "05562036").run())
    assert "Für Waltrop ist kein Aufbau von Klimasensoren veröffentlicht." in said
    assert re.search(r"Waltrop \(Wetter \(DWD\), 0,7\skm", said)
    assert "Messgröße" not in said
