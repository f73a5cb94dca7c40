"""Both languages are complete and alike, and no text is unknown or left over."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from smartvest.texts import text, texts

ROOT = Path(__file__).resolve().parents[1]
CODE = [p for folder in ("smartvest", "pages") for p in (ROOT / folder).rglob("*.py")] + [
    p for p in (ROOT / "app.py",) if p.exists()
]


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


@pytest.mark.parametrize("key", texts())
def test_both_languages_say_the_same(key):
    words = texts()[key]
    assert set(words) == {"de", "en"}, key
    assert words["de"].strip() and words["en"].strip(), key
    assert placeholders(words["de"]) == placeholders(words["en"]), key


def used() -> tuple[set[str], set[str]]:
    """Keys written out, and beginnings of keys built with an f-string (``f"charts.status_{status}"``) or by a column of
    words (``words="catalogue", prefix="type_"``). Docstrings only tell of keys."""
    whole, begun = set(), set()
    for path in CODE:
        source = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        areas = "|".join({key.split(".")[0] for key in texts()})
        whole |= set(re.findall(rf"[\"']((?:{areas})\.[a-z0-9_]+)[\"']", source))
        begun |= set(re.findall(rf"f[\"']((?:{areas})\.[a-z0-9_]*)\{{", source))
        begun |= {f"{area}.{prefix}" for area, prefix in re.findall(r'words="(\w+)"(?:, prefix="(\w+)")?', source)}
    return whole, begun


def test_no_text_is_left_over():
    whole, begun = used()
    left = [k for k in texts() if k not in whole and not any(k.startswith(b) for b in begun)]
    assert not left


def test_no_text_is_unknown():
    unknown = [k for k in used()[0] if k not in texts() and not k.endswith((".py", ".toml", ".csv"))]
    assert not unknown


def test_errors_name_the_key():
    with pytest.raises(KeyError, match="formats.nothing"):
        text("formats.nothing", "de")
    with pytest.raises(KeyError, match="formats.middle_of.*year"):
        text("formats.middle_of", "de")


def test_an_unknown_language_is_german():
    assert text("formats.middle_of", "fr", year=2021) == "Mitte 2021"
