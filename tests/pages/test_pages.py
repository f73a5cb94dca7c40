"""Every page runs for every area in both languages, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from smartvest.addresses import PAGES
from smartvest.paths import ROOT
from smartvest.towns import AREAS, COUNTY_AGS


def opened(name: str, ags: str = COUNTY_AGS, lang: str = "de", **parameters: str) -> AppTest:
    """The frame with the page ``name`` in it, as a cold link opens it."""
    app = AppTest.from_file(str(ROOT / "smartvest" / "shell.py"), default_timeout=60)
    for key, value in {"ags": ags, "lang": lang, **parameters}.items():
        app.query_params[key] = value
    app._page_hash = calc_hash(PAGES[name][1:])  # switch_page() knows folders only and would open the overview
    return app


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


def test_each_page_is_the_one_asked_for() -> None:
    """The tests above are worth nothing if a name opens another page."""
    titles = {opened(name).run().title[0].value for name in PAGES}
    assert len(titles) == len(PAGES)
