"""The address of every screen, in one place: the shell's navigation, the server's routes and the tests read it here."""

from __future__ import annotations

# file in pages/ -> path in the address bar, in the order of the navigation; German, because residents share them
PAGES: dict[str, str] = {
    "overview": "/",
    "kpis": "/kennzahlen",
    "fibre": "/glasfaser",
    "sensors": "/sensoren",
    "town": "/stadt",
    "participation": "/beteiligung",
    "catalogue": "/daten",
    "about": "/ueber",
    "easy": "/leichte-sprache",
    "accessibility": "/barrierefreiheit",
}
IN_FOOTER = ("easy", "accessibility")  # on every page too, but not in the bar, which would grow too long

LANGUAGES = ("de", "en")


def language(value: str | None) -> str:
    """The language of a screen for whatever came as `?lang=`: English if it says so, else German."""
    return "en" if value == "en" else "de"
