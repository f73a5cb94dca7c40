"""The words on the screen, in German and English: one TOML file an area, one line a text.

middle_of = { de = "Mitte {year}", en = "mid-{year}" }     in texts/formats.toml
text("formats.middle_of", "de", year=2021)                 -> "Mitte 2021"
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("de", "en")
FOLDER = Path(__file__).parent


@cache
def texts(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Every text of ``folder`` as ``"<file>.<key>" -> {"de": …, "en": …}``; read once a process."""
    return {
        f"{path.stem}.{key}": words
        for path in sorted(folder.glob("*.toml"))
        for key, words in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def text(key: str, lang: str = "de", /, **values: object) -> str:
    """The text of ``key`` in ``lang`` with its ``{placeholders}`` filled. KeyError names an unknown key, language or
    placeholder. A language we do not have is German, the county's own."""
    try:
        words = texts()[key]
    except KeyError:
        raise KeyError(f"no text {key!r} in smartvest/texts") from None
    template = words[lang if lang in LANGUAGES else "de"]
    try:
        return template.format(**values)
    except KeyError as missing:
        raise KeyError(f"text {key!r} needs a value for {missing}") from None
