"""Every page runs for every area in both languages, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from smartvest.addresses import PAGES
from smartvest.paths import ROOT
from smartvest.towns import AREAS, COUNTY_AGS


def opened(name: str, ags: str = COUNTY_AGS, lang: str = "de", **parameters: str) -> AppTest:
    """The frame with the page ``name`` in it, as a cold link opens it."""
    app = AppTest.from_file(str(ROOT / "smartvest" / "shell.py"), default_timeout=60)
    for key, value in {"ags": ags, "lang": lang, **parameters}.items():
        app.query_params[key] = value
    return app.switch_page(str(ROOT / "pages" / f"{name}.py")) if name != "overview" else app


@pytest.mark.parametrize("ags", AREAS)
@pytest.mark.parametrize("name", PAGES)
def test_every_area(name: str, ags: str) -> None:
    app = opened(name, ags).run()
    assert not app.exception, app.exception
    assert len(app.title) == 1


@pytest.mark.parametrize("name", PAGES)
def test_english(name: str) -> None:
    app = opened(name, lang="en").run()
    assert not app.exception, app.exception
