"""text(key, lang): the words on the screen, from texts/<area>.toml (stand-in; the lead's version replaces it)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def _area(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


def text(key: str, lang: str, **values: object) -> str:
    area, name = key.split(".", 1)
    return _area(area)[name]["en" if lang == "en" else "de"].format(**values)
