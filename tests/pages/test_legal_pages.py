"""What the privacy page and the accessibility statement say, and only that: no browser needed to read them."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from smartvest import basemap
from smartvest.operator import load_operator
from smartvest.paths import ROOT
from smartvest.texts import text, texts
from tests.pages.test_pages import opened


def words(name: str, lang: str = "de") -> str:
    app = opened(name, lang=lang).run()
    assert not app.exception
    titles = [block.value for block in app.title]
    return unescape(" ".join([*titles, *(element.proto.body for element in app.get("html"))]))


def test_the_privacy_page_says_what_is_tested() -> None:
    """tests/browser/test_pages_in_german.py and test_exports.py: hosts, cookies, storage. tests/hostile/test_logs.py: logs."""
    said = words("about")
    for claim in ("keine andere Stelle", "Cookies setzen wir nicht", "beim Herunterladen", "ob die helle oder die dunkle",
                  "weder Ihre Internetadresse noch Ihre Auswahl", "keine Karte eines anderen Anbieters"):  # fmt: skip
        assert claim in said, claim
    assert "basemap.de" not in said and "basemap.de" not in words("about", "en")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_with_a_basemap_it_says_so(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basemap, "switched_on", lambda: True)
    assert "basemap.de" in words("about", lang) and text("about.no_basemap", lang) not in words("about", lang)


def test_the_statement_has_every_part_of_the_model() -> None:
    """Implementing Decision (EU) 2018/1523: status, non-accessible content (three kinds), preparation, feedback, enforcement."""
    said = words("accessibility")
    places = [said.index(part) for part in (
        "Erklärung zur Barrierefreiheit", "BITVNRW", "Stand der Vereinbarkeit", "Nicht barrierefreie Inhalte",
        "Unvereinbarkeit mit", "Unverhältnismäßige Belastung", "für die die Vorschriften nicht gelten", "erstellt und zuletzt",
        "Selbstbewertung", "Rückmeldung und Kontakt", "Durchsetzungsverfahren", "lbbp.nrw.de/ombudsstelle",
    )]  # fmt: skip
    assert places == sorted(places)
    assert "noch nicht geprüft" in said and "vollständig vereinbar ist" not in said


def test_what_the_operator_has_not_filled_in_is_said() -> None:
    known = load_operator(ROOT / "data" / "operator.toml").model_dump()
    assert known["enforcement_body"].startswith("Ombudsstelle") and not known["accessibility_form"]
    assert {f"about.field_{name}" for name in known if name != "basemap"} <= set(texts())
    page = (Path(ROOT) / "pages" / "accessibility.py").read_text(encoding="utf-8")
    assert '"accessibility_form"' in page and '"enforcement_body"' in page
