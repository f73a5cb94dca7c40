"""publiccode.yml keeps the rules of the standard's version 0.4 (its core schema, as documented)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import yaml

from tests.serving import ROOT

FOUND: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
STATES = {"concept", "development", "beta", "stable", "obsolete"}
KINDS = {"internal", "contract", "community", "none"}


def test_what_must_be_there() -> None:
    for key in ("publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description",
                "legal", "maintenance", "localisation"):  # fmt: skip
        assert FOUND[key], key
    assert FOUND["publiccodeYmlVersion"] == "0.4" and FOUND["developmentStatus"] in STATES
    assert FOUND["legal"]["license"] == "EUPL-1.2" and "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in (
        (ROOT / "LICENSE").read_text(encoding="utf-8")
    )
    assert date.fromisoformat(FOUND["releaseDate"]) and re.fullmatch(r"\d+\.\d+\.\d+", FOUND["softwareVersion"])
    assert FOUND["maintenance"]["type"] in KINDS
    assert FOUND["maintenance"]["type"] != "internal" or FOUND["maintenance"]["contacts"]
    assert set(FOUND["localisation"]["availableLanguages"]) == set(FOUND["description"]) == {"de", "en"}


@pytest.mark.parametrize("lang", ["de", "en"])
def test_descriptions_have_their_length(lang: str) -> None:
    said = FOUND["description"][lang]
    assert len(said["genericName"]) <= 35 and len(said["shortDescription"]) <= 150
    assert 150 <= len(said["longDescription"]) <= 10_000
    assert said["features"] and all(len(feature) <= 100 for feature in said["features"])


def test_what_it_stands_on_is_what_is_locked() -> None:
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for part in FOUND["dependsOn"]["open"]:
        assert "version" not in part or f"{part['name'].lower()}=={part['version']} " in locked, part
