"""The county and its ten towns: keys and names (Amtlicher Gemeindeschlüssel, Destatis Gemeindeverzeichnis)."""

from __future__ import annotations

COUNTY_AGS = "05562"
COUNTY_NAME = "Kreis Recklinghausen"

TOWNS: dict[str, str] = {
    "05562004": "Castrop-Rauxel",
    "05562008": "Datteln",
    "05562012": "Dorsten",
    "05562014": "Gladbeck",
    "05562016": "Haltern am See",
    "05562020": "Herten",
    "05562024": "Marl",
    "05562028": "Oer-Erkenschwick",
    "05562032": "Recklinghausen",
    "05562036": "Waltrop",
}

AREAS: dict[str, str] = {COUNTY_AGS: COUNTY_NAME, **TOWNS}


def slug(ags: str) -> str:
    """Lower-case ASCII name for file names: ``05562016`` -> ``haltern-am-see``."""
    return AREAS[ags].lower().replace(" ", "-")
