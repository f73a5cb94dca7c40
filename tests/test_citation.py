from __future__ import annotations

import re
from datetime import date

import pytest

from smartvest.citation import Citation, cite, escaped, permanent_link
from tests.published import data, served, told  # noqa: F401

ONE = Citation(
    title="Glasfaser in Häusern: 100 % & mehr_Größe {x}",
    link="https://vest.example/glasfaser?snapshot=2026-11-23-0123456789ab&ags=05562016",
    snapshot_id="2026-11-23-0123456789ab",
    published=date(2026, 11, 23),
    accessed=date(2027, 1, 5),
    sources=("Breitbandatlas | Gigabit-Grundbuch",),
)


def test_text():
    assert ONE.as_text() == (
        "Kreis Recklinghausen (2026): Glasfaser in Häusern: 100 % & mehr_Größe {x}. smartVEST-Datenstand "
        "2026-11-23-0123456789ab. https://vest.example/glasfaser?snapshot=2026-11-23-0123456789ab&ags=05562016 "
        "(abgerufen am 05.01.2027). Daten: Breitbandatlas | Gigabit-Grundbuch."
    )
    assert "accessed on 5 January 2027" in Citation(**{**ONE.__dict__, "lang": "en"}).as_text()


def test_bibtex_is_ascii_and_balanced():
    entry = ONE.as_bibtex()
    assert entry.isascii() and entry.startswith("@misc{smartvest-2026-11-23-0123456789ab,")
    bare = re.sub(r"\\[{}]", "", entry)
    assert bare.count("{") == bare.count("}")
    assert 'H{\\"a}usern: 100 \\% \\& mehr\\_Gr{\\"o}{\\ss}e \\{x\\}' in entry
    assert "url = {https://vest.example/glasfaser?snapshot=2026-11-23-0123456789ab&ags=05562016}" in entry
    assert "author = {{Kreis Recklinghausen}}" in entry


def test_ris():
    lines = ONE.as_ris().split("\r\n")
    assert lines[0] == "TY  - DATA" and lines[-2] == "ER  - "
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines[:-1])
    assert "UR  - " + ONE.link in lines and "Y2  - 2027/01/05/" in lines


@pytest.mark.parametrize("words", ["a\r\nER  - \r\nTY  - BOOK", "x\n@misc{evil,}"])
def test_no_value_starts_a_new_field(words, told):  # noqa: F811
    one = cite(told, words, date(2027, 1, 5))
    assert one.as_ris().count("\r\nER  - ") == 1
    assert one.as_bibtex().count("\n@") == 0


def test_letters_without_an_ascii_form():
    assert escaped("Ł→²\u202f…") == "?$\\rightarrow$$^2$ {\\ldots}"  # the narrow space is white space: one blank


def test_permanent_link():
    link = permanent_link("https://x.example/glasfaser?ags=05562016&snapshot=old&lang=de#top", "new")
    assert link == "https://x.example/glasfaser?snapshot=new&ags=05562016&lang=de"
    assert permanent_link("/", "new") == "/?snapshot=new"
